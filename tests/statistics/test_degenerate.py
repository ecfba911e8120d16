"""Cells that hold nothing, too little, or only one thing: every statistic answers with a labelled row, never a guess.

Numpy's warnings are errors here (see pyproject.toml), so a division by nothing that is papered over also fails.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.disclosure.gate import gate
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.findings import UNEXPLAINED_EMPTY
from meos_pipeline.statistics.run import findings_of_one
from meos_pipeline.statistics.statistic import Context, Gate
from meos_pipeline.statistics.windows import add_months

from .whole_world import CONTEXT, TEAMS, world

Tables = Mapping[str, pl.DataFrame]
Case = Callable[[Tables, Context], tuple[Tables, Context]]
CASES: dict[str, Case] = {}
COUNTS = (
    "n",
    "searched",
    "near_same",
    "far_same",
    "near_all",
    "far_all",
    "persons",
    "n_proactive",
    "n_complete",
    "n_known",
    "n_strict",
    "n_broad",
    "people",
    "checked",
    "residents",
)
SILENT = [label.value for label in UNEXPLAINED_EMPTY]
COMPARED = [
    "clearly_higher",
    "clearly_lower",
    "indication_higher",
    "indication_lower",
    "no_relevant_difference",
    "undecided",
]
NAMES = sorted(all_statistics())
TAKE_TABLES_AWAY = ("missing_companions", "empty_tables", "no_tables")
"""Cases after which there is nothing left for another case to change."""


def case(make: Case) -> Case:
    CASES[make.__name__] = make
    return make


def _each(tables: Tables, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Tables:
    return {name: change(frame) for name, frame in tables.items()}


def _where(tables: Tables, column: str, keep: pl.Expr) -> Tables:
    return _each(tables, lambda frame: frame.filter(keep) if column in frame.columns else frame)


def _months(keep: Callable[[pl.Expr], pl.Expr]) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def change(frame: pl.DataFrame) -> pl.DataFrame:
        column = next((name for name in ("period_start", "month", "date") if name in frame.columns), None)
        return frame if column is None else frame.filter(keep(pl.col(column).dt.truncate("1mo")))

    return change


@case
def as_it_is(tables, context):
    return tables, context


@case
def zero_counts_everywhere(tables, context):
    return _each(
        tables, lambda frame: frame.with_columns(pl.lit(0, pl.Int64).alias(c) for c in COUNTS if c in frame.columns)
    ), context


@case
def zero_denominators(tables, context):
    """Every category that only a denominator counts is nothing."""
    events = ["H1", "worked", "timely", "yes", "complete", "using", "with_history", "result_registered", "usable"]
    n = pl.when(pl.col("category").is_in(events)).then(0).otherwise("n")
    return dict(tables) | {"cells": tables["cells"].with_columns(n=n)}, context


@case
def one_team(tables, context):
    return _where(tables, "team", pl.col("team") == TEAMS[0]), replace(context, teams=TEAMS[:1])


@case
def one_team_among_many(tables, context):
    return _where(tables, "team", pl.col("team") == TEAMS[0]), context


@case
def no_teams(tables, context):
    return tables, replace(context, teams=())


@case
def teams_without_records(tables, context):
    return tables, replace(context, teams=("nobody", "nowhere"))


@case
def one_month(tables, context):
    return _each(tables, _months(lambda month: month == context.month)), context


@case
def before_the_first_month(tables, context):
    return tables, replace(context, month=date(2020, 1, 1))


@case
def long_after_the_last_month(tables, context):
    return tables, replace(context, month=add_months(context.month, 36))


@case
def one_officer(tables, context):
    first = tables["officer_counts"].filter(pl.col("officer_key") == "o0")
    return dict(tables) | {"officer_counts": first}, context


@case
def a_team_that_starts_halfway(tables, context):
    half = add_months(context.month, -9)

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        if "team" not in frame.columns:
            return frame
        late = _months(lambda month: month >= half)(frame.filter(pl.col("team") == TEAMS[0]))
        return pl.concat([late, frame.filter(pl.col("team") != TEAMS[0])])

    return _each(tables, change), context


@case
def a_team_that_stops_halfway(tables, context):
    half = add_months(context.month, -9)

    def change(frame: pl.DataFrame) -> pl.DataFrame:
        if "team" not in frame.columns:
            return frame
        early = _months(lambda month: month < half)(frame.filter(pl.col("team") == TEAMS[0]))
        return pl.concat([early, frame.filter(pl.col("team") != TEAMS[0])])

    return _each(tables, change), context


def _one_category(tables: Tables, place: int) -> Tables:
    """All members of every partition in its first, or last, category; all results a hit, or none."""
    cells = (
        tables["cells"]
        .sort("category")
        .with_columns(
            n=pl.when(
                pl.int_range(pl.len()).over("team", "period_start", "partition")
                == (0 if place == 0 else pl.len().over("team", "period_start", "partition") - 1)
            )
            .then(pl.col("n").sum().over("team", "period_start", "partition"))
            .otherwise(0)
        )
    )
    officers = tables["officer_counts"].with_columns(
        pl.col("n_proactive").alias("n_complete") * (1 - place), pl.col("n_known").alias("n_strict") * (1 - place)
    )
    return dict(tables) | {"cells": cells, "officer_counts": officers}


@case
def all_in_the_first_category(tables, context):
    return _one_category(tables, 0), context


@case
def all_in_the_last_category(tables, context):
    return _one_category(tables, 1), context


def _results(tables: Tables, hit: str) -> Tables:
    """Only checks with this result, in every table that knows results."""
    cells = tables["cells"]
    by_hit = pl.col("partition").str.ends_with("_hit") & ~pl.col("partition").is_in(["related_hit"])
    result = {"strict": ["H1"], "none": ["nothing_found"]}[hit]
    n = (
        pl.when(by_hit & ~pl.col("category").str.ends_with(f"|{hit}"))
        .then(0)
        .when((pl.col("partition") == "result") & ~pl.col("category").is_in(result))
        .then(0)
        .otherwise("n")
    )
    groups = tables["group_cells"].filter(pl.col("hit").cast(pl.String) == hit)
    return dict(tables) | {"cells": cells.with_columns(n=n), "group_cells": groups}


@case
def all_hits(tables, context):
    return _results(tables, "strict"), context


@case
def no_hits(tables, context):
    return _results(tables, "none"), context


def _of_groups(tables: Tables, keep: pl.Expr) -> Tables:
    """Keep checks of some groups; ``keep`` speaks of a column ``group``."""
    kinds = ["sex_hit", "age_band_hit", "origin_hit"]
    cells = tables["cells"].with_columns(group=pl.col("category").str.split("|").list.first())
    kept = cells.filter(~pl.col("partition").is_in(kinds) | keep).drop("group")
    fine = {name: tables[name].filter(keep) for name in ("group_cells", "clock_cells")}
    return dict(tables) | fine | {"cells": kept}


@case
def only_unknown_groups(tables, context):
    return _of_groups(tables, pl.col("group") == "unknown"), context


@case
def one_group_only(tables, context):
    return _of_groups(tables, pl.col("group").is_in(["female", "35-44", "Nederland", "b"])), context


@case
def no_reference_group(tables, context):
    return _of_groups(tables, ~pl.col("group").is_in(["female", "35-44", "Nederland", "b"])), context


@case
def a_group_without_checks(tables, context):
    cells = tables["cells"].with_columns(n=pl.when(pl.col("category").str.starts_with("male|")).then(0).otherwise("n"))
    fine = {
        name: tables[name].with_columns(n=pl.when(pl.col("group") == "male").then(0).otherwise("n"))
        for name in ("group_cells", "clock_cells")
    }
    return dict(tables) | fine | {"cells": cells}, context


@case
def no_groups_at_all(tables, context):
    cells = tables["cells"].filter(~pl.col("partition").is_in(["sex_hit", "age_band_hit", "origin_hit"]))
    fine = {name: tables[name].clear() for name in ("group_cells", "clock_cells", "population", "origin_table")}
    return dict(tables) | fine | {"cells": cells}, context


@case
def no_light_dark_overlap(tables, context):
    light = pl.when(pl.col("clock_bin") < 78).then(pl.lit("day")).otherwise(pl.lit("dark"))
    clock = tables["clock_cells"]
    moved = clock.with_columns(light.cast(clock.schema["light"]).alias("light"))
    keys = [name for name in clock.columns if name != "n"]
    return dict(tables) | {"clock_cells": moved.group_by(keys).agg(pl.col("n").sum()).select(clock.columns)}, context


@case
def only_light(tables, context):
    return _where(tables, "light", pl.col("light").cast(pl.String) == "day"), context


@case
def separation(tables, context):
    """The group is only seen in the light, at one clock time, on one ground, in one team."""
    clock = tables["clock_cells"].filter(
        (pl.col("group").is_in(["male", "a"])) == (pl.col("light").cast(pl.String) == "day")
    )
    groups = tables["group_cells"].filter((pl.col("group").is_in(["male", "a"])) == (pl.col("reason") == "behaviour"))
    return dict(tables) | {"clock_cells": clock, "group_cells": groups}, context


@case
def collinear_knots(tables, context):
    """One clock time on a few days, and one circumstance per team."""
    clock = tables["clock_cells"].filter(pl.col("clock_bin") == 76)
    groups = tables["group_cells"].filter((pl.col("block") == "12-16") == (pl.col("team") < TEAMS[6]))
    return dict(tables) | {"clock_cells": clock, "group_cells": groups}, context


@case
def areas_without_people(tables, context):
    return dict(tables) | {"population": tables["population"].with_columns(people=pl.lit(0, pl.Int64))}, context


@case
def areas_all_alike(tables, context):
    return dict(tables) | {"population": tables["population"].with_columns(people=pl.lit(1_000, pl.Int64))}, context


@case
def areas_that_nobody_knows(tables, context):
    return dict(tables) | {"population": tables["population"].with_columns(area=pl.lit("?") + pl.col("area"))}, context


@case
def very_large_counts(tables, context):
    return _each(
        tables, lambda frame: frame.with_columns(pl.col(c) * 1_000_000 for c in ("n",) if c in frame.columns)
    ), context


@case
def a_single_check(tables, context):
    """Every cell holds at most one unit of the rounding base, or one check."""
    cells = tables["cells"].with_columns(n=pl.col("n").clip(0, 5))
    fine = {name: tables[name].with_columns(n=pl.col("n").clip(0, 1)) for name in ("group_cells", "clock_cells")}
    return dict(tables) | fine | {"cells": cells}, context


@case
def missing_companions(tables, context):
    if not tables:
        return tables, context
    absent = ("organisation", "population", "origin_table", "team_actions", "breaks")
    populations = ["officers", "shifts", "queries", "complaints", "activities", "second_register"]
    cells = tables["cells"].filter(~pl.col("partition").is_in(populations))
    return {name: frame for name, frame in tables.items() if name not in absent} | {"cells": cells}, context


@case
def empty_tables(tables, context):
    return _each(tables, lambda frame: frame.clear()), context


@case
def no_tables(tables, context):
    return {}, context


@cache
def _world() -> dict[str, pl.DataFrame]:
    return world()


def _not_a_number(text: str) -> None:
    raise ValueError(text)


def assert_lawful(name: str, tables: Tables, context: Context) -> pl.DataFrame:
    """Run one statistic and hold its rows against every law of findings."""
    statistic = all_statistics()[name]
    found = findings_of_one(statistic, tables, context)
    FINDINGS.require(found.sort(FINDINGS.key))
    silent = pl.col("label").cast(pl.String).is_in(SILENT)
    numbers = ("estimate", "lower", "upper")

    def none(rows: pl.Expr, law: str) -> None:
        broken = found.filter(rows)
        assert broken.is_empty(), f"{law}: {broken.head(3).to_dicts()}"

    none(pl.col("estimate").is_null() != silent, "an estimate is empty exactly when its label says so")
    none(silent & (pl.col("label_reason") == ""), "a silent row has a reason")
    none(pl.any_horizontal(pl.col(one).is_nan() | pl.col(one).is_infinite() for one in numbers), "numbers are finite")
    none(silent & pl.any_horizontal(pl.col(one).is_not_null() for one in numbers), "a silent row has no bounds")
    none(pl.col("lower") > pl.col("estimate") + 1e-9, "the lower bound lies below the estimate")
    none(pl.col("upper") < pl.col("estimate") - 1e-9, "the upper bound lies above the estimate")
    none(pl.col("lower").is_null() != pl.col("upper").is_null(), "an interval has two bounds")
    unit = pl.col("unit").cast(pl.String)
    none(
        (unit == "share") & ((pl.min_horizontal(numbers) < -1e-9) | (pl.max_horizontal(numbers) > 1 + 1e-9)),
        "a share lies within 0 and 1",
    )
    none((unit == "ratio") & (pl.min_horizontal(numbers) < 0), "a ratio is not negative")
    none(
        pl.col("label").cast(pl.String).is_in(COMPARED) & (pl.col("lower") >= pl.col("upper")),
        "a comparison has a margin",
    )
    none((pl.col("estimate") > 0) & (pl.col("n") == 0) & (unit != "count"), "a number has something behind it")
    none((pl.col("events") < 0) | (pl.col("n") < 0), "counts are not negative")
    none(pl.col("needed") < 1, "what is needed is at least one more")
    for text in found["detail"]:
        assert isinstance(json.loads(text, parse_constant=_not_a_number), dict)
    if statistic.gate is Gate.MODEL:
        FINDINGS.require(gate(found, context.policy).sort(FINDINGS.key))
    return found


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=3, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(chosen=st.lists(st.sampled_from(sorted(CASES)), min_size=1, max_size=3, unique=True))
def test_degenerate_cells_give_labelled_rows_and_no_invented_number(name, chosen):
    tables, context = _world(), CONTEXT
    for one in sorted(chosen, key=lambda name: name in TAKE_TABLES_AWAY):
        tables, context = CASES[one](tables, context)
    assert_lawful(name, tables, context)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("one", sorted(CASES))
def test_each_kind_of_degenerate_cells_gives_labelled_rows(name, one):
    assert_lawful(name, *CASES[one](_world(), CONTEXT))


def test_the_laws_see_a_number_with_nothing_behind_it(monkeypatch):
    """The test of the test: an estimate from no checks, an infinite bound and a reasonless silence are seen."""
    statistic = all_statistics()["timeliness"]

    def broken(**values: object) -> None:
        def compute(tables: Tables, context: Context) -> pl.DataFrame:
            return statistic.compute(tables, context).with_columns(
                pl.lit(value).cast(FINDINGS[column].dtype).alias(column) for column, value in values.items()
            )

        monkeypatch.setitem(all_statistics(), "timeliness", replace(statistic, compute=compute))
        with pytest.raises(AssertionError):
            assert_lawful("timeliness", _world(), CONTEXT)

    broken(n=0)
    broken(upper=math.inf)
    broken(label="too_few", label_reason="", estimate=None, lower=None, upper=None)
    broken(label="too_few", label_reason="why")


NOT_BY_MORE = {
    "missing_groups",
    "tests_do_not_agree",
    "no_variation",
    "fewest_bins",
    "fewest_days",
    "no_overlap",
    "decisions_not_rare",
    "fewest_hits",
    "chains_do_not_agree",
    "priors_decide",
    "fewest_officers",
    "mean_too_small",
    "fewest_months",
    "ended_too_soon",
    "several_tests",
    "interval_includes_one",
    "probability_open",
}
"""Reasons for silence that no number of further checks mends, or (officers) of which the number is a secret."""


@pytest.mark.parametrize("one", ["as_it_is", "a_single_check", pytest.param("one_month", marks=pytest.mark.slow)])
def test_every_silence_says_how_many_more_checks_would_end_it(one):
    tables, context = CASES[one](_world(), CONTEXT)
    silent = 0
    for name, statistic in all_statistics().items():
        found = findings_of_one(statistic, tables, context).filter(
            pl.col("label").cast(pl.String).is_in(["too_few", "undecided"]),
            pl.col("series").is_in(["", "point", "versus_teams", "hit_difference"]),
            ~pl.col("statistic").str.ends_with("_placebo"),
        )
        mute = found.filter(pl.col("needed").is_null(), ~pl.col("label_reason").is_in(list(NOT_BY_MORE)))
        assert mute.is_empty(), f"{name}: {mute.head(2).to_dicts()}"
        silent += found.height
    assert silent > 0
