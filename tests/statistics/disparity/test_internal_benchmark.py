"""D2: teams in the same circumstances; recovery of planted differences, and teams that cannot be compared."""

import json

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.disparity.internal_benchmark import STATISTIC, composition_variance, team_deviations
from meos_pipeline.statistics.methods.profiled_logistic import fit

from .worlds import CONTEXT, circumstances, headline, teams


def _planted(number: int = 20) -> np.ndarray:
    effects = np.zeros(number)
    effects[:2] = (1.2, -1.2)
    return effects - effects.mean()


@pytest.fixture(scope="module")
def planted() -> pl.DataFrame:
    cells, people = circumstances(5, effects=_planted())
    return STATISTIC.compute({"group_cells": cells, "population": people}, CONTEXT)


def test_planted_differences_come_back_although_teams_live_in_different_places(planted):
    main = headline(planted).sort("team")
    assert np.corrcoef(np.log(main["estimate"].to_numpy()), _planted())[0, 1] > 0.95
    labels = dict(main.select("team", "label").iter_rows())
    assert labels["team-00"] in {"clearly_higher", "indication_higher"}
    assert labels["team-01"] in {"clearly_lower", "indication_lower"}
    assert sum(label in {"undecided", "not_comparable"} for label in labels.values()) == 18


def test_the_label_says_neither_more_nor_less_than_the_printed_margin(planted):
    for row in headline(planted).filter(pl.col("estimate").is_not_null()).rows(named=True):
        beside = row["lower"] > 1 or row["upper"] < 1
        assert beside == (row["label"] != "undecided" or row["label_reason"] == "several_tests")


def test_the_check_by_weights_agrees_with_the_model(planted):
    model = headline(planted).sort("team")["estimate"].log().to_numpy()
    checked = planted.filter(pl.col("series") == "balanced").sort("team")["estimate"].log().to_numpy()
    both = np.isfinite(checked)
    assert both.sum() >= 15
    assert np.corrcoef(model[both], checked[both])[0, 1] > 0.85


def test_the_head_of_the_family_tells_labels_given_and_those_of_chance(planted):
    detail = json.loads(headline(planted)["detail"][0])
    assert detail["labels_given"] == 2
    assert detail["labels_expected_by_chance"] == pytest.approx(0.05 * detail["teams"])


def test_the_margin_tells_from_which_ratio_on_a_difference_would_show(planted):
    """With residents 0.4 off on the logit scale little under a doubling can show, however many checks there are."""
    for row in headline(planted).filter(pl.col("estimate").is_not_null()).rows(named=True):
        assert 1.6 < json.loads(row["detail"])["visible_from"] < 2.3
        assert row["needed"] is None


@pytest.mark.parametrize("error", [0.0, 0.2, 0.4])
def test_the_printed_margin_holds_the_truth_where_residents_are_off(error):
    """Half of the error is shared by a team's areas; 40 districts of 8 teams that do not differ."""
    policy, random = CONTEXT.policy, np.random.default_rng(7)
    inside = []
    team, area = np.repeat(np.arange(8), 4), np.arange(32)
    for _ in range(40):
        street = 0.8 * random.standard_normal((8, 4)) - 0.5
        off = error * (random.standard_normal((8, 1)) + random.standard_normal((8, 4))) / np.sqrt(2)
        total = random.poisson(400, (8, 4)).astype(float)
        events = random.binomial(total.astype(int), 1 / (1 + np.exp(-street))).astype(float)
        found = fit(events.ravel(), total.ravel(), np.zeros((32, 0)), team, offset=(street + off).ravel())
        unknown = composition_variance(
            events.ravel(), total.ravel(), team, area, policy.share_error_sd, policy.share_error_common
        )
        deviation, se = team_deviations(found, unknown)
        inside.append(np.abs(deviation) < 1.96 * se)
    assert np.mean(inside) >= 0.93


def test_without_the_composition_of_areas_nothing_is_said():
    cells, _ = circumstances(5, effects=_planted(8), checks=500)
    found = headline(STATISTIC.compute({"group_cells": cells}, CONTEXT))
    assert set(found["label_reason"]) == {"no_area_share"}
    assert set(found["label"]) == {"not_comparable"}


def test_a_team_in_circumstances_of_its_own_is_not_comparable():
    cells, people = circumstances(5, effects=np.zeros(10), checks=1_000)
    alone = cells.with_columns(reason=pl.when(pl.col("team") == "team-03").then(pl.lit("d")).otherwise(pl.lit("a")))
    alone = alone.group_by(pl.exclude("n", "searched")).agg(pl.col("n", "searched").sum())
    found = headline(STATISTIC.compute({"group_cells": alone, "population": people}, CONTEXT), team="team-03")
    assert found.select("label", "label_reason").row(0) == ("not_comparable", "balance")


def test_a_team_with_few_checks_has_too_few():
    cells, people = circumstances(5, effects=np.zeros(8), checks=1_000)
    few = cells.filter((pl.col("team") != "team-02") | (pl.col("block") == "0") & (pl.col("reason") == "a"))
    found = headline(STATISTIC.compute({"group_cells": few, "population": people}, CONTEXT), team="team-02")
    assert found.select("label", "label_reason").row(0) == ("too_few", "fewest_checks")


def test_four_teams_have_estimates_too():
    cells, people = circumstances(5, effects=np.array([0.3, -0.3, 0.0, 0.0]), checks=2_000)
    found = headline(STATISTIC.compute({"group_cells": cells, "population": people}, CONTEXT)).sort("team")
    assert found["estimate"].null_count() < 4
    assert found.height == 4


def test_teams_that_differ_between_odd_and_even_months_fire_the_placebo_and_block():
    cells, people = circumstances(5, effects=_planted(12), checks=1_500, month_effect=0.6)
    found = STATISTIC.compute({"group_cells": cells, "population": people}, CONTEXT)
    assert set(headline(found)["label_reason"]) <= {"placebo", "balance"}
    assert headline(found)["estimate"].null_count() == 12


def test_placebos_are_reported_beside_the_finding(planted):
    shams = planted.filter(pl.col("statistic") == "internal_benchmark_placebo")
    assert set(shams["group"]) == {"placebo_month=a", "placebo_split=a"}
    assert set(shams["label"]) == {"usual"}


@pytest.mark.slow
def test_placebos_of_the_internal_benchmark_fire_in_at_most_seven_percent_of_worlds():
    fired = 0
    for seed in range(100):
        cells, people = circumstances(seed + 1_000, effects=np.zeros(12), checks=600)
        found = STATISTIC.compute({"group_cells": cells, "population": people}, CONTEXT)
        fired += "placebo" in headline(found)["label_reason"].to_list()
    print("fired", fired)
    assert fired <= 10


def test_names_of_teams_are_those_of_the_cells():
    cells, people = circumstances(5, effects=np.zeros(6), checks=400)
    found = headline(STATISTIC.compute({"group_cells": cells, "population": people}, CONTEXT))
    assert sorted(found["team"]) == teams(6)
