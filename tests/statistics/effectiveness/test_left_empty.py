"""Results that were left empty widen a yield: all of them a hit, or none; with too many only that is told.

Every figure that says what checks yield is in one of the tables below: as recorded, per kind of check, of all checks,
beside other teams, over months, and between groups.
"""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.statistic import Context
from tests.statistics.disparity import worlds

MONTH = date(2025, 6, 1)
CONTEXT = Context(policy=Policy(), month=MONTH, teams=("north",))


@pytest.mark.parametrize(("empty", "is_shown"), [(0, True), (70, True), (120, True), (130, False), (400, False)])
def test_above_a_fifth_left_empty_only_the_bounds_are_told(empty: int, is_shown: bool) -> None:
    counts = {"H1": 100, "nothing_found": 400, "unknown": empty}
    cells = pl.DataFrame(
        [("north", "month", MONTH, "result", name, n) for name, n in counts.items() if n],
        orient="row",
        schema=CELLS.schema,
    )
    found = all_statistics()["yield_strict"].compute({"cells": cells}, CONTEXT)
    team = found.filter(pl.col("team") == "north", pl.col("series") == "", pl.col("period_start") == MONTH).row(
        0, named=True
    )
    assert (team["estimate"] is not None) == is_shown
    without = (
        all_statistics()["yield_strict"]
        .compute({"cells": cells.filter(pl.col("category") != "unknown")}, CONTEXT)
        .filter(pl.col("team") == "north", pl.col("period_start") == MONTH)
        .row(0, named=True)
    )
    share = empty / (500 + empty)
    if is_shown:
        assert team["estimate"] == without["estimate"]
        assert team["lower"] == pytest.approx(without["lower"] * (1 - share))
        assert team["upper"] == pytest.approx(without["upper"] * (1 - share) + share)
        assert ("results_left_empty" in team["caveats"]) == (empty > 0)
    else:
        assert (team["label"], team["label_reason"]) == ("not_comparable", "results_left_empty")
        assert team["lower"] == pytest.approx(100 / (500 + empty))
        assert team["upper"] == pytest.approx((100 + empty) / (500 + empty))


RECORDED = ("yield_strict", "yield_broad", "zero_result_share", "information_only")
SPLIT = ("yield_by_reason", "yield_by_legal_basis", "yield_by_block")
LIMIT = Policy().result_empty_bounds


def left_empty(cells: pl.DataFrame, share: float, team: str = "") -> pl.DataFrame:
    """The cells with this share of the results of one team, or of every team, left empty, in every kind of check."""
    is_result = (pl.col("partition") == "result") | pl.col("partition").str.ends_with("_hit")
    chosen = cells.filter(is_result & (pl.lit(value=True) if not team else pl.col("team") == team))
    kind = (
        pl.when(pl.col("partition") == "result")
        .then(pl.lit(""))
        .otherwise(pl.col("category").str.replace(r"[^|]*$", ""))
    )
    known = chosen.with_columns(kind=kind).filter(~pl.col("category").str.ends_with("unknown"))
    keys = ["team", "period", "period_start", "partition"]
    empty = (
        known.group_by(*keys, "kind", maintain_order=True)
        .agg(n=(pl.col("n").sum() * share / (1 - share)).round().cast(pl.Int64))
        .with_columns(category=pl.col("kind") + "unknown")
    )
    rest = cells.join(empty.select(*keys, "category"), on=[*keys, "category"], how="anti")
    rest = rest.filter(~(is_result & pl.col("category").str.ends_with("unknown"))) if not team else rest
    return pl.concat([rest, empty.select(cells.columns)]).sort(*keys, "category")


def told(name: str, tables: dict[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    return all_statistics()[name].compute(tables, context)


@pytest.mark.parametrize("share", [0.0, 0.07, 0.19, 0.21, 0.5])
@pytest.mark.parametrize("name", [*RECORDED, *SPLIT])
def test_every_share_of_results_is_widened_or_only_bounded(
    district: tuple[dict[str, pl.DataFrame], Context], name: str, share: float
) -> None:
    tables, context = district
    none, some = (told(name, tables | {"cells": left_empty(tables["cells"], part)}, context) for part in (0.0, share))
    keys = ["team", "period_start", "stratum", "series"]
    both = none.filter(pl.col("estimate").is_not_null()).join(some, on=keys, suffix="_now")
    assert both.height > 10
    for row in both.iter_rows(named=True):
        if share <= LIMIT:
            assert row["estimate_now"] == row["estimate"]
            assert row["lower_now"] == pytest.approx(row["lower"] * (1 - share), abs=0.01)
            assert row["upper_now"] == pytest.approx(row["upper"] * (1 - share) + share, abs=0.01)
            assert ("results_left_empty" in row["caveats_now"]) == (share > 0)
        else:
            assert row["estimate_now"] is None
            assert (row["label_now"], row["label_reason_now"]) == ("not_comparable", "results_left_empty")
            plain = row["events"] / row["n"]
            assert row["lower_now"] == pytest.approx(plain * (1 - share), abs=0.01)
            assert row["upper_now"] == pytest.approx(plain * (1 - share) + share, abs=0.01)


@pytest.mark.parametrize("share", [0.0, 0.07, 0.19, 0.21])
def test_the_corrected_yield_holds_all_and_none_of_the_empty_results(
    district: tuple[dict[str, pl.DataFrame], Context], share: float
) -> None:
    tables, context = district
    none, some = (
        told("yield_corrected", tables | {"cells": left_empty(tables["cells"], part)}, context) for part in (0.0, share)
    )
    for team in ("", "team-00"):
        before, now = (
            {row["series"]: row for row in found.filter(pl.col("team") == team).iter_rows(named=True)}
            for found in (none, some)
        )
        outer = now["outer"]
        assert outer["estimate"] is None
        if share > LIMIT:
            assert set(now) == {"", "outer"}
            assert (now[""]["estimate"], now[""]["label_reason"]) == (None, "results_left_empty")
            continue
        for series in ("", "recorded", "watched"):
            assert now[series]["estimate"] == before[series]["estimate"]
            assert now[series]["lower"] <= before[series]["lower"]
            assert now[series]["upper"] >= before[series]["upper"]
        assert outer["lower"] <= now[""]["lower"] <= now[""]["upper"] <= outer["upper"]
        recorded = [now["recorded"]["upper"], now["recorded"]["lower"]]
        plain = [before["recorded"]["upper"] * (1 - share) + share, before["recorded"]["lower"] * (1 - share)]
        assert recorded == pytest.approx(plain, abs=0.01)


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        (name, measure)
        for name in ("team_comparison", "funnel", "control_chart")
        for measure in ("yield_strict", "yield_broad")
    ],
)
@pytest.mark.parametrize(("share", "is_compared"), [(0.19, True), (0.3, False)])
def test_a_team_with_too_many_empty_results_is_compared_with_nobody(
    district: tuple[dict[str, pl.DataFrame], Context], name: str, measure: str, share: float, *, is_compared: bool
) -> None:
    tables, context = district
    found = told(name, tables | {"cells": left_empty(tables["cells"], share, "team-01")}, context)
    mine = found.filter(pl.col("stratum") == f"measure={measure}", pl.col("team") == "team-01")
    assert mine.height
    assert mine["estimate"].is_not_null().any() == is_compared
    others = found.filter(pl.col("stratum") == f"measure={measure}", pl.col("team") == "team-00")
    assert others["estimate"].is_not_null().any()


@pytest.mark.parametrize("name", ["outcome_gap", "robust_test"])
@pytest.mark.parametrize("who", ["group", "reference"])
@pytest.mark.parametrize(("empty", "is_compared"), [(100, True), (200, False)])
def test_groups_with_too_many_empty_results_are_not_compared(
    name: str, who: str, empty: int, *, is_compared: bool
) -> None:
    spoilt, whole = (40, 0, 460, empty), (40, 0, 460, 0)
    groups = {"male": spoilt, "female": whole} if who == "group" else {"male": whole, "female": spoilt}
    names = worlds.teams(8)
    tables = {
        "cells": worlds.sex_cells(dict.fromkeys(names, groups)),
        "organisation": worlds.organisation(names),
        "population": worlds.population(names, {"male": 4_000, "female": 8_000}),
    }
    found = told(name, tables, worlds.CONTEXT).filter(pl.col("group") == "sex=male", pl.col("statistic") == name)
    head = found.filter(pl.col("series") == "", pl.col("stratum").is_in(["", "benchmark=residents"]))
    assert head.height
    assert head["estimate"].is_not_null().any() == is_compared
    if not is_compared:
        assert set(head["label_reason"]) <= {"results_left_empty", "smallest_rate_denominator"}
    elif name == "outcome_gap":
        row = head.filter(pl.col("team") == "team-00").row(0, named=True)
        assert row["estimate"] == pytest.approx(0.0)
        share = empty / (500 + empty)
        assert row["upper"] - row["lower"] > share
