"""Packed and spreadsheet exports: opened by a limited child process, then read like any other."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from meos_pipeline.ingest.child import run_limited
from meos_pipeline.ingest.export import Export, named_columns
from meos_pipeline.ingest.mapping import map_columns
from meos_pipeline.ingest.messages import refused
from meos_pipeline.ingest.profiles import Profile, normal_header
from meos_pipeline.settings import Settings

Reader = Callable[[Path, Profile, Settings, Path, str], Export]
_ZIP, _GZIP, _OFFICE = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"


def reader_of(start: bytes, suffix: str, name: str, language: str, read_text: Reader) -> Reader:
    """Choose the reader for a packed or spreadsheet file; its bytes must be what its name says.

    Raises:
        ExportError: F-LEEG, F-SOORT, F-WACHTWOORD or F-ZIP-KAPOT.
    """
    if not start:
        raise refused("F-LEEG", language, file=name)
    if start.startswith(_OFFICE):
        raise refused("F-WACHTWOORD", language, file=name)
    if suffix == ".gz" and start.startswith(_GZIP):
        return _unpacking("gunzip", read_text)
    if suffix == ".zip" and start.startswith(_ZIP):
        return _unpacking("unzip", read_text)
    if suffix in (".xlsx", ".xlsm") and start.startswith(_ZIP):
        return read_workbook
    if suffix in (".xlsx", ".xlsm", ".zip") and not start.lstrip().startswith(b"<"):
        raise refused("F-ZIP-KAPOT", language, file=name)
    raise refused("F-SOORT", language, file=name, kind="HTML" if start.lstrip().startswith(b"<") else suffix)


def read_workbook(path: Path, profile: Profile, settings: Settings, work: Path, name: str) -> Export:
    """Read the sheet that has the expected header, or the sheets that the profile names, wherever their header row is.

    The row numbers of each further sheet begin at the next multiple of ``SHEET_LINES``.

    Raises:
        ExportError: F-LEEG, or what the reading process found.
    """
    language = settings.site.languages[0]
    headers = [[normal_header(alias) for alias in names] for names in profile.wanted]
    target = work / "sheet.parquet"
    facts = run_limited(
        "workbook", path, target, {"sheets": list(profile.sheet), "headers": headers}, name=name, language=language
    )
    header, line, rows_in = _facts(facts)
    mapping = map_columns(header, profile, name=name, line=line, language=language)
    if rows_in == 0:
        raise refused("F-LEEG", language, file=name)
    position = {text: text for text in header}
    rows = pl.scan_parquet(target, glob=False).select(pl.col("_row").alias("line"), *named_columns(mapping, position))
    found = facts["warnings"]
    warnings = {str(code): int(count) for code, count in found.items()} if isinstance(found, dict) else {}
    if mapping.extra:
        warnings["W-KOLOM-EXTRA"] = len(mapping.extra)
    return Export(
        name=name,
        rows=rows,
        rows_in=rows_in,
        mapping=mapping,
        header=header,
        header_line=line,
        warnings=warnings,
        first_serial=date(1904, 1, 1) if facts.get("is_1904") else date(1899, 12, 30),
    )


def _facts(facts: dict[str, object]) -> tuple[tuple[str, ...], int, int]:
    header, line, rows = facts["header"], facts["header_line"], facts["rows"]
    if not (isinstance(header, list) and isinstance(line, int) and isinstance(rows, int)):
        raise TypeError("The child answered in another form")
    return tuple(str(text) for text in header), line, rows


def _unpacking(task: str, read_text: Reader) -> Reader:
    def read(path: Path, profile: Profile, settings: Settings, work: Path, name: str) -> Export:
        target = work / "unpacked"
        facts = run_limited(task, path, target, {}, name=name, language=settings.site.languages[0])
        inner = str(facts.get("name") or Path(name).stem)
        if Path(inner).suffix.lower() == ".xlsx":
            return read_workbook(target, profile, settings, work, name)
        export = read_text(target, profile, settings, work, inner)
        export.name = name
        return export

    return read
