"""Is a team's own monthly level still what it was: a control chart with few false alarms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats

FEWEST_ALARMS_24_MONTHS, USUAL_ALARMS_24_MONTHS, MOST_ALARMS_24_MONTHS = 0.04, 0.33, 0.46
"""False alarms per team per 24 months of the chosen rule, over the simulated worlds up to autocorrelation
0.4 (4,000 series each; the appendix repeats them): lowest, that of 60 checks a month with extra variation
0.15 and autocorrelation 0.4, and highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One series of a chart, on its variance-stable scale."""

    z: Floats
    """Standardised distance of each month from the centre."""
    moving: Floats
    """Exponentially weighted moving average of z, restarted after the baseline; nan within it."""
    moving_limit: Floats
    alarm: np.ndarray[tuple[int], np.dtype[np.int_]]
    """1 a rise, -1 a fall, 0 none; never within the baseline."""
    centre: float
    sd: float


def stable_count(events: ArrayLike) -> Floats:
    """2·sqrt(y + 3/8): variance about 1 for a Poisson count (Anscombe 1948)."""
    return np.asarray(2 * np.sqrt(np.asarray(events, dtype=float) + 0.375))


def stable_rate(events: ArrayLike, exposure: ArrayLike) -> Floats:
    """The same after scaling to the mean exposure, so that a month with fewer shifts is not a fall."""
    k, base = np.asarray(events, dtype=float), np.asarray(exposure, dtype=float)
    scaled = k / base * base.mean()
    return stable_count(scaled)


def stable_share(events: ArrayLike, n: ArrayLike) -> Floats:
    """2·sqrt(n)·(asin sqrt(p) - its mean): variance about 1 for a share of n (Freeman & Tukey 1950)."""
    k, size = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    angle = np.arcsin(np.sqrt(np.clip((k + 0.375) / (size + 0.75), 0, 1)))
    middle = float(np.sum(angle * size) / np.sum(size))
    return np.asarray(2 * np.sqrt(size) * (angle - middle))


def chart(series: ArrayLike, *, baseline: int, weight: float, moving_limit_sd: float, point_limit_sd: float) -> Chart:
    """Centre and spread from the first ``baseline`` months, alarms after them.

    sd = max(sample sd, mean moving range / 1.128, 1)·sqrt(1 + 1/baseline): the largest of three, because a
    spread that is taken too small makes alarms. An alarm is one point beyond ``point_limit_sd``, or a moving
    average beyond ``moving_limit_sd`` of its own deviations. Source: Montgomery (2012) 6.4 and 9.2.

    Args:
        series: On a scale with variance about 1.
        baseline: Months that set the centre; at least 2.
        weight: Of the newest month in the moving average.
        moving_limit_sd: Limit of the moving average.
        point_limit_sd: Limit of one point.
    """
    x = np.asarray(series, dtype=float)
    first = x[:baseline]
    centre = float(first.mean())
    spread = max(float(first.std(ddof=1)), float(np.abs(np.diff(first)).mean()) / 1.128, 1.0)
    sd = spread * float(np.sqrt(1 + 1 / baseline))
    z = (x - centre) / sd
    moving, limit = np.full(len(x), np.nan), np.full(len(x), np.nan)
    alarm = np.zeros(len(x), dtype=int)
    level = 0.0
    for step, place in enumerate(range(baseline, len(x)), start=1):
        level = weight * z[place] + (1 - weight) * level
        moving[place] = level
        limit[place] = moving_limit_sd * np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * step)))
        if abs(z[place]) > point_limit_sd:
            alarm[place] = int(np.sign(z[place]))
        elif abs(level) > limit[place]:
            alarm[place] = int(np.sign(level))
    return Chart(z=z, moving=moving, moving_limit=limit, alarm=alarm, centre=centre, sd=sd)
