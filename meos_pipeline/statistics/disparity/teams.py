"""Teams beside each other: estimates drawn towards what all teams share, as far as they are uncertain."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meos_pipeline.policy import Policy

Floats = npt.NDArray[np.float64]

_GRID = 81
SMALL_SPREAD = 0.05
"""A spread between teams below this (log scale) is none that anybody could notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """Posterior of the teams; arrays have one element per team, nan where the estimate was."""

    mean: Floats
    """Of the team's own log ratio."""
    lower: Floats
    upper: Floats
    deviation: Floats
    """Team minus all teams."""
    deviation_error: Floats
    deviation_lower: Floats
    deviation_upper: Floats
    higher: Floats
    """Probability that the deviation lies above the relevance margin."""
    lower_than: Floats
    above: Floats
    """Probability that it lies above nothing."""
    within: Floats
    """Probability that it lies within the equivalence margin."""
    centre: float
    """Mean of all teams, and its standard error."""
    centre_error: float
    spread: float
    """Posterior mean of the standard deviation between teams."""
    spread_small: float
    """Probability that the spread is below ``SMALL_SPREAD``."""
    spread_relevant: float
    """Probability that the spread is above the relevance margin."""


def shrink(estimate: Floats, error: Floats, policy: Policy) -> Shrunk | None:
    """Normal hierarchical model with flat centre and spread, exact up to the grid of the spread.

    The closed form of ``methods.pooling.pool_normal``, for hundreds of families of a model's estimates.

    Source: Gelman, Bayesian Analysis 1 (2006) 515-533 (uniform prior on the standard deviation).

    Returns:
        None with fewer usable teams than the policy pools.
    """
    from scipy.special import ndtr

    known = np.flatnonzero(np.isfinite(estimate) & np.isfinite(error) & (error > 0))
    if known.size < policy.fewest_pooled_teams:
        return None
    y, se = estimate[known][:, None], error[known][:, None]
    tau = np.linspace(0, _widest(y, se), _GRID)[None, :]
    precision = 1 / (se**2 + tau**2)
    centre_variance = 1 / precision.sum(axis=0)
    centre = (precision * y).sum(axis=0) * centre_variance
    log_weight = 0.5 * (
        np.log(centre_variance) + np.log(precision).sum(axis=0) - (precision * (y - centre) ** 2).sum(axis=0)
    )
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    kept = tau**2 * precision
    mean = kept * y + (1 - kept) * centre
    sd = np.sqrt(kept * se**2 + (1 - kept) ** 2 * centre_variance)
    away = kept * (y - centre)
    away_sd = np.sqrt(np.maximum(kept * se**2 + kept**2 * centre_variance, 1e-18))
    relevant, equivalent = np.log(policy.relevant_ratio), np.log(policy.equivalent_ratio)

    def spread_out(values: Floats) -> Floats:
        whole = np.full(estimate.shape, np.nan)
        whole[known] = values
        return whole

    def chance_below(bound: float) -> Floats:
        return np.asarray((weight * ndtr((bound - away) / away_sd)).sum(axis=1))

    tail = (1 - policy.confidence_level) / 2
    deviation = (weight * away).sum(axis=1)
    all_centre = float((weight * centre).sum())
    return Shrunk(
        mean=spread_out((weight * mean).sum(axis=1)),
        lower=spread_out(_quantile(weight, mean, sd, tail)),
        upper=spread_out(_quantile(weight, mean, sd, 1 - tail)),
        deviation=spread_out(deviation),
        deviation_error=spread_out(np.sqrt((weight * (away_sd**2 + away**2)).sum(axis=1) - deviation**2)),
        deviation_lower=spread_out(_quantile(weight, away, away_sd, tail)),
        deviation_upper=spread_out(_quantile(weight, away, away_sd, 1 - tail)),
        higher=spread_out(1 - chance_below(relevant)),
        lower_than=spread_out(chance_below(-relevant)),
        above=spread_out(1 - chance_below(0.0)),
        within=spread_out(chance_below(equivalent) - chance_below(-equivalent)),
        centre=all_centre,
        centre_error=float(np.sqrt((weight * (centre_variance + centre**2)).sum() - all_centre**2)),
        spread=float((weight * tau[0]).sum()),
        spread_small=float(weight[tau[0] < SMALL_SPREAD].sum()),
        spread_relevant=float(weight[tau[0] > relevant].sum()),
    )


def _widest(y: Floats, se: Floats) -> float:
    """Spread beyond which the posterior is empty: several times what the estimates show."""
    return float(4 * np.std(y) + 2 * np.median(se))


def _quantile(weight: Floats, mean: Floats, sd: Floats, share: float) -> Floats:
    """Quantile of a mixture of normals per row, by bisection."""
    from scipy.special import ndtr

    low, high = (mean - 9 * sd).min(axis=1), (mean + 9 * sd).max(axis=1)
    for _ in range(60):
        middle = (low + high) / 2
        below = (weight * ndtr((middle[:, None] - mean) / sd)).sum(axis=1) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2)
