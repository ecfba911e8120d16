"""Slots of a month, and what the plan promises when coverage is counted on as many drawn shifts as it asks for."""

from datetime import date, timedelta

import numpy as np
import pytest

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods import evidence_grid
from meos_pipeline.statistics.methods.evidence_grid import Prior, Sheets, draw_paths, over_sheets
from meos_pipeline.statistics.methods.sampling_plan import sheets_for_width
from meos_pipeline.statistics.methods.shift_calendar import FIRST_HOUR, calendar, expected

MONTH = date(2026, 11, 1)


def test_every_day_has_an_early_a_late_and_a_night_shift():
    slots = calendar(MONTH, {})
    assert [slot.day for slot in slots[::3]] == [MONTH + timedelta(days=step) for step in range(30)]
    assert {slot.block for slot in slots} == set(FIRST_HOUR)
    assert {slot.checks for slot in slots} == {1.0}


@pytest.mark.parametrize(
    ("weekday", "block", "shares"),
    [
        (1, "08-12", {(1, "early"): 1.0}),
        (1, "12-16", {(1, "early"): 0.25, (1, "late"): 0.75}),
        (5, "20-24", {(5, "late"): 0.25, (5, "night"): 0.75}),
        (6, "00-04", {(5, "night"): 1.0}),
        (1, "04-08", {(7, "night"): 0.25, (1, "early"): 0.75}),
    ],
)
def test_checks_go_to_the_shift_of_their_hours_and_none_is_lost(weekday, block, shares):
    found = {place: checks - 1 for place, checks in expected({(weekday, block): 40.0}).items() if checks > 1}
    assert found == {place: 40.0 * share for place, share in shares.items()}


def _half_widths(sheets: int, worlds: int, *, coverage: float, habit: float, checks: int, share: float) -> list[float]:
    """Half of the 95% interval of coverage without a result, of one team that counted on so many sheets in a year."""
    random = np.random.default_rng(25)
    middle = np.log(coverage / (1 - coverage))
    found = []
    for world in range(worlds):
        chance = evidence_grid.expit(middle + habit * random.standard_normal(sheets))
        hits = random.binomial(checks, share, sheets)
        rest = checks - hits
        team = Sheets(
            quarter=np.sort(np.arange(sheets) % 4),
            seen_with=hits,
            recorded_with=random.binomial(hits, np.minimum(chance * 1.3, 0.97)),
            seen_without=rest,
            recorded_without=random.binomial(rest, chance),
            weight=np.ones(sheets),
        )
        (paths,), _ = draw_paths([team], 4, prior=Prior(), draws=400, seed=world)
        drawn = over_sheets(paths.without_result, paths.habit).mean(axis=1)
        low, high = np.quantile(drawn, (0.025, 0.975))
        found.append(float(high - low) / 2)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("habit", [0.5, 1.0])
def test_a_plan_of_ten_points_gives_a_margin_of_ten_points(habit):
    """Ruling of the plan: median of the half width at most 10, and at most 12 in four of five draws."""
    policy = Policy()
    sheets = sheets_for_width(
        0.10, coverage=0.5, share_with_result=policy.planner_share_with_result,
        checks_per_sheet=policy.planner_checks_per_sheet, habit=policy.planner_habit_sd,
    )  # fmt: skip
    found = _half_widths(sheets, 40, coverage=0.57, habit=habit, checks=3, share=0.2)
    assert np.median(found) <= 0.10
    assert np.quantile(found, 0.8) <= 0.12
    halved = _half_widths(sheets // 3, 20, coverage=0.57, habit=habit, checks=3, share=0.2)
    assert np.median(halved) > 0.10, "a third of the sheets must not do, or the plan asks too much"
