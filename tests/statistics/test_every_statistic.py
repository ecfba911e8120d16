"""Laws that hold for every statistic of this package."""

import functools

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS, Label
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.findings import UNEXPLAINED_EMPTY
from meos_pipeline.statistics.run import compute_findings, findings_of_one
from meos_pipeline.statistics.statistic import Context, Gate, Theme

OURS = [name for name, statistic in all_statistics().items() if statistic.theme != Theme.DISPARITY]
EMPTY_LABELS = [label.value for label in UNEXPLAINED_EMPTY]


def _found(name, tables, context):
    return FINDINGS.require(findings_of_one(all_statistics()[name], tables, context)).sort(FINDINGS.key)


@pytest.fixture(scope="module")
def as_it_is(district):
    """Findings of a statistic on the district as it is, made once."""
    return functools.cache(lambda name: _found(name, *district))


def _lawful(found: pl.DataFrame) -> None:
    """Bounds around the estimate; an empty estimate exactly where the label explains it; shares within [0, 1].

    An outer bound has no estimate: nothing within it is likelier.
    """
    label = pl.col("label").cast(pl.String())
    outer = (pl.col("series") == "outer") & ~label.is_in(EMPTY_LABELS)
    assert found.filter(~outer, pl.col("estimate").is_null() != label.is_in(EMPTY_LABELS)).is_empty()
    bounds = found.filter(outer)
    assert bounds["estimate"].is_null().all()
    assert (bounds["lower"] <= bounds["upper"]).fill_null(value=False).all()
    assert found.filter(pl.col("lower") > pl.col("estimate")).is_empty()
    assert found.filter(pl.col("upper") < pl.col("estimate")).is_empty()
    assert found.filter(pl.col("estimate").is_infinite() | pl.col("estimate").is_nan()).is_empty()
    shares = found.filter(pl.col("unit").cast(pl.String()) == "share")
    assert shares.filter((pl.col("lower") < 0) | (pl.col("upper") > 1)).is_empty()
    assert found.filter(label.is_in(EMPTY_LABELS) & (pl.col("label_reason") == "")).is_empty()
    assert found.filter(pl.col("needed") < 1).is_empty()
    assert found.filter(pl.col("detail").str.json_decode(pl.Struct({})).is_null()).is_empty()


@pytest.mark.parametrize("name", OURS)
def test_findings_keep_the_contract_and_explain_what_they_do_not_show(as_it_is, name):
    _lawful(as_it_is(name))


@pytest.mark.parametrize("name", OURS)
def test_the_order_of_rows_does_not_matter(district, as_it_is, name):
    tables, context = district
    shuffled = {key: table.sample(fraction=1.0, shuffle=True, seed=7) for key, table in tables.items()}
    assert_frame_equal(as_it_is(name), _found(name, shuffled, context), rel_tol=1e-9)


@pytest.mark.parametrize("name", OURS)
def test_a_team_keeps_its_numbers_under_another_name(district, as_it_is, name):
    tables, context = district

    def renamed(frame: pl.DataFrame) -> pl.DataFrame:
        """Names in the opposite order, so that sorting by name cannot matter."""
        if "team" not in frame.columns:
            return frame
        number = 99 - pl.col("team").str.slice(5).cast(pl.Int64, strict=False)
        return frame.with_columns(
            pl.when(pl.col("team") == "")
            .then(pl.lit(""))
            .otherwise(pl.concat_str(pl.lit("team-"), number))
            .alias("team")
        )

    other = Context(
        policy=context.policy, month=context.month, teams=tuple(f"team-{99 - int(team[5:])}" for team in context.teams)
    )
    plain = renamed(as_it_is(name)).sort(FINDINGS.key)
    moved = _found(name, {key: renamed(table) for key, table in tables.items()}, other)
    # Draws are made team by team in the order of names: their ends differ by what a thousand draws leave open.
    drawn = pl.col("method") == "evidence_grid"
    numbers = pl.col("estimate", "lower", "upper")
    assert_frame_equal(
        plain.with_columns(pl.when(~drawn).then(numbers)),
        moved.with_columns(pl.when(~drawn).then(numbers)),
        rel_tol=1e-6,
    )
    margin = pl.col("upper") - pl.col("lower")
    before, after = (frame.filter(drawn).select(numbers, margin=0.15 * margin) for frame in (plain, moved))
    for end in ("estimate", "lower", "upper"):
        assert ((before[end] - after[end]).abs() <= before["margin"]).all()


@pytest.mark.parametrize("name", OURS)
def test_nothing_in_gives_labelled_rows_or_none(district, name):
    tables, context = district
    found = _found(name, {key: table.clear() for key, table in tables.items()}, context)
    _lawful(found)
    assert found.filter(pl.col("estimate").is_not_null(), pl.col("estimate") != 0).is_empty()


@pytest.mark.parametrize("name", OURS)
def test_an_absent_table_is_named_in_a_row_per_team(district, name):
    _, context = district
    found = _found(name, {}, context)
    assert set(found["label"].cast(pl.String())) == {Label.MISSING_INPUT.value}
    assert set(found["team"]) == {"", *context.teams}
    assert not found.filter(pl.col("label_reason") == "").height


@pytest.mark.parametrize("name", OURS)
def test_one_team_one_month_is_no_error(district, name):
    tables, context = district
    alone = Context(policy=context.policy, month=context.month, teams=("team-00",))

    def only(frame: pl.DataFrame) -> pl.DataFrame:
        if "team" in frame.columns:
            frame = frame.filter(pl.col("team") == "team-00")
        for column in ("month", "period_start"):
            if column in frame.columns:
                frame = frame.filter(pl.col(column) >= context.month.replace(month=4))
        return frame

    _lawful(_found(name, {key: only(table) for key, table in tables.items()}, alone))


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("place", [0, -1])
def test_all_in_one_category_is_no_error(district, name, place):
    """All hits and no hits: every partition has only its first, or only its last category."""
    tables, context = district
    kept = (
        tables["cells"]
        .sort("category")
        .group_by("team", "period", "period_start", "partition")
        .agg(pl.col("category").get(place), pl.col("n").sum())
        .select(CELLS.names)
    )
    officers = tables["officer_counts"].with_columns(pl.col("n_proactive").alias("n_complete") * (1 if place else 0))
    _lawful(_found(name, tables | {"cells": kept, "officer_counts": officers}, context))


@pytest.mark.parametrize("name", OURS)
def test_a_team_that_starts_or_stops_halfway_is_no_error(district, name):
    tables, context = district
    starts = pl.col("period_start") >= pl.lit(context.month).dt.offset_by("-5mo")
    stops = pl.col("period_start") <= pl.lit(context.month).dt.offset_by("-5mo")
    cells = tables["cells"].filter(
        pl.when(pl.col("team") == "team-00").then(starts).when(pl.col("team") == "team-01").then(stops).otherwise(True)
    )
    _lawful(_found(name, tables | {"cells": cells}, context))


def test_released_findings_are_a_function_of_released_cells_and_public_companions_alone(district):
    tables, context = district
    few = {name: tables[name] for name in ("cells", "team_actions", "breaks")}
    ours = [name for name in OURS if all_statistics()[name].gate == Gate.RELEASED]
    whole = compute_findings(tables, context, gate=Gate.RELEASED).filter(pl.col("statistic").is_in(ours))
    assert_frame_equal(
        whole, compute_findings(few, context, gate=Gate.RELEASED).filter(pl.col("statistic").is_in(ours))
    )


@pytest.mark.parametrize("name", OURS)
def test_a_statistic_says_what_it_is_and_when_it_misleads(name):
    statistic = all_statistics()[name]
    for text in (
        statistic.question,
        statistic.question_nl,
        statistic.estimand,
        statistic.assumptions,
        statistic.misleads,
        statistic.minimum,
        statistic.source,
    ):
        assert len(text) > 10
    assert statistic.question.endswith("?")
    assert statistic.question_nl.endswith("?")
    assert statistic.name == statistic.compute.__module__.rsplit(".", 1)[-1]
