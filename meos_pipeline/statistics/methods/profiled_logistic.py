"""Logistic regression on cells with one intercept per stratum, the intercepts profiled out.

A fit on cells equals the fit on rows; so do its model and cluster-robust standard errors. With 200 teams the
design matrix stays as narrow as with one; and where many cells share their covariates, it is as short as there are
patterns of them: a sum over cells is a sum over patterns of what the cells of each weigh together.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix

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
    _design: Floats
    """Covariates per pattern, minus their means over all cells."""
    _pattern: Integers
    _strata: Integers
    """Of each cell; 0 where the cell was left out (its residual is 0)."""
    _residual: Floats
    _means: Floats
    """Of the covariates in each stratum, likewise minus the means over all cells."""
    _centre: Floats
    _weights: Floats

    def intercept_covariance(self) -> Floats:
        """Model covariance of the intercepts; nan for strata without one."""
        known = np.flatnonzero(np.isfinite(self.intercepts))
        means = self._means + self._centre
        covariance = np.full((self.intercepts.size, self.intercepts.size), np.nan)
        covariance[np.ix_(known, known)] = np.diag(1 / self._weights) + means @ self.covariance @ means.T
        return covariance

    def clustered(self, clusters: Integers) -> Floats:
        """Cluster-robust covariance of the coefficients, times K / (K - 1) for K clusters with a cell.

        Scores are linear in counts, so any cells that nest in clusters give what rows would give (Liang &
        Zeger 1986). The correction by the number of rows that software adds by default is left out: it would
        differ between rows and cells.
        """
        labels, used = codes(clusters)
        number = labels.size
        if number < 2:
            return np.full_like(self.covariance, np.nan)

        def summed(place: Integers, width: int) -> csr_matrix:
            return coo_matrix((self._residual, (used, place)), shape=(number, width)).tocsr()

        sums = summed(self._pattern, len(self._design)) @ self._design
        sums -= summed(self._strata, len(self._means)) @ self._means
        meat = sums.T @ sums * number / (number - 1)
        return np.asarray(self.covariance @ meat @ self.covariance)


def codes(values: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.generic], Integers]:
    """Distinct values in order, and the place of each value among them; without sorting where values lie close."""
    if values.size and np.issubdtype(values.dtype, np.integer):
        first = int(values.min())
        span = int(values.max()) - first + 1
        if span <= 4 * values.size + 1000:
            away = (values - first).astype(np.int64)
            seen = np.zeros(span, dtype=bool)
            seen[away] = True
            return (np.flatnonzero(seen) + first).astype(values.dtype), (np.cumsum(seen) - 1)[away]
    distinct, place = np.unique(values, return_inverse=True)
    return distinct, np.asarray(place, dtype=np.int64)


def fit(
    successes: Floats,
    total: Floats,
    design: Floats,
    strata: Integers,
    pattern: Integers | None = None,
    offset: Floats | None = None,
) -> Fit:
    """Maximum likelihood by Newton steps on the coefficients and the intercepts together.

    Args:
        successes: Successes per cell.
        total: Trials per cell; cells with 0 do not count.
        design: Covariates ``(patterns, coefficients)``, without a constant.
        strata: Stratum of each cell, 0 to S - 1: each has its own intercept.
        pattern: Row of ``design`` of each cell; without it every cell has its own.
        offset: Known part of the log odds of each cell: a covariate whose coefficient is 1.

    Returns:
        The fit. Strata whose cells all succeed or all fail are left out, as their intercept is infinite.
    """
    number = int(strata.max()) + 1 if strata.size else 0
    pattern = np.arange(strata.size) if pattern is None else pattern
    gained = np.bincount(strata, weights=successes, minlength=number)
    tried = np.bincount(strata, weights=total, minlength=number)
    informative = (gained > 0) & (gained < tried)
    rows = informative[strata] & (total > 0) if number else np.zeros(0, dtype=bool)
    if not rows.any():
        return _nothing(design, number, "no_variation")
    labels, s = codes(strata[rows])
    share: Floats = np.bincount(pattern[rows], weights=total[rows], minlength=len(design)) / total[rows].sum()
    scale = np.sqrt(share @ design**2)
    if np.any(scale == 0):
        return _nothing(design, number, "collinear")
    centre = share @ design
    known = np.zeros(strata.size) if offset is None else offset
    cells = _Cells(
        successes[rows], total[rows], (design - centre) / scale, (design / scale) ** 2, s, pattern[rows], known[rows]
    )
    mean_offset = np.bincount(s, weights=total[rows] * known[rows]) / np.bincount(s, weights=total[rows])
    alpha = np.log(gained[labels] / (tried - gained)[labels]) - mean_offset
    beta = np.zeros(design.shape[1])
    deviance = np.inf
    linear = cells.linear(alpha, beta)
    for _ in range(_ROUNDS):
        state = cells.state(linear)
        if not np.isfinite(state.condition) or state.condition > 1e12:
            return _nothing(design, number, "collinear")
        step = np.linalg.solve(state.information, state.score) if beta.size else beta
        shift = state.residual_by_stratum / state.weight_by_stratum - state.means @ step
        factor = 1.0
        while factor > 1e-4:
            linear = cells.linear(alpha + factor * shift, beta + factor * step)
            now = cells.deviance(linear)
            if now <= deviance + 1e-9 * (abs(now) + 1):
                break
            factor /= 2
        alpha, beta, deviance = alpha + factor * shift, beta + factor * step, now
        if max(np.abs(step).max(initial=0.0), np.abs(shift).max()) < _TOLERANCE:
            break
        if np.abs(linear).max() > _LARGEST_LOG_ODDS:
            return _nothing(design, number, "separation")
    else:
        return _nothing(design, number, "separation")
    linear = cells.linear(alpha, beta)
    state = cells.state(linear)
    covariance = np.linalg.inv(state.information) if beta.size else np.zeros((0, 0))
    intercepts = np.full(number, np.nan)
    intercepts[labels] = alpha - (centre / scale) @ beta
    residual, stratum = np.zeros(strata.size), np.zeros(strata.size, dtype=np.int64)
    residual[rows], stratum[rows] = cells.y - cells.n * _share(linear), s
    return Fit(
        coefficients=beta / scale,
        covariance=covariance / np.outer(scale, scale),
        intercepts=intercepts,
        condition=state.condition,
        reason="",
        _design=design - centre,
        _pattern=pattern,
        _strata=stratum,
        _residual=residual,
        _means=state.means * scale,
        _centre=centre,
        _weights=state.weight_by_stratum,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    means: Floats
    """Weighted means of the covariates in each stratum."""
    information: Floats
    score: Floats
    condition: float
    weight_by_stratum: Floats
    residual_by_stratum: Floats


class _Cells:
    """The cells that a fit uses, and sums over them."""

    def __init__(
        self,
        y: Floats,
        n: Floats,
        design: Floats,
        squares: Floats,
        strata: Integers,
        pattern: Integers,
        offset: Floats,
    ) -> None:
        """Take covariates minus their means over all cells, and the squares of them as they were."""
        # In the order of the strata: weights are then the values of a sparse table of strata by patterns.
        order = slice(None) if np.all(strata[1:] >= strata[:-1]) else np.argsort(strata, kind="stable")
        self.y, self.n, self._s, self._p, self._offset = y, n, strata, pattern, offset
        self._order, self._design, self._squares = order, design, squares
        self._strata = int(strata.max()) + 1
        self._columns = pattern[order]
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(strata, minlength=self._strata))))

    def linear(self, alpha: Floats, beta: Floats) -> Floats:
        """Log odds per cell."""
        return np.asarray(alpha[self._s] + (self._design @ beta)[self._p] + self._offset)

    def deviance(self, linear: Floats) -> float:
        """Minus twice the log likelihood."""
        return float(-2 * (self.y * linear - self.n * np.logaddexp(0, linear)).sum())

    def state(self, linear: Floats) -> _State:
        """What a Newton step needs."""
        X, number = self._design, self._strata
        mu = _share(linear)
        weight, residual = self.n * mu * (1 - mu), self.y - self.n * mu
        of_stratum = np.maximum(np.bincount(self._s, weights=weight, minlength=number), 1e-300)
        of_pattern = np.bincount(self._p, weights=weight, minlength=len(X))
        by_stratum = np.asarray(np.bincount(self._s, weights=residual, minlength=number), dtype=np.float64)
        table = csr_matrix((weight[self._order], self._columns, self._starts), shape=(number, len(X)))
        means = np.asarray(table @ X) / of_stratum[:, None]
        information = X.T @ (X * of_pattern[:, None]) - means.T @ (means * of_stratum[:, None])
        spread = np.sqrt(np.maximum(np.diag(information), 0))
        # What the intercepts already say leaves only rounding noise.
        alive = np.diag(information) > 1e-12 * (of_pattern @ self._squares)
        scaled = information / np.outer(spread, spread) if np.all(alive) else np.full_like(information, np.inf)
        condition = float(np.linalg.cond(scaled)) if scaled.size and np.all(np.isfinite(scaled)) else np.inf
        return _State(
            means=means,
            information=information,
            score=X.T @ np.bincount(self._p, weights=residual, minlength=len(X)) - means.T @ by_stratum,
            condition=condition if X.shape[1] else 1.0,
            weight_by_stratum=of_stratum,
            residual_by_stratum=by_stratum,
        )


def _share(linear: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(linear, -700, 700)))


def _nothing(design: Floats, strata: int, reason: str) -> Fit:
    width = design.shape[1]
    return Fit(
        coefficients=np.full(width, np.nan),
        covariance=np.full((width, width), np.nan),
        intercepts=np.full(strata, np.nan),
        condition=np.inf,
        reason=reason,
        _design=np.zeros((0, width)),
        _pattern=np.zeros(0, dtype=np.int64),
        _strata=np.zeros(0, dtype=np.int64),
        _residual=np.zeros(0),
        _means=np.zeros((0, width)),
        _centre=np.zeros(width),
        _weights=np.zeros(0),
    )
