"""Rows of a month become exact cells, fine cells and officer counts in ``restricted/cells``."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.policy import Policy
from meos_pipeline.steps.progress import track
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_table, write_text
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import month_path, months_of, scan_months

if TYPE_CHECKING:
    from meos_pipeline.statistics.cells.look_back import Year
    from meos_pipeline.statistics.cells.repeats import RepeatTally

VERSION = "2"
"""Raise when the meaning of a cell changes: every month is then counted again."""
_AT_ONCE = 2
"""Months that are counted at the same time."""
COUNTED_BY = ("timely_minutes", "repeat_window_days")
"""Numbers of the policy that cells depend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What counting one month gave."""

    month: date
    state: str
    """Hash of what it was counted from."""
    cells: int
    checks: int
    fine: dict[str, int]


def count_months(space: Workspace, months: Iterable[date]) -> list[Counted]:
    """Count these months, telling progress; of a row, at most a few numbers are held, for a month or part of a year.

    Tables that look back over the calendar year are made for all months of a year at once, in one pass over its rows.
    """
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.statistics.cells import fine, look_back  # noqa: F401 - before there are threads: two that import wait for each other

    wanted = sorted(months)
    companions = read_companions(space.folder, space.settings)
    # Before anything is read: when another run writes a month meanwhile, this one is stale and counted again.
    state = states(space, wanted, companions)
    yearly: dict[int, tuple[Future[tuple[dict[str, pl.DataFrame], RepeatTally]], Future[RepeatTally]]] = {}

    def one(month: date) -> Counted:
        with one_at_a_time(space.folder, f"count-{month:%Y-%m}"):
            persons, vehicles = yearly[month.year]
            tables, of_persons = persons.result()
            repeats = [of_persons, vehicles.result()]
            counted = _count(space, month, state[month], companions, tables, repeats)
            write_text(_state_path(space.folder, month), state[month])
            return counted

    # Two at once: a month is many small questions, and one at a time leaves processors idle. Years are asked first.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for year, of_year in groupby(wanted, key=lambda month: month.year):
            opened = _open_year(space, list(of_year))
            yearly[year] = pool.submit(_persons, opened), pool.submit(opened.vehicles)
        made = pool.map(one, wanted)
        return [next(made) for _ in track("count", wanted)]


def _open_year(space: Workspace, months: Sequence[date]) -> "Year":
    """Take the months of one year, with the year before them and the days that repeats look back upon."""
    from meos_pipeline.statistics.cells.look_back import open_year

    folder, policy = space.folder, space.settings.policy
    since = _since(min(months), policy)
    seen = [item for item in months_of(folder.tables, POLICE_CHECKS.name) if since <= item <= max(months)]
    return open_year(scan_months(folder.tables, POLICE_CHECKS, seen), months, policy=policy)


def _persons(year: "Year") -> "tuple[dict[str, pl.DataFrame], RepeatTally]":
    """Make the tables that look back over the calendar year, and count repeats by person."""
    from meos_pipeline.statistics.cells.fine import FINE_CELLS

    return year.persons({name: item.of_year for name, item in FINE_CELLS.items() if item.of_year})


def _since(month: date, policy: Policy) -> date:
    """First month that the cells of a month look back upon: of its calendar year and of the windows of repeats."""
    return min((month - timedelta(days=max(policy.repeat_window_days))).replace(day=1), month.replace(month=1))


def _count(
    space: Workspace,
    month: date,
    state: str,
    companions: Mapping[str, pl.DataFrame],
    yearly: Mapping[str, pl.DataFrame],
    repeats: "Sequence[RepeatTally]",
) -> Counted:
    from meos_pipeline.statistics.cells.fine import FINE_CELLS
    from meos_pipeline.statistics.cells.held import hold
    from meos_pipeline.statistics.cells.month import MONTH_COLUMNS, held_cells, officer_counts

    folder, policy = space.folder, space.settings.policy
    columns = [*MONTH_COLUMNS, *(name for table in FINE_CELLS.values() for name in table.columns)]
    held = hold(scan_months(folder.tables, POLICE_CHECKS, [month]).filter(pl.col("month") == month), columns)
    root = folder.restricted / "cells"
    officers = officer_counts(held)
    write_table(month_path(root, OFFICER_COUNTS.name, month), officers)
    proactive = officers.group_by("team").agg(pl.col("n_proactive").sum())
    looked_back = pl.concat([tally.table(month, proactive) for tally in repeats])
    cells = held_cells(held, looked_back, companions, officers, month=month, policy=policy)
    write_table(month_path(root, CELLS.name, month), cells)
    fine: dict[str, int] = {}
    for name, table in FINE_CELLS.items():
        made = table.of_month(held) if table.of_month else yearly[name].filter(pl.col("month") == month)
        write_table(month_path(root, name, month), made)
        fine[name] = made.height
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

    What counts: the records of the month, of its calendar year so far and of the days that repeats look back upon,
    the companion rows of the month, the numbers of the policy that cells depend on, and the version of the cells.
    """
    from meos_pipeline.ingest.companions import read_companions

    months = months_of(space.folder.tables, POLICE_CHECKS.name)
    wanted = states(space, months, read_companions(space.folder, space.settings))
    return {month: state for month, state in wanted.items() if _counted_state(space.folder, month) != state}


def states(space: Workspace, months: Sequence[date], companions: Mapping[str, pl.DataFrame]) -> dict[date, str]:
    """Return, per month, a hash of all that its cells depend on: another threshold of the release is none of it."""
    inputs = {
        date.fromisoformat(path.stem): str(json.loads(path.read_text(encoding="utf-8"))["inputs"])
        for path in sorted((space.folder.restricted / "months").glob("*.json"))
    }
    policy = space.settings.policy
    numbers = {name: getattr(policy, name) for name in COUNTED_BY}
    found = {}
    for month in months:
        since = _since(month, policy)
        seen = {key.isoformat(): inputs[key] for key in sorted(inputs) if since <= key <= month}
        beside = {name: _rows_of(frame, month) for name, frame in sorted(companions.items())}
        said = json.dumps([VERSION, seen, beside, numbers])
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
