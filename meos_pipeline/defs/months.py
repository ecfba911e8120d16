"""Partitions: the months that exports brought. A site sees its own months and no empty ones."""

from collections.abc import Iterable
from datetime import date

import dagster as dg

MONTHS = dg.DynamicPartitionsDefinition(name="month")


def key_of(month: date) -> str:
    """Return the partition key of a month, as 2026-10."""
    return f"{month:%Y-%m}"


def month_of(key: str) -> date:
    """Return the first day of the month with that partition key."""
    return date.fromisoformat(f"{key}-01")


def announce(instance: dg.DagsterInstance, months: Iterable[date]) -> list[str]:
    """Add the months that Dagster does not know yet; return all keys in order of time."""
    known = set(instance.get_dynamic_partitions("month"))
    new = sorted(key_of(month) for month in set(months) if key_of(month) not in known)
    if new:
        instance.add_dynamic_partitions("month", new)
    return new
