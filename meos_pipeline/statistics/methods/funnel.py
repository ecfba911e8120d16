"""Is a team outside the spread of ordinary teams: funnel limits with extra variance."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from meos_pipeline.statistics.methods.proportion import Floats

TAIL = 0.10
"""Share of z scores that is pulled in (or left out) at either end before the spread is measured."""
LEVELS = (0.95, 0.998)


@dataclass(frozen=True, slots=True)
class Spread:
    """Variance between ordinary teams."""

    centre: float
    dispersion: float
    tau_squared: float


def extra_variance(
    estimate: ArrayLike, se: ArrayLike, *, centre: float | None = None, trim: str = "winsorise", correct: bool = True
) -> Spread:
    """Spread of ordinary teams by the method of moments (Spiegelhalter 2012; DerSimonian & Laird 1986).

    τ² = max(0, (k·φ - (k - 1)) / (Σw - Σw²/Σw)) with φ the mean squared z after the extremes are pulled in.

    Args:
        estimate: On a scale where errors are about normal (log, logit).
        se: Standard errors.
        centre: Target; the median when none is given.
        trim: 'winsorise' pulls both tails in to their quantile, 'truncate' leaves them out.
        correct: Divide φ by what winsorising leaves of it when there is no spread (0.679): without it,
            chance alone would seem underdispersed.
    """
    y, s = np.asarray(estimate, dtype=float), np.asarray(se, dtype=float)
    middle = float(np.median(y)) if centre is None else centre
    z = (y - middle) / s
    weights = 1 / s**2
    if trim == "truncate":
        outside = int(TAIL * len(z))
        kept = np.argsort(z, kind="stable")[outside : len(z) - outside]
        z, weights = z[kept], weights[kept]
    else:
        z = np.clip(z, *np.quantile(z, [TAIL, 1 - TAIL]))
    count = len(z)
    phi = float(np.mean(z**2)) / (_winsorised_square() if correct and trim == "winsorise" else 1.0)
    total = float(weights.sum())
    room = total - float((weights**2).sum()) / total
    return Spread(middle, phi, max(0.0, (count * phi - (count - 1)) / room) if room > 0 else 0.0)


def limits(spread: Spread, se: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Lower and upper limit for a team with that standard error: centre ± z·sqrt(se² + τ²).

    Args:
        spread: Centre and spread of ordinary teams.
        se: Standard error of the team.
        level: Share of ordinary teams within the limits, in (0, 1).
    """
    from scipy.special import ndtri

    half = float(ndtri(0.5 + level / 2)) * np.sqrt(np.asarray(se, dtype=float) ** 2 + spread.tau_squared)
    return spread.centre - half, spread.centre + half


def outside(estimate: ArrayLike, se: ArrayLike) -> tuple[Spread, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Spread of ordinary teams, and which teams lie outside: beyond the outer limit, and kept at a false discovery of 5%.

    Args:
        estimate: On a scale where errors are about normal (log, logit).
        se: Standard errors.
    """
    y, s = np.asarray(estimate, dtype=float), np.asarray(se, dtype=float)
    spread = extra_variance(y, s)
    low, high = limits(spread, s, LEVELS[1])
    return spread, ((y < low) | (y > high)) & false_discovery(two_sided_p(spread, y, s))


def chance_of_any(spread: Spread, se: ArrayLike, *, seed: int, draws: int = 200) -> float:
    """How often any of these teams would lie outside if all were ordinary, by drawing them with this spread.

    Args:
        spread: Of the teams.
        se: Standard errors of the teams.
        seed: Of the draws.
        draws: Number of districts drawn.
    """
    random, s = np.random.default_rng(seed), np.asarray(se, dtype=float)
    ordinary = np.sqrt(s**2 + spread.tau_squared) * random.standard_normal((draws, s.size))
    return float(np.mean([outside(one, s)[1].any() for one in ordinary]))


def two_sided_p(spread: Spread, estimate: ArrayLike, se: ArrayLike) -> Floats:
    """P value of a team under the spread of ordinary teams.

    Args:
        spread: Centre and spread of ordinary teams.
        estimate: Estimate of the team, on the scale of the spread.
        se: Its standard error.
    """
    from scipy.special import ndtr

    z = (np.asarray(estimate, float) - spread.centre) / np.sqrt(np.asarray(se, float) ** 2 + spread.tau_squared)
    return np.asarray(2 * ndtr(-np.abs(z)))


def false_discovery(p: ArrayLike, level: float = 0.05) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which p values are kept at this false discovery rate (Benjamini & Hochberg 1995)."""
    from statsmodels.stats.multitest import multipletests

    values = np.asarray(p, dtype=float)
    if not len(values):
        return np.zeros(0, dtype=bool)
    return np.asarray(multipletests(values, alpha=level, method="fdr_bh")[0])


@cache
def _winsorised_square() -> float:
    """Mean of a standard normal square after winsorising: 2q c² + (1 - 2q) - 2c φ(c), c the upper quantile."""
    from scipy.stats import norm

    cut = float(norm.ppf(1 - TAIL))
    return 2 * TAIL * cut**2 + (1 - 2 * TAIL) - 2 * cut * float(norm.pdf(cut))
