"""From checks to cells: the only place of this package that sees rows."""

from meos_pipeline.statistics.cells.month import month_cells

__all__ = ["month_cells"]
