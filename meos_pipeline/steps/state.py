"""Where the site stands: what arrived, what was refused, what is published, and what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.steps import care, intake, publishing
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
    waiting = intake.landing_state(space, now=now).names
    missing = ""
    try:
        stale = sorted(intake.months_to_refresh(space))
    except InputError as error:
        stale, missing = [], str(error)
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
    silent = care.silent_teams(space) if records else []
    lines = [
        f"Data folder: {folder.root}",
        f"Waiting in landing: {counted(len(waiting), 'file')}",
        f"Set aside in quarantine: {counted(quarantined, 'row or field', 'rows or fields')}",
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
    return Status(lines=lines, months=months, next=missing or _next(waiting, bool(stale), bool(records), current))


def _next(waiting: tuple[str, ...], stale: bool, known: bool, current: str) -> str:
    if waiting or stale:
        return "meos run"
    if not known:
        return "put exports in landing, then 'meos run'"
    return "nothing to do" if current else "meos publish"
