"""Repeats above chance: by hand, and on years whose follow-ups are known."""

from datetime import date

import numpy as np
import pytest

from meos_pipeline.statistics.cells.ordered import DAY_BITS
from meos_pipeline.statistics.cells.year import PairSpread, TeamChecks
from meos_pipeline.statistics.methods.repeat_excess import Pairs, excess
from meos_pipeline.statistics.repeats.repeat_excess import COLUMNS


def _pairs(person, day):
    tally = PairSpread([date(2025, 12, 1)], ["a"])
    tally.add(TeamChecks(np.sort(((np.asarray(person) + 1) << DAY_BITS) | np.asarray(day)), 0))
    row = tally.table().row(0, named=True)
    return Pairs(**{field: row[column] for field, column in COLUMNS.items()})


def test_three_checks_of_one_and_two_of_another_by_hand():
    """Person 0 on days 0, 10, 200; person 1 on days 5, 205: near pairs 0-10; far pairs 0-200, 10-200 and 5-205."""
    pairs = _pairs([0, 0, 0, 1, 1], [0, 10, 200, 5, 205])
    assert (pairs.checks, pairs.near, pairs.far) == (5, 1, 3)
    assert (pairs.all_near, pairs.all_far) == (4, 6)  # 0-5, 0-10, 5-10, 200-205; every early day with either late one
    assert (pairs.near_square, pairs.far_square, pairs.cross) == (1, 5, 2)
    found = excess(pairs)
    assert found.seen == pytest.approx(20)
    assert found.chance == pytest.approx(100 * 3 * 4 / 6 / 5)
    assert found.excess == pytest.approx(found.seen - found.chance)
    assert found.error == pytest.approx(20 * np.sqrt((1 - 2 * 4 / 6) ** 2 + (4 / 6) ** 2))


def test_a_person_counts_once_a_day():
    assert _pairs([0, 0, 0], [3, 3, 20]) == _pairs([0, 0], [3, 20])


def _year(seed, follow_up):
    random = np.random.default_rng(seed)
    presence = random.gamma(0.5, 2.0, 6_000)
    person, day = random.choice(6_000, 3_000, p=presence / presence.sum()), random.integers(0, 365, 3_000)
    again = random.random(3_000) < follow_up
    later = day + 1 + random.exponential(14, 3_000).astype(int)
    again &= later < 365
    found = excess(_pairs(np.append(person, person[again]), np.append(day, later[again])))
    truth = 100 * ((later - day)[again] <= 30).sum() / (3_000 + again.sum())
    return found, truth


def test_seven_follow_ups_in_a_hundred_are_found_and_none_is_about_nothing():
    planted = [_year(seed, 0.07) for seed in range(6)]
    assert all(found.excess - 1.96 * found.error > 0 for found, _ in planted)
    assert np.mean([found.excess - truth for found, truth in planted]) == pytest.approx(0, abs=0.8)
    without = [_year(seed, 0.0)[0] for seed in range(6)]
    assert np.mean([found.excess for found in without]) == pytest.approx(0, abs=0.8)
    assert sum(found.excess - 1.96 * found.error > 0 for found in without) <= 1
