"""Rows of a month become exact cells, fine cells and officer counts in ``restricted/cells``."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.policy import Policy
from meos_pipeline.steps import intake
from meos_pipeline.steps.companion_rows import companion_rows, rows_per_month
from meos_pipeline.steps.progress import track
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_table
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.made import code_of, hash_of, recall_all, remember, why_again
from meos_pipeline.storage.tables import month_path, months_of, scan_months

if TYPE_CHECKING:
    from pathlib import Path

    from meos_pipeline.statistics.cells.look_back import Year
    from meos_pipeline.statistics.cells.repeats import RepeatTally

KIND = "cells"
_AT_ONCE = 2
"""Months that are counted at the same time."""
COUNTED_BY = ("timely_minutes", "repeat_window_days")
"""Numbers of the policy that cells depend on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What counting one month gave."""

    month: date
    state: str
    """Hash of what it was counted from: other sources, another state."""
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
    records = {date.fromisoformat(month): item.state for month, item in recall_all(space.folder, "records").items()}
    sources = sources_of(space, wanted, records=records, companions=rows_per_month(companions))
    yearly: dict[int, tuple[Future[tuple[dict[str, pl.DataFrame], RepeatTally]], Future[RepeatTally]]] = {}

    def one(month: date) -> Counted:
        with one_at_a_time(space.folder, f"count-{month:%Y-%m}"):
            persons, vehicles = yearly[month.year]
            tables, of_persons = persons.result()
            repeats = [of_persons, vehicles.result()]
            counted = _count(space, month, hash_of(sources[month]), companions, tables, repeats)
            remember(space.folder, KIND, month.isoformat(), sources[month], files=_files(space, month))
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
    from meos_pipeline.ingest.months import read_lost
    from meos_pipeline.statistics.cells.fine import FINE_CELLS
    from meos_pipeline.statistics.cells.held import hold
    from meos_pipeline.statistics.cells.month import MONTH_COLUMNS, held_cells, officer_counts, without

    folder, policy = space.folder, space.settings.policy
    columns = [*MONTH_COLUMNS, *(name for table in FINE_CELLS.values() for name in table.columns)]
    held = hold(scan_months(folder.tables, POLICE_CHECKS, [month]).filter(pl.col("month") == month), columns)
    root = folder.restricted / "cells"
    officers = officer_counts(held)
    write_table(month_path(root, OFFICER_COUNTS.name, month), officers)
    proactive = officers.group_by("team").agg(pl.col("n_proactive").sum())
    looked_back = pl.concat([tally.table(month, proactive) for tally in repeats])
    cells = held_cells(held, looked_back, companions, officers, month=month, policy=policy)
    cells = without(cells, read_lost(folder, month))
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


def why_count_again(space: Workspace) -> dict[date, tuple[str, tuple[str, ...]]]:
    """Return, per month whose cells were counted from something else than what there is now, the state it will have and why.

    What counts: the records of the month, of its calendar year so far and of the days that repeats look back upon,
    the companion rows of the month, the numbers of the policy that cells depend on, and the code that counts.
    """
    records = intake.records_wanted(space)
    sources = sources_of(space, sorted(records), records=records, companions=companion_rows(space))
    made = recall_all(space.folder, KIND)
    why = {month: why_again(space.folder, made.get(month.isoformat()), said) for month, said in sources.items()}
    return {month: (hash_of(sources[month]), reasons) for month, reasons in why.items() if reasons}


def stale_counts(space: Workspace) -> dict[date, str]:
    """Return the months of ``why_count_again`` with the state that their cells will have."""
    return {month: state for month, (state, _) in why_count_again(space).items()}


def counted_months(space: Workspace) -> list[date]:
    """Return the months that were counted, oldest first."""
    return sorted(date.fromisoformat(name) for name in recall_all(space.folder, KIND))


def keep_as_counted(space: Workspace, months: Sequence[date]) -> None:
    """Keep that the cells of these months stand: what they looked back upon was erased after its term."""
    there = [month for month in months if month in set(counted_months(space))]
    sources = sources_of(space, there, records=intake.records_wanted(space), companions=companion_rows(space))
    for month, said in sources.items():
        remember(space.folder, KIND, month.isoformat(), said, files=_files(space, month))


def states_wanted(space: Workspace) -> dict[str, str]:
    """Return, per month as text, the state its cells have once they are up to date."""
    records = intake.records_wanted(space)
    sources = sources_of(space, sorted(records), records=records, companions=companion_rows(space))
    return {month.isoformat(): hash_of(said) for month, said in sources.items()}


def sources_of(
    space: Workspace,
    months: Sequence[date],
    *,
    records: Mapping[date, str],
    companions: Mapping[str, Mapping[str, str]],
) -> dict[date, dict[str, str]]:
    """Return, per month, all that its cells depend on: another threshold of the release is none of it.

    Args:
        space: The workspace.
        months: Which months.
        records: State of the records of every month.
        companions: From ``companion_rows``.
    """
    policy = space.settings.policy
    numbers = hash_of({name: getattr(policy, name) for name in COUNTED_BY})
    found = {}
    for month in months:
        since = _since(month, policy)
        seen = {key.isoformat(): state for key, state in records.items() if since <= key <= month}
        found[month] = {
            "records": hash_of(seen),
            "companion files": hash_of(companions.get(month.isoformat(), {})),
            "policy": numbers,
            "code": code(),
        }
    return found


def code() -> str:
    """Return a hash of the code that counts cells."""
    return code_of(
        "meos_pipeline.statistics.cells.month",
        "meos_pipeline.statistics.cells.fine",
        "meos_pipeline.statistics.cells.look_back",
        "meos_pipeline.statistics.cells.held",
    )


def _files(space: Workspace, month: date) -> "list[Path]":
    from meos_pipeline.statistics.cells.fine import FINE_CELLS

    root = space.folder.restricted / "cells"
    return [month_path(root, name, month) for name in (CELLS.name, OFFICER_COUNTS.name, *FINE_CELLS)]
