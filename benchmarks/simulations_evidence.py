"""Worlds with a known coverage: what the model of evidence promises, measured on what leaves the gate."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.evidence import DRAWS
from meos_pipeline.statistics.methods.evidence import (
    Direction,
    Recorded,
    Totals,
    Watched,
    around,
    direction,
    interval,
    outer_bound,
    quantities,
)
from meos_pipeline.statistics.methods.evidence_grid import (
    NODES,
    WEIGHTS,
    Prior,
    Sheets,
    draw_paths,
    expit,
)
from meos_pipeline.statistics.methods.proportion import Floats

OFFICERS = 40
ROUNDING = 4.0
"""Variance of a released month; a quarter has three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A district and how it was counted. Rates are of the typical check; teams vary around them."""

    with_result: float = 0.6
    without_result: float = 0.6
    teams: int = 4
    seen: float = 120.0
    """Checks seen a year and team."""
    quarters: int = 4
    habit: float = 0.0
    """Sd of officers' habit, logit."""
    spread: tuple[float, float] = (0.3, 0.2)
    """Sd between teams of coverage without a result and of the difference, logit."""
    yielding: float = 0.2
    checks: float = 250.0
    """A month."""
    watched: float = 0.0
    """Part of the gap that officers close on a joined shift."""
    keen: float = 0.0
    """How much more often, per unit of habit, officers with a strong habit are joined."""
    register: tuple[float, float, float] | None = None
    """Share of checks with and without a result in a second register, and its odds ratio with MEOS."""
    after: float | None = None
    """Coverage without a result of the first team in the second half, where an agreement began."""
    into: float = 0.0
    """Part of the quarter that was over when it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What happened in one team."""

    totals: Totals
    without_result: Floats
    """Chance per step."""


def base(coverage: float, habit: float) -> float:
    """Logit whose mean over officers is ``coverage``."""
    low, high = -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if WEIGHTS @ expit(middle + habit * NODES) < coverage else (low, middle)
    return middle


def team_of(random: np.random.Generator, world: World, *, is_first: bool) -> tuple[Sheets, Recorded, Truth]:
    """One team: its sheets, its rounded counts, and the truth."""
    shift, gap = world.spread[0] * random.standard_normal(), world.spread[1] * random.standard_normal()
    habit = world.habit * random.standard_normal(OFFICERS)
    active = random.gamma(2, 0.5, OFFICERS)
    active /= active.sum()
    met = active * np.exp(world.keen * habit)
    rows: list[tuple[int, ...]] = []
    totals = np.zeros((4, world.quarters))
    lengths = steps_of(world, is_first=is_first)
    place, began = lengths.argmax(1), _began(world, is_first=is_first)
    chance = np.zeros(len(lengths))
    for step, q in enumerate(place):
        length = lengths[step, q]
        low = base(float(world.after or 0) if step >= began else world.without_result, world.habit)
        recording = expit(base(world.with_result, world.habit) + shift + gap + habit), expit(low + shift + habit)
        rate = active @ recording[0], active @ recording[1]
        all_checks = random.poisson(3 * world.checks * length)
        hits = random.binomial(all_checks, world.yielding)
        found = random.binomial(hits, rate[0]), random.binomial(all_checks - hits, rate[1])
        totals[:, q] += found[0], found[1], hits, all_checks - hits
        chance[step] = rate[1]
        for _ in range(max(int(length), random.poisson(length * world.seen / 12))):
            pair = random.choice(OFFICERS, 2, replace=False, p=met / met.sum())
            size = int(np.clip(random.poisson(3), 1, 9))
            who, hit = random.choice(pair, size), random.random(size) < world.yielding
            in_meos = np.where(hit, recording[0][who], recording[1][who])
            kept = random.random(size) < in_meos + world.watched * (1 - in_meos)
            rows.append((step, int(hit.sum()), int((hit & kept).sum()), int((~hit).sum()), int((~hit & kept).sum())))
    sheets = np.array(rows)
    noisy = [
        np.maximum(totals[i] + np.round(np.sqrt(3 * ROUNDING) * random.standard_normal(world.quarters)), 0)
        for i in (0, 1)
    ]
    given = Sheets(
        quarter=sheets[:, 0],
        seen_with=sheets[:, 1],
        recorded_with=sheets[:, 2],
        seen_without=sheets[:, 3],
        recorded_without=sheets[:, 4],
        weight=np.ones(len(sheets)),
        register=_register(random, world, totals) if world.register else None,
        register_quarter=world.quarters // 2,
        gates=frozenset({began}) if began < len(lengths) else frozenset(),
        lengths=lengths,
    )
    recorded = Recorded(with_result=noisy[0], without_result=noisy[1], noise=np.full(world.quarters, 3 * ROUNDING))
    summed = [row[None, :] for row in totals]
    truth = Totals(recorded_with=summed[0], recorded_without=summed[1], all_with=summed[2], all_without=summed[3])
    return given, recorded, Truth(totals=truth.over(slice(None)), without_result=chance)


def _began(world: World, *, is_first: bool) -> int:
    """Step in which the agreement began; none where there is no such step."""
    return world.quarters // 2 + (world.into > 0) if world.after is not None and is_first else world.quarters + 1


def steps_of(world: World, *, is_first: bool) -> Floats:
    """Steps by quarters: of the first team, the quarter inside which its agreement began is cut."""
    steps, half = np.eye(world.quarters), world.quarters // 2
    if world.after is None or not is_first or not world.into:
        return steps
    cut = np.outer([world.into, 1 - world.into], steps[half])
    return np.concatenate([steps[:half], cut, steps[half + 1 :]])


def _register(random: np.random.Generator, world: World, totals: Floats) -> tuple[float, float, float, float]:
    assert world.register is not None
    share_with, share_without, odds = world.register
    told: list[float] = []
    for place, share in ((0, share_with), (1, share_without)):
        coverage = totals[place].sum() / totals[place + 2].sum()
        inside = int(random.binomial(int(totals[place + 2].sum()), share))
        in_both = coverage / (1 - coverage) * odds
        told += [inside, int(random.binomial(inside, in_both / (1 + in_both)))]
    return told[0], told[1], told[2], told[3]


def seen_through(
    random: np.random.Generator, world: World, *, observer_share: float = 0.0, spent: list[float] | None = None
) -> list[tuple[Watched, Truth]]:
    """Draws and truth of every team of one world; what the model alone took, in CPU ms a team, is added to ``spent``."""
    made = [team_of(random, world, is_first=number == 0) for number in range(world.teams)]
    seed = int(random.integers(2**31))
    start = time.process_time()
    paths, _ = draw_paths([one[0] for one in made], world.quarters, prior=Prior(), draws=DRAWS, seed=seed)
    found = [
        (quantities(path, recorded, observer_share=observer_share, seed=seed + number, lengths=given.lengths), truth)
        for number, (path, (given, recorded, truth)) in enumerate(zip(paths, made, strict=True))
    ]
    if spent is not None:
        spent.append(1000 * (time.process_time() - start) / world.teams)
    return found


MEASURES = ("with_result", "without_result", "coverage", "corrected_yield")


def measured(
    random: np.random.Generator, replications: int, world: World, *, observer_share: float = 0.0
) -> dict[str, float]:
    """Cover and width of the intervals as published (whole percents), and how often a direction was said.

    Returns:
        'cover' and 'width' per measure and of 'outer'; 'too_high' and 'too_low'; 'contradictions'; 'ms' a team.
    """
    policy = Policy()
    certain = policy.coverage_certain if world.teams >= policy.coverage_few_teams else policy.coverage_certain_few_teams
    kept: dict[str, list[float]] = {"ms": []}
    for _ in range(replications):
        for watched, truth in seen_through(random, world, observer_share=observer_share, spent=kept["ms"]):
            window = watched.window(0, world.quarters - 1)
            bounds = {name: interval(getattr(window, name), 0.95)[1:] for name in MEASURES}
            bounds["outer"] = outer_bound(window, window, window, 0.95)
            true = {name: float(getattr(truth.totals, name)[0]) for name in MEASURES}
            true["outer"] = true["corrected_yield"]
            for name, (low, high) in bounds.items():
                kept.setdefault(f"cover {name}", []).append(round(low, 2) <= round(true[name], 2) <= round(high, 2))
                kept.setdefault(f"width {name}", []).append(high - low)
            said = direction(window, certain=certain, alike_ratio=policy.coverage_alike_ratio, alike=certain)
            for side in (Direction.TOO_HIGH, Direction.TOO_LOW, Direction.ALIKE):
                kept.setdefault(side.value, []).append(said is side)
            kept.setdefault("contradictions", []).append(_contradicts(window, said, bounds))
    return {name: float(np.mean(values)) for name, values in kept.items()}


def _contradicts(window: Totals, said: Direction, bounds: dict[str, tuple[float, float]]) -> bool:
    middle, recorded = float(np.median(window.corrected_yield)), float(np.median(window.recorded_yield))
    low, high = bounds["corrected_yield"]
    outer = bounds["outer"]
    return (
        (said is Direction.TOO_HIGH and middle > recorded)
        or (said is Direction.TOO_LOW and middle < recorded)
        or low < outer[0] - 1e-3
        or high > outer[1] + 1e-3
        or not outer[0] <= recorded <= outer[1]
    )


def promise(random: np.random.Generator, replications: int, *, quantity: str, world: World) -> float:
    """One number of ``measured``: a promise of the appendix."""
    return measured(random, replications, world)[quantity]


def agreement(
    random: np.random.Generator, replications: int, *, sheets_a_month: float, after: float, into: float = 0.0
) -> dict[str, float]:
    """How often a rise or a fall of coverage without a result is said a year after an agreement, and its cover.

    ``into`` is the part of the quarter that was over when it began.
    """
    world = World(
        with_result=0.85,
        without_result=0.57,
        quarters=8,
        seen=sheets_a_month * 12 * 3,
        habit=0.5,
        after=after,
        into=into,
    )
    lengths = steps_of(world, is_first=True)
    before, since = around(lengths, _began(world, is_first=True), quarters=4)
    kept: dict[str, list[float]] = {"rise": [], "fall": [], "cover": [], "width": []}
    for _ in range(replications):
        watched, truth = seen_through(random, world)[0]
        moved = watched.without_by_step @ (since - before)
        true = float(truth.without_result @ (since - before))
        _, low, high = interval(moved, 0.95)
        certain = Policy().coverage_certain
        share = float(np.mean(moved > 0))
        for name, value in (
            ("rise", share > certain),
            ("fall", share < 1 - Policy().coverage_fall_certain),
            ("cover", round(low, 2) <= round(true, 2) <= round(high, 2)),
            ("width", high - low),
        ):
            kept[name].append(float(value))
    return {name: float(np.mean(values)) for name, values in kept.items()}


def agreement_said(
    random: np.random.Generator, replications: int, *, quantity: str, sheets_a_month: float, after: float
) -> float:
    """One number of ``agreement``."""
    return agreement(random, replications, sheets_a_month=sheets_a_month, after=after)[quantity]


EQUAL = World(spread=(0.3, 0.0))
"""Registration does not depend on the result."""
APART = World(with_result=0.85, without_result=0.57)
"""Checks with a result are recorded more often."""


def worlds() -> Sequence[tuple[str, World]]:
    """Named worlds of the table in the docs."""
    both = (("equal .6", EQUAL), (".85/.57", APART))
    return [
        *((f"{name}, {seen} seen", replace(world, seen=seen)) for name, world in both for seen in (60, 120, 240, 600)),
        *((f"{name}, 120 seen, {n} teams", replace(world, teams=n)) for name, world in both for n in (1, 12, 40)),
        *((f"{name}, 120 seen, habit {sd}", replace(world, habit=sd)) for name, world in both for sd in (1.0, 1.5)),
        (".85/.57, 600 seen, habit 1.5", replace(APART, seen=600, habit=1.5)),
        (".9/.06, 120 seen", replace(APART, with_result=0.9, without_result=0.06)),
        (".70/.60, 240 seen", replace(APART, with_result=0.7, without_result=0.6, seen=240)),
        (".57/.70, 240 seen", replace(APART, with_result=0.57, without_result=0.7, seen=240)),
        (".85/.57, 120 seen, keen officers joined", replace(APART, habit=1.0, keen=0.5)),
        (".85/.57, 240 seen, watched .3", replace(APART, seen=240, watched=0.3)),
        (".85/.57, 60 seen, register odds 2", replace(APART, seen=60, register=(0.5, 0.1, 2.0))),
    ]
