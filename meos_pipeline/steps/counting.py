"""Rows of a month become exact cells, fine cells and officer counts in ``restricted/cells``."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_table, write_text
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import month_path, months_of, scan_months

VERSION = "1"
"""Raise when the meaning of a cell changes: every month is then counted again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What counting one month gave."""

    month: date
    state: str
    """Hash of all that the cells depend on."""
    cells: int
    checks: int
    fine: dict[str, int]


def count_month(space: Workspace, month: date) -> Counted:
    """Count one month; the rows of the year before it are looked back upon, never collected."""
    with one_at_a_time(space.folder, f"count-{month:%Y-%m}"):
        return _count_month(space, month)


def _count_month(space: Workspace, month: date) -> Counted:
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.statistics.cells import month_cells, officer_counts
    from meos_pipeline.statistics.cells.fine import FINE_CELLS

    folder, policy = space.folder, space.settings.policy
    companions = read_companions(folder, space.settings)
    # Before anything is read: when another run writes a month meanwhile, this one is stale and counted again.
    state = states(space, [month], companions)[month]
    rows = scan_months(folder.tables, POLICE_CHECKS, [month])
    cells = month_cells(
        rows, _before(folder, month, max(policy.repeat_window_days)), companions, month=month, policy=policy
    )
    root = folder.restricted / "cells"
    write_table(month_path(root, CELLS.name, month), CELLS.require(cells))
    write_table(month_path(root, OFFICER_COUNTS.name, month), OFFICER_COUNTS.require(officer_counts(rows, month=month)))
    fine: dict[str, int] = {}
    for name, table in FINE_CELLS.items():
        made = table.build(rows, _before(folder, month, table.lookback_days), companions, month=month, policy=policy)
        write_table(month_path(root, name, month), table.table.require(made))
        fine[name] = made.height
    write_text(_state_path(folder, month), state)
    checks = cells.filter(pl.col("partition") == "proactive")["n"].sum()
    return Counted(month=month, state=state, cells=cells.height, checks=int(checks), fine=fine)


def tell(counted: Sequence[Counted]) -> dict[str, object]:
    """Return what is worth telling of counted months."""
    table = pl.DataFrame(
        [{"month": f"{item.month:%Y-%m}", "checks": item.checks, "cells": item.cells, **item.fine} for item in counted]
    )
    return {"months": table}


def stale_counts(space: Workspace) -> dict[date, str]:
    """Return the months whose cells were counted from something else than what lies there now.

    What counts: the records of the month and of the year it looks back upon, the companion rows of the month, the
    policy, and the version of the cells. Another companion row of another month does not count.
    """
    from meos_pipeline.ingest.companions import read_companions

    months = months_of(space.folder.tables, POLICE_CHECKS.name)
    wanted = states(space, months, read_companions(space.folder, space.settings))
    return {month: state for month, state in wanted.items() if _counted_state(space.folder, month) != state}


def states(space: Workspace, months: Sequence[date], companions: Mapping[str, pl.DataFrame]) -> dict[date, str]:
    """Return, per month, a hash of all that its cells depend on."""
    from meos_pipeline.statistics.cells.fine import FINE_CELLS

    inputs = {
        date.fromisoformat(path.stem): str(json.loads(path.read_text(encoding="utf-8"))["inputs"])
        for path in sorted((space.folder.restricted / "months").glob("*.json"))
    }
    days = max(max(space.settings.policy.repeat_window_days), *(item.lookback_days for item in FINE_CELLS.values()))
    found = {}
    for month in months:
        since = (month - timedelta(days=days)).replace(day=1)
        seen = {key.isoformat(): inputs[key] for key in sorted(inputs) if since <= key <= month}
        beside = {name: _rows_of(frame, month) for name, frame in sorted(companions.items())}
        said = json.dumps([VERSION, seen, beside, repr(space.settings.policy)])
        found[month] = hashlib.sha256(said.encode()).hexdigest()[:16]
    return found


def _rows_of(frame: pl.DataFrame, month: date) -> str:
    """Hash the rows of a companion table that speak of the month; tables without a month are not counted."""
    column = next((name for name in ("month", "sample_date") if name in frame.columns), None)
    if column is None:
        return ""
    rows = frame.filter(pl.col(column).dt.month_start() == month)
    return hashlib.sha256(rows.write_csv().encode()).hexdigest()[:16]


def _state_path(folder: DataFolder, month: date) -> Path:
    return folder.restricted / "cells" / "states" / f"{month.isoformat()}.txt"


def _counted_state(folder: DataFolder, month: date) -> str:
    path = _state_path(folder, month)
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _before(folder: DataFolder, month: date, days: int) -> pl.LazyFrame:
    """Scan the months that lie within so many days before the month."""
    since = (month - timedelta(days=days)).replace(day=1)
    wanted = [item for item in months_of(folder.tables, POLICE_CHECKS.name) if since <= item < month]
    return scan_months(folder.tables, POLICE_CHECKS, wanted if days else [])
