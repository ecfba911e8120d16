"""Two figures per row, each with its margin: an open ring for the first, a filled dot for the second."""

from meos_pipeline.reporting.charts.axes import ends, linear, round_ticks, share_ticks
from meos_pipeline.reporting.charts.canvas import Canvas, text_width, wrapped
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Mark, Pairs, Scale
from meos_pipeline.reporting.words import Words

_ROW, _TOP, _FOOT = 60, 22, 20
_SIZE = 12.0


def draw(chart: Pairs, width: float, words: Words) -> Canvas:
    """Draw a block per row."""
    bottom = _TOP + _ROW * len(chart.rows)
    canvas = Canvas(width, bottom + _FOOT)
    values = [v for _, a, b in chart.rows for m in (a, b) for v in (m.low, m.value, m.high) if v is not None]
    low, high = ends(chart, values)
    ticks = share_ticks(low, high) if chart.scale is Scale.SHARE else round_ticks(max(low, 0), high, 4)
    x = linear(ticks[0], ticks[-1], 14, width - 40)
    for tick in ticks:
        canvas.line(x(tick), _TOP, x(tick), bottom, "grid")
        canvas.text(x(tick), bottom + 15, _written(tick, chart, words), anchor="middle", role="soft", size=_SIZE)
    canvas.ring(9, 10)
    canvas.text(18, 14, chart.names[0], size=_SIZE)
    second = 40 + text_width(chart.names[0], _SIZE)
    canvas.disc(second, 10, "own", size=5)
    canvas.text(second + 9, 14, chart.names[1], size=_SIZE)
    for index, (name, first, last) in enumerate(chart.rows):
        top = _TOP + _ROW * index
        canvas.text(4, top + 14, name, bold=True, size=_SIZE)
        for mark, middle, own in ((first, top + 28, False), (last, top + 46, True)):
            at = 18.0 if mark.value is None else x(mark.value)
            told = mark_told(mark, words, scale=chart.scale, name=f"{name}, {chart.names[int(own)]}")
            canvas.target(at, middle, told)
            _mark(canvas, chart, mark, middle, x, words, own=own)
    return canvas


def _mark(canvas: Canvas, chart: Pairs, mark: Mark, y: float, x, words: Words, *, own: bool) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    if mark.value is None:
        canvas.mark(18, y, mark.state, size=4)
        text = mark.note or words(f"charts/states/{mark.state}")
        short = wrapped(text, canvas.width - 40, words.notation.language, size=_SIZE, most=1)[0]
        canvas.text(30, y + 4, short, role="soft", size=_SIZE)
        return
    role = "own" if own else "soft"
    if mark.low is not None and mark.high is not None:
        canvas.line(x(mark.low), y, x(mark.high), y, role, width=2)
    if own:
        canvas.disc(x(mark.value), y, "own", size=5)
    else:
        canvas.ring(x(mark.value), y, role="soft")
    end = x(mark.high if mark.high is not None else mark.value)
    canvas.text(
        max(end, x(mark.value) + 6) + 6, y + 4, _written(mark.value, chart, words), bold=own, role=role, size=_SIZE
    )


def _written(value: float, chart: Pairs, words: Words) -> str:
    return words.notation.hundred(value) if chart.scale is Scale.SHARE else words.notation.number(value)
