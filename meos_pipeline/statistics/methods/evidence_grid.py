"""The posterior of what is recorded with and without a result, exact up to grids: no chains, no convergence to judge.

Model. Sheet i of a team in quarter q: recorded checks with a result are binomial with chance
expit(m + δ + s), those without with expit(m + s), where s ~ N(0, σ²) is shared by both: the habit of the
officers and the kind of shift. m and δ walk at random over quarters (steps of r and 0.7 r); where an agreement
or a break falls, a step is N(0, gate²). In the first quarter m ~ N(μ_m, τ_m²) and δ ~ N(μ_δ, τ_δ²) over teams.

Method. Per team (m, δ) lies on a square grid with one common step, so m + δ lies on one line of values. Messages
from the last quarter back (two matrix products per step) give the likelihood of the first quarter for each σ and
r. The teams' marginal likelihoods on a grid of (μ, τ) for m and for δ weigh these; a draw of (σ, r, μ, τ) is
common to all teams, and each team's path is then drawn forward, m before δ. Sources: Zeger, Liang & Albert
(1988) for the sheet effect; Carter & Kohn (1994) for drawing paths; Rue, Martino & Chopin (2009) for the grids.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt

from meos_pipeline.statistics.methods.proportion import Floats

Whole = npt.NDArray[np.int64]
_Kernels = list[tuple[Floats, Floats]]

CELLS = 41
"""Points of the grid in m and in δ."""
LEVELS = 15
"""Points of the grid of μ."""
AT_ONCE = 150
"""Draws whose random levels are drawn together."""
RELATIVE_DRIFT = 0.7
"""δ drifts this much of what m drifts."""
_TINY = 1e-300


@cache
def nodes_of(number: int) -> tuple[Floats, Floats]:
    """Gauss-Hermite nodes and weights of a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(number)
    return np.asarray(nodes), np.asarray(weights / weights.sum())


NODES, WEIGHTS = nodes_of(9)
"""For a mean of expit over sheet effects, which is smooth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prior:
    """What is believed before any sheet, on the logit scale; each with its reason."""

    without_result: tuple[float, float] = (0.4, 1.3)
    """Mean and sd of μ_m: 95 % of coverages between .11 and .95."""
    difference: tuple[float, float] = (0.0, 1.5)
    """Of μ_δ: symmetric, so no direction is favoured, and wide enough for .9 beside .06."""
    spread_without: tuple[float, tuple[float, ...]] = (0.5, (0.1, 0.3, 0.6, 1.0))
    """Scale of the half-normal of τ_m, and its points: teams share a system and habits."""
    spread_difference: tuple[float, tuple[float, ...]] = (0.35, (0.05, 0.2, 0.45, 0.9))
    """The same of τ_δ."""
    habit: tuple[float, ...] = (0.0, 0.5, 1.0, 1.6)
    """Points of σ, equally likely."""
    drift: tuple[float, tuple[float, ...]] = (0.15, (0.03, 0.12, 0.3))
    """Half-normal scale and points of r: about three points of coverage a quarter."""
    gate: float = 0.8
    """Sd of the step where an agreement or a break falls."""
    register: tuple[float, float] = (0.5, 0.8)
    """Mean and sd of the log odds ratio between MEOS and a second register."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheets:
    """Exact counts of one team, one element per sheet: restricted, as the sheets themselves are."""

    quarter: Whole
    """Place of the sheet's step, from 0: its quarter, or its part of one where ``lengths`` says so."""
    seen_with: Whole
    recorded_with: Whole
    seen_without: Whole
    recorded_without: Whole
    weight: Floats
    """Exponent of the sheet's likelihood; 1 where shifts were not drawn."""
    register: tuple[float, float, float, float] | None = None
    """Checks in a second register and of these in MEOS, with a result and then without, over the window."""
    register_quarter: int = 0
    """Quarter in the middle of the window: entered once, or one dependence would count several times."""
    gates: frozenset[int] = field(default_factory=frozenset)
    """Steps in which an agreement starts or a break falls."""
    lengths: Floats | None = None
    """Steps by quarters: the part of each quarter that a step is. Without it, steps are quarters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Draws of one team: draws by steps, on the logit scale of a single sheet."""

    without_result: Floats
    difference: Floats
    habit: Floats
    """One per draw."""


@dataclass(frozen=True, slots=True)
class _Grid:
    m: Floats
    d: Floats
    step: float
    steps: int

    def kernels(self, sd: float, ratio: float) -> tuple[Floats, Floats]:
        return _kernel(self.m, sd, self.step), _kernel(self.d, ratio * sd, self.step)


def expit(x: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    return np.asarray(1 / (1 + np.exp(-x)))


def draw_paths(
    teams: Sequence[Sheets], quarters: int, *, prior: Prior, draws: int, seed: int
) -> tuple[list[Paths], float]:
    """Draw the paths of all teams together: draw k of every team has the same σ, r, μ and τ.

    Args:
        teams: Sheets of each team; a team without any follows the others.
        quarters: Number of quarters, at least 1.
        prior: What is believed before.
        draws: Number of draws.
        seed: Of the generator; the same seed gives the same draws.

    Returns:
        Draws per team, and the posterior mean of σ.
    """
    rough = [_rough(team, prior) for team in teams]
    grids = [_grid(one, team, quarters) for one, team in zip(rough, teams, strict=True)]
    likelihoods = [_likelihood(team, grid, prior) for team, grid in zip(teams, grids, strict=True)]
    scale, points = prior.drift
    drift = np.array(points if quarters > 1 else points[:1])
    hyper_m = _hyper([r[0] for r in rough], [r[2] for r in rough], prior.without_result, prior.spread_without)
    hyper_d = _hyper([r[1] for r in rough], [r[3] for r in rough], prior.difference, prior.spread_difference)
    log_weight = (
        _log_half_normal(drift, scale)[None, :, None, None]
        + hyper_m[2][None, None, :, None]
        + hyper_d[2][None, None, None, :]
        + np.zeros((len(prior.habit), 1, 1, 1))
    )
    first = [(_normal(grid.m, hyper_m), _normal(grid.d, hyper_d)) for grid in grids]
    steps = [_steps(team, grid, drift, prior.gate) for team, grid in zip(teams, grids, strict=True)]
    for log_like, kernels, (in_m, in_d) in zip(likelihoods, steps, first, strict=True):
        for i, j in np.ndindex(len(prior.habit), len(drift)):
            messages, offset = _back(log_like[i], kernels[j])
            log_weight[i, j] += np.log(in_m @ messages[0] @ in_d.T + _TINY) + offset
    random = np.random.default_rng(seed)
    weight = np.exp(log_weight - log_weight.max())
    cumulative = np.cumsum(weight.ravel())
    chosen = np.searchsorted(cumulative, (np.arange(draws) + random.random(draws)) / draws * cumulative[-1])
    habit, step, of_m, of_d = np.unravel_index(np.minimum(chosen, weight.size - 1), weight.shape)
    paths = [
        _forward(grid, kernels, log_like, start, (habit, step, of_m, of_d), random)
        for grid, kernels, log_like, start in zip(grids, steps, likelihoods, first, strict=True)
    ]
    sigma = np.asarray(prior.habit)[habit]
    return (
        [Paths(without_result=m, difference=d, habit=sigma) for m, d in paths],
        float(weight.sum((1, 2, 3)) @ np.asarray(prior.habit) / weight.sum()),
    )


def over_sheets(logit: Floats, habit: Floats) -> Floats:
    """Chance averaged over sheet effects: draws by quarters."""
    total = np.zeros_like(logit)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        total += weight * expit(logit + habit[:, None] * node)
    return total


def _log_expit(x: Floats) -> Floats:
    return np.asarray(-np.logaddexp(0, -x))


def _log_half_normal(points: Floats, scale: float) -> Floats:
    """Log mass of the points: density times the width each stands for."""
    width = np.gradient(points) if len(points) > 1 else np.ones(1)
    return np.asarray(-0.5 * (points / scale) ** 2 + np.log(width))


def _rough(team: Sheets, prior: Prior) -> tuple[float, float, float, float]:
    """Mean of m and δ and their sd, all quarters together, sheets discounted by .7: where the grid must lie."""
    line = np.arange(-4.5, 6.01, 0.25)
    m, d = line[:, None], line[None, :]
    w = team.weight
    hit, seen = float(w @ team.recorded_with), float(w @ team.seen_with)
    hit0, seen0 = float(w @ team.recorded_without), float(w @ team.seen_without)
    log = 0.7 * (
        hit * _log_expit(m + d)
        + (seen - hit) * _log_expit(-(m + d))
        + hit0 * _log_expit(m)
        + (seen0 - hit0) * _log_expit(-m)
    )
    for value, (centre, sd) in ((m, prior.without_result), (d, prior.difference)):
        log = log - 0.5 * ((value - centre) / sd) ** 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    of_m, of_d = weight.sum(1), weight.sum(0)
    mean_m, mean_d = float(of_m @ line), float(of_d @ line)
    return (
        mean_m,
        mean_d,
        float(np.sqrt(of_m @ (line - mean_m) ** 2 + 0.01)),
        float(np.sqrt(of_d @ (line - mean_d) ** 2 + 0.01)),
    )


def _grid(rough: tuple[float, float, float, float], team: Sheets, quarters: int) -> _Grid:
    mean_m, mean_d, sd_m, sd_d = rough
    walk = 0.0 if quarters == 1 else 1.0 if team.gates else 0.6
    step = (3.5 * max(sd_m, sd_d) + 0.25 + walk) / (CELLS // 2)
    line = step * np.arange(-(CELLS // 2), CELLS // 2 + 1)
    steps = quarters if team.lengths is None else len(team.lengths)
    return _Grid(np.asarray(mean_m + line), np.asarray(mean_d + line), step, steps)


def _kernel(points: Floats, sd: float, step: float) -> Floats:
    """Chance of a step from the point of the row to that of the column."""
    gap = (points[:, None] - points[None, :]) / max(sd, step / 4)
    density = np.exp(-0.5 * gap**2)
    return np.asarray(density / density.sum(1, keepdims=True))


def _likelihood(team: Sheets, grid: _Grid, prior: Prior) -> Floats:
    """Log likelihood per σ and quarter on the grid of m (rows) and δ (columns)."""
    counts = np.column_stack([team.seen_with, team.recorded_with, team.seen_without, team.recorded_without])
    patterns, place = np.unique(counts, axis=0, return_inverse=True)
    times = np.zeros((grid.steps, len(patterns)))
    np.add.at(times, (team.quarter, place.ravel()), team.weight)
    line = grid.m[0] + grid.d[0] + grid.step * np.arange(2 * CELLS - 1)
    log_like = np.zeros((len(prior.habit), grid.steps, CELLS, CELLS))
    for i, sigma in enumerate(prior.habit):
        if len(patterns):
            log_like[i] = np.einsum("qp,pij->qij", times, _patterns(patterns.astype(float), line, grid.m, sigma))
        if team.register is not None:
            log_like[i, team.register_quarter] += _register(team.register, line, grid.m, sigma, prior)
    return log_like


def _patterns(patterns: Floats, line: Floats, m: Floats, sigma: float) -> Floats:
    """Log of the mean over sheet effects, per pattern of counts: patterns by m by δ.

    The wider the effect, the more nodes: nine at σ 1.6 make intervals of coverage a quarter too narrow where sheets
    hold ten checks.
    """
    nodes, weights = nodes_of(1 if sigma == 0 else math.ceil(5 + 9 * sigma))
    high, low = (values[None, :] + sigma * nodes[:, None] for values in (line, m))
    with_result, without = (np.unique(part, axis=0, return_inverse=True) for part in np.hsplit(patterns, 2))
    on_line, top_of_line = _scaled(with_result[0], high)
    on_m, top_of_m = _scaled(without[0], low)
    windows = np.lib.stride_tricks.sliding_window_view(on_line, CELLS, axis=2).swapaxes(1, 2)
    weighed = (weights[:, None] * on_m).swapaxes(1, 2).copy()
    total = np.empty((len(patterns), CELLS, CELLS))
    for number, window in enumerate(windows):  # m by nodes by δ
        own = np.flatnonzero(with_result[1].ravel() == number)
        total[own] = (weighed[without[1].ravel()[own]].swapaxes(0, 1) @ window).swapaxes(0, 1)
    tops = top_of_line[with_result[1].ravel()] + top_of_m[without[1].ravel()]
    return np.asarray(np.log(total + _TINY) + tops[:, None, None])


def _scaled(counts: Floats, logit: Floats) -> tuple[Floats, Floats]:
    """Likelihood of pairs 'seen, recorded' by node and logit, as a part of the largest of the pair; and its log."""
    seen, hit = counts.T[:, :, None, None]
    log = hit * _log_expit(logit) + (seen - hit) * _log_expit(-logit)
    top = log.max(axis=(1, 2))
    return np.exp(log - top[:, None, None]), top


def _register(counts: tuple[float, float, float, float], line: Floats, m: Floats, sigma: float, prior: Prior) -> Floats:
    """Log likelihood of a second register whose odds with MEOS are not known.

    The logit of the share of its checks that is in MEOS is normal around that of coverage plus the log odds ratio;
    with thousands of checks the likelihood is a spike, which no nodes on the odds ratio would hit. Its coverage is an average over sheets; the factor puts it on the scale of one (Zeger, Liang & Albert 1988, eq. 3.4).
    """
    factor = 1 / np.sqrt(1 + 0.346 * sigma**2)
    centre, sd = prior.register

    def log_mean(both: float, second: float, logit: Floats) -> Floats:
        seen = np.log((both + 0.5) / (second - both + 0.5))
        variance = sd**2 + 1 / (both + 0.5) + 1 / (second - both + 0.5)
        return np.asarray(-0.5 * (seen - centre - factor * logit) ** 2 / variance)

    second, both, second0, both0 = counts
    with_result = np.lib.stride_tricks.sliding_window_view(log_mean(both, second, line), CELLS)
    return np.asarray(with_result + log_mean(both0, second0, m)[:, None])


def _hyper(
    centre: Sequence[float], sd: Sequence[float], prior: tuple[float, float], spread: tuple[float, tuple[float, ...]]
) -> tuple[Floats, Floats, Floats]:
    """All pairs of μ (around the teams' own values) and τ, and the log of their prior mass."""
    precision = 1 / (np.asarray(sd) ** 2 + 0.09)
    middle = float(np.average(centre, weights=precision))
    reach = 3.5 * np.sqrt(1 / precision.sum() + 0.02)
    mu = np.linspace(middle - reach, middle + reach, LEVELS)
    tau = np.asarray(spread[1])
    log = (-0.5 * ((mu - prior[0]) / prior[1]) ** 2)[:, None] + _log_half_normal(tau, spread[0])[None, :]
    return np.repeat(mu, len(tau)), np.tile(tau, LEVELS), log.ravel()


def _normal(points: Floats, hyper: tuple[Floats, Floats, Floats]) -> Floats:
    """Density of each point under each (μ, τ): rows are pairs."""
    mu, tau, _ = hyper
    density = np.exp(-0.5 * ((points[None, :] - mu[:, None]) / tau[:, None]) ** 2) / tau[:, None]
    return np.asarray(density * (points[1] - points[0]))


def _steps(team: Sheets, grid: _Grid, drift: Floats, gate: float) -> list[_Kernels]:
    """Per size of the drift the kernels of the step into each quarter; the first of these is not used."""
    wide = grid.kernels(gate, 1.0) if team.gates else None
    slow = [grid.kernels(float(sd), RELATIVE_DRIFT) for sd in drift]
    return [[wide if wide is not None and q in team.gates else own for q in range(grid.steps)] for own in slow]


def _back(log_like: Floats, steps: _Kernels) -> tuple[list[Floats], float]:
    """Likelihood of each quarter and all later ones given its (m, δ), up to a factor; and the log of the factors."""
    top = log_like.max(axis=(1, 2))
    like = np.exp(log_like - top[:, None, None])
    messages = [like[-1]]
    offset = float(top.sum())
    for q in range(len(steps) - 1, 0, -1):
        in_m, in_d = steps[q]
        message = in_m @ messages[0] @ in_d.T
        largest = float(message.max())
        offset += float(np.log(largest))
        messages.insert(0, like[q - 1] * (message / largest))
    return messages, offset


def _forward(
    grid: _Grid,
    kernels: list[_Kernels],
    log_like: Floats,
    start: tuple[Floats, Floats],
    chosen: tuple[npt.NDArray[np.intp], ...],
    random: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Paths given σ, r, μ, τ of each draw: m of a quarter first, then δ given m."""
    habit, step, of_m, of_d = chosen
    m = np.zeros((len(habit), grid.steps), dtype=np.int64)
    d = np.zeros_like(m)
    for i, j in sorted(set(zip(habit.tolist(), step.tolist(), strict=True))):
        rows = np.flatnonzero((habit == i) & (step == j))
        levels = np.concatenate([random.random((grid.steps, 2, n)) for n in _parts(len(rows))], axis=2)
        messages, _ = _back(log_like[i], kernels[j])
        to_m, to_d, was_m, was_d = *start, of_m[rows], of_d[rows]
        for q in range(grid.steps):
            if q:
                (to_m, to_d), was_m, was_d = kernels[j][q], m[rows, q - 1], d[rows, q - 1]
            m[rows, q] = _pick(to_m[was_m] * (to_d @ messages[q].T)[was_d], levels[q, 0])
            d[rows, q] = _pick(to_d[was_d] * messages[q][m[rows, q]], levels[q, 1])
    jitter = (random.random((2, len(habit), 1)) - 0.5) * grid.step
    return grid.m[m] + jitter[0], grid.d[d] + jitter[1]


def _parts(number: int) -> list[int]:
    """Sizes in which random levels are drawn: figures that were published hang on their order."""
    return [len(part) for part in np.array_split(np.empty(number), -(-number // AT_ONCE))]


def _pick(weight: Floats, level: Floats) -> Whole:
    """One column per row, by weight; the levels lie between 0 and 1."""
    cumulative = weight.cumsum(axis=1)
    return np.asarray(np.minimum((cumulative < level[:, None] * cumulative[:, -1:]).sum(1), weight.shape[1] - 1))
