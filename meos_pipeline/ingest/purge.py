"""Erasing what is older than its term (Wpg articles 8 and 14). A second run finds nothing to do.

A year is purged in this order: tables, caches and quarantine that hold its rows; the exports; last its key, so that
a crash never leaves readable rows behind a destroyed key. What stays of the year are released cells and editions.
"""

import json
import shutil
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from meos_pipeline.ingest.keys import destroy, read_keys
from meos_pipeline.ingest.parsed import NO_MONTH
from meos_pipeline.ingest.receive import ArchivedFile, read_archive
from meos_pipeline.numbered import counted
from meos_pipeline.settings import Settings
from meos_pipeline.storage.audit import write_entry
from meos_pipeline.storage.durable import sync_folder, write_table, write_text
from meos_pipeline.storage.made import forget, recall_all
from meos_pipeline.storage.paths import DataFolder


@dataclass(slots=True, kw_only=True)
class Purged:
    """What was erased, in counts and years."""

    exports: list[str] = field(default_factory=list)
    """SHA-256 of erased exports."""
    months: list[date] = field(default_factory=list)
    """Months whose rows are gone."""
    years: list[int] = field(default_factory=list)
    """Years whose key is destroyed."""
    is_rehearsal: bool = False

    @property
    def is_something(self) -> bool:
        """Tell whether anything was, or would be, erased."""
        return bool(self.exports or self.months or self.years)

    def __str__(self) -> str:
        """Say it in one sentence."""
        if not self.is_something:
            return "Nothing is older than its term."
        verb = "to be erased" if self.is_rehearsal else "erased"
        years = f"; keys of {', '.join(map(str, self.years))}" if self.years else ""
        return f"{verb.capitalize()}: {counted(len(self.exports), 'export')} and {counted(len(self.months), 'month')} of records{years}."


def purge(folder: DataFolder, settings: Settings, key_path: Path, *, now: datetime, dry_run: bool = False) -> Purged:
    """Erase exports, tables and keys past their terms.

    Args:
        folder: The data folder.
        settings: Terms (``[retention]``), settlement days, and the purpose for the log.
        key_path: The key file.
        now: The moment of running.
        dry_run: Only say what would be erased.
    """
    keys = read_keys(key_path)
    purged = Purged(is_rehearsal=dry_run)
    ended = now.year - settings.retention.table_years
    purged.years = [year for year in sorted(keys.years) if year < ended and _has_year(folder, year)]
    months = _months(folder)
    purged.months = [month for month in months if month.year < ended]
    doomed = [file for file in read_archive(folder, settings) if _is_over(folder, file, settings, now, ended)]
    purged.exports = [file.sha for file in doomed]
    if dry_run or not purged.is_something:
        return purged
    for month in purged.months:
        _erase_month(folder, month)
    for file in read_archive(folder, settings):
        _erase_from_cache(folder, file, set(purged.months))
    for file in doomed:
        _erase_export(folder, file)
    for path in (folder.archive, folder.tables, folder.restricted, folder.quarantine):
        sync_folder(path)
    for year in purged.years:
        destroy(key_path, year)
    write_entry(
        folder.audit_log,
        keys.lasting_key("audit"),
        action="erase",
        purpose=settings.site.purpose,
        at=now,
        facts={
            "exports": len(purged.exports),
            "months": [month.isoformat() for month in purged.months],
            "keys": purged.years,
        },
    )
    return purged


def _months(folder: DataFolder) -> list[date]:
    found = {path.name.removeprefix("month=") for path in folder.root.glob("tables/police_checks/month=*")}
    found |= set(recall_all(folder, "records"))
    found |= {path.name.removeprefix("month=") for path in folder.tables.glob("parsed/*/month=*")}
    return sorted({date.fromisoformat(name) for name in found} - {NO_MONTH})


def _has_year(folder: DataFolder, year: int) -> bool:
    """Whether the year was ever in use here: keys of years that never were are left alone."""
    return any(month.year == year for month in _months(folder))


def _months_of(folder: DataFolder, file: ArchivedFile) -> set[date]:
    found: set[date] = set()
    for facts in folder.tables.glob(f"parsed/{file.export_id}-*/facts.json"):
        found |= {
            date.fromisoformat(month) for month in json.loads(facts.read_text(encoding="utf-8")).get("months", {})
        }
    return found - {NO_MONTH}


def _is_over(folder: DataFolder, file: ArchivedFile, settings: Settings, now: datetime, ended: int) -> bool:
    """Whether the bytes of an export go: its months are final for the archive term, or one lies in a purged year."""
    if file.is_erased:
        return False
    months = _months_of(folder, file) or {file.exported_at.date().replace(day=1)}
    if any(month.year < ended for month in months):
        return True
    last = (max(months) + timedelta(days=31)).replace(day=1)
    final = last + timedelta(days=settings.policy.settlement_days + settings.retention.archive_days)
    return final < now.date()


def _erase_month(folder: DataFolder, month: date) -> None:
    name = f"month={month.isoformat()}"
    for path in (*folder.tables.glob(f"*/{name}"), *folder.restricted.glob(f"*/{name}")):
        shutil.rmtree(path)
    for kind in ("records", "figures", "validation", "cells"):
        forget(folder, kind, month.isoformat())
    (folder.quarantine / f"rules-{month.isoformat()}.parquet").unlink(missing_ok=True)
    for lock in (folder.restricted / "locks").glob(f"*-{month:%Y-%m}.lock"):
        lock.unlink()


def _erase_from_cache(folder: DataFolder, file: ArchivedFile, months: set[date]) -> None:
    """Take purged months out of a parsed export; rows without a date go with the first of them."""
    for cache in folder.tables.glob(f"parsed/{file.export_id}-*"):
        path = cache / "facts.json"
        if not path.exists():
            shutil.rmtree(cache)
            continue
        facts = json.loads(path.read_text(encoding="utf-8"))
        known = {date.fromisoformat(month) for month in facts.get("months", {})}
        gone = known & months
        if not gone:
            continue
        gone |= known & {NO_MONTH}
        if known == gone:
            shutil.rmtree(cache)
            (folder.quarantine / f"{file.export_id}.parquet").unlink(missing_ok=True)
            continue
        for month in gone:
            shutil.rmtree(cache / f"month={month.isoformat()}", ignore_errors=True)
            facts["rows_in"] -= sum(facts["months"].pop(month.isoformat()).values())
        facts.pop("mapping", None)  # its counts are of the file as a whole
        lost = pl.read_parquet(cache / "lost.parquet").filter(~pl.col("month").is_in(sorted(gone)))
        write_table(cache / "lost.parquet", lost)
        write_text(path, json.dumps(facts, indent=1))


def _erase_export(folder: DataFolder, file: ArchivedFile) -> None:
    """Erase the bytes; what was parsed of months within their term stays, and so does the note of delivery."""
    file.path.unlink(missing_ok=True)
    note = folder.archive / f"{file.sha}.json"
    if _months_of(folder, file):
        write_text(
            note,
            json.dumps(json.loads(note.read_text(encoding="utf-8")) | {"erased": True}, indent=1, ensure_ascii=False),
        )
    else:
        note.unlink(missing_ok=True)
        (folder.quarantine / f"{file.export_id}.parquet").unlink(missing_ok=True)
