"""Partial pooling of teams without simulation: exact up to a grid.

Model: y_t | θ_t is binomial, Poisson or normal; θ_t ~ N(μ, τ²); μ flat, τ uniform. With the likelihood of
every team on a grid of θ (L) and the normal priors of a grid of (μ, τ) on the same grid (P), the marginal
likelihoods are L P' and all posteriors are products with P. Source: Gelman et al., Bayesian Data Analysis
(2013) 5.4-5.5, with the integrals done on the grid.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats

MU_POINTS, TAU_POINTS, FEWEST_POINTS, MOST_POINTS = 41, 33, 241, 1201
NO_SPREAD = 0.05
"""Teams whose spread is below this on the log scale do not differ in practice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Posterior of a family of teams, on the log or logit scale."""

    mean: Floats
    sd: Floats
    lower: Floats
    upper: Floats
    difference_sd: Floats
    """Standard deviation of the team's difference from the mean of teams."""
    higher: Floats
    """P(team - mean > relevant margin)."""
    lower_than: Floats
    """P(team - mean < -relevant margin)."""
    within: Floats
    """P(|team - mean| < equivalence margin)."""
    above: Floats
    """P(team - mean > 0)."""
    mu: float
    mu_lower: float
    mu_upper: float
    tau: float
    no_spread: float
    """P(τ < 0.05): near 1 means that teams do not demonstrably differ."""


def pool_normal(
    estimate: ArrayLike, se: ArrayLike, *, confidence_level: float, relevant: float, equivalent: float
) -> Pooled:
    """Pool estimates on the log scale that come with standard errors.

    Args:
        estimate: Logs of ratios, one per unit.
        se: Their standard errors, above 0.
        confidence_level: Share of intervals that hold the truth, in (0, 1).
        relevant: Log of the ratio from which a difference is relevant, above 0.
        equivalent: Log of the ratio within which units are alike, above 0.
    """
    y, s = np.asarray(estimate, dtype=float), np.asarray(se, dtype=float)

    def log_likelihood(theta: Floats) -> Floats:
        return np.asarray(-0.5 * ((y[:, None] - theta[None, :]) / s[:, None]) ** 2)

    return _pool(y, s, log_likelihood, confidence_level=confidence_level, relevant=relevant, equivalent=equivalent)


def pool_binomial(
    events: ArrayLike,
    n: ArrayLike,
    *,
    confidence_level: float,
    relevant: float,
    equivalent: float,
    offset: ArrayLike = 0.0,
) -> Pooled:
    """Pool logits of ``events / n``; ``offset`` is added to θ before the likelihood (Gelman, Fagan & Kiss 2007).

    Args:
        events: Counts with the outcome, one per unit.
        n: Counts in all.
        confidence_level: Share of intervals that hold the truth, in (0, 1).
        relevant: Log of the ratio from which a difference is relevant, above 0.
        equivalent: Log of the ratio within which units are alike, above 0.
        offset: Added to the logit.
    """
    k, size, shift = np.broadcast_arrays(np.asarray(events, float), np.asarray(n, float), np.asarray(offset, float))
    raw = np.log((k + 0.5) / (size - k + 0.5)) - shift
    se = np.sqrt(1 / (k + 0.5) + 1 / (size - k + 0.5))

    def log_likelihood(theta: Floats) -> Floats:
        eta = theta[None, :] + shift[:, None]
        return np.asarray(k[:, None] * eta - size[:, None] * np.logaddexp(0, eta))

    return _pool(raw, se, log_likelihood, confidence_level=confidence_level, relevant=relevant, equivalent=equivalent)


def _pool(
    raw: Floats,
    se: Floats,
    log_likelihood: Callable[[Floats], Floats],
    *,
    confidence_level: float,
    relevant: float,
    equivalent: float,
) -> Pooled:
    theta = _grid(raw, se)
    log_values = log_likelihood(theta)
    likelihood = np.exp(log_values - log_values.max(axis=1, keepdims=True))
    mu, tau = _hyper_grid(theta, raw, se)
    for final in (False, True):
        prior = _priors(theta, mu, tau)
        marginal = np.maximum(likelihood @ prior.T, 1e-300)
        log_weight = np.log(marginal).sum(axis=0) + _half_at_the_ends(tau)
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        if not final:
            mu, tau = _refine(theta, mu, tau, weight)
    # Posterior of each team over μ and θ, τ summed out: (μ, team, θ).
    ratio = (weight[None, :] / marginal).reshape(len(raw), -1, TAU_POINTS).swapaxes(0, 1)
    joint = (ratio @ prior.reshape(len(ratio), TAU_POINTS, -1)) * likelihood
    posterior = joint.sum(axis=0)
    posterior /= posterior.sum(axis=1, keepdims=True)
    gap = theta[None, :] - mu[::TAU_POINTS, None]

    def probability(mask: Floats) -> Floats:
        return np.asarray(np.einsum("mtg,mg->t", joint, mask))

    mean = posterior @ theta
    gap_mean, gap_square = probability(gap), probability(gap**2)
    tail = (1 - confidence_level) / 2
    middle = float(weight @ mu)
    return Pooled(
        mean=mean,
        sd=np.sqrt(np.maximum(posterior @ theta**2 - mean**2, 0)),
        lower=_quantile(theta, posterior, tail),
        upper=_quantile(theta, posterior, 1 - tail),
        difference_sd=np.sqrt(np.maximum(gap_square - gap_mean**2, 0)),
        higher=probability((gap > relevant).astype(float)),
        lower_than=probability((gap < -relevant).astype(float)),
        within=probability((np.abs(gap) < equivalent).astype(float)),
        above=probability((gap > 0) + 0.5 * (gap == 0)),
        mu=middle,
        mu_lower=_weighted_quantile(mu, weight, tail),
        mu_upper=_weighted_quantile(mu, weight, 1 - tail),
        tau=float(weight @ tau),
        no_spread=float(weight[tau < NO_SPREAD].sum()),
    )


def _half_at_the_ends(tau: Floats) -> Floats:
    """Log of the trapezium rule in τ: whole weight at τ = 0 would count teams as alike too often."""
    return np.where((tau == tau.min()) | (tau == tau.max()), -np.log(2.0), 0.0)


def _grid(raw: Floats, se: Floats) -> Floats:
    """θ from the lowest to the highest team that says something, in steps of a quarter of the smallest se."""
    centre = float(np.sum(raw / se**2) / np.sum(1 / se**2))
    reach = np.minimum(5 * se, 3.0)
    low = min(float((raw - reach).min()), centre - 1.0)
    high = max(float((raw + reach).max()), centre + 1.0)
    points = int(np.clip((high - low) / (0.25 * float(se.min())), FEWEST_POINTS, MOST_POINTS))
    return np.linspace(low, high, points)


def _hyper_grid(theta: Floats, raw: Floats, se: Floats) -> tuple[Floats, Floats]:
    """All pairs of μ (points of the θ grid) and τ."""
    spread = float(np.sqrt(np.mean((raw - np.median(raw)) ** 2)))
    most = min(max(4 * spread, 4 * float(se.min()), 0.5), float(theta[-1] - theta[0]) / 3)
    return _cross(theta, float(theta[0]), float(theta[-1]), np.linspace(0.0, most, TAU_POINTS))


def _refine(theta: Floats, mu: Floats, tau: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """The same number of points, where the first pass put its weight."""
    kept = weight > 1e-7
    steps = np.unique(tau)
    step = float(steps[1] - steps[0])
    levels = np.unique(mu)
    width = float(levels[1] - levels[0]) if len(levels) > 1 else 0.0
    taus = np.linspace(max(0.0, float(tau[kept].min()) - step), float(tau[kept].max()) + step, TAU_POINTS)
    return _cross(theta, float(mu[kept].min()) - width, float(mu[kept].max()) + width, taus)


def _cross(theta: Floats, low: float, high: float, taus: Floats) -> tuple[Floats, Floats]:
    inside = theta[(theta >= low) & (theta <= high)]
    places = np.unique(np.linspace(0, len(inside) - 1, min(MU_POINTS, len(inside))).round().astype(int))
    mus, spreads = np.meshgrid(inside[places], taus, indexing="ij")
    return mus.ravel(), spreads.ravel()


def _priors(theta: Floats, mu: Floats, tau: Floats) -> Floats:
    """Mass of N(μ, τ²) in the cell around each θ; a point mass at τ = 0 (μ lies on the grid)."""
    from scipy.special import ndtr

    half = (theta[1] - theta[0]) / 2
    edges = np.concatenate([[-np.inf], (theta[:-1] + half), [np.inf]])
    safe = np.maximum(tau, 1e-9)[:, None]
    return np.asarray(np.diff(ndtr((edges[None, :] - mu[:, None]) / safe), axis=1))


def _quantile(theta: Floats, posterior: Floats, level: float) -> Floats:
    """Quantile per team, linear within a grid cell, the first one included."""
    half = (theta[1] - theta[0]) / 2
    edges = np.append(theta[0] - half, theta + half)
    cumulative = np.cumsum(np.pad(posterior, ((0, 0), (1, 0))), axis=1)
    return np.array([np.interp(level, row, edges) for row in cumulative])


def _weighted_quantile(values: Floats, weight: Floats, level: float) -> float:
    order = np.argsort(values)
    cumulative = np.cumsum(weight[order])
    return float(values[order][min(int(np.searchsorted(cumulative, level)), len(values) - 1)])
