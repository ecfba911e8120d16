"""Differences that keep their side under every choice, and those that need one of them."""

import json

import polars as pl
import pytest

from meos_pipeline.contracts.companions import POPULATION
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.contracts.fine_cells_disparity import GROUP_CELLS
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.statistics.disparity.multiverse import STATISTIC, surviving
from meos_pipeline.statistics.disparity.rows import findings, rows

from .worlds import CONTEXT, YEAR, organisation, population, sex_cells

TEAM = "team-00"


def _world(male: dict[int, int], *, daytime_male: int = 1_000, unknown: int = 0) -> dict[str, pl.DataFrame]:
    """One team of one area: 100 checks of women a month, ``male`` per month; equally many residents of either sex."""
    cells = [
        (TEAM, YEAR.replace(month=month), f"{TEAM}-area", "12-16", False, "a", "sex", group, hit, n, 0)
        for month in range(1, 13)
        for group, total in (("male", male[month]), ("female", 100))
        for hit, n in (("strict", total // 5), ("none", total - total // 5))
    ]
    people = pl.concat(
        [
            population([TEAM], {"male": 1_000, "female": 1_000}),
            population([TEAM], {"male": daytime_male, "female": 1_000}, "daytime"),
        ]
    )
    return {
        "group_cells": pl.DataFrame(cells, schema=GROUP_CELLS.schema, orient="row"),
        "cells": sex_cells(
            {TEAM: {"male": (0, 0, 1_000, 0), "female": (0, 0, 1_000, 0), "unknown": (0, 0, unknown, 0)}}
        ),
        "population": pl.DataFrame(people.rows(), schema=POPULATION.schema, orient="row"),
        "organisation": pl.DataFrame(organisation([TEAM]).rows(), schema=ORGANISATION.schema, orient="row"),
    }


def _told(world: dict[str, pl.DataFrame]) -> dict[str, object]:
    found = STATISTIC.compute(world, CONTEXT).filter(pl.col("team") == TEAM, pl.col("group") == "sex=male")
    row = found.filter(pl.col("series") == "").row(0, named=True)
    ends = dict(found.filter(pl.col("series").is_in(["lowest", "highest"])).select("series", "estimate").iter_rows())
    return row | ends | json.loads(row["detail"])


ALWAYS = dict.fromkeys(range(1, 13), 200)


def test_twice_as_many_survives_every_choice():
    told = _told(_world(ALWAYS))
    assert told["label_reason"] == ""
    assert told["same_side"] == told["specifications"] == 2 * 3 * 2 * 3 * 3
    assert told["lowest"] < 2 < told["highest"]


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(_world(ALWAYS, daytime_male=3_000), id="benchmark"),
        pytest.param(_world({month: 60 if 4 <= month <= 9 else 300 for month in range(1, 13)}), id="season"),
        pytest.param(_world(dict.fromkeys(range(1, 13), 110)), id="registration"),
        pytest.param(_world(dict.fromkeys(range(1, 13), 140), unknown=500), id="missing groups"),
    ],
)
def test_a_difference_that_one_choice_turns_around_does_not_survive(world):
    assert _told(world)["label_reason"] == "sign_depends_on_choice"


def test_missing_groups_that_are_few_do_not_decide():
    assert _told(_world(dict.fromkeys(range(1, 13), 140), unknown=50))["label_reason"] == ""


def test_a_year_that_is_not_over_is_not_tried():
    early = STATISTIC.compute(_world(ALWAYS), type(CONTEXT)(policy=CONTEXT.policy, month=YEAR, teams=()))
    assert early.is_empty()


def _finding(statistic: str, *, label: str = "described", series: str = "", estimate: float = 2.0, reason: str = ""):
    return findings(
        [
            rows(
                1,
                team=TEAM,
                period_start=YEAR,
                period_end=YEAR.replace(month=12, day=31),
                group="sex=male",
                reference="sex=female",
                series=series,
                stratum="benchmark=residents" if statistic == "benchmark_ratio" else "",
                method="m",
                unit="ratio",
                estimate=estimate,
                label=label,
                label_reason=reason,
            )
        ],
        statistic=statistic,
        version=1,
    )


def _labels(*parts: pl.DataFrame, statistic: str) -> list[tuple[str, str]]:
    found = surviving(FINDINGS.require(pl.concat(parts))).filter(
        pl.col("statistic") == statistic, pl.col("series") == ""
    )
    return found.select(pl.col("label").cast(pl.String), "label_reason").rows()


def test_a_difference_is_undecided_unless_its_choices_agree():
    ratio = _finding("benchmark_ratio", label="clearly_higher", reason="interval_beyond_margin")
    kept, lost = ("clearly_higher", "interval_beyond_margin"), ("undecided", "sign_depends_on_choice")
    assert _labels(ratio, _finding("multiverse"), statistic="benchmark_ratio") == [kept]
    assert _labels(ratio, statistic="benchmark_ratio") == [lost]
    broken = _finding("multiverse", reason="sign_depends_on_choice")
    assert _labels(ratio, broken, statistic="benchmark_ratio") == [lost]


def test_a_comparison_with_variants_of_its_own_is_held_against_those():
    own = _finding("internal_benchmark", label="clearly_higher", reason="interval_beyond_margin")
    agrees = _finding("internal_benchmark", series="balanced", estimate=1.5)
    differs = _finding("internal_benchmark", series="balanced", estimate=0.9)
    assert _labels(own, agrees, statistic="internal_benchmark")[0][0] == "clearly_higher"
    assert _labels(own, differs, statistic="internal_benchmark")[0][0] == "undecided"


def test_nothing_else_is_touched():
    other = pl.concat([_finding("outcome_gap"), _finding("benchmark_ratio", label="undecided", reason="x")])
    assert surviving(FINDINGS.require(other)).equals(other)
    assert surviving(FINDINGS.empty()).is_empty()
