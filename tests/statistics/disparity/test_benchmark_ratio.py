"""D1: ratios against each benchmark, pooled over teams, with their tipping points and placebos."""

import json

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.disparity.benchmark_ratio import STATISTIC

from .worlds import CONTEXT, headline, monthly, organisation, population, sex_cells, teams

NAMES = teams(8)


def _tables(male=(60, 30, 400, 10), female=(60, 20, 300, 5), people=None, extra=None):
    cells = sex_cells({team: {"male": male, "female": female} for team in NAMES})
    return {
        "cells": pl.concat([cells, *([extra] if extra is not None else [])]),
        "organisation": organisation(NAMES),
        "population": population(NAMES, people or {"male": 5_000, "female": 5_000}),
    }


def test_the_ratio_is_checks_per_person_over_checks_per_person():
    found = headline(STATISTIC.compute(_tables(people={"male": 4_000, "female": 8_000}), CONTEXT), team="")
    assert found["estimate"].item() == pytest.approx((500 / 4_000) / (385 / 8_000))
    assert found.select("events", "n", "reference_events", "reference_n").row(0) == (4_000, 32_000, 3_080, 64_000)


def test_each_benchmark_has_its_own_row_and_never_shares_one():
    tables = _tables()
    daytime = population(NAMES, {"male": 9_000, "female": 5_000}, "daytime")
    found = headline(
        STATISTIC.compute(tables | {"population": pl.concat([tables["population"], daytime])}, CONTEXT), team=""
    )
    ratios = dict(found.select("stratum", "estimate").iter_rows())
    assert set(ratios) == {"benchmark=residents", "benchmark=daytime"}
    assert ratios["benchmark=residents"] / ratios["benchmark=daytime"] == pytest.approx(9 / 5)


def test_a_ratio_within_ordinary_error_of_the_benchmark_is_only_described():
    found = headline(STATISTIC.compute(_tables(), CONTEXT), team="").row(0, named=True)
    assert found["estimate"] == pytest.approx(500 / 385)
    assert (found["label"], found["label_reason"]) == ("described", "tipping_ratio")
    assert json.loads(found["detail"])["tipping_factor"] == pytest.approx(found["lower"], abs=1e-6)


def test_a_ratio_beyond_it_is_clear():
    found = headline(STATISTIC.compute(_tables(people={"male": 3_000, "female": 8_000}), CONTEXT), team="")
    assert found["label"].item() == "clearly_higher"


def test_too_few_checks_of_a_group_give_no_ratio_but_the_number_needed_or_the_reason():
    found = headline(STATISTIC.compute(_tables(male=(5, 0, 10, 0)), CONTEXT), team="team-00").row(0, named=True)
    assert found["estimate"] is None
    assert (found["label"], found["label_reason"]) == ("too_few", "smallest_ratio_events")


def test_registering_checks_without_result_as_often_as_the_tipping_point_says_ends_the_difference():
    found = STATISTIC.compute(_tables(), CONTEXT)
    main = headline(found, team="").row(0, named=True)
    factor = json.loads(main["detail"])["tipping_registration"]
    without = 500 * 400 / 490
    assert (500 + (factor - 1) * without) / 385 == pytest.approx(1.0, abs=1e-5)
    band = {row["series"]: row["estimate"] for row in found.filter(pl.col("team") == "").iter_rows(named=True)}
    assert band["registration_low"] < main["estimate"] < band["registration_high"]
    assert band["registration_high"] == pytest.approx((500 + 0.25 * without) / 385)


def test_the_excess_is_what_an_equal_share_would_not_have_given():
    found = STATISTIC.compute(_tables(), CONTEXT).filter(pl.col("team") == "", pl.col("series") == "excess")
    assert found["estimate"].item() == pytest.approx(8 * (500 - 885 / 2), rel=1e-6)
    assert found["unit"].item() == "count"


def test_a_team_without_figures_for_all_its_areas_is_left_out_of_the_benchmark():
    tables = _tables()
    two = tables["organisation"].filter(pl.col("team") == "team-00").with_columns(area=pl.lit("elsewhere"))
    found = STATISTIC.compute(tables | {"organisation": pl.concat([tables["organisation"], two])}, CONTEXT)
    assert "team-00" not in found["team"].to_list()
    assert "team-01" in found["team"].to_list()


def test_teams_are_drawn_towards_each_other_and_labelled_against_all_teams():
    counts = {
        team: {"male": (20, 10, 100 + 2 * number, 0), "female": (20, 10, 100, 0)} for number, team in enumerate(NAMES)
    }
    counts["team-00"]["male"] = (60, 30, 600, 0)
    tables = _tables() | {"cells": sex_cells(counts)}
    found = STATISTIC.compute(tables, CONTEXT)
    versus = found.filter(pl.col("series") == "versus_teams")
    labels = dict(versus.select("team", "label").iter_rows())
    assert labels["team-00"] == "clearly_higher"
    assert labels["team-03"] != "clearly_higher"
    own = headline(found, team="team-00")["estimate"].item()
    assert 1.0 < own < 690 / 130


def test_a_month_placebo_that_fires_blocks_the_method():
    uneven = pl.concat(
        [
            monthly([team], [100 + number, 300, 100, 300, 100, 300, 100, 300, 100, 300, 100, 300])
            for number, team in enumerate(NAMES)
        ]
    )
    found = STATISTIC.compute(_tables(people={"male": 3_000, "female": 8_000}, extra=uneven), CONTEXT)
    main = headline(found)
    assert set(main["label_reason"]) == {"placebo"}
    assert set(main["label"]) == {"not_comparable"}
    assert main["estimate"].null_count() == main.height
    sham = found.filter(pl.col("statistic") == "benchmark_ratio_placebo", pl.col("group") == "placebo_month=a")
    assert sham["label"].item() == "signal_low"


def test_months_that_differ_as_months_do_leave_it_alone():
    rng = np.random.default_rng(8)
    even = pl.concat([monthly([team], [int(5 * rng.poisson(30)) for _ in range(12)]) for team in NAMES])
    found = STATISTIC.compute(_tables(extra=even), CONTEXT)
    assert headline(found)["label_reason"].to_list().count("placebo") == 0


def test_the_statistics_office_table_stands_in_for_origin_and_counts_people():
    origins = pl.DataFrame(
        [
            (team, 2024, name, checked, residents)
            for team in NAMES
            for name, checked, residents in (("nederland", 300, 6_000), ("europa", 120, 1_000))
        ],
        schema={"team": pl.String, "year": pl.Int16, "origin": pl.String, "checked": pl.Int64, "residents": pl.Int64},
        orient="row",
    )
    found = headline(STATISTIC.compute({"origin_table": origins}, CONTEXT), team="", group="origin=europa")
    assert found["estimate"].item() == pytest.approx((120 / 1_000) / (300 / 6_000))


def test_many_unknown_groups_soften_and_too_many_refuse():
    def label(unknown: int) -> tuple[str, str]:
        cells = sex_cells(
            {
                team: {"male": (60, 30, 400, 10), "female": (60, 20, 300, 5), "unknown": (0, 0, unknown, 0)}
                for team in NAMES
            }
        )
        tables = _tables(people={"male": 3_000, "female": 8_000}) | {"cells": cells}
        return headline(STATISTIC.compute(tables, CONTEXT), team="").select("label", "label_reason").row(0)

    assert label(100) == ("clearly_higher", "interval_beyond_margin")
    assert label(300) == ("indication_higher", "missing_groups")
    assert label(800) == ("not_comparable", "missing_groups")
