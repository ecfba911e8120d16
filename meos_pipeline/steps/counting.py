"""Rows of a month become exact cells, fine cells and officer counts in ``restricted/cells``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_table
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import month_path, months_of, scan_months

VERSION = "1"
"""Raise when the meaning of a cell changes: every month is then counted again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What counting one month gave."""

    month: date
    cells: int
    checks: int
    fine: dict[str, int]


def count_month(space: Workspace, month: date) -> Counted:
    """Count one month; the rows of the year before it are looked back upon, never collected."""
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.statistics.cells import month_cells, officer_counts
    from meos_pipeline.statistics.cells.fine import FINE_CELLS

    folder, policy = space.folder, space.settings.policy
    companions = read_companions(folder, space.settings)
    rows = scan_months(folder.tables, POLICE_CHECKS, [month])
    cells = month_cells(rows, _before(folder, month, max(policy.repeat_window_days)), companions, month=month, policy=policy)
    root = folder.restricted / "cells"
    write_table(month_path(root, CELLS.name, month), CELLS.require(cells))
    write_table(month_path(root, OFFICER_COUNTS.name, month), OFFICER_COUNTS.require(officer_counts(rows, month=month)))
    fine: dict[str, int] = {}
    for name, table in FINE_CELLS.items():
        made = table.build(rows, _before(folder, month, table.lookback_days), companions, month=month, policy=policy)
        write_table(month_path(root, name, month), table.table.require(made))
        fine[name] = made.height
    checks = cells.filter(pl.col("partition") == "proactive")["n"].sum()
    return Counted(month=month, cells=cells.height, checks=int(checks), fine=fine)


def tell(counted: Sequence[Counted]) -> dict[str, object]:
    """Return what is worth telling of counted months."""
    table = pl.DataFrame(
        [{"month": f"{item.month:%Y-%m}", "checks": item.checks, "cells": item.cells, **item.fine} for item in counted]
    )
    return {"months": table}


def _before(folder: DataFolder, month: date, days: int) -> pl.LazyFrame:
    """Scan the months that lie within so many days before the month."""
    since = (month - timedelta(days=days)).replace(day=1)
    wanted = [item for item in months_of(folder.tables, POLICE_CHECKS.name) if since <= item < month]
    return scan_months(folder.tables, POLICE_CHECKS, wanted if days else [])
