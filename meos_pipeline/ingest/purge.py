"""What goes of exports when their term is over: first their bytes, later what was parsed of them (Wpg articles 8 and 14)."""

import json
import shutil
from collections.abc import Collection
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from meos_pipeline.ingest.parsed import NO_MONTH
from meos_pipeline.ingest.receive import ArchivedFile, read_archive
from meos_pipeline.settings import Settings
from meos_pipeline.storage.durable import sync_folder, write_table, write_text
from meos_pipeline.storage.paths import DataFolder


def exports_past(folder: DataFolder, settings: Settings, *, now: datetime, before: date) -> list[ArchivedFile]:
    """Return the exports of which the bytes go: final for the archive term, or with a month that goes.

    Args:
        folder: The data folder.
        settings: Settlement days and the archive term.
        now: The moment of running.
        before: First day that is kept of what is in tables.
    """
    return [file for file in read_archive(folder, settings) if _is_over(folder, file, settings, now, before)]


def erase_months_of_exports(folder: DataFolder, settings: Settings, months: Collection[date]) -> None:
    """Take months out of every parsed export; rows without a date go with the first of them."""
    for file in read_archive(folder, settings):
        _erase_from_cache(folder, file, set(months))
    known = read_archive(folder, settings)
    for cache in (folder.tables / "parsed").glob("*"):
        if cache.name.partition("-")[0] not in {file.export_id for file in known}:
            shutil.rmtree(cache)
    erase_exports(folder, [file.sha for file in known if file.is_erased])


def erase_exports(folder: DataFolder, shas: Collection[str]) -> None:
    """Erase the bytes; what was parsed of months within their term stays, and so does the note of delivery."""
    for sha in sorted(shas):
        _erase_export(folder, sha)
    for path in (folder.archive, folder.quarantine):
        sync_folder(path)


def months_of_export(folder: DataFolder, export_id: str) -> set[date]:
    """Return the months of which rows of an export are in the cache."""
    found: set[date] = set()
    for facts in folder.tables.glob(f"parsed/{export_id}-*/facts.json"):
        found |= {
            date.fromisoformat(month) for month in json.loads(facts.read_text(encoding="utf-8")).get("months", {})
        }
    return found - {NO_MONTH}


def _is_over(folder: DataFolder, file: ArchivedFile, settings: Settings, now: datetime, before: date) -> bool:
    """Whether the bytes of an export go: its months are final for the archive term, or one lies in a purged year."""
    if file.is_erased:
        return False
    months = months_of_export(folder, file.export_id) or {file.exported_at.date().replace(day=1)}
    if any(month < before for month in months):
        return True
    last = (max(months) + timedelta(days=31)).replace(day=1)
    final = last + timedelta(days=settings.policy.settlement_days + settings.retention.archive_days)
    return final < now.date()


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
        _erase_lines(folder, file, cache)
        write_text(path, json.dumps(facts, indent=1))


def _erase_lines(folder: DataFolder, file: ArchivedFile, cache: Path) -> None:
    """Keep of the quarantine of an export the lines that are still in its cache."""
    path = folder.quarantine / f"{file.export_id}.parquet"
    if path.exists():
        parts = [pl.read_parquet(part, columns=["line"]) for part in sorted(cache.glob("month=*/*.parquet"))]
        left = pl.concat([pl.DataFrame(schema={"line": pl.Int64}), *parts], how="vertical_relaxed")
        write_table(path, pl.read_parquet(path).filter(pl.col("line").is_in(left["line"].implode())))


def _erase_export(folder: DataFolder, sha: str) -> None:
    (folder.archive / sha).unlink(missing_ok=True)
    note = folder.archive / f"{sha}.json"
    if months_of_export(folder, sha[:16]):
        if note.exists():
            said = json.loads(note.read_text(encoding="utf-8")) | {"erased": True}
            write_text(note, json.dumps(said, indent=1, ensure_ascii=False))
        return
    (folder.quarantine / f"{sha[:16]}.parquet").unlink(missing_ok=True)
    for cache in folder.tables.glob(f"parsed/{sha[:16]}-*"):
        shutil.rmtree(cache)
    note.unlink(missing_ok=True)
