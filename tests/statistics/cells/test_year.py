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

FIRST, MONTHS = date(2025, 1, 1), [date(2025, 5, 1), date(2025, 8, 1)]
RECORDS = st.lists(
    st.tuples(
        st.integers(-20, 240).map(lambda days: FIRST + timedelta(days)),
        st.sampled_from(["north", "south", "west"]),
        st.sampled_from(["a", "b", "c", None]),
        st.booleans(),
    ),
    max_size=30,
)


def _made(records):
    schema = {"check_date": pl.Date, "team": pl.String, "person_key": pl.String, "is_proactive": pl.Boolean}
    checks = pl.DataFrame(records, schema=schema, orient="row").with_columns(
        pl.col("check_date").dt.month_start().alias("month"),
        pl.lit("final").alias("status"),
        pl.lit("meos").alias("register"),
        pl.lit("H0").alias("hit_class"),
    )
    year = open_year(checks.lazy().filter(pl.col("month") <= max(MONTHS)), MONTHS, policy=Policy())
    found, _ = year.persons({name: table.of_year for name, table in FINE_CELLS.items() if table.of_year})
    return found


def _counted(records):
    """Linked proactive checks of the year."""
    return [(day, team, key) for day, team, key, proactive in records if proactive and key and day >= FIRST]


@settings(derandomize=True, deadline=None, max_examples=150)
@given(RECORDS)
def test_every_pair_is_counted_in_the_month_of_its_later_check(records):
    same, every = Counter(), Counter()
    for one, other in combinations(_counted(records), 2):
        earlier, later = sorted([one, other])
        days = (later[0] - earlier[0]).days
        if days and earlier[1] == later[1] and later[0].replace(day=1) in MONTHS:
            lag = "near" if days <= 30 else "middle" if days <= 120 else "far"
            cell = (later[1], later[0].replace(day=1), lag)
            every[cell] += 1
            same[cell] += earlier[2] == later[2]
    found = {row[:3]: row[3:] for row in _made(records)["pair_lags"].with_columns(pl.col("lag").cast(pl.String)).rows()}
    assert found == {cell: (same[cell], n) for cell, n in every.items()}


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
    assert whole.keys() == apart.keys() == {"pair_lags", "check_frequency"}
    assert all(whole[name].equals(apart[name]) and whole[name].height for name in whole)
