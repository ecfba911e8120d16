"""Two values per row, before and after an action; the gap between them proves nothing by itself."""

from dataclasses import replace

from meos_pipeline.reporting.charts.axes import ends, linear, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Dumbbell, Scale, State
from meos_pipeline.reporting.words import Words

_ROW, _TOP, _BOTTOM = 44, 34, 32


def _ticks(chart: Dumbbell) -> list[float]:
    numbers = [n for m in chart.marks for n in (m.value, m.other) if n is not None]
    low, high = ends(chart, numbers)
    return share_ticks(low - 0.05, high + 0.05) if chart.scale is Scale.SHARE else round_ticks(min(0, low), high)


def draw(chart: Dumbbell, width: float, words: Words) -> Canvas:
    """Draw a ring for before, a dot for after, and a bar between them."""
    left = 190 if width > NARROW else 112
    right = width - 44
    height = _TOP + _ROW * len(chart.marks) + _BOTTOM
    canvas = Canvas(width, height)
    canvas.ring(left + 20, 14)
    canvas.text(left + 30, 19, chart.before)
    canvas.mark(left + 20 + (right - left) * 0.5, 14, State.ORDINARY)
    canvas.text(left + 30 + (right - left) * 0.5, 19, chart.after)
    ticks = _ticks(chart)
    x = linear(ticks[0], ticks[-1], left + 34, right)
    bottom = height - _BOTTOM
    for tick in ticks[:: 1 if width > NARROW else 2]:
        canvas.line(x(tick), _TOP, x(tick), bottom, "grid")
        canvas.text(x(tick), bottom + 20, written(tick, chart.scale, words), anchor="middle", role="soft")
    for index, mark in enumerate(chart.marks):
        middle = _TOP + _ROW * (index + 0.5)
        canvas.lines(left, middle, wrapped(mark.label, left - 6, words.notation.language, most=2), anchor="end")
        if mark.value is None or mark.other is None:
            canvas.target(left + 40, middle, mark_told(replace(mark, value=None), words, scale=chart.scale))
            canvas.mark(left + 40, middle, mark.state, size=4.5)
            text = mark.note or words(f"charts/states/{mark.state}")
            canvas.text(
                left + 52, middle + 5, wrapped(text, width - left - 56, words.notation.language, most=1)[0], role="soft"
            )
            continue
        before, after = x(mark.other), x(mark.value)
        canvas.line(before, middle, after, middle, "band", width=8)
        canvas.ring(before, middle)
        canvas.mark(after, middle, mark.state)
        for at, value, name in ((before, mark.other, chart.before), (after, mark.value, chart.after)):
            told = mark_told(replace(mark, value=value), words, scale=chart.scale, name=f"{mark.label}, {name}")
            canvas.target(at, middle, told)
        outward = 1 if after >= before else -1
        side = {1: "start", -1: "end"}
        canvas.text(
            after + 12 * outward, middle + 5, written(mark.value, chart.scale, words), anchor=side[outward], bold=True
        )
        canvas.text(
            before - 12 * outward,
            middle + 5,
            written(mark.other, chart.scale, words),
            anchor=side[-outward],
            role="soft",
        )
    return canvas
