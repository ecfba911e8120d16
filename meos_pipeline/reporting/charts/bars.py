"""Counts or shares below each other. A suppressed count stays visible as a dashed stub of one fixed length."""

from meos_pipeline.reporting.charts.axes import ends, linear, written
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Bars, Scale, State
from meos_pipeline.reporting.words import Words

_ROW, _TOP = 36, 6
_STUB = 12


def draw(chart: Bars, width: float, words: Words) -> Canvas:
    """Draw one bar per row with its number at the end."""
    left = 230 if width > NARROW else 130
    height = _TOP * 2 + _ROW * len(chart.marks)
    canvas = Canvas(width, height)
    highest = 1.0 if chart.scale is Scale.SHARE else ends(chart, [m.value or 0 for m in chart.marks])[1] or 1
    x = linear(0, highest, left + 12, width - (64 if width > NARROW else 52))
    canvas.line(left + 12, _TOP, left + 12, height - _TOP, "soft")
    for index, mark in enumerate(chart.marks):
        middle = _TOP + _ROW * (index + 0.5)
        canvas.lines(left, middle, wrapped(mark.label, left - 6, words.notation.language, most=2), anchor="end")
        at = left + 12 + _STUB / 2 if mark.value is None else max(x(mark.value), left + 20)
        canvas.target(at, middle, mark_told(mark, words, scale=chart.scale))
        if mark.value is None:
            canvas.rect(left + 12, middle - 10, _STUB, 20, "paper", edge="soft", dash="3 2")
            text = mark.note or words(f"charts/states/{mark.state}")
            canvas.text(
                left + 32, middle + 5, wrapped(text, width - left - 36, words.notation.language, most=1)[0], role="soft"
            )
            continue
        role = "signal" if mark.state is State.SIGNAL else "own"
        if chart.scale is Scale.SHARE:
            canvas.rect(left + 12, middle - 11, x(1) - left - 12, 22, "outer")
        canvas.rect(left + 12, middle - 11, max(x(mark.value) - left - 12, 1), 22, role)
        at = x(1) if chart.scale is Scale.SHARE else x(mark.value)
        canvas.text(at + 8, middle + 5, written(mark.value, chart.scale, words), bold=True, role=role)
        if mark.state is State.SIGNAL:
            canvas.diamond(left + 26, middle, "paper", size=5)
    return canvas
