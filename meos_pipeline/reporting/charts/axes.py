"""Axes that all charts share: round ticks, and how their values are written."""

import math
from collections.abc import Callable, Sequence

from meos_pipeline.reporting.charts.canvas import Canvas
from meos_pipeline.reporting.notation import Notation
from meos_pipeline.reporting.spec import Chart, Scale
from meos_pipeline.reporting.words import Words


def ends(chart: Chart, numbers: Sequence[float], empty: tuple[float, float] = (0.0, 1.0)) -> tuple[float, float]:
    """The smallest and largest number of a chart, or the ends of the axis that it shares with its other views."""
    if chart.extent is not None:
        return chart.extent
    return (min(numbers), max(numbers)) if numbers else empty


def round_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values that span ``low`` to ``high``; the first is at most ``low``, the last at least ``high``.

    Below 25 a step is never two and a half: written without decimals its values would not lie equally far apart.
    """
    if high <= low:
        high = low + 1
    raw = (high - low) / most
    power = 10 ** math.floor(math.log10(raw))
    nice = (1, 2, 2.5, 5, 10) if power > 1 else (1, 2, 5, 10)
    step = next(power * one for one in nice if power * one >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    count = math.ceil(high / step - 1e-9) - first
    return [round((first + index) * step, 10) for index in range(count + 1)]


SHARE_STEPS = (1, 2, 5, 10, 20, 25)
"""Of the 100, between two ticks of a share."""
_MOST_SHARES = 5


def share_ticks(low: float, high: float) -> list[float]:
    """Ticks of a share, whole numbers of the 100, never outside 0 to 1."""
    first = min(math.floor(max(0, low) * 100 + 1e-9), 99)
    last = max(math.ceil(min(1, high) * 100 - 1e-9), first + 1)
    step = next(one for one in SHARE_STEPS if one * _MOST_SHARES >= last - first)
    first -= first % step
    return [place / 100 for place in range(first, min(last + step - 1, 100) + 1, step)]


RATIO_TICKS = (0.05, 0.1, 0.2, 0.33, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 10.0, 20.0)


def ratio_ticks(low: float, high: float, most: int = 7) -> list[float]:
    """Ticks of a ratio around 1, so chosen that they cover ``low`` to ``high``."""
    low, high = min(low, 0.7), max(high, 1.4)
    below = max((t for t in RATIO_TICKS if t <= low), default=RATIO_TICKS[0])
    above = min((t for t in RATIO_TICKS if t >= high), default=RATIO_TICKS[-1])
    ticks = [t for t in RATIO_TICKS if below <= t <= above]
    if len(ticks) > most:
        ticks = [t for t in ticks if t in {below, above, 1.0, 0.1, 0.5, 2.0, 5.0, 10.0}]
    return ticks


def linear(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Map values to pixels."""
    return lambda value: start + (value - low) / (high - low) * (end - start)


def log_scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Map positive values to pixels, equal ratios at equal distance."""
    place = linear(math.log(low), math.log(high), start, end)
    return lambda value: place(math.log(min(max(value, low), high)))


def written(value: float, scale: Scale, words: Words) -> str:
    """A value as its axis and tables write it."""
    notation: Notation = words.notation
    if scale is Scale.SHARE:
        return notation.share(value)
    if scale is Scale.RATIO:
        return words("charts/equal") if abs(value - 1) < 1e-9 else notation.ratio(value)
    if scale is Scale.POINTS:
        return notation.points(value)
    return notation.number(value, 1 if value % 1 else 0)


def horizontal_grid(
    canvas: Canvas,
    ticks: Sequence[float],
    place: Callable[[float], float],
    *,
    left: float,
    right: float,
    label: Callable[[float], str],
) -> None:
    """Draw lines across, their values at the left."""
    for tick in ticks:
        canvas.line(left, place(tick), right, place(tick), "grid")
        canvas.text(left - 8, place(tick) + 5, label(tick), anchor="end", role="soft")
