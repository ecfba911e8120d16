"""How unequally checks fall on persons, beside what chance alone gives."""

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats


def top_share(times: ArrayLike, persons: ArrayLike, top: float) -> float:
    """Share of checks that falls on the ``top`` share of persons who were checked most.

    The person at the border counts for the part that is inside.

    Args:
        times: How often a person was checked: 1, 2, 3 …
        persons: Number of persons checked that often.
        top: Share of persons, in (0, 1].
    """
    k, n = np.asarray(times, dtype=float), np.asarray(persons, dtype=float)
    order = np.argsort(-k)
    k, n = k[order], n[order]
    room = top * n.sum()
    inside = np.clip(room - (np.cumsum(n) - n), 0, n)
    return float((inside * k).sum() / (n * k).sum())


def equal_chance(times: ArrayLike, persons: ArrayLike) -> tuple[Floats, Floats]:
    """Numbers of checks and expected persons if everybody who could be checked had the same chance.

    The zero-truncated Poisson law with the observed mean: nobody knows how many were not checked.
    """
    from scipy.optimize import brentq
    from scipy.stats import poisson

    k, n = np.asarray(times, dtype=float), np.asarray(persons, dtype=float)
    mean = float((n * k).sum() / n.sum())
    counts = np.arange(1, max(int(k.max()), 10) + 40, dtype=float)
    if mean <= 1 + 1e-9:
        return counts, np.where(counts == 1, n.sum(), 0.0)
    rate = brentq(lambda x: x / -np.expm1(-x) - mean, 1e-9, mean)
    return counts, np.asarray(n.sum() * poisson.pmf(counts, rate) / -np.expm1(-rate))
