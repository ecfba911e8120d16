"""Checks of a calendar year in order of key and day, as one number each: 55 bits of the key's hash, 9 of the day.

Two of a million different keys are taken for one with a chance of 1 in 70,000.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

PART_ROWS = 6_000_000
"""Checks of a year that are looked at together; a key is whole in one part."""
_DAY_BITS = 9

Integers = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class KeyDays:
    """Keys and the days they occur on: one element for each, in order of key and day."""

    order: Integers
    """The checks in this order."""
    starts: Integers
    """Where in ``order`` the checks of each key and day begin."""
    key: Numbers
    day: Integers
    """Of the year, from 0."""


def day_of_year(column: str) -> pl.Expr:
    """Day of the year, from 0."""
    return pl.col(column).dt.ordinal_day() - 1


def days_of(year: int) -> list[date]:
    """Days that ``day_of_year`` numbers."""
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(first + day) for day in range(366)]


def in_parts(checks: pl.LazyFrame, key: str) -> Iterator[pl.DataFrame]:
    """Take checks in parts of about ``PART_ROWS`` by the number of their key; parts without any are left out."""
    rows = checks.select(pl.len()).collect(engine="streaming").item()
    parts = -(-rows // PART_ROWS)
    for number in range(parts):
        part = checks.filter(pl.col(key) % parts == number).collect(engine="streaming")
        if part.height:
            yield part


def key_days(key: Numbers, day: Integers) -> KeyDays:
    """Put checks in order of key and day."""
    day_mask = np.uint64((1 << _DAY_BITS) - 1)
    numbers = (key & ~day_mask) | day.astype(np.uint64)
    order = np.argsort(numbers)
    numbers = numbers[order]
    starts = starts_of(numbers)
    return KeyDays(
        order, starts, numbers[starts] >> np.uint64(_DAY_BITS), (numbers[starts] & day_mask).astype(np.int64)
    )


def starts_of(values: Numbers) -> Integers:
    """Where each run of equal values begins."""
    return np.flatnonzero(np.concatenate((np.ones(min(values.size, 1), dtype=bool), values[1:] != values[:-1])))
