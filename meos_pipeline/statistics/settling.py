"""How complete a month is so many days after its end, from the time between each check and its registration.

Only months count whose records can no longer come in late by much: of younger ones the late records are not seen yet,
and the month would look more complete than it is (right truncation; Lawless, Canadian Journal of Statistics 22, 1994).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl
from statsmodels.stats.proportion import proportion_confint

AGES = (0, 3, 7, 14, 21, 28, 35, 42, 49, 56)
"""Days after the end of a month."""
OLD_ENOUGH = timedelta(days=90)
"""Months that ended less long before the newest export are left out."""
FEWEST_MONTHS = 6
_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Part of a month's records that is in, so many days after its end."""

    age: int
    """Days after the end of the month."""
    share: float
    """Between 0 and 1, over all months together."""
    low: float
    """Lower end of 95 %: Wilson's interval, or the least complete month when that is lower."""
    high: float
    """Upper end, likewise."""
    records: int
    months: int


def completeness(checks: pl.DataFrame, *, newest: date, ages: Sequence[int] = AGES) -> list[Completeness]:
    """Measure completeness per age; nothing without a month that is old enough, or without delays.

    Args:
        checks: ``month`` (first day), ``check_date`` and ``entry_delay_minutes``; rows without a delay are left out.
        newest: Day of the newest export.
        ages: Days after the end of a month.
    """
    rows = checks.drop_nulls().with_columns(end=pl.col("month").dt.month_end())
    rows = rows.filter(pl.col("end") <= newest - OLD_ENOUGH)
    if rows.is_empty():
        return []
    # Days after the end of its month on which a record came in; a check late in the day counts from that day.
    since = (pl.col("check_date") - pl.col("end")).dt.total_days() + pl.col("entry_delay_minutes") / _MINUTES
    rows = rows.with_columns(age=since)
    made = []
    for age in ages:
        found = rows.group_by("month").agg(seen=(pl.col("age") <= age).sum(), n=pl.len())
        seen, n = int(found["seen"].sum()), int(found["n"].sum())
        low, high = proportion_confint(seen, n, alpha=0.05, method="wilson")
        shares = (found["seen"] / found["n"]).to_list()
        made.append(
            Completeness(
                age=age,
                share=seen / n,
                low=min(float(low), *shares),
                high=max(float(high), *shares),
                records=n,
                months=found.height,
            )
        )
    return made


def advised_days(measured: Sequence[Completeness], *, wanted: float) -> int | None:
    """Return the least age at which even the lower end is at least ``wanted`` (0 to 1); None when none is.

    With fewer than ``FEWEST_MONTHS`` nothing is advised: how months differ cannot be seen then.
    """
    return next((one.age for one in measured if one.low >= wanted and one.months >= FEWEST_MONTHS), None)


def final_on(month: date, settlement_days: int) -> date:
    """Return the day from which a month is final: so many days after its last.

    >>> final_on(date(2026, 9, 1), 42)
    datetime.date(2026, 11, 11)
    """
    last = (month.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return last + timedelta(days=settlement_days)
