"""A value per month beside its usual ups and downs (p, u or XmR chart), with actions and breaks marked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from meos_pipeline.reporting.charts.axes import ends, horizontal_grid, linear, round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.canvas import Canvas, text_width, wrapped
from meos_pipeline.reporting.charts.style import NARROW
from meos_pipeline.reporting.charts.told import moment_told
from meos_pipeline.reporting.spec import Flag, Moment, Scale, State, Trend
from meos_pipeline.reporting.words import Words

_LEFT, _RIGHT, _BOTTOM, _HEIGHT = 52, 56, 44, 210
_BADGE = 22
"""Room that the number of a flag takes."""


def _ticks(chart: Trend) -> list[float]:
    low, high = ends(chart, [n for m in chart.moments for n in (m.value, m.low, m.high) if n is not None])
    return (
        share_ticks(low, high) if chart.scale is Scale.SHARE else round_ticks(max(0.0, low) if low >= 0 else low, high)
    )


def draw(chart: Trend, width: float, words: Words) -> Canvas:
    """Draw the line, the stepped band of what is usual, and flags above it; a narrow sheet names the flags below."""
    moments = chart.moments
    step = (width - _LEFT - _RIGHT) / max(len(moments), 1)
    x = [_LEFT + (i + 0.5) * step for i in range(len(moments))]
    named_beside = width > NARROW
    flags = [(flag, _place(flag.day, moments, x, step)) for flag in chart.flags]
    levels = list(range(len(flags))) if named_beside else _levels([at for _, at in flags])
    top = 14 + 22 * (max(levels, default=-1) + 1)
    bottom = _HEIGHT + top - _BOTTOM
    below = (
        []
        if named_beside
        else [(flag, wrapped(flag.title, width - 32, words.notation.language, most=2)) for flag in chart.flags]
    )
    canvas = Canvas(width, bottom + _BOTTOM + sum(22 + 16 * (len(lines) - 1) for _, lines in below))
    ticks = _ticks(chart)
    y = linear(ticks[0], ticks[-1], bottom, top)
    _bands(canvas, moments, x, step, y)
    horizontal_grid(canvas, ticks, y, left=_LEFT, right=width - _RIGHT, label=lambda t: written(t, chart.scale, words))
    _months(canvas, moments, x, bottom, words, every=3 if width > NARROW or len(moments) <= 12 else 6)
    for (flag, at), level in zip(flags, levels, strict=True):
        _flag(canvas, flag, at, 14 + 22 * level, bottom, words if named_beside else None)
    _names(canvas, below, bottom + _BOTTOM)
    for run in _runs(moments):
        canvas.path([(x[i], y(moments[i].value or 0.0)) for i in run], "own")
    size = 3.6 if width > NARROW else 3
    usual = [(x[i], y(m.value)) for i, m in enumerate(moments) if m.value is not None and m.state is State.ORDINARY]
    canvas.dots(usual, size=size)
    for i, moment in enumerate(moments):
        at = bottom - 12 if moment.value is None else y(moment.value)
        canvas.target(x[i], at, moment_told(moment, words, scale=chart.scale))
        if moment.value is None:
            canvas.mark(
                x[i], bottom - 12, moment.state if moment.state is not State.ORDINARY else State.TOO_FEW, size=4
            )
        elif moment.state is not State.ORDINARY:
            canvas.mark(x[i], y(moment.value), moment.state, size=size)
    if moments and (last := moments[-1]).value is not None:
        role = "signal" if last.state is State.SIGNAL else "own"
        canvas.text(
            width - _RIGHT + 6, y(last.value) + 5, written(last.value, chart.scale, words), role=role, bold=True
        )
    return canvas


def _levels(places: Sequence[float]) -> list[int]:
    """Row of each badge: the first in which it does not touch the one before it."""
    ends: list[float] = []
    levels = []
    for at in places:
        level = next((i for i, end in enumerate(ends) if at - end >= _BADGE), len(ends))
        ends[level : level + 1] = [at]
        levels.append(level)
    return levels


def _bands(canvas: Canvas, moments: Sequence[Moment], x: Sequence[float], step: float, y: Any) -> None:  # noqa: ANN401
    with_limits = [i for i, m in enumerate(moments) if m.low is not None and m.high is not None]
    for run in _consecutive(with_limits):
        upper = [p for i in run for p in ((x[i] - step / 2, y(moments[i].high)), (x[i] + step / 2, y(moments[i].high)))]
        lower = [p for i in run for p in ((x[i] - step / 2, y(moments[i].low)), (x[i] + step / 2, y(moments[i].low)))]
        canvas.area([*upper, *reversed(lower)], "band")
    for run in _consecutive([i for i, m in enumerate(moments) if m.centre is not None]):
        points = [
            p for i in run for p in ((x[i] - step / 2, y(moments[i].centre)), (x[i] + step / 2, y(moments[i].centre)))
        ]
        canvas.path(points, "soft", width=1.5, dash="5 4")


def _consecutive(indices: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for index in indices:
        if runs and runs[-1][-1] == index - 1:
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _runs(moments: Sequence[Moment]) -> list[list[int]]:
    """Stretches with a value: the line breaks where nothing may be shown."""
    return [r for r in _consecutive([i for i, m in enumerate(moments) if m.value is not None]) if len(r) > 1]


def _months(
    canvas: Canvas, moments: Sequence[Moment], x: Sequence[float], y: float, words: Words, *, every: int
) -> None:
    last = len(moments) - 1
    for i, moment in enumerate(moments):
        if (moment.start.month - 1) % every == 0 or i == last:
            near_last = i != last and x[last] - x[i] < 30
            if near_last:
                continue
            canvas.line(x[i], y, x[i], y + 4, "soft")
            canvas.text(x[i], y + 18, words.notation.short_month(moment.start), anchor="middle", role="soft")
            if moment.start.month == 1:
                canvas.text(x[i], y + 35, str(moment.start.year), anchor="middle", role="soft")


def _flag(canvas: Canvas, flag: Flag, x: float, level: float, bottom: float, words: Words | None) -> None:
    """Draw a line at the day with its number on top, and with ``words`` its title beside that."""
    canvas.line(x, level, x, bottom, "text", width=1.5, dash="6 3" if flag.is_break else "2 3")
    _badge(canvas, x, level, flag)
    if words is None:
        return
    label = wrapped(flag.title, canvas.width * 0.6, words.notation.language, most=1)[0]
    right = x + 14 + text_width(label) < canvas.width
    canvas.text(x + (14 if right else -14), level + 5, label, anchor="start" if right else "end")


def _names(canvas: Canvas, flags: Sequence[tuple[Flag, list[str]]], top: float) -> None:
    """Write the titles below the picture, each beside its number."""
    y = top + 10.0
    for flag, lines in flags:
        _badge(canvas, 12, y, flag)
        for row, line in enumerate(lines):
            canvas.text(28, y + 5 + 16 * row, line)
        y += 22 + 16 * (len(lines) - 1)


def _badge(canvas: Canvas, x: float, y: float, flag: Flag) -> None:
    if flag.is_break:
        canvas.rect(x - 9, y - 9, 18, 18, "text")
    else:
        canvas.disc(x, y, "text", size=9.5)
    canvas.text(x, y + 4.5, str(flag.number), anchor="middle", role="paper", bold=True, size=12.5)


def _place(day: date, moments: Sequence[Moment], x: Sequence[float], step: float) -> float:
    """Border before the month of the day."""
    for i, moment in enumerate(moments):
        if moment.start >= day.replace(day=1):
            return x[i] - step / 2
    return x[-1] + step / 2 if x else _LEFT
