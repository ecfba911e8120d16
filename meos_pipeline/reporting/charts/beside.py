"""Own figure beside the other teams: a dot with its margin among ticks that have no name and no order."""

from meos_pipeline.reporting.charts.axes import linear
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Beside, Scale
from meos_pipeline.reporting.words import Words

_ROW, _FOOT = 52, 20
_SIZE = 12.0


def draw(chart: Beside, width: float, words: Words) -> Canvas:
    """Draw a row per measure."""
    height = _ROW * len(chart.marks)
    canvas = Canvas(width, height + _FOOT)
    x = linear(0, 1, 12, width - 18)
    for tick in (0, 0.25, 0.5, 0.75, 1):
        canvas.line(x(tick), 16, x(tick), height, "grid")
        canvas.text(x(tick), height + 15, words.notation.hundred(tick), anchor="middle", role="soft", size=_SIZE)
    for index, (mark, others) in enumerate(zip(chart.marks, chart.others, strict=True)):
        top = _ROW * index
        canvas.text(4, top + 13, mark.label, bold=True, size=_SIZE)
        middle = top + 30
        for value in others:
            canvas.line(x(value), middle - 8, x(value), middle + 8, "other", width=2.5)
        at = 18.0 if mark.value is None else x(mark.value)
        canvas.target(at, middle, mark_told(mark, words, scale=Scale.SHARE))
        if mark.value is None:
            canvas.mark(18, middle, mark.state, size=4)
            text = mark.note or words(f"charts/states/{mark.state}")
            short = wrapped(text, width - 40, words.notation.language, size=_SIZE, most=1)[0]
            canvas.text(30, middle + 4, short, role="soft", size=_SIZE)
            continue
        if mark.low is not None and mark.high is not None:
            canvas.line(x(mark.low), middle, x(mark.high), middle, "own", width=2)
        canvas.disc(x(mark.value), middle, "own", size=5)
        text = words.notation.hundred(mark.value)
        canvas.text(x(mark.value), middle + 19, text, anchor="middle", bold=True, role="own", size=13)
    return canvas
