"""Registry of the exact fine cells that models read, with how each is built for one month."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, CONTEXT_CELLS, LIGHT_CELLS, PAIR_LAGS
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS
from meos_pipeline.contracts.table import Table
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.disparity import clock_cells, group_cells
from meos_pipeline.statistics.cells.population import hit, registered
from meos_pipeline.statistics.cells.year import (
    BuildMonths,
    check_frequency,
    check_frequency_of_months,
    pair_lags,
    pair_lags_of_months,
)


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
    build_months: BuildMonths | None = None
    """For tables that look back over the calendar year: several months of it in one pass over its rows."""


def _proactive(checks: pl.LazyFrame) -> pl.LazyFrame:
    return registered(checks).filter(pl.col("is_proactive").fill_null(value=False))


def _texts(*names: str) -> list[pl.Expr]:
    return [pl.col(name).cast(pl.String()).fill_null("unknown") for name in names]


def context_cells(
    checks: pl.LazyFrame,
    lookback: pl.LazyFrame,
    companions: Mapping[str, pl.DataFrame],
    *,
    month: date,
    policy: Policy,
) -> pl.DataFrame:
    """Proactive checks and their hits by circumstances and group."""
    del lookback, companions, policy
    kind = hit()
    return CONTEXT_CELLS.require(
        _proactive(checks)
        .filter(pl.col("month") == month)
        .group_by(
            "team",
            "month",
            *_texts("area", "time_block"),
            (pl.col("check_date").dt.weekday() >= 6).alias("is_weekend"),
            *_texts("reason", "age_band", "sex", "origin"),
        )
        .agg(
            n=pl.len().cast(pl.Int64),
            n_known=(kind != "unknown").sum().cast(pl.Int64),
            n_strict=(kind == "strict").sum().cast(pl.Int64),
            n_broad=kind.is_in(["strict", "broad"]).sum().cast(pl.Int64),
        )
        .select(CONTEXT_CELLS.names)
        .sort(CONTEXT_CELLS.key)
        .collect(engine="streaming")
    )


def light_cells(
    checks: pl.LazyFrame,
    lookback: pl.LazyFrame,
    companions: Mapping[str, pl.DataFrame],
    *,
    month: date,
    policy: Policy,
) -> pl.DataFrame:
    """Proactive checks of persons in daylight or dark by day and clock; twilight, the repeated hour and round midnight left out."""
    del lookback, companions, policy
    return LIGHT_CELLS.require(
        _proactive(checks)
        .filter(
            pl.col("month") == month,
            pl.col("light").cast(pl.String()).is_in(["day", "dark"]),
            pl.col("clock_bin").is_not_null(),
            pl.col("dst_flag").is_null(),
            pl.col("minute_class").cast(pl.String()).ne_missing("midnight"),
        )
        .group_by("team", "month", "check_date", "clock_bin", "light", *_texts("age_band", "sex", "origin"))
        .agg(n=pl.len().cast(pl.Int64))
        .select(LIGHT_CELLS.names)
        .sort(LIGHT_CELLS.key)
        .collect(engine="streaming")
    )


def _registry(*cells: FineCells) -> dict[str, FineCells]:
    return {one.table.name: one for one in cells}


FINE_CELLS: dict[str, FineCells] = _registry(
    FineCells(table=PAIR_LAGS, build=pair_lags, lookback_days=366, build_months=pair_lags_of_months),
    FineCells(table=CHECK_FREQUENCY, build=check_frequency, lookback_days=366, build_months=check_frequency_of_months),
    FineCells(table=CONTEXT_CELLS, build=context_cells, lookback_days=0),
    FineCells(table=LIGHT_CELLS, build=light_cells, lookback_days=0),
    FineCells(table=CLOCK_CELLS, build=clock_cells, lookback_days=0),
    FineCells(table=GROUP_CELLS, build=group_cells, lookback_days=0),
)
