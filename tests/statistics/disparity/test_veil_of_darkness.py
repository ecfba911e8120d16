"""D3 as a statistic: planted effects of light per team, variants, placebos and periods."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.disparity.veil_of_darkness import STATISTIC
from meos_pipeline.statistics.statistic import Context

from ..veil_worlds import evening_checks  # noqa: TID252 - shared by two folders
from .worlds import CONTEXT, clock_cells, headline


@pytest.fixture(scope="module")
def planted() -> pl.DataFrame:
    world = evening_checks(3, checks=40_000, effect=0.4, season=0.3, team_effects=(0.0, 0.2, -0.2, 0.1, 0.0, 0.3))
    return STATISTIC.compute({"clock_cells": clock_cells(world)}, CONTEXT)


def test_a_planted_effect_of_light_comes_back_for_all_teams_together(planted):
    found = headline(planted, team="").row(0, named=True)
    assert np.log(found["lower"]) < 0.4 < np.log(found["upper"])
    assert found["label"] == "clearly_higher"


def test_every_team_has_a_row_of_its_own_drawn_towards_the_others(planted):
    assert headline(planted).filter(pl.col("team") != "").height == 6
    assert planted.filter(pl.col("series") == "versus_teams").height == 6


def test_the_specification_curve_shows_what_other_choices_would_have_given(planted):
    curve = planted.filter(pl.col("team") == "", pl.col("label") == "described").select("series", "estimate")
    values = dict(curve.iter_rows())
    assert {"without_season", "clock_change", "clock_change_season", "without_area", "clusters_by_day"} <= set(values)
    main = headline(planted, team="")["estimate"].item()
    assert values["clusters_by_day"] == pytest.approx(main)
    assert abs(np.log(values["without_season"]) - 0.4) > abs(np.log(main) - 0.4)


def test_the_excess_of_daylight_checks_lies_within_its_bounds(planted):
    excess = planted.filter(pl.col("team") == "", pl.col("series") == "excess").row(0, named=True)
    assert 0 < excess["lower"] < excess["estimate"] < excess["upper"] < excess["events"]


def test_a_half_year_that_is_not_over_is_not_looked_into():
    world = evening_checks(3, checks=6_000)
    context = Context(policy=CONTEXT.policy, month=date(2024, 9, 1), teams=())
    found = STATISTIC.compute({"clock_cells": clock_cells(world)}, context)
    assert set(found["period_end"]) == {date(2024, 6, 30)}
    later = Context(policy=CONTEXT.policy, month=date(2024, 11, 1), teams=())
    again = STATISTIC.compute({"clock_cells": clock_cells(world)}, later)
    assert found.equals(again)


def test_a_split_that_follows_the_light_blocks_the_method():
    world = evening_checks(3, checks=20_000, effect=0.4)
    cells = clock_cells(world)
    broken = cells.with_columns(
        n=pl.when((pl.col("group_kind") == "placebo_split") & (pl.col("group") == "a") & (pl.col("light") == "day"))
        .then(pl.col("n") * 2)
        .otherwise(pl.col("n"))
    )
    found = STATISTIC.compute({"clock_cells": broken}, CONTEXT)
    assert set(headline(found, team="")["label_reason"]) == {"placebo"}
    assert headline(found)["estimate"].null_count() == headline(found).height


@pytest.mark.parametrize(
    ("keep", "reason"),
    [(pl.col("light") == "day", "no_overlap"), (pl.col("clock_bin").is_in([78, 79]), "fewest_bins")],
)
def test_no_overlap_of_light_and_dark_is_a_labelled_row(keep, reason):
    cells = clock_cells(evening_checks(3, checks=8_000)).filter(keep)
    found = headline(STATISTIC.compute({"clock_cells": cells}, CONTEXT), team="").row(0, named=True)
    assert found["estimate"] is None
    assert found["label_reason"] == reason


@pytest.mark.slow
def test_placebos_of_the_veil_fire_in_at_most_seven_percent_of_worlds():
    fired = 0
    for seed in range(200):
        found = STATISTIC.compute({"clock_cells": clock_cells(evening_checks(30_000 + seed, checks=3_000))}, CONTEXT)
        fired += "placebo" in found["label_reason"].to_list()
    print("fired", fired)
    assert fired <= 0.07 * 200 + 6
