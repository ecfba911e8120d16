"""Was the same person or vehicle checked in the days before, and with what result.

The months of a calendar year are counted in one pass over its checks, for a key lives one calendar year. Per kind of
key the checks are in order of key and day, as one number each; what was seen before then lies just before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.ordered import (
    DAY_BITS,
    DAY_MASK,
    DAYS,
    OrderedChecks,
    begins,
    days_of,
    last_before,
    months_of_days,
    ordered_checks,
)

CATEGORIES = ("without_result", "with_result", "first", "unlinked")
REPEATS = {"person_key": "repeat_person", "vehicle_key": "repeat_vehicle"}
"""Key and name of its partitions, which end in the days of the window."""


def repeat_counts(
    checks: pl.LazyFrame, months: Sequence[date], *, windows: Sequence[int], first_days: Mapping[date, date]
) -> pl.DataFrame:
    """Proactive checks per team, month and category, for both kinds of key and every window.

    'without_result' when the key was seen on an earlier day within the window and none of those
    checks had a result H1-H3, 'with_result' when one had, 'first' when it was not seen.
    'unlinked' when it cannot be known: no key, or the window reaches before the first day of the data
    or of the key (a key lives one calendar year). So windows that are partly visible count nowhere,
    and the start of a year makes no dip. Records of one day are one event, not a repeat.

    Args:
        checks: Registered records of these months and of the days that windows look back upon.
        months: Months to count, all of one year.
        windows: Lengths in days.
        first_days: As ``first_days_of`` these records.

    Returns:
        Rows team, month, partition (such as 'repeat_person_30'), category and n, where there is anything to count.
    """
    n = pl.col("is_proactive").fill_null(value=False).sum().cast(pl.Int64).alias("n")
    proactive = checks.group_by("team", "month").agg(n, pl.len()).collect(engine="streaming")
    rows = int(proactive["len"].sum())
    teams = proactive["team"].unique().sort().to_list()
    found = []
    for key in REPEATS:
        tally = RepeatTally(key, months, teams, windows=windows, first_days=first_days)
        for part in ordered_checks(checks, key, teams, months[0].year, rows=rows):
            tally.add(part)
        found += [
            tally.table(month, proactive.filter(pl.col("month") == month).select("team", "n")).select(
                "team", pl.lit(month).alias("month"), "partition", "category", "n"
            )
            for month in months
        ]
    return pl.concat(found)


def first_days_of(checks: pl.LazyFrame, months: Iterable[date]) -> dict[date, date]:
    """First day with records of each of these months; a month without any has none."""
    days = [pl.col("check_date").filter(pl.col("month") == month).min().alias(f"{month}") for month in months]
    found = checks.select(days).collect(engine="streaming").row(0)
    return {day.replace(day=1): day for day in found if day is not None}


def first_month(months: Iterable[date], windows: Sequence[int]) -> date:
    """First month that windows of these months can reach."""
    return (min(months) - timedelta(days=max(windows, default=0))).replace(day=1)


def windows_of(policy: Policy) -> list[int]:
    """Lengths in days of the windows that are counted."""
    return [days for days in policy.repeat_window_days if f"repeat_person_{days}" in PARTITIONS]


class RepeatTally:
    """Repeats by one kind of key in months of one year, added up over parts of its checks."""

    def __init__(
        self,
        key: str,
        months: Sequence[date],
        teams: Sequence[str],
        *,
        windows: Sequence[int],
        first_days: Mapping[date, date],
    ) -> None:
        """Start at nothing; arguments as for ``repeat_counts``, with all teams and ``first_days_of`` the records."""
        self._name, self._teams, self._windows = REPEATS[key], teams, windows
        self._month_of = months_of_days(months[0].year)
        first = date(months[0].year, 1, 1)
        data_from = {}
        for month in months:
            since = first_month([month], windows)
            data_from[month] = min((day for of, day in first_days.items() if since <= of <= month), default=month)
        of_day = [day.replace(day=1) for day in days_of(first.year)]
        visible = np.array([max((data_from.get(month, month) - first).days, 0) for month in of_day])
        self._is_visible = [np.arange(DAYS) - window >= visible for window in windows]
        self._all = np.zeros(len(teams) << DAY_BITS, dtype=np.int64)
        self._again = np.zeros((len(windows), 2, len(teams) * 12), dtype=np.int64)

    def add(self, checks: OrderedChecks) -> None:
        """Count the proactive ones among checks, which hold their keys whole."""
        begin = begins(checks.number)
        hits = np.maximum.accumulate(checks.number * checks.is_hit)
        seen = checks.number - last_before(begin, checks.number)
        at = np.flatnonzero(checks.is_proactive & (seen <= max(self._windows, default=0)))
        since_hit = checks.number[at] - last_before(begin, hits)[at]
        seen = seen[at]
        apart = checks.team_day + (checks.is_proactive * self._all.size)
        self._all += np.bincount(apart, minlength=2 * self._all.size)[self._all.size :]
        day = checks.team_day[at] & DAY_MASK
        cell = (checks.team_day[at] >> DAY_BITS) * 12 + self._month_of[day]
        for place, (window, is_visible) in enumerate(zip(self._windows, self._is_visible, strict=True)):
            is_again = is_visible[day] & (seen <= window)
            is_hit = is_again & (since_hit <= window)
            for with_result, chosen in enumerate((is_again & ~is_hit, is_hit)):
                self._again[place, with_result] += np.bincount(cell[chosen], minlength=len(self._teams) * 12)

    def table(self, month: date, proactive: pl.DataFrame) -> pl.DataFrame:
        """Rows team, partition, category and n of one month.

        Args:
            month: One of the months.
            proactive: Rows team and n: all its proactive checks. What is not linked of them is 'unlinked'.
        """
        place = month.month - 1
        total = dict(proactive.iter_rows())
        of_month = self._all.reshape(len(self._teams), 1 << DAY_BITS)[:, :DAYS] * (self._month_of == place)
        rows: list[tuple[str, str, str, int]] = []
        for window, is_visible, again in zip(self._windows, self._is_visible, self._again, strict=True):
            without, with_result = again.reshape(2, len(self._teams), 12)[:, :, place]
            linked = of_month[:, is_visible].sum(axis=1)
            for team, of_team in zip(
                self._teams, np.stack([without, with_result, linked - without - with_result]).T.tolist(), strict=True
            ):
                counts = (*of_team, total.get(team, 0) - sum(of_team))
                rows += [(team, f"{self._name}_{window}", *counted) for counted in zip(CATEGORIES, counts, strict=True)]
        schema = {"team": pl.String, "partition": pl.String, "category": pl.String, "n": pl.Int64}
        return pl.DataFrame(rows, orient="row", schema=schema).filter(pl.col("n") > 0)
