"""What a yield would be if checks with and without a result were registered equally often."""

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats


def corrected_yield(observed: ArrayLike, dependence: ArrayLike) -> Floats:
    """O / (o + (1 - o) · d): exact when ``dependence`` is P(registered | result) / P(registered | no result)."""
    o, d = np.asarray(observed, dtype=float), np.asarray(dependence, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(o / (o + (1 - o) * d), dtype=np.float64)


def worst_case(observed: ArrayLike, coverage: ArrayLike) -> tuple[Floats, Floats]:
    """[c·o, 1 - c·(1 - o)]: all unregistered checks without a result, or all with one."""
    o, c = np.asarray(observed, dtype=float), np.asarray(coverage, dtype=float)
    return np.asarray(c * o), np.asarray(1 - c * (1 - o))


def likely_range(observed: ArrayLike, coverage: ArrayLike, dependence: ArrayLike) -> tuple[Floats, Floats]:
    """[c·o, o] when results are registered at least as often as checks without (d >= 1), else [o, upper worst case].

    Args:
        observed: Share with a result among registered checks, in [0, 1].
        coverage: Share of checks that is registered, in (0, 1].
        dependence: How much more often a check with a result is registered; 1 is equally often.
    """
    o, d = np.asarray(observed, dtype=float), np.asarray(dependence, dtype=float)
    low, high = worst_case(o, coverage)
    return np.where(d >= 1, low, o), np.where(d >= 1, o, high)


def tipping_dependence(observed: ArrayLike, threshold: ArrayLike) -> Floats:
    """Dependence at which the corrected yield falls to ``threshold``: how many times as often results must be registered.

    d = o (1 - t) / (t (1 - o)).
    """
    o, t = np.asarray(observed, dtype=float), np.asarray(threshold, dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(o * (1 - t) / (t * (1 - o)), dtype=np.float64)


def dependence_draws(
    result: tuple[float, float], no_result: tuple[float, float], *, draws: int, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Draws of coverage and dependence from a sample, with Jeffreys' prior in both groups.

    Args:
        result: Registered and missed checks with a result in the sample.
        no_result: Registered and missed checks without a result.
        draws: Number of draws.
        seed: Of the generator.

    Returns:
        P(registered | result), P(registered | no result), share of observed checks with a result.
    """
    random = np.random.default_rng(seed)
    with_result = random.beta(result[0] + 0.5, result[1] + 0.5, draws)
    without = random.beta(no_result[0] + 0.5, no_result[1] + 0.5, draws)
    share = random.beta(sum(result) + 0.5, sum(no_result) + 0.5, draws)
    return with_result, without, share
