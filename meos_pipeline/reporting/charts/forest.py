"""Estimates with their margins below each other; ratios on a log axis around 'equal'."""

from collections.abc import Callable, Sequence

from meos_pipeline.reporting.charts.axes import ends, linear, log_scale, ratio_ticks, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, wrapped
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.charts.told import mark_told
from meos_pipeline.reporting.spec import Forest, Mark, Scale, State
from meos_pipeline.reporting.words import Words

_ROW, _TOP, _BOTTOM = 36, 12, 50


def _ticks(chart: Forest) -> list[float]:
    numbers = [n for m in chart.marks for n in (m.value, m.low, m.high) if n is not None]
    low, high = ends(chart, numbers, (0.5, 1.0))
    if chart.scale is Scale.RATIO:
        return ratio_ticks(low, high)
    if chart.scale is Scale.SHARE:
        return share_ticks(low, high)
    return round_ticks(min(low, 0), max(high, 0))


def draw(chart: Forest, width: float, words: Words) -> Canvas:
    """Draw a dot with its interval per row; rows without estimate keep their place and say why."""
    left = 190 if width > NARROW else 118
    right = width - 24
    height = _TOP + _ROW * len(chart.marks) + _BOTTOM
    canvas = Canvas(width, height)
    ticks = _ticks(chart)
    scale = log_scale if chart.scale is Scale.RATIO else linear
    x = scale(ticks[0], ticks[-1], left + 14, right)
    _axis(canvas, chart, ticks, x, words)
    middles = [_TOP + _ROW * (index + 0.5) for index in range(len(chart.marks))]
    rows = list(zip(chart.marks, middles, strict=True))
    for mark, middle in rows:
        canvas.lines(left, middle, wrapped(mark.label, left - 6, words.notation.language, most=2), anchor="end")
    silent = [(mark, middle) for mark, middle in rows if mark.value is None]
    canvas.boxes([(left + 14, middle - 13, right - left - 14, 26) for _, middle in silent], "panel")
    for mark, middle in silent:
        canvas.mark(left + 28, middle, mark.state, size=4.5)
        text = mark.note or words(f"charts/states/{mark.state}")
        canvas.text(
            left + 40, middle + 5, wrapped(text, right - left - 44, words.notation.language, most=1)[0], role="soft"
        )
    for role, is_signal in (("own", False), ("signal", True)):
        for mark, middle in rows:
            if (mark.state is State.SIGNAL) is is_signal:
                _whisker(canvas, mark, middle, ticks, x, role)
    for mark, middle in rows:
        at = left + 28 if mark.value is None else x(min(max(mark.value, ticks[0]), ticks[-1]))
        canvas.target(at, middle, mark_told(mark, words, scale=chart.scale))
    for mark, middle in sorted(rows, key=lambda row: row[0].state is State.SIGNAL):
        if mark.value is not None:
            canvas.mark(x(min(max(mark.value, ticks[0]), ticks[-1])), middle, mark.state)
    return canvas


def _axis(canvas: Canvas, chart: Forest, ticks: Sequence[float], x: Callable[[float], float], words: Words) -> None:
    bottom = canvas.height - _BOTTOM
    neutral = 1.0 if chart.scale is Scale.RATIO else 0.0
    apart = 44 if canvas.width > NARROW else 46
    last = -100.0
    for tick in ticks:
        canvas.line(x(tick), _TOP, x(tick), bottom, "grid")
        if x(tick) - last > apart or (tick == neutral and chart.scale is not Scale.SHARE):
            canvas.text(x(tick), bottom + 20, written(tick, chart.scale, words), anchor="middle", role="soft")
            last = x(tick)
    if chart.scale is not Scale.SHARE:
        canvas.line(x(neutral), _TOP, x(neutral), bottom, "soft", width=1.5, dash="5 4")
    if chart.axis:
        canvas.text((x(ticks[0]) + x(ticks[-1])) / 2, bottom + 42, chart.axis, anchor="middle", role="soft")


def _whisker(
    canvas: Canvas, mark: Mark, y: float, ticks: Sequence[float], x: Callable[[float], float], role: str
) -> None:
    """Draw the margin; an end that lies outside the axis has no cross-bar."""
    if mark.value is None or mark.low is None or mark.high is None:
        return
    low, high = (min(max(v, ticks[0]), ticks[-1]) for v in (mark.low, mark.high))
    canvas.line(x(low), y, x(high), y, role, width=2.5)
    for end, true in ((low, mark.low), (high, mark.high)):
        if end == true:
            canvas.line(x(end), y - 6, x(end), y + 6, role, width=2.5)
