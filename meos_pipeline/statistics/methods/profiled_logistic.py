"""Logistic regression on cells with one intercept per stratum, the intercepts profiled out.

A fit on cells equals the fit on rows; so do its model and cluster-robust standard errors. With 200 teams the
design matrix stays as narrow as with one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_ROUNDS = 60
_TOLERANCE = 1e-11
_LARGEST_LOG_ODDS = 25.0
"""Fitted log odds beyond this run to infinity: separation, not an estimate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A converged fit; when ``reason`` is not empty there is no estimate and the arrays are nan."""

    coefficients: Floats
    covariance: Floats
    """From the model (inverse information)."""
    intercepts: Floats
    """One per stratum; nan for strata with only successes or only failures, which say nothing."""
    condition: float
    """Of the information about the coefficients, after scaling each to 1."""
    reason: str
    """'no_variation', 'collinear', 'separation' or ''."""
    _centred: Floats
    _residual: Floats
    _means: Floats
    _weights: Floats

    def intercept_covariance(self) -> Floats:
        """Model covariance of the intercepts; nan for strata without one."""
        known = np.flatnonzero(np.isfinite(self.intercepts))
        covariance = np.full((self.intercepts.size, self.intercepts.size), np.nan)
        covariance[np.ix_(known, known)] = np.diag(1 / self._weights) + self._means @ self.covariance @ self._means.T
        return covariance

    def clustered(self, clusters: Integers) -> Floats:
        """Cluster-robust covariance of the coefficients, times K / (K - 1) for K clusters with a cell.

        Scores are linear in counts, so any cells that nest in clusters give what rows would give (Liang &
        Zeger 1986). The correction by the number of rows that software adds by default is left out: it would
        differ between rows and cells.
        """
        used = np.unique(clusters, return_inverse=True)[1]
        scores = self._centred * self._residual[:, None]
        number = int(used.max()) + 1 if used.size else 0
        if number < 2:
            return np.full_like(self.covariance, np.nan)
        sums = np.stack([np.bincount(used, weights=column, minlength=number) for column in scores.T], axis=1)
        meat = sums.T @ sums * number / (number - 1)
        return self.covariance @ meat @ self.covariance


def fit(successes: Floats, total: Floats, design: Floats, strata: Integers) -> Fit:
    """Maximum likelihood by Newton steps on the coefficients and the intercepts together.

    Args:
        successes: Successes per cell.
        total: Trials per cell; cells with 0 do not count.
        design: Covariates ``(cells, coefficients)``, without a constant.
        strata: Stratum of each cell, 0 to S - 1: each has its own intercept.

    Returns:
        The fit. Strata whose cells all succeed or all fail are left out, as their intercept is infinite.
    """
    number = int(strata.max()) + 1 if strata.size else 0
    gained = np.bincount(strata, weights=successes, minlength=number)
    tried = np.bincount(strata, weights=total, minlength=number)
    informative = (gained > 0) & (gained < tried)
    rows = informative[strata] & (total > 0) if number else np.zeros(0, dtype=bool)
    if not rows.any():
        return _nothing(design, number, "no_variation")
    y, n, X = successes[rows], total[rows], design[rows]
    labels, s = np.unique(strata[rows], return_inverse=True)
    scale = np.sqrt(np.average(X**2, weights=n, axis=0)) if X.shape[1] else np.ones(0)
    if np.any(scale == 0):
        return _nothing(design, number, "collinear")
    X = X / scale
    alpha = np.log(gained[labels] / (tried - gained)[labels])
    beta = np.zeros(X.shape[1])
    deviance = np.inf
    for _ in range(_ROUNDS):
        mu, state = _state(y, n, X, s, alpha, beta)
        if not np.isfinite(state.condition) or state.condition > 1e12:
            return _nothing(design, number, "collinear")
        step = np.linalg.solve(state.information, state.centred.T @ (y - n * mu)) if beta.size else beta
        shift = state.residual_by_stratum / state.weight_by_stratum - state.means @ step
        factor = 1.0
        while factor > 1e-4:
            now = _deviance(y, n, X, s, alpha + factor * shift, beta + factor * step)
            if now <= deviance + 1e-9 * (abs(now) + 1):
                break
            factor /= 2
        alpha, beta, deviance = alpha + factor * shift, beta + factor * step, now
        if max(np.abs(step).max(initial=0.0), np.abs(shift).max()) < _TOLERANCE:
            break
        if np.abs(alpha[s] + X @ beta).max() > _LARGEST_LOG_ODDS:
            return _nothing(design, number, "separation")
    else:
        return _nothing(design, number, "separation")
    mu, state = _state(y, n, X, s, alpha, beta)
    covariance = np.linalg.inv(state.information) if beta.size else np.zeros((0, 0))
    intercepts = np.full(number, np.nan)
    intercepts[labels] = alpha
    centred, residual = np.zeros(design.shape), np.zeros(design.shape[0])
    centred[rows], residual[rows] = state.centred * scale, y - n * mu
    return Fit(
        coefficients=beta / scale,
        covariance=covariance / np.outer(scale, scale),
        intercepts=intercepts,
        condition=state.condition,
        reason="",
        _centred=centred,
        _residual=residual,
        _means=state.means * scale,
        _weights=state.weight_by_stratum,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    centred: Floats
    """Covariates minus their weighted mean in the stratum."""
    means: Floats
    information: Floats
    condition: float
    weight_by_stratum: Floats
    residual_by_stratum: Floats


def _state(y: Floats, n: Floats, X: Floats, s: Integers, alpha: Floats, beta: Floats) -> tuple[Floats, _State]:
    mu = _share(alpha[s] + X @ beta)
    weight = n * mu * (1 - mu)
    number = alpha.size
    of_stratum = np.maximum(np.bincount(s, weights=weight, minlength=number), 1e-300)
    means = (
        np.stack([np.bincount(s, weights=weight * column, minlength=number) for column in X.T], axis=1)
        / of_stratum[:, None]
        if X.shape[1]
        else np.zeros((number, 0))
    )
    centred = X - means[s]
    information = centred.T @ (centred * weight[:, None])
    spread = np.sqrt(np.diag(information))
    # What the intercepts already say leaves only rounding noise after centring.
    alive = np.diag(information) > 1e-12 * (weight[:, None] * X**2).sum(axis=0)
    scaled = information / np.outer(spread, spread) if np.all(alive) else np.full_like(information, np.inf)
    condition = float(np.linalg.cond(scaled)) if scaled.size and np.all(np.isfinite(scaled)) else np.inf
    return mu, _State(
        centred=centred,
        means=means,
        information=information,
        condition=condition if X.shape[1] else 1.0,
        weight_by_stratum=of_stratum,
        residual_by_stratum=np.asarray(np.bincount(s, weights=y - n * mu, minlength=number), dtype=np.float64),
    )


def _share(linear: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(linear, -700, 700)))


def _deviance(y: Floats, n: Floats, X: Floats, s: Integers, alpha: Floats, beta: Floats) -> float:
    linear = alpha[s] + X @ beta
    return float(-2 * (y * linear - n * np.logaddexp(0, linear)).sum())


def _nothing(design: Floats, strata: int, reason: str) -> Fit:
    width = design.shape[1]
    return Fit(
        coefficients=np.full(width, np.nan),
        covariance=np.full((width, width), np.nan),
        intercepts=np.full(strata, np.nan),
        condition=np.inf,
        reason=reason,
        _centred=np.zeros(design.shape),
        _residual=np.zeros(design.shape[0]),
        _means=np.zeros((0, width)),
        _weights=np.zeros(0),
    )
