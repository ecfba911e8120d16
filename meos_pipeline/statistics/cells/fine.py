"""Registry of the exact fine cells that models read, with how each is built for one month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, PAIR_LAGS
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS
from meos_pipeline.contracts.table import Table
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.disparity import clock_cells, group_cells
from meos_pipeline.statistics.cells.population import registered


class Build(Protocol):
    """Cells of one month from its rows, the rows before it, and the companions."""

    def __call__(
        self,
        checks: pl.LazyFrame,
        lookback: pl.LazyFrame,
        companions: Mapping[str, pl.DataFrame],
        *,
        month: date,
        policy: Policy,
    ) -> pl.DataFrame:
        """Return rows of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineCells:
    """One fine cell table: what it holds, and how it is made."""

    table: Table
    build: Build
    lookback_days: int
    """Days before the month that ``lookback`` should hold; with fewer it counts what it sees."""


def _proactive(checks: pl.LazyFrame) -> pl.LazyFrame:
    return registered(checks).filter(pl.col("is_proactive").fill_null(value=False))


def _linked(checks: pl.LazyFrame, lookback: pl.LazyFrame, month: date) -> pl.LazyFrame:
    """Linked proactive checks of this calendar year up to the month: within the life of the keys."""
    columns = ("team", "check_date", "person_key")
    now = _proactive(checks).filter(pl.col("month") == month)
    before = _proactive(lookback).filter(pl.col("month").is_between(date(month.year, 1, 1), month, closed="left"))
    return pl.concat([before.select(columns), now.select(columns)]).filter(pl.col("person_key").is_not_null())


def _lag(later: str, earlier: str) -> pl.Expr:
    days = (pl.col(later) - pl.col(earlier)).dt.total_days()
    return (
        pl.when(days <= 30)
        .then(pl.lit("near"))
        .when(days <= 120)
        .then(pl.lit("middle"))
        .otherwise(pl.lit("far"))
        .cast(PAIR_LAGS["lag"].dtype)
    )


def _pairs(days: pl.LazyFrame, keys: list[str], month: date, name: str) -> pl.LazyFrame:
    """Pairs of different days, the later one in the month: product of the counts, summed per lag class."""
    later = days.filter(pl.col("check_date") >= month)
    return (
        later.join(days, on=keys, suffix="_earlier")
        .filter(pl.col("check_date_earlier") < pl.col("check_date"))
        .group_by("team", _lag("check_date", "check_date_earlier").alias("lag"))
        .agg((pl.col("n") * pl.col("n_earlier")).sum().cast(pl.Int64).alias(name))
    )


def pair_lags(
    checks: pl.LazyFrame,
    lookback: pl.LazyFrame,
    companions: Mapping[str, pl.DataFrame],
    *,
    month: date,
    policy: Policy,
) -> pl.DataFrame:
    """Same-person pairs and all pairs by lag, within the calendar year of the keys."""
    del companions, policy
    linked = _linked(checks, lookback, month)
    person_days = linked.group_by("team", "person_key", "check_date").agg(pl.len().cast(pl.Int64).alias("n"))
    days = linked.group_by("team", "check_date").agg(pl.len().cast(pl.Int64).alias("n"))
    everything = _pairs(days, ["team"], month, "n_all")
    same = _pairs(person_days, ["team", "person_key"], month, "n_same")
    return PAIR_LAGS.require(
        everything.join(same, on=["team", "lag"], how="left")
        .with_columns(pl.col("n_same").fill_null(0), pl.lit(month).alias("month"))
        .select(PAIR_LAGS.names)
        .sort(PAIR_LAGS.key)
        .collect()
    )


def check_frequency(
    checks: pl.LazyFrame,
    lookback: pl.LazyFrame,
    companions: Mapping[str, pl.DataFrame],
    *,
    month: date,
    policy: Policy,
) -> pl.DataFrame:
    """Persons by number of checks since January."""
    del companions, policy
    return CHECK_FREQUENCY.require(
        _linked(checks, lookback, month)
        .group_by("team", "person_key")
        .agg(pl.len().cast(pl.Int64).alias("times"))
        .group_by("team", "times")
        .agg(pl.len().cast(pl.Int64).alias("persons"))
        .with_columns(pl.lit(month).alias("month"))
        .select(CHECK_FREQUENCY.names)
        .sort(CHECK_FREQUENCY.key)
        .collect()
    )


def _registry(*cells: FineCells) -> dict[str, FineCells]:
    return {one.table.name: one for one in cells}


FINE_CELLS: dict[str, FineCells] = _registry(
    FineCells(table=PAIR_LAGS, build=pair_lags, lookback_days=366),
    FineCells(table=CHECK_FREQUENCY, build=check_frequency, lookback_days=366),
    FineCells(table=CLOCK_CELLS, build=clock_cells, lookback_days=0),
    FineCells(table=GROUP_CELLS, build=group_cells, lookback_days=0),
)
