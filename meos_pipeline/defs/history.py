"""Dagster's own memory: runs, events and logs go when their term is over."""

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def history_of(instance: dg.DagsterInstance, data: Path) -> Callable[[datetime, bool], int]:
    """Return what erases, or counts, the finished runs of a data folder that are older than a moment."""

    def erase(before: datetime, sure: bool) -> int:
        return erase_old_runs(instance, before=before, sure=sure, data=data)

    return erase


def erase_old_runs(instance: dg.DagsterInstance, *, before: datetime, sure: bool, data: Path | None = None) -> int:
    """Erase finished runs that are older than a moment, with their events and compute logs.

    Args:
        instance: Dagster's instance.
        before: Runs that began earlier go.
        sure: Really do it.
        data: Runs that name another data folder stay.

    Returns:
        How many runs were, or would be, erased.
    """
    found = instance.get_run_records(dg.RunsFilter(created_before=before, statuses=_FINISHED))
    old = [record for record in found if data is None or _data_of(record.dagster_run) in {"", str(data)}]
    for record in old if sure else ():
        run = record.dagster_run.run_id
        instance.delete_run(run)
        shutil.rmtree(Path(instance.storage_directory()) / run, ignore_errors=True)
    if old and sure:
        _give_space_back(Path(instance.root_directory))
    return len(old)


def _data_of(run: dg.DagsterRun) -> str:
    """Data folder that the configuration of a run names; empty when it names none."""
    found: Any = run.run_config
    for name in ("resources", "workspace", "config", "data"):
        found = found.get(name, {}) if isinstance(found, Mapping) else {}
    return str(found or "")


def _give_space_back(home: Path) -> None:
    """Rewrite the databases without what was erased: SQLite leaves erased rows in the file until then."""
    for path in sorted((home / "history").rglob("*.db")):
        # A database that is in use now is rewritten the next time.
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=5)) as base:
            base.execute("VACUUM")
