"""Which periods may be shown: settled months, and quarters and years of which every month is settled."""

from datetime import date, timedelta

import polars as pl

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.windows import add_months, last_day

MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def newest_settled_month(exported_on: date, policy: Policy) -> date:
    """First day of the newest month that ended at least ``settlement_days`` before the export."""
    settled = exported_on - timedelta(days=policy.settlement_days)
    first = settled.replace(day=1)
    if (settled + timedelta(days=1)).month != settled.month:
        return first
    return (first - timedelta(days=1)).replace(day=1)


def provisional_months(exported_on: date, policy: Policy) -> tuple[date, ...]:
    """First days of the months, oldest first, that ended ``provisional_days`` before the export and have not settled."""
    month, found = add_months(newest_settled_month(exported_on, policy), 1), []
    while last_day(month) + timedelta(days=policy.provisional_days) <= exported_on:
        found.append(month)
        month = add_months(month, 1)
    return tuple(found)


def period_start_of(period: str) -> pl.Expr:
    """First day of the period in which column ``month`` lies."""
    return pl.col("month").dt.truncate({"month": "1mo", "quarter": "1q", "year": "1y"}[period])


def complete_periods(months: pl.Series, period: str) -> pl.Series:
    """First days of the periods of which every month is among ``months`` (first days of months)."""
    return (
        pl.DataFrame({"month": months.unique()})
        .group_by(period_start=period_start_of(period))
        .agg(known=pl.len())
        .filter(pl.col("known") == MONTHS_IN[period])["period_start"]
        .sort()
    )
