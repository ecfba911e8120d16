"""Districts with a known truth, as exact cells: what would be counted, without exports and without ingest.

A district has 27 months up to December 2025. Its months vary as the simulations of lines do (season .12, extra
variation .13, rho .3); teams differ a little in everything; shares of groups on the street are off from residents.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.simulations import Random, autoregressive, pairs_of_year
from benchmarks.simulations_evidence import OFFICERS, base
from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS, WEEKDAYS
from meos_pipeline.contracts.companions import BREAKS, COVERAGE_SAMPLE, POPULATION, TEAM_ACTIONS
from meos_pipeline.contracts.fine_cells import PAIR_SPREAD
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS, PLACEBO_SPLIT
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.contracts.table import Table
from meos_pipeline.statistics.methods.evidence_grid import expit
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.windows import add_months, last_day

MONTHS, LAST = 27, date(2025, 12, 1)
STARTS = [add_months(LAST, step) for step in range(1 - MONTHS, 1)]
WINDOW = slice(MONTHS - 12, MONTHS)
"""The last four quarters, which coverage and yield are told of."""
AREAS = 3
BLOCKS = ("12-16", "20-24")
GROUPS: dict[str, tuple[str, ...]] = {
    "sex": ("male", "female"),
    "age_band": ("18-24", "25-34", "35-44"),
    PLACEBO_SPLIT: ("a", "b"),
}
SHARES = {"sex": (0.5, 0.5), "age_band": (0.25, 0.35, 0.4), PLACEBO_SPLIT: (0.5, 0.5)}
RESIDENTS = 20_000
WITH_RESULT = {"H1": 0.5, "H2": 0.35, "H3": 0.15}
WITHOUT_RESULT = {"H4": 0.1, "H5": 0.1, "information_only": 0.15, "nothing_found": 0.65}
HITS = ("strict", "broad", "none")
YES = {"dossier": ("complete", 0.66), "explained": ("yes", 0.71), "timeliness": ("timely", 0.83)}
GROUNDS = {"behaviour": 0.5, "circumstances": 0.2, "information": 0.1, "none": 0.2}
SEEN_IN_LIGHT = ("sex",)
"""Kinds of group of which evening checks are drawn: one is enough, and each costs a third of a district."""
EVENING = 0.25
"""Part of the checks that falls between 17:00 and 23:00."""
AGREED, TRAINED = add_months(LAST, -11), add_months(LAST, -9)
"""When the first team's agreement on recording began, and the second team's training on files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is planted; by default nothing."""

    teams: int = 4
    checks: float = 350.0
    """A month and team, recorded or not."""
    yielding: float = 0.2
    coverage: tuple[float, float] = (0.6, 0.6)
    """Chance that a check with, and without, a result is recorded."""
    spread: tuple[float, float] = (0.3, 0.0)
    """Sd between teams of coverage, and of its difference by result, on the logit."""
    after: float | None = None
    """Coverage without a result of the first team once its agreement began."""
    odds: float = 1.0
    """How much more likely a check of the first team concerns a man than elsewhere, in odds."""
    level: float = 1.0
    """Factor on the first team's checks of the last ``level_months``."""
    level_months: int = 6
    follow_up: float = 0.0
    """Part of the checks that follows an earlier one of the same person."""
    share_error: float = 0.2
    """Sd, on the logit, with which residents tell who is on the street of an area."""
    habit: float = 0.5
    """Sd between officers in how often they record, on the logit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What happened; arrays are by team and month."""

    world: World
    teams: tuple[str, ...]
    all_with: NDArray[np.int64]
    all_without: NDArray[np.int64]
    recorded_with: NDArray[np.int64]
    recorded_without: NDArray[np.int64]

    def of(self, team: str, measure: str, series: str) -> float:
        """True coverage or yield of the window; '' is all teams together."""
        rows = slice(None) if not team else slice(place := self.teams.index(team), place + 1)
        x1, x0, n1, n0 = (
            float(part[rows, WINDOW].sum())
            for part in (self.recorded_with, self.recorded_without, self.all_with, self.all_without)
        )
        known = {
            ("coverage", ""): (x1 + x0) / (n1 + n0),
            ("coverage", "with_result"): x1 / n1,
            ("coverage", "without_result"): x0 / n0,
            ("yield_corrected", ""): n1 / (n1 + n0),
            ("yield_corrected", "outer"): n1 / (n1 + n0),
        }
        return known[measure, series]


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """Exact tables of one district, and its truth."""

    cells: pl.DataFrame
    officers: pl.DataFrame
    fine: Mapping[str, pl.DataFrame]
    companions: Mapping[str, pl.DataFrame]
    sheets: pl.DataFrame
    truth: Truth
    key: bytes = field(repr=False)
    """Secret of its rounding."""


def district_of(random: Random, world: World) -> District:
    """Draw one district."""
    teams = tuple(f"team-{number:02d}" for number in range(world.teams))
    chances, crew = _recording(random, world)
    level = np.log(world.checks) + 0.25 * random.standard_normal((world.teams, 1)) + _months(random, world.teams, 0.13)
    level[0, MONTHS - world.level_months :] += np.log(world.level)
    everything = random.poisson(np.exp(level))
    with_result = random.binomial(everything, world.yielding)
    without = everything - with_result
    rate = np.einsum("to,tkmo->ktm", crew, chances)
    recorded = random.binomial(with_result, rate[0]), random.binomial(without, rate[1])
    truth = Truth(
        world=world,
        teams=teams,
        all_with=with_result,
        all_without=without,
        recorded_with=recorded[0],
        recorded_without=recorded[1],
    )
    results = _results(random, recorded)
    street, residents = _streets(random, world)
    groups = _groups(random, results, street, world)
    group_cells = _group_cells(teams, groups)
    cells = pl.concat([*_monthly(random, teams, results), *_by_group(group_cells), _areas(group_cells)])
    return District(
        cells=CELLS.require(cells.sort(CELLS.key)),
        officers=_officers(teams, results.sum(axis=2)),
        fine={
            "group_cells": group_cells,
            "clock_cells": _clock_cells(random, teams, results.sum(axis=2), street),
            "pair_spread": _pairs(random, teams, results.sum(axis=2), world),
        },
        companions=_companions(teams, residents),
        sheets=_sheets(random, teams, chances, crew, world),
        truth=truth,
        key=random.bytes(32),
    )


def _months(random: Random, teams: int, sd: float) -> Floats:
    """Season of the district and ordinary variation of each team."""
    place = np.arange(MONTHS)
    season = 0.12 * np.cos(2 * np.pi * place / 12 + random.uniform(0, 2 * np.pi))
    return autoregressive(random, (teams, MONTHS), 0.3, sd) + season


def _recording(random: Random, world: World) -> tuple[Floats, Floats]:
    """Chance of recording per team, kind of check (with, without), month and officer; and each officer's part of the work."""
    shift = world.spread[0] * random.standard_normal(world.teams)
    gap = world.spread[1] * random.standard_normal(world.teams)
    habit = world.habit * random.standard_normal((world.teams, OFFICERS))
    level = np.empty((world.teams, 2, MONTHS))
    level[:, 0] = base(world.coverage[0], world.habit) + (shift + gap)[:, None]
    level[:, 1] = base(world.coverage[1], world.habit) + shift[:, None]
    if world.after is not None:
        level[0, 1, STARTS.index(AGREED) :] = base(world.after, world.habit) + shift[0]
    crew = random.gamma(2, 0.5, (world.teams, OFFICERS))
    return expit(level[..., None] + habit[:, None, None]), crew / crew.sum(axis=1, keepdims=True)


def _results(random: Random, recorded: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[np.int64]:
    """Recorded checks by team, month and result."""
    shape = recorded[0].shape
    found = random.multinomial(recorded[0], list(WITH_RESULT.values()))
    nothing = expit(np.log(0.65 / 0.35) + 0.1 * random.standard_normal((shape[0], 1)) + _months(random, shape[0], 0.15))
    chances = np.array(list(WITHOUT_RESULT.values()))
    rest = (1 - nothing)[..., None] * chances[:3] / chances[:3].sum()
    without = random.multinomial(recorded[1], np.concatenate([rest, nothing[..., None]], axis=-1))
    return np.concatenate([found, without], axis=-1)


def _monthly(random: Random, teams: tuple[str, ...], results: NDArray[np.int64]) -> Iterator[pl.DataFrame]:
    """Every partition that pages tell of and that is not of groups."""
    proactive = results.sum(axis=2)
    reactive = random.poisson(0.1 * proactive)
    yield _cells(teams, "result", (*WITH_RESULT, *WITHOUT_RESULT), results)
    yield _cells(teams, "proactive", ("proactive", "reactive"), np.stack([proactive, reactive], axis=-1))
    for partition, (yes, share) in YES.items():
        number = proactive + reactive if PARTITIONS[partition].population == "checks" else proactive
        chance = expit(
            np.log(share / (1 - share))
            + 0.1 * random.standard_normal((len(teams), 1))
            + _months(random, len(teams), 0.15)
        )
        part = random.binomial(number, chance)
        no = next(one for one in PARTITIONS[partition].categories if one != yes)
        yield _cells(teams, partition, (yes, no), np.stack([part, number - part], axis=-1))
    yield _cells(teams, "ground", tuple(GROUNDS), random.multinomial(proactive, list(GROUNDS.values())))
    yield _cells(
        teams,
        "repeat_person_30",
        ("without_result", "with_result", "first"),
        random.multinomial(proactive, [0.05, 0.02, 0.93]),
    )
    blocks = tuple(f"{day}|{block}" for day in WEEKDAYS for block in BLOCKS)
    chances = random.dirichlet(np.full(len(blocks), 5.0))
    yield _cells(teams, "weekday_block", blocks, random.multinomial(proactive, chances))
    yield _cells(teams, "shifts", ("worked",), np.full((*proactive.shape, 1), 120))


def _by_hit(results: NDArray[np.int64]) -> NDArray[np.int64]:
    """Strict, broad and none."""
    return np.stack([results[..., 0], results[..., 1:3].sum(axis=-1), results[..., 3:].sum(axis=-1)], axis=-1)


def _cells(teams: tuple[str, ...], partition: str, categories: tuple[str, ...], n: NDArray[np.int64]) -> pl.DataFrame:
    """Counts by team, month and category as ``CELLS``."""
    shape = n.shape
    team, month, category = (np.indices(shape).reshape(3, -1)).tolist()
    return pl.DataFrame(
        {
            "team": [teams[place] for place in team],
            "period": "month",
            "period_start": [STARTS[place] for place in month],
            "partition": partition,
            "category": [categories[place] for place in category],
            "n": n.reshape(-1),
        }
    ).cast(CELLS.schema)


def _streets(random: Random, world: World) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Share of each group on the street and among residents: kind to team, area, group."""
    street, residents = {}, {}
    for kind, shares in SHARES.items():
        shape = (world.teams, AREAS, len(shares))
        logit = np.log(np.array(shares)) + 0.5 * random.standard_normal(shape) * (kind != PLACEBO_SPLIT)
        off = world.share_error * np.sqrt(0.5) * random.standard_normal((2, *shape))
        off[0] = off[0][:, :1]
        residents[kind] = _normed(logit)
        differs = np.zeros(shape)
        if kind == "sex":
            differs[0, :, 0] = np.log(world.odds)
        street[kind] = _normed(logit + off.sum(axis=0) * (kind != PLACEBO_SPLIT) + differs)
    return street, residents


def _normed(logit: Floats) -> Floats:
    weight = np.exp(logit)
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def _groups(
    random: Random, results: NDArray[np.int64], street: Mapping[str, Floats], world: World
) -> dict[str, NDArray[np.int64]]:
    """Per kind: checks by team, month, hit, area, block and group; who is checked does not depend on the result."""
    where = random.dirichlet(np.full(AREAS * len(BLOCKS), 4.0), world.teams)
    placed = random.multinomial(_by_hit(results), where[:, None, None]).reshape(
        world.teams, MONTHS, len(HITS), AREAS, len(BLOCKS)
    )
    return {
        kind: random.multinomial(
            placed, np.broadcast_to(share[:, None, None, :, None], (*placed.shape, share.shape[-1]))
        )
        for kind, share in street.items()
    }


def _group_cells(teams: tuple[str, ...], groups: Mapping[str, NDArray[np.int64]]) -> pl.DataFrame:
    parts = []
    for kind, n in groups.items():
        team, month, hit, area, block, group = np.nonzero(n)
        parts.append(
            pl.DataFrame(
                {
                    "team": np.array(teams)[team],
                    "month": pl.Series(np.array(STARTS, dtype="datetime64[D]")[month]),
                    "area": np.array([f"{name}-{number}" for name in teams for number in range(AREAS)])[
                        team * AREAS + area
                    ],
                    "block": np.array(BLOCKS)[block],
                    "weekend": False,
                    "reason": "behaviour",
                    "group_kind": kind,
                    "group": np.array(GROUPS[kind])[group],
                    "hit": np.array(HITS)[hit],
                    "n": n[team, month, hit, area, block, group],
                    "searched": 0,
                }
            )
        )
    return _table(GROUP_CELLS, pl.concat(parts))


def _by_group(group_cells: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The partitions by group: the same checks."""
    for kind, partition in (("sex", "sex_hit"), ("age_band", "age_band_hit")):
        category = pl.concat_str("group", pl.col("hit").cast(pl.String), separator="|")
        yield _summed(group_cells.filter(pl.col("group_kind") == kind), partition, category)


def _areas(group_cells: pl.DataFrame) -> pl.DataFrame:
    return _summed(group_cells.filter(pl.col("group_kind") == "sex"), "area", pl.col("area"))


def _summed(group_cells: pl.DataFrame, partition: str, category: pl.Expr) -> pl.DataFrame:
    return (
        group_cells.group_by("team", period_start="month", category=category)
        .agg(pl.col("n").sum())
        .with_columns(period=pl.lit("month"), partition=pl.lit(partition))
        .select(CELLS.names)
        .cast(CELLS.schema)
    )


def _clock_cells(
    random: Random, teams: tuple[str, ...], proactive: NDArray[np.int64], street: Mapping[str, Floats]
) -> pl.DataFrame:
    """Evening checks of two years; light until a sunset that moves with the year; light makes no difference."""
    first = date(2024, 1, 1)
    number = random.poisson(EVENING * proactive[:, -24:].sum(axis=1))
    team = np.repeat(np.arange(len(teams)), number)
    day, minute = random.integers(0, 731, team.size), random.integers(1020, 1380, team.size)
    sunset = 1158 - 168 * np.cos(2 * np.pi * (day + 10) / 365.25)
    keep = (minute < sunset) | (minute >= sunset + 40)
    team, day, minute, is_light = team[keep], day[keep], minute[keep], (minute < sunset)[keep]
    parts = []
    for kind in SEEN_IN_LIGHT:
        names = GROUPS[kind]
        share = street[kind].mean(axis=1).cumsum(axis=1)
        group = np.minimum((random.random(team.size)[:, None] > share[team]).sum(axis=1), len(names) - 1)
        parts.append(
            pl.DataFrame(
                {
                    "team": np.array(teams)[team],
                    "area": "",
                    "date": pl.Series((np.datetime64(first) + day).astype("datetime64[D]")),
                    "clock_bin": minute // 15,
                    "light": np.where(is_light, "day", "dark"),
                    "group_kind": kind,
                    "group": np.array(names)[group],
                }
            )
        )
    keys = [name for name in CLOCK_CELLS.names if name != "n"]
    return _table(CLOCK_CELLS, pl.concat(parts).group_by(keys).agg(n=pl.len()))


def _pairs(random: Random, teams: tuple[str, ...], proactive: NDArray[np.int64], world: World) -> pl.DataFrame:
    rows = []
    for place, team in enumerate(teams):
        row, _ = pairs_of_year(random, follow_up=world.follow_up, checks=float(proactive[place, WINDOW].sum()))
        rows.append(row | {"team": team, "month": LAST})
    return _table(PAIR_SPREAD, pl.DataFrame(rows))


def _officers(teams: tuple[str, ...], proactive: NDArray[np.int64]) -> pl.DataFrame:
    """Ten officers who each do as much: the rule on officers is not what is tried."""
    crew = 10
    team, month, officer = np.indices((*proactive.shape, crew)).reshape(3, -1)
    each = (proactive[team, month] + crew - 1) // crew
    counts = {name: each for name in OFFICER_COUNTS.names if name.startswith("n")}
    return _table(
        OFFICER_COUNTS,
        pl.DataFrame(
            {
                "team": np.array(teams)[team],
                "month": pl.Series(np.array(STARTS, dtype="datetime64[D]")[month]),
                "officer_key": np.array([f"o{number}" for number in range(crew)])[officer],
                **counts,
            }
        ),
    )


def _companions(teams: tuple[str, ...], residents: Mapping[str, Floats]) -> dict[str, pl.DataFrame]:
    areas = [(team, f"{team}-{number}") for team in teams for number in range(AREAS)]
    organisation = pl.DataFrame(
        {
            "team": [team for team, _ in areas],
            "team_name": [f"Team {team[-2:]}" for team, _ in areas],
            "district": "District",
            "regional_unit": "Eenheid",
            "area": [area for _, area in areas],
            "valid_from": date(2020, 1, 1),
        }
    )
    people = [
        (
            area,
            "residents",
            kind,
            group,
            year,
            round(RESIDENTS * residents[kind][place // AREAS, place % AREAS, number]),
        )
        for place, (_, area) in enumerate(areas)
        for kind in ("sex", "age_band")
        for number, group in enumerate(GROUPS[kind])
        for year in (2024, 2025)
    ]
    actions = [
        ("a1", teams[0], "agreement", "register", "coverage_no_result", AGREED, None, None, "running", False, 1),
        ("a2", teams[1], "training", "explain", "dossier", TRAINED, TRAINED, None, "running", False, 1),
    ]
    return {
        "organisation": _table(ORGANISATION, organisation),
        "population": _table(POPULATION, pl.DataFrame(people, schema=dict(POPULATION.schema), orient="row")),
        "team_actions": _table(TEAM_ACTIONS, pl.DataFrame(actions, schema=dict(TEAM_ACTIONS.schema), orient="row")),
        "breaks": BREAKS.empty(),
    }


def _sheets(random: Random, teams: tuple[str, ...], chances: Floats, crew: Floats, world: World) -> pl.DataFrame:
    """Sheets of three checks by two officers: two a month, four in the first team from a half year before its agreement on."""
    rows = []
    dense = STARTS.index(AGREED) - 12
    for place, team in enumerate(teams):
        for month, start in enumerate(STARTS):
            for sheet in range(4 if place == 0 and month >= dense else 2):
                pair = random.choice(OFFICERS, 2, replace=False, p=crew[place])
                size = int(np.clip(random.poisson(3), 1, 9))
                who, hit = random.choice(pair, size), random.random(size) < world.yielding
                kept = random.random(size) < np.where(hit, chances[place, 0, month, who], chances[place, 1, month, who])
                day = start + timedelta(days=int(random.integers(0, last_day(start).day)))
                rows.append((day, team, sheet + 1, size, int(kept.sum()), int(hit.sum()), int((hit & kept).sum())))
    names = COVERAGE_SAMPLE.names[:7]
    return _table(COVERAGE_SAMPLE, pl.DataFrame(rows, schema=names, orient="row"))


def _table(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as its contract wants it; columns that say nothing are empty."""
    empty = [pl.lit(None).alias(name) for name in table.names if name not in frame.columns]
    return table.require(frame.with_columns(empty).select(table.names).cast(table.schema).sort(table.key))
