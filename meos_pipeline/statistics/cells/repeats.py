"""Was the same person or vehicle checked in the days before, and with what result.

The months of a calendar year are counted in one pass over its checks, for a key lives one calendar year. Per kind of
key the checks are put in order of key and day, as one number each; what was seen before then lies just before.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts import values as v

CATEGORIES = ("without_result", "with_result", "first", "unlinked")
REPEATS = {"person_key": "repeat_person", "vehicle_key": "repeat_vehicle"}
"""Key and name of its partitions, which end in the days of the window."""
PART_ROWS = 6_000_000
"""Checks of a year that are looked at together; a key is whole in one part."""
_SEED = 20_150
_DAY_BITS = 9
_NEVER = -10_000

Integers = npt.NDArray[np.int64]


def repeat_counts(
    checks: pl.LazyFrame, months: Sequence[date], *, windows: Sequence[int], data_from: Mapping[date, date]
) -> pl.DataFrame:
    """Proactive checks per team, month and category, for both kinds of key and every window.

    'without_result' when the key was seen on an earlier day within the window and none of those
    checks had a result H1-H3, 'with_result' when one had, 'first' when it was not seen.
    'unlinked' when it cannot be known: no key, or the window reaches before the first day of the data
    or of the key (a key lives one calendar year). So windows that are partly visible count nowhere,
    and the start of a year makes no dip. Records of one day are one event, not a repeat.

    Args:
        checks: Registered records of these months and of the days of the year that windows look back upon.
        months: Months to count, all of one year.
        windows: Lengths in days.
        data_from: Per month, the first day of the data that its windows may look back upon.

    Returns:
        Rows team, month, partition (such as 'repeat_person_30'), category and n, where there is anything to count.
    """
    of_year = checks.filter(pl.col("check_date").dt.year() == months[0].year)
    is_counted = pl.col("is_proactive").fill_null(value=False) & pl.col("month").is_in(list(months))
    all_of = of_year.filter(is_counted).group_by("team", "month").len("n").sort("team", "month")
    counted = all_of.collect(engine="streaming").with_columns(pl.col("n").cast(pl.Int64))
    teams = counted["team"].unique().sort().to_list()
    team = pl.when(is_counted).then(pl.col("team").cast(pl.Enum(teams), strict=False).to_physical().cast(pl.UInt32))
    calendar = _calendar(months[0].year, data_from)
    found = []
    for key, name in REPEATS.items():
        linked = of_year.filter(pl.col(key).is_not_null()).select(
            pl.col(key).hash(_SEED).alias("key"),
            (pl.col("check_date").dt.ordinal_day() - 1).alias("day"),
            pl.any_horizontal(pl.col("hit_class") == kind for kind in v.BROAD_HITS).fill_null(value=False).alias("hit"),
            team.fill_null(len(teams)).alias("team"),
        )
        totals = np.zeros((len(windows), 12, len(CATEGORIES), len(teams) + 1), dtype=np.int64)
        for part in _parts(linked):
            totals += _tally(part, windows, calendar, len(teams) + 1)
        for window, of_window in zip(windows, totals, strict=True):
            known = pl.DataFrame(
                [
                    (teams[place], month, CATEGORIES[category], int(of_window[month.month - 1, category, place]))
                    for month in months
                    for category in range(3)
                    for place in range(len(teams))
                ],
                orient="row",
                schema={"team": pl.String, "month": pl.Date, "category": pl.String, "n": pl.Int64},
            )
            linked_of = known.group_by("team", "month").agg(pl.col("n").sum().alias("linked"))
            rest = counted.join(linked_of, on=["team", "month"], how="left").select(
                "team", "month", pl.lit("unlinked").alias("category"), pl.col("n") - pl.col("linked").fill_null(0)
            )
            found.append(pl.concat([known, rest]).with_columns(partition=pl.lit(f"{name}_{window}")))
    return pl.concat(found).filter(pl.col("n") > 0).select("team", "month", "partition", "category", "n")


def _parts(linked: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    rows = linked.select(pl.len()).collect(engine="streaming").item()
    parts = -(-rows // PART_ROWS)
    for number in range(parts):
        yield linked.filter(pl.col("key") % parts == number).collect(engine="streaming")


def _calendar(year: int, data_from: Mapping[date, date]) -> tuple[Integers, Integers]:
    """Month, and first day that windows may reach, of every day of the year; all of them from 0."""
    first = date(year, 1, 1).toordinal()
    months = [date.fromordinal(first + day).replace(day=1) for day in range(366)]
    visible = [max(data_from.get(month, month).toordinal() - first, 0) for month in months]
    return np.array([month.month - 1 for month in months]), np.array(visible)


def _tally(part: pl.DataFrame, windows: Sequence[int], calendar: tuple[Integers, Integers], teams: int) -> Integers:
    """Checks by window, month, category and team; the last team stands for checks that are only looked back upon.

    Beside its day a key has 55 bits: two of a million different keys are taken for one with a chance of 1 in 70,000.
    """
    day_mask = np.uint64((1 << _DAY_BITS) - 1)
    key_days = (part["key"].to_numpy() & ~day_mask) | part["day"].to_numpy().astype(np.uint64)
    order = np.argsort(key_days)
    key_days = key_days[order]
    is_first = np.concatenate(([True], key_days[1:] != key_days[:-1]))
    starts = np.flatnonzero(is_first)
    # From here on one element per key and day.
    keys, days = key_days[starts] >> np.uint64(_DAY_BITS), (key_days[starts] & day_mask).astype(np.int64)
    has_result = np.maximum.reduceat(part["hit"].to_numpy()[order], starts)
    is_again = np.concatenate(([False], keys[1:] == keys[:-1]))
    place = np.arange(days.size)
    seen = np.where(is_again, np.roll(days, 1), _NEVER)
    with_result = np.roll(np.maximum.accumulate(np.where(has_result, place, -1)), 1)
    with_result[0] = -1
    is_own = with_result >= np.maximum.accumulate(np.where(is_again, 0, place))
    hit = np.where(is_own, days[with_result], _NEVER)
    month, visible_from = calendar
    of_row = np.cumsum(is_first) - 1
    team = part["team"].to_numpy()[order].astype(np.int64)
    counts = []
    for window in windows:
        start = days - window
        category = np.select([start < visible_from[days], hit >= start, seen >= start], [3, 1, 0], default=2)
        cell = ((month[days] * len(CATEGORIES) + category) * teams)[of_row] + team
        counts.append(np.bincount(cell, minlength=12 * len(CATEGORIES) * teams))
    return np.stack(counts).reshape(len(windows), 12, len(CATEGORIES), teams)
