"""Registry of the exact fine cells that models read, with how each is built."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, ENTERED, PAIR_SPREAD
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS
from meos_pipeline.contracts.table import Table
from meos_pipeline.statistics.cells.disparity import CLOCK_COLUMNS, GROUP_COLUMNS, clock_cells, group_cells
from meos_pipeline.statistics.cells.entered import ENTERED_COLUMNS, entered_cells
from meos_pipeline.statistics.cells.held import Held
from meos_pipeline.statistics.cells.year import CheckFrequency, PairSpread, YearTally


class Build(Protocol):
    """Cells from held checks."""

    def __call__(self, checks: Held) -> pl.DataFrame:
        """Return rows of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FineCells:
    """One fine cell table: what it holds, and how it is made."""

    table: Table
    of_month: Build | None = None
    """Makes it from the checks of a month; None when it looks back over the calendar year."""
    columns: Sequence[str] = ()
    """What ``of_month`` needs of a check."""
    of_year: type[YearTally] | None = None
    """Adds it up in one pass over the rows of a year, for several of its months."""


def _registry(*cells: FineCells) -> dict[str, FineCells]:
    return {one.table.name: one for one in cells}


FINE_CELLS: dict[str, FineCells] = _registry(
    FineCells(table=PAIR_SPREAD, of_year=PairSpread),
    FineCells(table=CHECK_FREQUENCY, of_year=CheckFrequency),
    FineCells(table=CLOCK_CELLS, of_month=clock_cells, columns=CLOCK_COLUMNS),
    FineCells(table=GROUP_CELLS, of_month=group_cells, columns=GROUP_COLUMNS),
    FineCells(table=ENTERED, of_month=entered_cells, columns=ENTERED_COLUMNS),
)
