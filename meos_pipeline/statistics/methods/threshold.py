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
    threshold=(-2.0, 1.0),
    risk=(-3.5, 0.25),
    information=(2.0, 0.5),
    place_risk=0.25,
    place_information=0.5,
    threshold_spread=0.25,
)
"""Priors of Pierson et al. (arXiv:1706.05678) for the beta model."""
NORMAL = Priors(
    threshold=(1.5, 1.5),
    risk=(-2.0, 1.5),
    information=(0.5, 0.5),
    place_risk=0.5,
    place_information=0.3,
    threshold_spread=0.5,
)


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

    inverse = np.linalg.inv(root)

    def redraw(position: Floats) -> Floats:
        return (model.redrawn_spread(mode + position @ root.T, rng) - mode) @ inverse.T

    kept, divergences = _hamiltonian(density, redraw, mode.size, rng, draws)
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
        # Spread of thresholds per group, thresholds, risk, information, those of places, and how many spreads each cell lies
        # from its group. The spread may be negative: with all cells mirrored that is the same world, and no wall
        # stands at a spread of nothing, where Rhode Island is.
        sizes = [self.groups, self.groups, self.groups, self.groups, self.places - 1, self.places - 1, self.cells]
        self.bounds = np.cumsum([0, *sizes])
        self.dimension = int(self.bounds[-1])

    def parts(self, position: Floats) -> list[Floats]:
        return [position[:, first:last] for first, last in zip(self.bounds[:-1], self.bounds[1:], strict=True)]

    def linear(self, position: Floats) -> tuple[Floats, Floats, Floats]:
        """Risk, information and threshold per cell, unconstrained."""
        spread, threshold, risk, information, place_risk, place_information, away = self.parts(position)
        nothing = np.zeros((position.shape[0], 1))
        of_risk = np.concatenate([nothing, place_risk], axis=1)
        of_information = np.concatenate([nothing, place_information], axis=1)
        g, p = self.d.group, self.d.place
        return (
            risk[:, g] + of_risk[:, p],
            information[:, g] + of_information[:, p],
            threshold[:, g] + spread[:, g] * away,
        )

    def thresholds(self, position: Floats) -> Floats:
        risk, information, threshold = self.linear(position)
        if self.family == "beta":
            return 1 / (1 + np.exp(-threshold))
        delta = np.exp(information)
        return 1 / (1 + np.exp(-(risk + threshold * delta - delta**2 / 2)))

    def redrawn_spread(self, position: Floats, rng: np.random.Generator) -> Floats:
        """The spread drawn anew given the thresholds, which stay (interweaving; Yu & Meng, JCGS 20, 2011).

        Without it a spread of nearly nothing and a larger one hardly meet. Its sign is drawn too: always one sign
        would be a draw from half of the posterior, which paths that are not mirrored themselves do not leave in place.
        """
        moved = position.copy()
        grid = np.geomspace(1e-4, 6 * self.priors.threshold_spread, 400)
        step = np.log(grid[1] / grid[0])
        prior = -(grid**2) / (2 * self.priors.threshold_spread**2)
        for group in range(self.groups):
            cells = self.bounds[-2] + np.flatnonzero(self.d.group == group)
            apart = position[:, group, None] * position[:, cells]
            squares = (apart**2).sum(axis=1, keepdims=True)
            # Density per unit of the log of the spread, as the grid is even on that scale.
            log_density = (1 - cells.size) * np.log(grid) - squares / (2 * grid**2) + prior
            mass = np.cumsum(np.exp(log_density - log_density.max(axis=1, keepdims=True)), axis=1)
            chosen = (mass < rng.random((position.shape[0], 1)) * mass[:, -1:]).sum(axis=1)
            size = grid[chosen] * np.exp(step * (rng.random(position.shape[0]) - 0.5))
            spread = size * rng.choice([-1.0, 1.0], size=size.size)
            moved[:, group] = spread
            moved[:, cells] = apart / spread[:, None]
        return moved

    def mirrored_with(self) -> Integers:
        """Group with whose sign a parameter changes, per parameter; -1 for those that have no sign."""
        group = np.full(self.dimension, -1)
        group[: self.groups] = np.arange(self.groups)
        group[self.bounds[-2] :] = self.d.group
        return group

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
        spread, *_, away = self.parts(position)
        likelihood = [
            (slopes[2] * away) @ by_group,
            slopes[2] @ by_group,
            slopes[0] @ by_group,
            slopes[1] @ by_group,
            (slopes[0] @ by_place)[:, 1:],
            (slopes[1] @ by_place)[:, 1:],
            slopes[2] * spread[:, self.d.group],
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
        p = self.priors
        normal = (
            (0.0, p.threshold_spread),
            p.threshold,
            p.risk,
            p.information,
            (0.0, p.place_risk),
            (0.0, p.place_information),
            (0.0, 1.0),
        )
        value, gradient = np.zeros(position.shape[0]), []
        for part, (mean, width) in zip(self.parts(position), normal, strict=True):
            value = value - 0.5 * (((part - mean) / width) ** 2).sum(axis=1)
            gradient.append(-(part - mean) / width**2)
        return value, np.concatenate(gradient, axis=1)


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
    """The mode, and a root of the covariance there, made the same for a world and its mirror image."""
    from scipy.optimize import minimize

    start = np.zeros(model.dimension)
    start[: model.groups] = model.priors.threshold_spread / 2
    for place, (mean, _) in enumerate((model.priors.threshold, model.priors.risk, model.priors.information), start=1):
        start[model.bounds[place] : model.bounds[place + 1]] = mean

    # The spread is held: which of its two signs is climbed to should not matter.
    def loss(position: Floats) -> tuple[float, Floats]:
        value, gradient = model.density(position[None, :])
        return -float(value[0]), np.where(np.arange(position.size) < model.groups, 0.0, -gradient[0])

    mode = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 1000}).x
    step = 1e-4
    moves = np.concatenate([np.eye(model.dimension) * step, -np.eye(model.dimension) * step])
    slopes = np.concatenate([model.density(mode + part)[1] for part in np.array_split(moves, max(len(moves) // 64, 1))])
    half = model.dimension
    hessian = -(slopes[:half] - slopes[half:]) / (2 * step)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    covariance = vectors / np.maximum(np.abs(values), 0.5) @ vectors.T
    mirrored = model.mirrored_with()
    return mode, np.linalg.cholesky(np.where(mirrored[:, None] == mirrored[None, :], covariance, 0.0))


def _hamiltonian(
    density: Callable[[Floats], tuple[Floats, Floats]],
    redraw: Callable[[Floats], Floats],
    dimension: int,
    rng: np.random.Generator,
    draws: int,
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
        position = redraw(position)
        value, gradient = density(position)
        momentum = rng.normal(size=position.shape)
        energy = value - 0.5 * (momentum**2).sum(axis=1)
        moved, slope = position, gradient
        length = max(1, round(rng.uniform(0.7, 1.3) * 1.5 / step))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for _ in range(min(length, 30)):
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
            log_step += (rate - 0.9) / np.sqrt(1 + round_ / 4)
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
