"""How much of what took place is in one register, judged by another."""

from dataclasses import dataclass

import numpy as np

from meos_pipeline.statistics.methods.proportion import normal_quantile


@dataclass(frozen=True, slots=True)
class Abundance:
    """Estimated number with its standard error and bounds."""

    n: float
    se: float
    lower: float
    upper: float


def petersen(first: int, second: int, both: int) -> float:
    """n1·n2/m: the number without correction for few matches; nan at no match.

    Args:
        first: Checks in the first register.
        second: Checks in the second register.
        both: Checks in both.
    """
    return first * second / both if both else float("nan")


def chapman(first: int, second: int, both: int, confidence_level: float = 0.95) -> Abundance:
    """(n1+1)(n2+1)/(m+1) - 1 with its variance (Chapman 1951; Seber 1982, 3.1) and normal bounds.

    Args:
        first: In the first register.
        second: In the second.
        both: In both.
        confidence_level: Between 0 and 1.
    """
    n = (first + 1) * (second + 1) / (both + 1) - 1
    variance = (first + 1) * (second + 1) * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    se = float(np.sqrt(max(variance, 0.0)))
    half = normal_quantile(confidence_level) * se
    return Abundance(n, se, max(n - half, first + second - both), n + half)


def coverage_under_dependence(both: float, first_only: float, second_only: float, odds_ratio: float) -> float:
    """Share in the first register when the registers depend with this odds ratio.

    n00 = ψ·n10·n01/n11 are in neither; coverage = (n11 + n10) / all. ψ = 1 is independence.

    Args:
        both: Checks in both registers.
        first_only: Checks in the first only.
        second_only: Checks in the second only.
        odds_ratio: Odds ratio between the registers, above 0.
    """
    if both <= 0:
        return float("nan")
    neither = odds_ratio * first_only * second_only / both
    return (both + first_only) / (both + first_only + second_only + neither)


def chao_lower_bound(once: int, twice: int, seen: int) -> tuple[float, float]:
    """Lower bound of the number when ``once`` were seen once and ``twice`` twice (Chao 1987): number and se."""
    ratio = once / twice
    n = seen + once**2 / (2 * twice)
    variance = twice * (0.25 * ratio**4 + ratio**3 + 0.5 * ratio**2)
    return n, float(np.sqrt(variance))
