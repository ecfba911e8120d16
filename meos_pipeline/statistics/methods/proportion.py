"""Intervals of shares, element by element."""

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]


def normal_quantile(confidence_level: float) -> float:
    """Two-sided quantile of the standard normal, e.g. 1.96 for 0.95."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + confidence_level / 2)


def wilson(events: ArrayLike, n: ArrayLike, confidence_level: float) -> tuple[Floats, Floats]:
    """Score interval of ``events / n`` (Wilson 1927; Newcombe 1998, method 3).

    Args:
        events: Successes, between 0 and ``n``; need not be whole (effective counts).
        n: Trials; where not above 0 both bounds are nan.
        confidence_level: Between 0 and 1.

    Returns:
        Lower and upper bound within [0, 1]; exactly 0 at no events and exactly 1 at all events.
    """
    k, size = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(n, dtype=float))
    size = np.where(size > 0, size, np.nan)
    z2 = normal_quantile(confidence_level) ** 2
    share = k / size
    centre = (k + z2 / 2) / (size + z2)
    half = np.sqrt(z2) * np.sqrt(share * (1 - share) * size + z2 / 4) / (size + z2)
    lower = np.where(k <= 0, 0.0, centre - half)
    upper = np.where(k >= size, 1.0, centre + half)
    return np.where(np.isnan(size), np.nan, lower), np.where(np.isnan(size), np.nan, upper)


def rounding_variance(base: int) -> float:
    """Variance of one released count around the exact one: (b² - 1) / 6, at most."""
    return (base**2 - 1) / 6


def effective_trials(
    events: ArrayLike,
    n: ArrayLike,
    *,
    event_noise: ArrayLike = 0.0,
    total_noise: ArrayLike = 0.0,
    dispersion: ArrayLike = 1.0,
) -> Floats:
    """Number of binomial trials that would have the variance this share of rounded counts has.

    The sampling variance p(1-p)/n is multiplied by ``dispersion``, and what rounding adds,
    (Var k + p² Var n) / n², is put beside it.

    Args:
        events: Successes.
        n: Trials; where 0 the result is nan.
        event_noise: Variance of ``events`` from rounding.
        total_noise: Variance of ``n`` from rounding.
        dispersion: Variance over binomial variance, from 1.
    """
    k, size = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(n, dtype=float))
    safe = np.where(size > 0, size, np.nan)
    guarded = (np.clip(k / safe, 0, 1) * safe + 2) / (safe + 4)
    sampling = guarded * (1 - guarded) / safe
    noise = (np.asarray(event_noise) + guarded**2 * np.asarray(total_noise)) / safe**2
    return np.asarray(safe * sampling / (sampling * np.asarray(dispersion) + noise))


def share_interval(
    events: ArrayLike,
    n: ArrayLike,
    *,
    confidence_level: float,
    event_noise: ArrayLike = 0.0,
    total_noise: ArrayLike = 0.0,
    dispersion: ArrayLike = 1.0,
) -> tuple[Floats, Floats]:
    """Wilson interval at n / dispersion, widened by what rounding adds; nan where ``n`` is 0.

    The distance from share to bound and the rounding error, z·sqrt(Var k + p² Var n) / n, are added as
    squares (Zou & Donner 2008), so that a share of 0 or 1 of rounded counts stays a plausible one.

    Args:
        events: Counts with the outcome, at least 0.
        n: Counts in all.
        confidence_level: Share of intervals that hold the truth, in (0, 1).
        event_noise: Variance that rounding adds to ``events``.
        total_noise: Variance that rounding adds to ``n``.
        dispersion: Variance over the binomial one, at least 1.
    """
    k, size = np.broadcast_arrays(np.asarray(events, dtype=float), np.asarray(n, dtype=float))
    safe = np.where(size > 0, size, np.nan)
    share = np.clip(k / safe, 0, 1)
    trials = safe / np.asarray(dispersion)
    lower, upper = wilson(share * trials, trials, confidence_level)
    noise = (np.asarray(event_noise) + share**2 * np.asarray(total_noise)) / safe**2
    z2 = normal_quantile(confidence_level) ** 2
    return (
        np.maximum(share - np.sqrt((share - lower) ** 2 + z2 * noise), 0.0),
        np.minimum(share + np.sqrt((upper - share) ** 2 + z2 * noise), 1.0),
    )


def shrunk(counts: tuple[float, float], noise: float) -> tuple[float, float]:
    """Yes and no, made as few as the rounding of both (variance ``noise`` each) leaves them worth."""
    total = counts[0] + counts[1]
    if total <= 0:
        return 0.0, 0.0
    worth = float(effective_trials(counts[0], total, event_noise=noise, total_noise=noise)) / total
    return counts[0] * worth, counts[1] * worth


def difference_interval(
    events: ArrayLike, n: ArrayLike, reference_events: ArrayLike, reference_n: ArrayLike, confidence_level: float
) -> tuple[Floats, Floats]:
    """Interval of the difference of two shares (Newcombe 1998, method 10).

    Args:
        events: Counts with the outcome.
        n: Counts in all.
        reference_events: Counts with the outcome in the reference.
        reference_n: Counts in all in the reference.
        confidence_level: Share of intervals that hold the truth, in (0, 1).
    """
    k1, n1 = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    k2, n2 = np.asarray(reference_events, dtype=float), np.asarray(reference_n, dtype=float)
    low1, high1 = wilson(k1, n1, confidence_level)
    low2, high2 = wilson(k2, n2, confidence_level)
    with np.errstate(invalid="ignore", divide="ignore"):
        p1, p2 = k1 / n1, k2 / n2
    gap = p1 - p2
    return (
        gap - np.sqrt((p1 - low1) ** 2 + (high2 - p2) ** 2),
        gap + np.sqrt((high1 - p1) ** 2 + (p2 - low2) ** 2),
    )


def clustered_share(events: ArrayLike, n: ArrayLike, confidence_level: float) -> tuple[float, float, float, float]:
    """Share with an interval that counts clusters (officers), not rows.

    se = sqrt(C/(C-1) · Σ(k_c - p n_c)²) / N with t on C-1 degrees of freedom, on the logit scale so
    that it stays within [0, 1]. At no or all events the bounds are Wilson's at C clusters.

    Args:
        events: Counts with the outcome, one per cluster.
        n: Counts in all, one per cluster.
        confidence_level: Share of intervals that hold the truth, in (0, 1).

    Returns:
        Share, lower, upper, design effect (variance over binomial variance); nan below 2 clusters.
    """
    from scipy.stats import t

    k, size = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    k, size = k[size > 0], size[size > 0]
    total, clusters = float(size.sum()), len(size)
    if clusters < 2:
        return (float(k.sum()) / total if total else np.nan, np.nan, np.nan, np.nan)
    share = float(k.sum()) / total
    if share in (0.0, 1.0):
        low, high = wilson(share * clusters, clusters, confidence_level)
        return share, float(low), float(high), 1.0
    variance = clusters / (clusters - 1) * float(((k - share * size) ** 2).sum()) / total**2
    binomial = share * (1 - share) / total
    half = float(t.ppf(0.5 + confidence_level / 2, clusters - 1)) * np.sqrt(variance) / (share * (1 - share))
    logit = np.log(share / (1 - share))
    return share, float(1 / (1 + np.exp(-logit + half))), float(1 / (1 + np.exp(-logit - half))), variance / binomial
