"""Pairs and frequencies against their definitions, applied record by record."""

from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells import ordered
from meos_pipeline.statistics.cells.fine import FINE_CELLS
from meos_pipeline.statistics.cells.look_back import open_year

FIRST, MONTHS = date(2025, 1, 1), [date(2025, 5, 1), date(2025, 12, 1)]
RECORDS = st.lists(
    st.tuples(
        st.integers(-20, 240).map(lambda days: FIRST + timedelta(days)),
        st.sampled_from(["north", "south", "west"]),
        st.sampled_from(["a", "b", "c", None]),
        st.booleans(),
    ),
    max_size=30,
)


def _made(records, months=MONTHS):
    schema = {"check_date": pl.Date, "team": pl.String, "person_key": pl.String, "is_proactive": pl.Boolean}
    checks = pl.DataFrame(records, schema=schema, orient="row").with_columns(
        pl.col("check_date").dt.month_start().alias("month"),
        pl.lit("final").alias("status"),
        pl.lit("meos").alias("register"),
        pl.lit("H0").alias("hit_class"),
    )
    year = open_year(checks.lazy().filter(pl.col("month") <= max(months)), months, policy=Policy())
    found, _ = year.persons({name: table.of_year for name, table in FINE_CELLS.items() if table.of_year})
    return found


def _counted(records):
    """Linked proactive checks of the year."""
    return [(day, team, key) for day, team, key, proactive in records if proactive and key and day >= FIRST]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(RECORDS)
def test_pairs_of_days_are_counted_per_person_with_their_squares(records):
    sums, everyone = Counter(), Counter()
    counted = set(_counted(records))
    of_person = {}
    for one, other in combinations(counted, 2):
        days = abs((one[0] - other[0]).days)
        side = "near" if 1 <= days <= 30 else "far" if days >= 121 else ""
        if side and one[1] == other[1]:
            everyone[one[1], side] += 1
            if one[2] == other[2]:
                of_person.setdefault(one[1:], Counter())[side] += 1
    for (team, _), pairs in of_person.items():
        for name, value in (
            ("near_same", pairs["near"]),
            ("far_same", pairs["far"]),
            ("near_square", pairs["near"] ** 2),
            ("far_square", pairs["far"] ** 2),
            ("cross", pairs["near"] * pairs["far"]),
        ):
            sums[team, name] += value
    for row in _made(records)["pair_spread"].rows(named=True):
        team = row["team"]
        assert row["month"] == MONTHS[-1]
        assert row["checks"] == sum(one[1] == team for one in counted)
        assert (row["near_all"], row["far_all"]) == (everyone[team, "near"], everyone[team, "far"])
        assert all(row[name] == sums[team, name] for name in ("near_same", "far_same", "near_square", "cross"))
        assert row["far_square"] == sums[team, "far_square"]
    assert {row[0] for row in _made(records)["pair_spread"].rows()} == {team for _, team, _ in counted}


def test_a_year_has_its_pairs_when_december_is_counted():
    records = [(FIRST + timedelta(days), "north", "a", True) for days in (0, 10, 200)]
    assert _made(records, months=MONTHS[:1])["pair_spread"].is_empty()


@settings(derandomize=True, deadline=None, max_examples=150)
@given(RECORDS)
def test_every_person_counts_once_a_month_at_the_number_of_checks_so_far(records):
    expected = Counter()
    for month in MONTHS:
        times = Counter((team, key) for day, team, key in _counted(records) if day.replace(day=1) <= month)
        expected.update((team, month, n) for (team, _), n in times.items())
    assert {row[:3]: row[3] for row in _made(records)["check_frequency"].rows()} == expected


@pytest.mark.parametrize("people", [1, 23])
def test_parts_of_the_keys_together_give_what_they_give_at_once(people, monkeypatch):
    """With one key for everyone, numbers of checks are many and persons few."""
    records = [
        (FIRST + timedelta(n * 7 % 230), ["north", "south"][n % 2], str(n % people), n % 5 > 0) for n in range(400)
    ]
    whole = _made(records)
    monkeypatch.setattr(ordered, "PART_ROWS", 60)
    apart = _made(records)
    assert whole.keys() == apart.keys() == {"pair_spread", "check_frequency"}
    assert all(whole[name].equals(apart[name]) and whole[name].height for name in whole)
