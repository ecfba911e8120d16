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


def _registry(*cells: FineCells) -> dict[str, FineCells]:
    return {one.table.name: one for one in cells}


FINE_CELLS: dict[str, FineCells] = _registry(
    FineCells(table=PAIR_LAGS, build=pair_lags, lookback_days=366, build_months=pair_lags_of_months),
    FineCells(table=CHECK_FREQUENCY, build=check_frequency, lookback_days=366, build_months=check_frequency_of_months),
    FineCells(table=CLOCK_CELLS, build=clock_cells, lookback_days=0),
    FineCells(table=GROUP_CELLS, build=group_cells, lookback_days=0),
)
