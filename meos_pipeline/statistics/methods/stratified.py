"""Two-by-two tables in strata: one odds ratio or risk difference for all, and whether the strata agree."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """An estimate over strata with its standard error; nan where the strata do not determine it."""

    estimate: float
    error: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Homogeneity:
    """Test that all strata have one odds ratio."""

    breslow_day: float
    tarone: float
    strata: int
    p_value: float
    """Of Tarone's statistic on ``strata - 1`` degrees of freedom; nan with fewer than two usable strata."""


def log_odds_ratio(tables: Floats) -> Pooled:
    """Mantel-Haenszel log odds ratio.

    Source: Mantel & Haenszel (1959); variance of Robins, Breslow & Greenland (Biometrics 42, 1986, equation 3),
    right for few large and for many sparse strata.

    Args:
        tables: Counts ``(strata, 2, 2)``: rows group and reference, columns event and no event.
    """
    (a, b, c, d), total = _cells(tables)
    r, s = a * d / total, b * c / total
    if r.sum() == 0 or s.sum() == 0:
        return Pooled(estimate=np.nan, error=np.nan)
    p, q = (a + d) / total, (b + c) / total
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    return Pooled(estimate=float(np.log(r.sum() / s.sum())), error=float(np.sqrt(variance)))


def risk_difference(tables: Floats) -> Pooled:
    """Mantel-Haenszel risk difference; variance of Sato (Biometrics 45, 1989), for large and sparse strata."""
    (a, b, c, d), total = _cells(tables)
    n1, n0 = a + b, c + d
    weight = n1 * n0 / total
    if weight.sum() == 0:
        return Pooled(estimate=np.nan, error=np.nan)
    difference = float(((a * n0 - c * n1) / total).sum() / weight.sum())
    p = (n1**2 * c - n0**2 * a + n1 * n0 * (n0 - n1) / 2) / total**2
    q = (a * d + b * c) / (2 * total)
    return Pooled(
        estimate=difference,
        error=float(np.sqrt(max(difference * p.sum() + q.sum(), 0.0)) / weight.sum()),
    )


def association(tables: Floats, *, corrected: bool) -> tuple[float, float]:
    """Cochran-Mantel-Haenszel chi-square (1 degree of freedom) of no association, and its p-value."""
    from scipy.stats import chi2

    (a, b, c, d), total = _cells(tables)
    expected = (a + b) * (a + c) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = (a + b) * (c + d) * (a + c) * (b + d) / (total**2 * (total - 1))
    spread = float(np.where(total > 1, variance, 0.0).sum())
    if spread == 0:
        return np.nan, np.nan
    distance = max(abs(float((a - expected).sum())) - (0.5 if corrected else 0.0), 0.0)
    statistic = distance**2 / spread
    return statistic, float(chi2.sf(statistic, 1))


def homogeneity(tables: Floats) -> Homogeneity:
    """Breslow-Day test, with Tarone's correction (Biometrika 72, 1985), around the Mantel-Haenszel odds ratio.

    Strata with an empty margin say nothing of the odds ratio and are left out.
    """
    from scipy.stats import chi2

    (a, b, c, d), _ = _cells(tables)
    margins = (a + b > 0) & (c + d > 0) & (a + c > 0) & (b + d > 0)
    a, b, c, d = (part[margins] for part in (a, b, c, d))
    pooled = log_odds_ratio(tables)
    strata = int(margins.sum())
    if strata < 2 or not np.isfinite(pooled.estimate):
        return Homogeneity(breslow_day=np.nan, tarone=np.nan, strata=strata, p_value=np.nan)
    fitted = _fitted(a + b, c + d, a + c, float(np.exp(pooled.estimate)))
    variance = 1 / (1 / fitted + 1 / (a + b - fitted) + 1 / (a + c - fitted) + 1 / (c + d - a - c + fitted))
    breslow_day = float(((a - fitted) ** 2 / variance).sum())
    tarone = breslow_day - float((a - fitted).sum() ** 2 / variance.sum())
    return Homogeneity(
        breslow_day=breslow_day, tarone=tarone, strata=strata, p_value=float(chi2.sf(tarone, strata - 1))
    )


def _fitted(n1: Floats, n0: Floats, events: Floats, ratio: float) -> Floats:
    """Events of the group that give each stratum the odds ratio ``ratio`` at its own margins."""
    if abs(ratio - 1) < 1e-12:
        return n1 * events / (n1 + n0)
    # (1 - r) x^2 + (n0 - events + r (n1 + events)) x - r n1 events = 0; the root within the margins, written
    # without the difference of two nearly equal numbers.
    first, second, third = 1 - ratio, n0 - events + ratio * (n1 + events), -ratio * n1 * events
    root = np.sqrt(second**2 - 4 * first * third)
    return 2 * third / (-second - root)


def _cells(tables: Floats) -> tuple[tuple[Floats, Floats, Floats, Floats], Floats]:
    """Cells a, b, c, d and totals of the strata that have any count."""
    counts = np.asarray(tables, dtype=np.float64)
    counts = counts[counts.sum(axis=(1, 2)) > 0]
    return (counts[:, 0, 0], counts[:, 0, 1], counts[:, 1, 0], counts[:, 1, 1]), counts.sum(axis=(1, 2))
