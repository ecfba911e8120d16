"""D4, D5, D8 and the stratified odds: results of checks, and what unknown groups hide."""

import json

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.disparity import missing_groups, outcome_gap, robust_test, stratified_odds

from .worlds import CONTEXT, circumstances, headline, monthly, organisation, population, sex_cells, teams

NAMES = teams(8)


def _tables(male, female, people=(4_000, 8_000), unknown=(0, 0, 0, 0)):
    cells = sex_cells({team: {"male": male, "female": female, "unknown": unknown} for team in NAMES})
    return {
        "cells": cells,
        "organisation": organisation(NAMES),
        "population": population(NAMES, {"male": people[0], "female": people[1]}),
    }


def test_the_gap_is_the_difference_of_the_shares_with_a_result():
    found = headline(outcome_gap.compute(_tables((50, 50, 400, 20), (80, 20, 300, 0)), CONTEXT), team="team-00")
    gaps = dict(found.select("stratum", "estimate").iter_rows())
    assert gaps[""] == pytest.approx(50 / 500 - 80 / 400)
    assert gaps["hit=broad"] == pytest.approx(100 / 500 - 100 / 400)


def test_the_gap_is_only_ever_described():
    found = outcome_gap.compute(_tables((10, 50, 900, 20), (300, 20, 300, 0)), CONTEXT)
    assert set(found["label"]) == {"described"}


def test_the_gap_of_one_team_has_newcombes_interval():
    """56/70 against 48/80: 0.0524 to 0.3339 (Newcombe 1998, table II)."""
    found = headline(outcome_gap.compute(_tables((56, 0, 14, 0), (48, 0, 32, 0)), CONTEXT), team="team-00", stratum="")
    assert found.select("lower", "upper").row(0) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(("each", "label"), [(5, "too_few"), (10, "described")])
def test_all_teams_together_need_as_many_checks_as_one_team(each, label):
    found = headline(outcome_gap.compute(_tables((0, 0, each, 0), (80, 0, 320, 0)), CONTEXT), team="", stratum="")
    told = found.select("label", "estimate", "lower", "upper", "needed").row(0)
    assert told[0] == label
    assert told[1:] == (None, None, None, 10.0) if label == "too_few" else None not in told[1:4]


def test_registering_more_checks_without_result_ends_the_gap_at_its_tipping_point():
    found = headline(outcome_gap.compute(_tables((50, 0, 450, 0), (80, 0, 320, 0)), CONTEXT), team="", stratum="")
    factor = json.loads(found["detail"].item())["tipping_registration"]
    assert 50 / (50 + factor * 450) == pytest.approx(80 / 400, abs=1e-6)


def test_the_robust_test_speaks_when_checked_more_with_less_result():
    found = headline(robust_test.compute(_tables((40, 0, 960, 0), (80, 0, 420, 0)), CONTEXT)).row(0, named=True)
    assert (found["label"], found["label_reason"]) == ("signal_high", "both_agree")
    assert found["estimate"] == pytest.approx((1_000 / 4_000) / (500 / 8_000))


@pytest.mark.parametrize(
    ("male", "female", "people"),
    [
        ((160, 0, 840, 0), (80, 0, 420, 0), (4_000, 8_000)),  # checked more, as much result
        ((40, 0, 960, 0), (80, 0, 420, 0), (16_000, 8_000)),  # as often checked, less result
        ((40, 0, 960, 0), (80, 0, 420, 0), (13_000, 8_000)),  # more, but within the tipping ratio
    ],
)
def test_the_robust_test_is_silent_when_only_one_of_the_two_holds(male, female, people):
    assert headline(robust_test.compute(_tables(male, female, people), CONTEXT))["label"].item() == "undecided"


def test_the_robust_test_mirrors_when_the_group_is_checked_less_with_more_result():
    found = headline(robust_test.compute(_tables((80, 0, 120, 0), (60, 0, 840, 0), (8_000, 8_000)), CONTEXT))
    assert found["label"].item() == "signal_low"


def test_the_robust_test_needs_a_hundred_results_in_either_group():
    found = headline(robust_test.compute(_tables((12, 0, 960, 0), (80, 0, 420, 0)), CONTEXT)).row(0, named=True)
    assert (found["label"], found["label_reason"], found["needed"]) == ("too_few", "robust_test_hits", 4)


def test_a_result_placebo_blocks_the_gap_and_the_robust_test():
    tables = _tables((40, 0, 960, 0), (80, 0, 420, 0))
    shifting = pl.concat([monthly([team], [200] * 12, [20 + number % 2, 60] * 6) for number, team in enumerate(NAMES)])
    tables |= {"cells": pl.concat([tables["cells"], shifting])}
    for statistic in (outcome_gap, robust_test):
        assert set(headline(statistic.compute(tables, CONTEXT))["label_reason"]) == {"placebo"}


def test_the_bounds_of_missing_groups_are_none_and_all_of_the_unknown():
    found = headline(
        missing_groups.compute(_tables((20, 0, 280, 0), (30, 0, 570, 0), unknown=(0, 0, 100, 0)), CONTEXT), team=""
    )
    row = found.filter(pl.col("group") == "sex=male").row(0, named=True)
    assert (row["lower"], row["upper"]) == pytest.approx((300 / 1_000, 400 / 1_000))
    assert row["lower"] < row["estimate"] < row["upper"]
    assert found.filter(pl.col("group") == "")["estimate"].item() == pytest.approx(0.1)


def test_reweighting_mends_what_depends_on_the_result_and_not_what_depends_on_the_group():
    """Males: 100 of 500 with a result, females 100 of 500; of checks without a result 40 % has no sex."""
    mended = missing_groups.compute(_tables((100, 0, 240, 0), (50, 0, 270, 0), unknown=(0, 0, 340, 0)), CONTEXT)
    row = headline(mended, team="", group="sex=male").row(0, named=True)
    assert row["estimate"] == pytest.approx((100 + 400) / 1_000)
    complete_cases = 340 / 660
    assert abs(row["estimate"] - 0.5) < abs(complete_cases - 0.5)


def test_too_many_missing_groups_leave_no_shares():
    found = headline(missing_groups.compute(_tables((20, 0, 80, 0), (20, 0, 80, 0), unknown=(0, 0, 300, 0)), CONTEXT))
    assert set(found.filter(pl.col("group") != "")["label"]) == {"not_comparable"}
    assert set(found.filter(pl.col("group") == "")["label"]) == {"signal_high"}


def test_the_stratified_odds_are_those_of_the_strata_and_not_of_their_sum():
    """Simpson: equal odds of a result in both grounds, more checks of the group on the poorer ground."""
    cells, _ = circumstances(1, effects=np.zeros(2), checks=10)
    rows = [
        (group, reason, hit, n)
        for group, reason, numbers in (
            ("male", "a", (40, 160)),
            ("male", "b", (40, 760)),
            ("female", "a", (160, 640)),
            ("female", "b", (10, 190)),
        )
        for hit, n in zip(("strict", "none"), numbers, strict=True)
    ]
    frame = pl.DataFrame(
        [
            {**cells.row(0, named=True), "group_kind": "sex", "group": g, "reason": r, "hit": h, "n": n}
            for g, r, h, n in rows
        ],
        schema=cells.schema,
    )
    found = headline(stratified_odds.compute({"group_cells": frame}, CONTEXT)).row(0, named=True)
    assert found["estimate"] == pytest.approx(1.0)
    assert json.loads(found["detail"])["strata"] == 2
