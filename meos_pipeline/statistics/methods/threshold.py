"""The threshold test: the probability of a result at which officers act, per group.

Two families of signals share one hierarchy: beta (Simoiu, Corbett-Davies & Goel, Annals of Applied Statistics 11,
2017) and normal (Pierson, Corbett-Davies & Goel, AISTATS 2018). Sampled with Hamiltonian Monte Carlo of our own,
many chains at once, whitened at the mode.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_STEP = 1e-5
_CHAINS = 48
_TINY = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Counts per cell (place and group); arrays of one length."""

    place: Integers
    group: Integers
    exposed: Floats
    """Those who could have been chosen."""
    chosen: Floats
    hits: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Priors:
    """Means and widths of the normal priors; the spread of thresholds is half-normal."""

    threshold: tuple[float, float]
    risk: tuple[float, float]
    information: tuple[float, float]
    place_risk: float
    place_information: float
    threshold_spread: float


PUBLISHED_BETA = Priors(
    threshold=(-2.0, 1.0), risk=(-3.5, 0.25), information=(2.0, 0.5), place_risk=0.25, place_information=0.5,
    threshold_spread=0.25,
)  # fmt: skip
"""Priors of Pierson et al. (arXiv:1706.05678) for the beta model."""
NORMAL = Priors(
    threshold=(1.5, 1.5), risk=(-2.0, 1.5), information=(0.5, 0.5), place_risk=0.5, place_information=0.3,
    threshold_spread=0.5,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Posterior:
    """Draws of thresholds as probabilities, and whether to believe them."""

    cells: Floats
    """Draws of the threshold per cell ``(draws, cells)``."""
    groups: Floats
    """The same per group, cells weighted by those exposed ``(draws, groups)``."""
    largest_rhat: float
    divergences: int


def sample(
    decisions: Decisions, *, family: Literal["beta", "normal"], priors: Priors, seed: int, draws: int = 400
) -> Posterior:
    """Draw from the posterior.

    The first place is the reference for risk and information, as in the published model.

    Args:
        decisions: Cells; those without any chosen say nothing of the threshold and should be left out.
        family: Of the signals.
        priors: Of the hierarchy.
        seed: Of the draws.
        draws: Per chain, after as many divided by two to adapt; there are 48 chains.
    """
    model = _Model(decisions, family, priors)
    mode, root = _whiten(model)
    rng = np.random.default_rng(seed)

    def density(position: Floats) -> tuple[Floats, Floats]:
        value, gradient = model.density(mode + position @ root.T)
        return value, gradient @ root

    kept, divergences = _hamiltonian(density, mode.size, rng, draws)
    parameters = mode + kept @ root.T
    cells = model.thresholds(parameters.reshape(-1, mode.size))
    weights = np.zeros((decisions.exposed.size, int(decisions.group.max()) + 1))
    weights[np.arange(decisions.group.size), decisions.group] = decisions.exposed
    weights /= weights.sum(axis=0)
    of_groups = cells @ weights
    rhat = _rhat(cells.reshape(*kept.shape[:2], -1))
    return Posterior(cells=cells, groups=of_groups, largest_rhat=rhat, divergences=divergences)


class _Model:
    """Log posterior of the hierarchy for many positions at once."""

    def __init__(self, decisions: Decisions, family: str, priors: Priors) -> None:
        self.d, self.priors = decisions, priors
        self.groups = int(decisions.group.max()) + 1
        self.places = int(decisions.place.max()) + 1
        self.cells = decisions.group.size
        self.signal = _beta_signal if family == "beta" else _normal_signal
        self.family = family
        # Spread of thresholds (log), thresholds, risk, information, those of places, threshold per cell: centred,
        # as cells are many checks each.
        sizes = [1, self.groups, self.groups, self.groups, self.places - 1, self.places - 1, self.cells]
        self.bounds = np.cumsum([0, *sizes])
        self.dimension = int(self.bounds[-1])

    def parts(self, position: Floats) -> list[Floats]:
        return [position[:, first:last] for first, last in zip(self.bounds[:-1], self.bounds[1:], strict=True)]

    def linear(self, position: Floats) -> tuple[Floats, Floats, Floats]:
        """Risk, information and threshold per cell, unconstrained."""
        _, _, risk, information, place_risk, place_information, threshold = self.parts(position)
        nothing = np.zeros((position.shape[0], 1))
        of_risk = np.concatenate([nothing, place_risk], axis=1)
        of_information = np.concatenate([nothing, place_information], axis=1)
        g, p = self.d.group, self.d.place
        return (
            risk[:, g] + of_risk[:, p],
            information[:, g] + of_information[:, p],
            threshold,
        )

    def thresholds(self, position: Floats) -> Floats:
        risk, information, threshold = self.linear(position)
        if self.family == "beta":
            return 1 / (1 + np.exp(-threshold))
        delta = np.exp(information)
        return 1 / (1 + np.exp(-(risk + threshold * delta - delta**2 / 2)))

    def density(self, position: Floats) -> tuple[Floats, Floats]:
        """Log posterior and its gradient; the slope within a cell by differences.

        An error of the gradient costs acceptance, never correctness: energies are exact.
        """
        linear = list(self.linear(position))
        value = self._likelihood(*linear)
        slopes = []
        for moved in range(3):
            up = list(linear)
            up[moved] = linear[moved] + _STEP
            slopes.append((self._likelihood(*up) - value) / _STEP)
        prior, gradient = self._prior(position)
        by_group, by_place = np.eye(self.groups)[self.d.group], np.eye(self.places)[self.d.place]
        likelihood = [
            np.zeros((position.shape[0], 1 + self.groups)),
            slopes[0] @ by_group,
            slopes[1] @ by_group,
            (slopes[0] @ by_place)[:, 1:],
            (slopes[1] @ by_place)[:, 1:],
            slopes[2],
        ]
        return value.sum(axis=1) + prior, gradient + np.concatenate(likelihood, axis=1)

    def _likelihood(self, risk: Floats, information: Floats, threshold: Floats) -> Floats:
        hit, miss, rest = self.signal(risk, information, threshold)
        d = self.d
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(
                d.hits * np.log(np.maximum(hit, _TINY))
                + (d.chosen - d.hits) * np.log(np.maximum(miss, _TINY))
                + (d.exposed - d.chosen) * np.log(np.maximum(rest, _TINY))
            )

    def _prior(self, position: Floats) -> tuple[Floats, Floats]:
        log_spread, threshold, risk, information, place_risk, place_information, of_cell = self.parts(position)
        p = self.priors
        spread = np.exp(np.clip(log_spread, -30, 30))
        ratio = (spread / p.threshold_spread) ** 2
        away = (of_cell - threshold[:, self.d.group]) / spread
        value = (log_spread - ratio / 2).sum(axis=1) - 0.5 * (away**2).sum(axis=1) - self.cells * log_spread[:, 0]
        pull = away / spread
        gradient = [
            1 - ratio + (away**2).sum(axis=1, keepdims=True) - self.cells,
            pull @ np.eye(self.groups)[self.d.group] - (threshold - p.threshold[0]) / p.threshold[1] ** 2,
        ]
        value = value - 0.5 * (((threshold - p.threshold[0]) / p.threshold[1]) ** 2).sum(axis=1)
        for part, mean, width in (
            (risk, *p.risk),
            (information, *p.information),
            (place_risk, 0.0, p.place_risk),
            (place_information, 0.0, p.place_information),
        ):
            value = value - 0.5 * (((part - mean) / width) ** 2).sum(axis=1)
            gradient.append(-(part - mean) / width**2)
        return value, np.concatenate([*gradient, -pull], axis=1)


def _beta_signal(risk: Floats, information: Floats, threshold: Floats) -> tuple[Floats, Floats, Floats]:
    """Probabilities of a hit, of chosen without one, and of not chosen; risk is beta distributed."""
    from scipy.special import betaincc, betaln

    mean = _share(risk)
    size = np.exp(np.clip(information, -20, 20))
    a, b = size * mean, size * (1 - mean)
    t = _share(threshold)
    chosen = betaincc(a, b, t)
    # Raising a or b by one adds or takes this much (Abramowitz & Stegun 26.5.16), of the whole beta function.
    part = np.exp(a * np.log(t) + b * np.log1p(-t) - betaln(a, b)) / size
    return mean * chosen + part, (1 - mean) * chosen - part, 1 - chosen


def _share(linear: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(linear, -30, 30)))


def _normal_signal(risk: Floats, information: Floats, threshold: Floats) -> tuple[Floats, Floats, Floats]:
    """The same with signals N(0, 1) of the innocent and N(delta, 1) of the guilty."""
    from scipy.special import ndtr

    guilty = _share(risk)
    delta = np.exp(np.clip(information, -20, 5))
    hit, miss = guilty * ndtr(delta - threshold), (1 - guilty) * ndtr(-threshold)
    return hit, miss, guilty * ndtr(threshold - delta) + (1 - guilty) * ndtr(threshold)


def _whiten(model: _Model) -> tuple[Floats, Floats]:
    """The mode, and a root of the covariance there."""
    from scipy.optimize import minimize

    start = np.zeros(model.dimension)
    start[0] = np.log(model.priors.threshold_spread / 2)
    for place, (mean, _) in enumerate((model.priors.threshold, model.priors.risk, model.priors.information), start=1):
        start[model.bounds[place] : model.bounds[place + 1]] = mean
    start[model.bounds[-2] :] = model.priors.threshold[0]

    # The spread of thresholds is held while the rest climbs: with it free, a centred hierarchy has its mode at no
    # spread at all. It is then set to what the thresholds show.
    def loss(position: Floats) -> tuple[float, Floats]:
        value, gradient = model.density(position[None, :])
        return -float(value[0]), np.where(np.arange(position.size) == 0, 0.0, -gradient[0])

    mode = start
    for _ in range(3):
        mode = minimize(loss, mode, jac=True, method="L-BFGS-B", options={"maxiter": 1000}).x
        threshold, of_cell = model.parts(mode[None, :])[1], model.parts(mode[None, :])[6]
        seen = float(np.sqrt(np.mean((of_cell - threshold[:, model.d.group]) ** 2)))
        mode[0] = np.log(max(seen, model.priors.threshold_spread / 10))
    step = 1e-4
    moves = np.concatenate([np.eye(model.dimension) * step, -np.eye(model.dimension) * step])
    slopes = np.concatenate([model.density(mode + part)[1] for part in np.array_split(moves, max(len(moves) // 64, 1))])
    half = model.dimension
    hessian = -(slopes[:half] - slopes[half:]) / (2 * step)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    return mode, vectors / np.sqrt(np.maximum(values, 0.5))


def _hamiltonian(
    density: Callable[[Floats], tuple[Floats, Floats]], dimension: int, rng: np.random.Generator, draws: int
) -> tuple[Floats, int]:
    """Draws ``(chains, draws, dimension)``: leapfrog paths of random length, the step adapted in a first part."""
    position = rng.normal(size=(_CHAINS, dimension)) * 0.2
    value, gradient = density(position)
    # A start where the density has no slope would never move: such chains start at the mode.
    lost = ~np.isfinite(value) | ~np.isfinite(gradient).all(axis=1) | (value < np.nanmedian(value) - 10 * dimension)
    position = np.where(lost[:, None], 0.0, position)
    value, gradient = density(position)
    log_step, divergences = np.log(0.4 / dimension**0.25), 0
    kept = np.empty((_CHAINS, draws, dimension))
    for round_ in range(draws // 2 + draws):  # paths that diverge overflow on the way and are refused at the end
        warming = round_ < draws // 2
        step = float(np.exp(log_step)) * rng.uniform(0.8, 1.2)
        momentum = rng.normal(size=position.shape)
        energy = value - 0.5 * (momentum**2).sum(axis=1)
        moved, slope = position, gradient
        length = max(1, round(rng.uniform(0.7, 1.3) * 1.5 / step))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for _ in range(min(length, 40)):
                momentum = momentum + 0.5 * step * slope
                moved = moved + step * momentum
                now, slope = density(moved)
                momentum = momentum + 0.5 * step * slope
            gain = np.nan_to_num(now - 0.5 * (momentum**2).sum(axis=1) - energy, nan=-np.inf)
        accept = (np.log(rng.random(_CHAINS)) < gain) & np.isfinite(slope).all(axis=1)
        position = np.where(accept[:, None], moved, position)
        gradient = np.where(accept[:, None], slope, gradient)
        value = np.where(accept, now, value)
        if warming:
            rate = float(np.exp(np.minimum(gain, 0.0)).mean())
            log_step += (rate - 0.85) / np.sqrt(1 + round_ / 4)
        else:
            divergences += int((gain < -1000).sum())
            kept[:, round_ - draws // 2] = position
    return kept, divergences


def _rhat(draws: Floats) -> float:
    """Largest split R-hat over quantities (Gelman et al., Bayesian Data Analysis, 2013, 11.4)."""
    half = draws.shape[1] // 2
    chains = np.concatenate([draws[:, :half], draws[:, half : 2 * half]])
    within = chains.var(axis=1, ddof=1).mean(axis=0)
    between = half * chains.mean(axis=1).var(axis=0, ddof=1)
    return float(np.sqrt(((half - 1) / half * within + between / half) / within).max())
