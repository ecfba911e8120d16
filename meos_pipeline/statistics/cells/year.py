"""Fine cells that look back over the calendar year of the keys: pairs of checks, and how often persons were checked.

Several months of a year are counted in one pass over its rows, which are put in order of team, person and day.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, LAG_CLASSES, PAIR_LAGS
from meos_pipeline.statistics.cells.ordered import (
    Integers,
    Numbers,
    day_of_year,
    days_of,
    in_parts,
    key_days,
    starts_of,
)
from meos_pipeline.statistics.cells.population import registered

_SEED = 366
_NEAR, _MIDDLE = 30, 120
"""Most days between two checks for the lag classes 'near' and 'middle'; more is 'far'."""


def pair_lags(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """``PAIR_LAGS`` of some months of a year: pairs whose later check is in one of them."""
    linked = _linked(checks, months)
    everything = _all_pairs(linked, months)
    teams = _teams(linked)
    same = np.zeros((len(teams), 12, len(LAG_CLASSES.categories)), dtype=np.int64)
    for part in _parts(linked, teams):
        same += _same_person_pairs(part, _months_of_days(months[0].year), len(teams))
    of_person = pl.DataFrame(
        [
            (team, month, lag, int(same[place, month.month - 1, number]))
            for place, team in enumerate(teams)
            for month in months
            for number, lag in enumerate(LAG_CLASSES.categories)
        ],
        orient="row",
        schema={"team": pl.String, "month": pl.Date, "lag": LAG_CLASSES, "n_same": pl.Int64},
    )
    return PAIR_LAGS.require(
        everything.join(of_person, on=["team", "month", "lag"], how="left")
        .with_columns(pl.col("n_same").fill_null(0))
        .select(PAIR_LAGS.names)
        .sort(PAIR_LAGS.key)
    )


def check_frequency(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """``CHECK_FREQUENCY`` of some months of a year."""
    linked = _linked(checks, months)
    teams = _teams(linked)
    of_day = _months_of_days(months[0].year)
    counted = [
        _frequency(part, of_day, month, teams).with_columns(pl.lit(month).alias("month"))
        for part in _parts(linked, teams)
        for month in months
    ]
    return CHECK_FREQUENCY.require(
        pl.concat([CHECK_FREQUENCY.empty(), *(table.select(CHECK_FREQUENCY.names) for table in counted)])
        .group_by("team", "month", "times")
        .agg(pl.col("persons").sum())
        .select(CHECK_FREQUENCY.names)
        .sort(CHECK_FREQUENCY.key)
    )


@dataclass(frozen=True, slots=True)
class _PersonDays:
    """Days on which a team checked a person, in order of person and day; arrays of one length."""

    person: Numbers
    """Team and person; equal ones lie together."""
    team: Integers
    day: Integers
    """Of the year, from 0."""
    n: Integers
    """Checks on that day."""


def _linked(checks: pl.LazyFrame, months: Sequence[date]) -> pl.LazyFrame:
    """Linked proactive checks of this calendar year up to the last month: within the life of the keys."""
    return (
        registered(checks)
        .filter(
            pl.col("is_proactive").fill_null(value=False),
            pl.col("person_key").is_not_null(),
            pl.col("month").is_between(date(months[-1].year, 1, 1), max(months)),
        )
        .select("team", "check_date", pl.col("person_key").hash(_SEED).alias("_person"))
    )


def _teams(linked: pl.LazyFrame) -> list[str]:
    return linked.select(pl.col("team").unique().sort()).collect(engine="streaming")["team"].to_list()


def _months_of_days(year: int) -> Integers:
    """Month of every day of the year, both from 0."""
    return np.array([day.month - 1 for day in days_of(year)])


def _parts(linked: pl.LazyFrame, teams: Sequence[str]) -> Iterator[_PersonDays]:
    coded = linked.select(
        "_person",
        pl.col("team").cast(pl.Enum(teams)).to_physical().cast(pl.UInt64).alias("team"),
        day_of_year("check_date").alias("day"),
    )
    for part in in_parts(coded, "_person"):
        team = part["team"].to_numpy()
        # The odd number spreads teams over all bits, so that a person in two teams is two numbers.
        found = key_days(part["_person"].to_numpy() ^ (team * np.uint64(0x9E3779B97F4A7C15)), part["day"].to_numpy())
        yield _PersonDays(
            person=found.key,
            team=team[found.order[found.starts]].astype(np.int64),
            day=found.day,
            n=np.diff(found.starts, append=part.height),
        )


def _same_person_pairs(days: _PersonDays, month_of: Integers, teams: int) -> Integers:
    """Pairs of checks on different days, by team, month of the later one, and lag.

    Each day is put beside the first after it, then the second, and so on, while the person is the same.
    """
    classes = len(LAG_CLASSES.categories)
    pairs = np.zeros(teams * 12 * classes, dtype=np.int64)
    earlier, ahead = np.arange(days.day.size), 1
    while True:
        earlier = earlier[: np.searchsorted(earlier, days.day.size - ahead)]
        earlier = earlier[days.person[earlier + ahead] == days.person[earlier]]
        if not earlier.size:
            return pairs.reshape(teams, 12, classes)
        later = earlier + ahead
        between = days.day[later] - days.day[earlier]
        lag = (between > _NEAR).astype(np.int64) + (between > _MIDDLE)
        cell = (days.team[earlier] * 12 + month_of[days.day[later]]) * classes + lag
        products = np.bincount(cell, weights=days.n[earlier] * days.n[later], minlength=pairs.size)
        pairs += np.rint(products).astype(np.int64)
        ahead += 1


def _all_pairs(linked: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """Pairs of linked checks of a team on different days, the later one in a month, by lag."""
    days = linked.group_by("team", "check_date").agg(pl.len().cast(pl.Int64).alias("n")).collect(engine="streaming")
    later = days.lazy().with_columns(pl.col("check_date").dt.month_start().alias("month"))
    between = (pl.col("check_date") - pl.col("check_date_earlier")).dt.total_days()
    lag = (between > _NEAR).cast(pl.UInt8) + (between > _MIDDLE).cast(pl.UInt8)
    return (
        later.filter(pl.col("month").is_in(list(months)))
        .join(days.lazy(), on="team", suffix="_earlier")
        .filter(pl.col("check_date_earlier") < pl.col("check_date"))
        .group_by("team", "month", lag.cat.to(LAG_CLASSES).alias("lag"))
        .agg((pl.col("n") * pl.col("n_earlier")).sum().cast(pl.Int64).alias("n_all"))
        .collect(engine="streaming")
    )


def _frequency(days: _PersonDays, month_of: Integers, month: date, teams: Sequence[str]) -> pl.DataFrame:
    """Persons by team and number of checks up to a month."""
    starts = starts_of(days.person)
    until = np.where(month_of[days.day] < month.month, days.n, 0)
    times = np.add.reduceat(until, starts)
    every = days.team[starts] + times * len(teams)
    if int(every.max()) < every.size:
        persons = np.bincount(every)
        cells = np.flatnonzero(persons)
        persons = persons[cells]
    else:
        cells, persons = np.unique(every, return_counts=True)
    return pl.DataFrame(
        {
            "team": pl.Series(teams, dtype=pl.String).gather(cells % len(teams)),
            "times": pl.Series(cells // len(teams), dtype=pl.Int64),
            "persons": pl.Series(persons, dtype=pl.Int64),
        }
    ).filter(pl.col("times") > 0)
