"""Poisson regression of counts on areas, with standard errors that do not trust the Poisson variance."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LARGEST_CONDITION = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class PoissonFit:
    """Coefficients with covariances; nan with a reason when there is no estimate."""

    coefficients: Floats
    covariance: Floats
    """From the model."""
    clustered: Floats
    """Cluster-robust, times K / (K - 1)."""
    dispersion: float
    """Pearson's chi-square over its degrees of freedom."""
    deviance: float
    reason: str
    """'no_variation', 'collinear', 'separation' or ''."""


def poisson(counts: Floats, offset: Floats, design: Floats, clusters: Integers) -> PoissonFit:
    """Maximum likelihood of a log-linear rate by iteratively reweighted least squares.

    Source: McCullagh & Nelder, Generalized Linear Models (1989), chapter 6; Liang & Zeger (1986).

    Args:
        counts: Events per area.
        offset: Log exposure.
        design: Covariates with a constant ``(areas, coefficients)``.
        clusters: Whose areas may resemble each other.
    """
    width = design.shape[1]
    nothing = np.full((width, width), np.nan)
    if counts.sum() == 0:
        return _nothing(width, "no_variation")
    if counts.size <= width or np.linalg.matrix_rank(design) < width:
        return _nothing(width, "collinear")
    mu = counts + 0.5
    beta: Floats = np.zeros(width)
    for _ in range(100):
        working = np.log(mu) - offset + (counts - mu) / mu
        weighted = design * mu[:, None]
        information = design.T @ weighted
        if _condition(information) > _LARGEST_CONDITION:
            return _nothing(width, "separation")
        updated = np.asarray(np.linalg.solve(information, weighted.T @ working), dtype=np.float64)
        mu = np.exp(np.clip(offset + design @ updated, -700, 700))
        if np.abs(updated - beta).max() < 1e-12 * max(np.abs(updated).max(), 1.0):
            beta = updated
            break
        beta = updated
    else:
        return _nothing(width, "separation")
    covariance = np.asarray(np.linalg.inv(design.T @ (design * mu[:, None])), dtype=np.float64)
    used = np.unique(clusters, return_inverse=True)[1]
    number = int(used.max()) + 1
    scores = design * (counts - mu)[:, None]
    sums = np.stack([np.bincount(used, weights=column, minlength=number) for column in scores.T], axis=1)
    robust = covariance @ (sums.T @ sums) @ covariance * (number / (number - 1)) if number > 1 else nothing
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / mu), 0.0) - (counts - mu)
    return PoissonFit(
        coefficients=beta,
        covariance=covariance,
        clustered=robust,
        dispersion=float(((counts - mu) ** 2 / mu).sum() / (counts.size - width)),
        deviance=float(2 * terms.sum()),
        reason="",
    )


def _condition(information: Floats) -> float:
    """Condition number with every coefficient scaled to 1: a small exposure or unit does not matter."""
    size = np.sqrt(np.diag(information))
    scale = np.outer(size, size)
    return float(np.linalg.cond(information / scale)) if np.all(scale > 0) else np.inf


def _nothing(width: int, reason: str) -> PoissonFit:
    nothing = np.full((width, width), np.nan)
    return PoissonFit(
        coefficients=np.full(width, np.nan),
        covariance=nothing,
        clustered=nothing,
        dispersion=np.nan,
        deviance=np.nan,
        reason=reason,
    )
