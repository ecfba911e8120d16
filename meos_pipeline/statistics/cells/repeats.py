"""Was the same person or vehicle checked in the days before, and with what result.

The months of a calendar year are counted in one pass over its checks, for a key lives one calendar year. Per kind of
key the checks are put in order of key and day, as one number each; what was seen before then lies just before.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.statistics.cells.ordered import Integers, day_of_year, days_of, in_parts, key_days

CATEGORIES = ("without_result", "with_result", "first", "unlinked")
REPEATS = {"person_key": "repeat_person", "vehicle_key": "repeat_vehicle"}
"""Key and name of its partitions, which end in the days of the window."""
_SEED = 20_150
_NEVER = -10_000


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
            day_of_year("check_date").alias("day"),
            pl.any_horizontal(pl.col("hit_class") == kind for kind in v.BROAD_HITS).fill_null(value=False).alias("hit"),
            team.fill_null(len(teams)).alias("team"),
        )
        totals = np.zeros((len(windows), 12, len(CATEGORIES), len(teams) + 1), dtype=np.int64)
        for part in in_parts(linked, "key"):
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


def _calendar(year: int, data_from: Mapping[date, date]) -> tuple[Integers, Integers]:
    """Month, and first day that windows may reach, of every day of the year; all of them from 0."""
    months = [day.replace(day=1) for day in days_of(year)]
    visible = [max((data_from.get(month, month) - date(year, 1, 1)).days, 0) for month in months]
    return np.array([month.month - 1 for month in months]), np.array(visible)


def _tally(part: pl.DataFrame, windows: Sequence[int], calendar: tuple[Integers, Integers], teams: int) -> Integers:
    """Checks by window, month, category and team; the last team stands for checks that are only looked back upon."""
    seen_on = key_days(part["key"].to_numpy(), part["day"].to_numpy())
    keys, days = seen_on.key, seen_on.day
    has_result = np.maximum.reduceat(part["hit"].to_numpy()[seen_on.order], seen_on.starts)
    is_again = np.concatenate(([False], keys[1:] == keys[:-1]))
    place = np.arange(days.size)
    seen = np.where(is_again, np.roll(days, 1), _NEVER)
    with_result = np.roll(np.maximum.accumulate(np.where(has_result, place, -1)), 1)
    with_result[0] = -1
    is_own = with_result >= np.maximum.accumulate(np.where(is_again, 0, place))
    hit = np.where(is_own, days[with_result], _NEVER)
    month, visible_from = calendar
    of_row = np.repeat(place, np.diff(seen_on.starts, append=part.height))
    team = part["team"].to_numpy()[seen_on.order].astype(np.int64)
    counts = []
    for window in windows:
        start = days - window
        category = np.select([start < visible_from[days], hit >= start, seen >= start], [3, 1, 0], default=2)
        cell = ((month[days] * len(CATEGORIES) + category) * teams)[of_row] + team
        counts.append(np.bincount(cell, minlength=12 * len(CATEGORIES) * teams))
    return np.stack(counts).reshape(len(windows), 12, len(CATEGORIES), teams)
