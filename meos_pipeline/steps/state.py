"""Where the site stands: what arrived, what was refused, what is published, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.steps import care, handed_in, intake, publishing
from meos_pipeline.steps import plan as plans
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.tables import months_of, scan_months


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Lines for people, one row per month, and the next thing to do."""

    lines: list[str]
    months: Sequence[tuple[object, ...]]
    next: str


def status(space: Workspace, *, now: datetime) -> Status:
    """Tell the state of a site from its files alone."""
    from meos_pipeline.quality.summary import read_validation

    folder = space.folder
    waiting = plans.waiting(space, now=now)
    missing = ""
    sheets: list[str] = []
    try:
        work = plans.plan(space, now=now)
        refused, account = handed_in.judged(space)
        lines_in, accepted = int(account["rows_in"].sum()), int(account["accepted"].sum())
        if account.height:
            refused_files = counted(len(refused), "file")
            sheets = [f"Handed in from the counting page: {lines_in} lines, {accepted} count; {refused_files} refused"]
    except InputError as error:
        work, missing = [], str(error)
    stale = {date.fromisoformat(f"{item.what}-01") for item in work if item.step in plans.OF_MONTHS}
    is_read = not any(item.step == "read" for item in work)
    done = set(months_of(folder.restricted / "cells", CELLS.name))
    records = dict(
        scan_months(folder.tables, POLICE_CHECKS).group_by("month").len().collect().sort("month").iter_rows()
    )
    failed = dict(
        read_validation(folder)
        .filter(~pl.col("passed"), pl.col("month").is_not_null())
        .group_by("month")
        .len()
        .iter_rows()
    )
    current = publishing.current_edition(space)
    quarantined = intake.read_quarantine(space).height
    silent = care.silent_teams(space) if records and is_read and not missing else []
    lines = [
        f"Data folder: {folder.root}",
        f"Waiting in landing: {counted(len(waiting), 'file')}",
        f"Set aside in quarantine: {counted(quarantined, 'row or field', 'rows or fields')}",
        *sheets,
        f"Published: {current or 'nothing yet'}",
    ]
    kept = publishing.kept_editions(space)
    if len(kept) > 1:
        lines.append(f"Editions that are kept: {', '.join(kept)}")
    if silent:
        lines.append(f"Teams without a recent export: {', '.join(silent)}")
    months = [
        (
            f"{month:%Y-%m}",
            records.get(month, 0),
            failed.get(month, 0),
            "no" if month in stale or month not in done else "yes",
        )
        for month in sorted({*records, *stale})
    ]
    return Status(lines=lines, months=months, next=missing or _next(work, bool(records), current))


def _next(work: Sequence[plans.Work], known: bool, current: str) -> str:
    steps = {item.step for item in work}
    if steps == {"read"} and not known:
        return "put exports in landing, then 'meos run'"
    if steps - {"release", "find", "publish"}:
        return "meos run"
    return "meos publish" if steps or not current else "nothing to do"
