"""A file of an unknown layout as a table of text: where its header is, how it is separated, and all of its columns.

What is read stays in memory and is never shown as it is: it holds persons.
"""

import csv
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from meos_pipeline.ingest.child import run_limited
from meos_pipeline.ingest.guess import guess_header
from meos_pipeline.ingest.messages import refused

_START = 1 << 18
"""Bytes in which header and separator are looked for."""
_SEPARATORS = (";", ",", "\t", "|")
_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """An export before anybody said what its columns are."""

    name: str
    table: pl.DataFrame
    """Every column of the file as text, named by its header."""
    line: int
    """Line of the header, from 1; 0 for Parquet."""
    delimiter: str = ""
    encoding: str = ""
    """Empty: UTF-8."""
    sheet: str = ""
    """Name of the sheet; empty when only one holds a table."""
    first_serial: date | None = None
    """Day number 0 of a workbook."""


def read_sketch(path: Path, *, language: str) -> Sketch:
    """Read a file without a profile.

    Args:
        path: CSV (also of tabs), XLSX or Parquet; CSV also packed with gzip or zip.
        language: Language of messages.

    Raises:
        ExportError: when it is no table, or cannot be opened.
    """
    suffix = path.suffix.lower()
    with tempfile.TemporaryDirectory() as work:
        target = Path(work) / "sketch"
        if suffix in (".xlsx", ".xlsm"):
            return _of_workbook(path, target, path.name, language)
        if suffix in (".gz", ".zip"):
            task = "gunzip" if suffix == ".gz" else "unzip"
            facts = run_limited(task, path, target, {}, name=path.name, language=language)
            if str(facts.get("name") or path.stem).lower().endswith(".xlsx"):
                return _of_workbook(target, Path(work) / "sheet", path.name, language)
            return _of_text(target.read_bytes(), path.name, language)
        if suffix in (".parquet", ".pq"):
            table = pl.read_parquet(path).select(pl.all().cast(pl.String, strict=False))
            return Sketch(name=path.name, table=table, line=0)
        return _of_text(path.read_bytes(), path.name, language)


def _of_workbook(path: Path, target: Path, name: str, language: str) -> Sketch:
    facts = run_limited("sketch", path, target, {}, name=name, language=language)
    return Sketch(
        name=name,
        table=pl.read_parquet(target).drop("_row"),
        line=int(str(facts["line"])),
        sheet=str(facts["sheet"]) if facts["sheets"] != 1 else "",
        first_serial=date(1904, 1, 1) if facts.get("is_1904") else date(1899, 12, 30),
    )


def _of_text(content: bytes, name: str, language: str) -> Sketch:
    if not content.strip():
        raise refused("F-LEEG", language, file=name)
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF"):
        raise refused("F-SOORT", language, file=name, kind="zip/Office/PDF")
    text, encoding = _decoded(content)
    start = text[:_START].split("\n")[:_LINES]
    best: tuple[int, int, str] | None = None
    for separator in _SEPARATORS:
        rows = [_split(line, separator) for line in start]
        at = guess_header(rows)
        if at is not None and (best is None or len(rows[at]) > best[0]):
            best = (len(rows[at]), at, separator)
    if best is None:
        raise refused("F-KOP-ONTBREEKT", language, file=name, line=1, columns="–", hint="")
    _, at, separator = best
    header = [item.strip() for item in _split(start[at], separator)]
    names = [item or f"leeg_{place}" for place, item in enumerate(header)]
    body = "\n".join(text.split("\n")[at + 1 :]).encode()
    table = pl.read_csv(
        body,
        separator=separator,
        has_header=False,
        schema=dict.fromkeys(names, pl.String),
        truncate_ragged_lines=True,
        ignore_errors=True,
    )
    return Sketch(name=name, table=table, line=at + 1, delimiter=separator, encoding=encoding)


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "utf-16"):
        try:
            if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
                continue
            return content.decode(encoding).replace("\r\n", "\n"), "" if encoding == "utf-8-sig" else encoding
        except UnicodeDecodeError:
            continue
    return content.decode("cp1252", errors="replace").replace("\r\n", "\n"), "cp1252"


def _split(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r")], delimiter=separator), [])
    except csv.Error:
        return []
