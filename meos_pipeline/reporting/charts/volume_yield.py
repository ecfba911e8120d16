"""How often beside how often with a result: a bar and a dot with its margin, in order of number."""

from meos_pipeline.reporting.charts.axes import ends, linear
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Scale, State, VolumeYield
from meos_pipeline.reporting.words import Words

_ROW, _TOP, _FOOT = 25, 24, 22
_SIZE = 12.0
_SMALL = 10.5
_ENDS = (0.2, 0.4, 0.6, 0.8, 1.0)
"""Of the axis of yields; half of each is a whole number of the 100 as well."""
_STUB = 10


def draw(chart: VolumeYield, width: float, words: Words) -> Canvas:
    """Draw a row per reason; one under a floor keeps its place, in words."""
    canvas = Canvas(width, _TOP + _ROW * len(chart.marks) + _FOOT)
    names, bars, dots = width * 0.33, width * 0.57, width - 34
    most = max((m.x or 0 for m in chart.marks), default=0) or 1
    _, top = ends(chart, [m.high or 0 for m in chart.marks if m.value is not None], (0.0, 0.5))
    end = next(e for e in _ENDS if top <= e or e == 1.0)
    bar = linear(0, most, names + 6, bars - 34)
    dot = linear(0, end, bars + 4, dots)
    canvas.text(names + 6, 13, chart.heads[0], bold=True, size=_SIZE)
    canvas.text(dots + 30, 13, chart.heads[1], bold=True, anchor="end", size=_SIZE)
    bottom = _TOP + _ROW * len(chart.marks)
    for tick in (0, end / 2, end):
        canvas.line(dot(tick), _TOP, dot(tick), bottom, "grid")
        canvas.text(dot(tick), bottom + 15, words.notation.hundred(tick), anchor="middle", role="soft", size=_SIZE)
    for index, mark in enumerate(chart.marks):
        middle = _TOP + _ROW * (index + 0.5)
        _name(canvas, mark.label, names, middle, words.notation.language)
        if mark.x is None:
            canvas.rect(names + 6, middle - 6, _STUB, 12, "paper", edge="soft", dash="3 2")
        else:
            canvas.rect(names + 6, middle - 8, max(bar(mark.x) - names - 6, 1), 16, "own")
            canvas.text(max(bar(mark.x), names + 7) + 4, middle + 4, words.notation.number(mark.x), size=_SIZE)
        at = bars + 9 if mark.value is None else dot(min(mark.value, end))
        canvas.target(at, middle, mark_told(mark, words, scale=Scale.SHARE))
        if mark.value is None:
            canvas.mark(bars + 9, middle, mark.state if mark.state is not State.ORDINARY else State.TOO_FEW, size=3.8)
            text = mark.note or words("charts/volume_yield/few")
            short = wrapped(text, width - bars - 20, words.notation.language, size=_SIZE, most=1)[0]
            canvas.text(bars + 18, middle + 4, short, role="soft", size=_SIZE)
            continue
        if mark.low is not None and mark.high is not None:
            canvas.line(dot(max(mark.low, 0)), middle, dot(min(mark.high, end)), middle, "own", width=2)
        canvas.mark(dot(min(mark.value, end)), middle, mark.state, size=4)
        text = words.notation.hundred(mark.value)
        canvas.text(width - 4, middle + 4, text, anchor="end", bold=True, role="own", size=_SIZE)
    return canvas


def _name(canvas: Canvas, label: str, right: float, middle: float, language: str) -> None:
    """A reason on one line, else in smaller letters on at most two."""
    size, lines = _SIZE, wrapped(label, right - 4, language, size=_SIZE, most=1)
    if lines[0].endswith("…"):
        size, lines = _SMALL, wrapped(label, right - 4, language, size=_SMALL, most=2)
    places = (4.0,) if len(lines) == 1 else (-1.5, 9.5)
    for line, at in zip(lines, places, strict=True):
        canvas.text(right, middle + at, line, anchor="end", size=size)
