"""Intervals of rates and of ratios of counts, element by element."""

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats, normal_quantile


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
    """Exact Poisson interval of ``events / exposure``, widened by dispersion and by rounding.

    The interval is Garwood's at events / dispersion; what rounding adds to the count and, through the
    rate, to the exposure is added to the distances as squares (Zou & Donner 2008).

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
    phi = np.asarray(dispersion, dtype=float)
    rate = k / base
    low, high = poisson_exact(k / phi, confidence_level)
    noise = (np.asarray(event_noise) + rate**2 * np.asarray(exposure_noise)) / base**2
    z2 = normal_quantile(confidence_level) ** 2
    return (
        np.maximum(rate - np.sqrt((rate - low * phi / base) ** 2 + z2 * noise), 0.0),
        rate + np.sqrt((high * phi / base - rate) ** 2 + z2 * noise),
    )
