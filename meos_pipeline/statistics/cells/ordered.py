"""Checks of a calendar year in order of key and day: sorted as one number each, that holds the rest of a check as well.

That number has 128 bits: 64 of the key's hash, 10 of the day, 32 of team, result and initiative. Two of a million
different keys are taken for one with a chance of 1 in 37 million. Afterwards keys are numbered, and key and day are one
number of 64 bits. A day of the year takes 9 bits; with one more, numbers of different keys are further apart than the
days of a year, so how far a check lies behind another says as well whether it is of the same key.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts import values as v

PART_ROWS = 6_000_000
"""Checks of a year that are looked at together; a key is whole in one part."""
DAY_BITS = 10
DAYS = 366
DAY_MASK = (1 << DAY_BITS) - 1
_REST_BITS = 32
_SEED = 20_150

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrderedChecks:
    """Checks in order of key and day; arrays of one length, at least one check."""

    number: Integers
    """Place of the key, from 1, and in the last ``DAY_BITS`` bits the day of the year, from 0."""
    team_day: Integers
    """Place in the list of teams, and in the last ``DAY_BITS`` bits the day of the year."""
    is_proactive: Flags
    is_hit: Flags
    """Had a result H1-H3."""


def ordered_checks(
    checks: pl.LazyFrame, key: str, teams: Sequence[str], year: int, *, rows: int
) -> Iterator[OrderedChecks]:
    """Take the checks of a year that have a key, in parts of about ``PART_ROWS`` by the hash of their key.

    Args:
        checks: Records, of ``year`` and others.
        key: Column of the key; keys live one calendar year.
        teams: All teams of the records.
        year: Calendar year.
        rows: Number of records, or more.
    """
    hit = pl.any_horizontal(pl.col("hit_class") == kind for kind in v.BROAD_HITS).fill_null(value=False)
    day = pl.col("check_date").to_physical() - pl.lit(date(year, 1, 1)).to_physical()
    team = pl.col("team").cast(pl.Enum(teams)).to_physical().cast(pl.Int64)
    rest = team * 4 + pl.col("is_proactive").fill_null(value=False).cast(pl.Int64) * 2 + hit
    low = day.cast(pl.Int64) * (1 << _REST_BITS) + rest
    linked = checks.filter(pl.col("check_date").dt.year() == year, pl.col(key).is_not_null()).select(
        pl.col(key).hash(_SEED).alias("key"), low.alias("low")
    )
    parts = -(-rows // PART_ROWS)
    whole = (pl.col("key").cast(pl.Int128) * (1 << _REST_BITS + DAY_BITS) + pl.col("low")).alias("check")
    for place in range(parts):
        of_part = linked.filter(pl.col("key") % parts == place) if parts > 1 else linked
        part = of_part.select(whole).collect(engine="streaming")["check"]
        if part.len():
            yield _taken_apart(part.sort())


def _taken_apart(checks: pl.Series) -> OrderedChecks:
    check, low = pl.col("check"), pl.col("check").cast(pl.Int64, wrap_numerical=True)
    key = (check // (1 << _REST_BITS + DAY_BITS)).rle_id().cast(pl.Int64) + 1
    day = low // (1 << _REST_BITS) % (1 << DAY_BITS)
    rest = low.cast(pl.UInt32, wrap_numerical=True)
    frame = (
        checks.alias("check")
        .to_frame()
        .select(
            (key * (1 << DAY_BITS) + day).alias("number"),
            ((rest // 4).cast(pl.Int64) * (1 << DAY_BITS) + day).alias("team_day"),
            (rest // 2 % 2 == 1).alias("is_proactive"),
            (rest % 2 == 1).alias("is_hit"),
        )
    )
    return OrderedChecks(*(frame[name].to_numpy() for name in frame.columns))


def days_of(year: int) -> list[date]:
    """Days by their place in the year, from 0."""
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(first + day) for day in range(DAYS)]


def months_of_days(year: int) -> Integers:
    """Month of every day of the year, both from 0."""
    return np.array([day.month - 1 for day in days_of(year)])


def begins(values: Integers) -> Flags:
    """Whether each of the values is another than the one before it."""
    found = np.empty(values.size, dtype=bool)
    found[:1] = True
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def starts_of(values: Integers) -> Integers:
    """Where each run of equal values begins."""
    return np.flatnonzero(begins(values))


def last_before(begin: Flags, values: Integers) -> Integers:
    """Per element, the last of ``values`` before the run it is in; 0 in the first run. ``values`` never go down."""
    found = np.zeros_like(values)
    np.multiply(values[:-1], begin[1:], out=found[1:])
    return np.maximum.accumulate(found, out=found)
