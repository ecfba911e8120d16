"""From checks to the fine cells of the disparity part: proactive checks by clock and light, and by circumstances."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.fine_cells_disparity import (
    CLOCK_CELLS,
    GROUP_CELLS,
    HITS,
    PLACEBO_MONTH,
    PLACEBO_SPLIT,
    PLACEBO_WEEKDAY,
)
from meos_pipeline.statistics.cells.population import hit, registered

KINDS = ("age_band", "sex", "origin")
MORNING_BINS = (12, 35)
EVENING_BINS = (64, 95)
"""First and last clock bin that can be light in one season and dark in another, anywhere in the country: 03:00 to
09:00 and 16:00 to 24:00."""
_BLOCKS = pl.Enum([*v.TIME_BLOCKS.categories.to_list(), "unknown"])
_REASONS = pl.Enum([*v.GROUND_CLASSES.categories.to_list(), "unknown"])
_LETTERS = pl.Enum(["a", "b"])


def clock_cells(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """Proactive checks of some months by team, area, day, clock bin and light, per kind of group (``CLOCK_CELLS``)."""
    return CLOCK_CELLS.require(
        clock_counts(checks.filter(pl.col("month").is_in(list(months))))
        .collect(engine="streaming")
        .sort(CLOCK_CELLS.key)
    )


def group_cells(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """Proactive checks of some months by circumstances, group and result (``GROUP_CELLS``)."""
    return GROUP_CELLS.require(
        group_counts(checks.filter(pl.col("month").is_in(list(months))))
        .collect(engine="streaming")
        .sort(GROUP_CELLS.key)
    )


def clock_counts(checks: pl.LazyFrame) -> pl.LazyFrame:
    """``CLOCK_CELLS`` of any number of months.

    Left out: twilight, checks without time or light, hours that are always light or always dark, and local times
    that occurred twice or not at all.
    """
    window = (
        _proactive(checks)
        .filter(
            pl.col("light").is_in(["day", "dark"]),
            pl.col("clock_bin").is_between(*MORNING_BINS) | pl.col("clock_bin").is_between(*EVENING_BINS),
            pl.col("dst_flag").is_null(),
        )
        .select("check_key", "team", pl.col("area").fill_null(""), "clock_bin", "light", *KINDS, date="check_date")
    )
    keys = ["team", "area", "date", "clock_bin", "light"]
    return pl.concat(
        [_counted(window, keys, kind, group, n=pl.len()) for kind, group in _groups("date").items()]
    ).select(pl.col(column.name).cast(column.dtype) for column in CLOCK_CELLS.columns)


def group_counts(checks: pl.LazyFrame) -> pl.LazyFrame:
    """``GROUP_CELLS`` of any number of months."""
    prepared = _proactive(checks).select(
        "check_key", "team", "month", "check_date", *KINDS,
        area=pl.col("area").fill_null(""),
        block=_or_unknown("time_block", _BLOCKS),
        weekend=pl.col("check_date").dt.weekday() >= 6,
        reason=_or_unknown("ground", _REASONS),
        hit=hit().cast(HITS),
        searched=pl.col("is_searched").fill_null(value=False),
    )  # fmt: skip
    keys = ["team", "month", "area", "block", "weekend", "reason", "hit"]
    return pl.concat(
        [
            _counted(prepared, keys, kind, group, n=pl.len(), searched=pl.col("searched").sum())
            for kind, group in _groups("check_date").items()
        ]
    ).select(pl.col(column.name).cast(column.dtype) for column in GROUP_CELLS.columns)


def _or_unknown(column: str, dtype: pl.Enum) -> pl.Expr:
    """The code, or 'unknown'. By way of text: polars 2.1 panics when it groups by one Enum cast to another."""
    return pl.col(column).cast(pl.String).fill_null("unknown").cast(dtype)


def _proactive(checks: pl.LazyFrame) -> pl.LazyFrame:
    return registered(checks).filter(pl.col("is_proactive").fill_null(value=False))


def _groups(date: str) -> dict[str, pl.Expr]:
    """Group of a check, per kind; null leaves it out.

    The placebos: Tuesday and Thursday against Monday and Wednesday; odd against even months; a split by the last
    digit of the record's keyed hash, which nobody on the street can know.
    """
    weekday = pl.col(date).dt.weekday()
    letters = {
        PLACEBO_WEEKDAY: pl.when(weekday.is_in([2, 4])).then(pl.lit("a")).when(weekday.is_in([1, 3])).then(pl.lit("b")),
        PLACEBO_MONTH: pl.when(pl.col(date).dt.month() % 2 == 1).then(pl.lit("a")).otherwise(pl.lit("b")),
        PLACEBO_SPLIT: pl.when(pl.col("check_key").str.slice(-1).is_in(list("02468ace")))
        .then(pl.lit("a"))
        .otherwise(pl.lit("b")),
    }
    return {kind: pl.col(kind) for kind in KINDS} | {kind: group.cast(_LETTERS) for kind, group in letters.items()}


def _counted(frame: pl.LazyFrame, keys: list[str], kind: str, group: pl.Expr, **counts: pl.Expr) -> pl.LazyFrame:
    return (
        frame.with_columns(group=group)
        .filter(pl.col("group").is_not_null())
        .group_by(*keys, "group")
        .agg(**counts)
        .with_columns(pl.col("group").cast(pl.String), group_kind=pl.lit(kind))
    )
