"""Fine cells of a few checks, made as the counting step makes them."""

from datetime import date

import polars as pl

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.fine import FINE_CELLS
from meos_pipeline.statistics.cells.held import hold
from meos_pipeline.statistics.cells.look_back import open_year


def fine_cells(checks: pl.LazyFrame, month: date, policy: Policy | None = None) -> dict[str, pl.DataFrame]:
    """Make every fine cell table of one month, from its records and those of the months before it."""
    year = open_year(checks, [month], policy=policy or Policy())
    found, _ = year.persons({name: item.of_year for name, item in FINE_CELLS.items() if item.of_year})
    now = checks.filter(pl.col("month") == month)
    made = {name: item.of_month(hold(now, item.columns)) for name, item in FINE_CELLS.items() if item.of_month}
    return {name: (found | made)[name] for name in FINE_CELLS}
