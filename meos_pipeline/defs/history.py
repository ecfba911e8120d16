"""Dagster's own memory: runs, events and logs go when their term is over."""

import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

_FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]


def erase_old_runs(instance: dg.DagsterInstance, *, now: datetime, days: int, sure: bool) -> int:
    """Erase finished runs that are older than ``days``, with their events and compute logs.

    Returns:
        How many runs were, or would be, erased.
    """
    old = instance.get_run_records(dg.RunsFilter(created_before=now - timedelta(days=days), statuses=_FINISHED))
    for record in old if sure else ():
        run = record.dagster_run.run_id
        instance.delete_run(run)
        shutil.rmtree(Path(instance.storage_directory()) / run, ignore_errors=True)
    if old and sure:
        _give_space_back(Path(instance.root_directory))
    return len(old)


def _give_space_back(home: Path) -> None:
    """Rewrite the databases without what was erased: SQLite leaves erased rows in the file until then."""
    for path in sorted((home / "history").rglob("*.db")):
        # A database that is in use now is rewritten the next time.
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=5)) as base:
            base.execute("VACUUM")
