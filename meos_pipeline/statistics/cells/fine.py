"""Registry of the exact fine cells that models read, with how each is built."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import polars as pl

from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, PAIR_LAGS
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS
from meos_pipeline.contracts.table import Table
from meos_pipeline.statistics.cells.disparity import clock_cells, group_cells
from meos_pipeline.statistics.cells.year import check_frequency, pair_lags


class Build(Protocol):
    """Cells of some months of one calendar year, from their rows; what looks back gets the year up to the last."""

    def __call__(self, checks: pl.LazyFrame, months: Sequence[date]) -> pl.DataFrame:
        """Return rows of the table, of these months only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineCells:
    """One fine cell table: what it holds, and how it is made."""

    table: Table
    build: Build
    looks_back: bool = False
    """Whether it looks back over the calendar year; its months are then made together, in one pass over the year."""


def _registry(*cells: FineCells) -> dict[str, FineCells]:
    return {one.table.name: one for one in cells}


FINE_CELLS: dict[str, FineCells] = _registry(
    FineCells(table=PAIR_LAGS, build=pair_lags, looks_back=True),
    FineCells(table=CHECK_FREQUENCY, build=check_frequency, looks_back=True),
    FineCells(table=CLOCK_CELLS, build=clock_cells),
    FineCells(table=GROUP_CELLS, build=group_cells),
)
