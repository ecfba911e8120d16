"""The plan of sheets: its size, its draw, and what a sheet stands for."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest

from benchmarks import simulations_evidence as worlds
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods import sampling_plan as plan
from meos_pipeline.statistics.methods.evidence import interval

MONTH = date(2026, 11, 1)


@pytest.mark.parametrize(("half_width", "sheets"), [(0.05, 205), (0.08, 80), (0.10, 52), (0.15, 23)])
def test_sheets_for_a_margin(half_width, sheets):
    found = plan.sheets_for_width(half_width, coverage=0.6, share_with_result=0.2, checks_per_sheet=3, habit=1.0)
    assert abs(found - sheets) <= 1


@pytest.mark.parametrize(
    ("with_result", "without_result", "sheets"), [(0.85, 0.57, 44), (0.7, 0.57, 187), (0.7, 0.6, 307), (0.9, 0.06, 7)]
)
def test_sheets_for_the_direction(with_result, without_result, sheets):
    found = plan.sheets_for_direction(
        with_result, without_result, certain=0.95, power=0.8, share_with_result=0.2, checks_per_sheet=3
    )
    assert found == sheets


@pytest.mark.parametrize("teams", [1, 4])
def test_who_asks_for_ten_points_gets_ten_points(teams):
    """The whole model on sheets of officers with habits: half the draws within ten points, four fifths within twelve."""
    sheets = plan.sheets_for_width(0.10, coverage=0.6, share_with_result=0.2, checks_per_sheet=3, habit=1.0)
    world = worlds.World(seen=3.0 * sheets, habit=1.0, teams=teams)
    rng = np.random.default_rng(8)
    halves = []
    for _ in range(48 // teams):
        for watched, _ in worlds.seen_through(rng, world):
            _, low, high = interval(watched.window(0, world.quarters - 1).without_result, 0.95)
            halves.append((high - low) / 2)
    assert np.median(halves) <= 0.10
    assert np.quantile(halves, 0.8) <= 0.12


def test_a_half_as_wide_margin_takes_four_times_the_sheets_at_most():
    assert plan.sheets_needed(24, 0.2, wanted=0.1) == (48, 96)


def _month(nights=1.0):
    return [
        plan.PlannedBlock(day=MONTH + timedelta(days=day), block=block, shifts=shifts, checks=checks)
        for day in range(30)
        for block, shifts, checks in (("early", 4, 1.0), ("late", 4, 3.0), ("night", 2, nights))
    ]


def test_a_draw_is_always_the_same_and_another_for_another_team_or_month():
    def drawn(team, month):
        return plan.draw_shifts(_month(), number=4, reserves=2, team=team, month=month)

    assert drawn("a", MONTH) == drawn("a", MONTH)
    assert drawn("a", MONTH) != drawn("b", MONTH)
    assert drawn("a", MONTH) != drawn("a", date(2026, 12, 1))


def test_no_shift_without_checks_is_drawn_and_none_twice():
    for number in range(40):
        drawn = plan.draw_shifts(_month(nights=0.0), number=4, reserves=3, team=f"t{number}", month=MONTH)
        assert "night" not in {shift.block for shift in drawn}
        assert len({(shift.day, shift.block) for shift in drawn}) == 7
        assert [shift.is_reserve for shift in drawn] == [False] * 4 + [True] * 3
        assert [shift.day for shift in drawn[:4]] == sorted(shift.day for shift in drawn[:4])


def test_fewer_blocks_than_asked_give_all_of_them_and_none_gives_none():
    few = _month()[:2]
    assert len(plan.draw_shifts(few, number=4, reserves=2, team="a", month=MONTH)) == 2
    assert plan.draw_shifts([], number=4, reserves=2, team="a", month=MONTH) == []


def test_blocks_are_drawn_in_proportion_to_their_checks():
    drawn = Counter(
        shift.block
        for number in range(1_500)
        for shift in plan.draw_shifts(_month(), number=4, reserves=2, team=f"t{number}", month=MONTH)
        if not shift.is_reserve
    )
    expected = {"early": 4 / 18, "late": 12 / 18, "night": 2 / 18}
    assert {block: n / 6_000 for block, n in drawn.items()} == pytest.approx(expected, abs=0.02)


def test_weights_add_up_to_the_shifts_of_the_month():
    totals = [
        sum(
            shift.weight
            for shift in plan.draw_shifts(_month(), number=6, reserves=2, team=f"t{number}", month=MONTH)
            if not shift.is_reserve
        )
        for number in range(800)
    ]
    assert np.mean(totals) == pytest.approx(300, rel=0.03)


def test_a_block_that_must_be_drawn_has_chance_one():
    assert plan.inclusion([100.0, 1.0, 1.0, 1.0], 2) == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])


def test_checks_of_a_block_joined_too_rarely_stand_for_more():
    weight = plan.block_weights(["late", "late", "late", "night", None], [3, 3, 3, 1, 5], {"late": 60.0, "night": 40.0})
    assert weight == pytest.approx([2 / 3, 2 / 3, 2 / 3, 4.0, 1.0])
    assert plan.block_weights(["late", "late"], [3, 4], {"late": 60.0, "night": 40.0}) == pytest.approx([1, 1])


def test_what_happened_in_a_block_follows_from_its_own_coverage():
    blocks = ["late"] * 20 + ["night"] * 20
    found = plan.happened_per_block({"late": 600.0, "night": 100.0}, blocks, [5] * 40, [3] * 20 + [1] * 20)
    assert found["late"] == pytest.approx(1_000, rel=0.03)
    assert found["night"] == pytest.approx(500, rel=0.06)


def test_equal_weights_change_nothing_and_unequal_ones_are_worth_fewer_sheets():
    assert plan.likelihood_weights([np.nan, np.nan]) == pytest.approx([1, 1])
    assert plan.likelihood_weights([7.0, 7.0, np.nan]) == pytest.approx([1, 1, 1])
    uneven = plan.likelihood_weights([1.0, 1.0, 4.0])
    assert uneven.sum() == pytest.approx(36 / 18)
    assert uneven[2] / uneven[0] == pytest.approx(4)
    assert plan.likelihood_weights([1.0, 1.0, 100.0])[2] == pytest.approx(plan.likelihood_weights([1.0, 1.0, 4.0])[2])


def test_the_advice_is_more_around_an_agreement():
    policy = Policy()
    assert (policy.sheets_a_month, policy.sheets_a_month_agreement) == (2, 4)
