"""Intervals of rates and of ratios of counts, element by element."""

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats


def poisson_exact(events: ArrayLike, confidence_level: float) -> tuple[Floats, Floats]:
    """Exact interval of a Poisson mean (Garwood 1936); 0 events give a lower bound of 0."""
    from scipy.stats import chi2

    k = np.asarray(events, dtype=float)
    tail = (1 - confidence_level) / 2
    lower = np.where(k > 0, chi2.ppf(tail, 2 * np.maximum(k, 1e-12)) / 2, 0.0)
    return lower, chi2.ppf(1 - tail, 2 * k + 2) / 2


def rate_interval(
    events: ArrayLike,
    exposure: ArrayLike,
    *,
    confidence_level: float,
    event_noise: ArrayLike = 0.0,
    exposure_noise: ArrayLike = 0.0,
    dispersion: ArrayLike = 1.0,
) -> tuple[Floats, Floats]:
    """Exact Poisson interval of ``events / exposure`` at an effective number of events.

    The variance of the count is ``dispersion`` times its mean, plus what rounding adds to the count and,
    through the rate, to the exposure.

    Args:
        events: Counts.
        exposure: Same length; where 0 both bounds are nan.
        confidence_level: Between 0 and 1.
        event_noise: Variance of ``events`` from rounding.
        exposure_noise: Variance of ``exposure`` from rounding.
        dispersion: Variance over mean, from 1.
    """
    k, base = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(exposure, dtype=float))
    base = np.where(base > 0, base, np.nan)
    mean = np.maximum(k, 1.0)
    variance = mean * np.asarray(dispersion) + np.asarray(event_noise) + (k / base) ** 2 * np.asarray(exposure_noise)
    shrink = mean / variance
    lower, upper = poisson_exact(k * shrink, confidence_level)
    return lower / shrink / base, upper / shrink / base
