"""Fine cells that look back over the calendar year of the keys: pairs of checks, and how often persons were checked.

Several months of a year are counted in one pass over its rows. Persons are taken in parts by their key, so that a
person is whole in one part and no part holds more than about ``PART_ROWS`` checks.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, PAIR_LAGS
from meos_pipeline.statistics.cells.population import registered

PART_ROWS = 4_000_000
"""Checks of a year that are looked at together."""
_SEED = 366


def pair_lags(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """``PAIR_LAGS`` of some months of a year: pairs whose later check is in one of them."""
    linked = _linked(checks, months)
    days = linked.group_by("team", "check_date").agg(pl.len().cast(pl.Int64).alias("n"))
    everything = _pairs(days, ["team"], months, "n_all")
    same = pl.concat(_pairs(_person_days(part), ["team", "_person"], months, "n_same") for part in _parts(linked))
    return PAIR_LAGS.require(
        everything.join(
            same.group_by("team", "month", "lag").agg(pl.col("n_same").sum()), on=["team", "month", "lag"], how="left"
        )
        .with_columns(pl.col("n_same").fill_null(0))
        .select(PAIR_LAGS.names)
        .sort(PAIR_LAGS.key)
    )


def check_frequency(checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
    """``CHECK_FREQUENCY`` of some months of a year."""
    linked = _linked(checks, months)
    counted = []
    for part in _parts(linked):
        persons = part.group_by("team", "_person").agg(
            (pl.col("month") <= month).sum().alias(month.isoformat()) for month in months
        ).collect(engine="streaming")  # fmt: skip
        counted += [
            persons.group_by("team", pl.col(month.isoformat()).cast(pl.Int64).alias("times"))
            .agg(pl.len().cast(pl.Int64).alias("persons"))
            .filter(pl.col("times") > 0)
            .with_columns(pl.lit(month).alias("month"))
            for month in months
        ]
    return CHECK_FREQUENCY.require(
        pl.concat(counted)
        .group_by("team", "month", "times")
        .agg(pl.col("persons").sum())
        .select(CHECK_FREQUENCY.names)
        .sort(CHECK_FREQUENCY.key)
    )


def _linked(checks: pl.LazyFrame, months: Sequence[date]) -> pl.LazyFrame:
    """Linked proactive checks of this calendar year up to the last month: within the life of the keys."""
    return (
        registered(checks)
        .filter(
            pl.col("is_proactive").fill_null(value=False),
            pl.col("person_key").is_not_null(),
            pl.col("month").is_between(date(months[-1].year, 1, 1), max(months)),
        )
        .select("team", "check_date", "month", pl.col("person_key").hash(_SEED).alias("_person"))
    )


def _parts(linked: pl.LazyFrame) -> Iterator[pl.LazyFrame]:
    rows = linked.select(pl.len()).collect(engine="streaming").item()
    parts = max(1, -(-rows // PART_ROWS))
    for number in range(parts):
        yield linked if parts == 1 else linked.filter(pl.col("_person") % parts == number)


def _person_days(linked: pl.LazyFrame) -> pl.LazyFrame:
    """Days of each person; those with one day only make no pair and are left out before the join."""
    days = linked.group_by("team", "_person", "check_date").agg(pl.len().cast(pl.Int64).alias("n"))
    several = days.group_by("team", "_person").agg(pl.len().alias("days")).filter(pl.col("days") > 1)
    return days.join(several, on=["team", "_person"], how="semi")


def _lag(later: str, earlier: str) -> pl.Expr:
    days = (pl.col(later) - pl.col(earlier)).dt.total_days()
    kind = PAIR_LAGS["lag"].dtype
    return (
        pl.when(days <= 30)
        .then(pl.lit("near", dtype=kind))
        .when(days <= 120)
        .then(pl.lit("middle", dtype=kind))
        .otherwise(pl.lit("far", dtype=kind))
    )


def _pairs(days: pl.LazyFrame, keys: list[str], months: Sequence[date], name: str) -> pl.DataFrame:
    """Pairs of different days, the later one in a month: product of the counts, summed per month and lag class."""
    whole = days.collect(engine="streaming").lazy()
    later = whole.with_columns(pl.col("check_date").dt.month_start().alias("month")).filter(
        pl.col("month").is_in(list(months))
    )
    return (
        later.join(whole, on=keys, suffix="_earlier")
        .filter(pl.col("check_date_earlier") < pl.col("check_date"))
        .group_by("team", "month", _lag("check_date", "check_date_earlier").alias("lag"))
        .agg((pl.col("n") * pl.col("n_earlier")).sum().cast(pl.Int64).alias(name))
        .collect(engine="streaming")
    )
