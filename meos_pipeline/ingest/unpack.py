"""The child's side: unpack gzip and zip, guard and read workbooks. Run as a module by ``ingest.child`` only."""

import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from meos_pipeline.ingest.child import limit_this_process

_BLOCK = 1 << 20
_MOST_RATIO = 200
"""Bytes unpacked per byte packed; text exports reach 10 to 30."""
_MOST_BYTES = 32 << 30
_FREE_BYTES = 1 << 24
"""Below this a high ratio proves nothing (many equal rows)."""
_MOST_COLUMNS = 1_000
_MOST_ROWS = 1_048_576
_MOST_ENTRIES = 2_000
_CELL = re.compile(rb'<c r="([A-Z]{1,4})(\d{1,8})"')
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d{1,8})"')
_HIDDEN = re.compile(rb"<(?:autoFilter\b|row\b[^>]*\bhidden=\"(?:1|true)\")")
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+\d+(?::[A-Z]+(\d+))?"')


class RefusedError(Exception):
    """A file is refused with this code."""

    def __init__(self, code: str, **facts: object) -> None:
        """Keep the code and facts."""
        super().__init__(code)
        self.code, self.facts = code, facts


def gunzip(source: Path, target: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Unpack one gzip stream; its checksum and its end must be right."""
    del options
    size = source.stat().st_size
    with source.open("rb") as packed, target.open("wb") as plain:
        unpacker = zlib.decompressobj(31)
        written = 0
        while block := packed.read(_BLOCK):
            while block:
                try:
                    made = unpacker.decompress(block, _BLOCK * 8)
                except zlib.error:
                    raise RefusedError("F-CRC") from None
                plain.write(made)
                written += len(made)
                _require_sane(written, size)
                block = unpacker.unconsumed_tail
                if unpacker.eof:
                    break
            if unpacker.eof:
                break
        if not unpacker.eof:
            raise RefusedError("F-AFGEKAPT", line="?")
        if unpacker.unused_data or packed.read(1):
            raise RefusedError("F-GZ-REST")
    return {}


def unzip(source: Path, target: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Unpack the one file in a zip."""
    del options
    with _archive(source) as archive:
        members = [
            item for item in archive.infolist() if not item.is_dir() and not item.filename.startswith("__MACOSX/")
        ]
        if len(members) != 1:
            raise RefusedError("F-ZIP-LEDEN", count=len(members))
        with archive.open(members[0]) as packed, target.open("wb") as plain:
            _copy_out(packed, plain, source.stat().st_size)
        return {"name": Path(members[0].filename).name}


def workbook(source: Path, target: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Guard a workbook and write the sheet with the header as Parquet of text, with its row numbers."""
    warnings: dict[str, int] = {}
    dimensions = _guard_workbook(source, warnings)
    import fastexcel

    try:
        book = fastexcel.read_excel(source)
        names = [name for name in book.sheet_names if not options["sheet"] or name == options["sheet"]]
        found = [(name, at) for name in names if (at := _header_row(book, name, options["headers"])) is not None]
        if len(found) != 1:
            raise RefusedError("F-BLAD")
        name, at = found[0]
        sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        frame = sheet.to_polars()
    except (fastexcel.FastExcelError, ValueError, OSError):
        raise RefusedError("F-ZIP-KAPOT") from None
    return _write_sheet(frame, at, target, warnings, dimensions)


def _write_sheet(frame: Any, at: int, target: Path, warnings: dict[str, int], dimensions: list[int]) -> dict[str, Any]:  # noqa: ANN401
    import polars as pl

    header = ["" if value is None else str(value).strip() for value in frame.row(at)]
    width = max((place + 1 for place, name in enumerate(header) if name), default=0)
    header = header[:width]
    doubles = sorted({name for name in header if name and header.count(name) > 1})
    if doubles:
        raise RefusedError("F-KOP-DUBBEL", columns=", ".join(doubles))
    names = [name or f"leeg_{place}" for place, name in enumerate(header)]
    body = (
        frame.with_row_index("_row", offset=1)
        .slice(at + 1)
        .select(pl.col("_row").cast(pl.Int64), *frame.columns[:width])
    )
    body.columns = ["_row", *names]
    blank = pl.all_horizontal(pl.col(names).is_null() | (pl.col(names).str.strip_chars() == ""))
    blanks = int(body.select(blank.sum()).item()) if body.height else 0
    body = body.filter(~blank)
    if blanks:
        warnings["W-LEGE-REGEL"] = blanks
    if frame.height >= _MOST_ROWS:
        warnings["W-RIJGRENS"] = 1
    if dimensions and max(dimensions) < frame.height and min(dimensions) > 0:
        warnings["W-DIMENSIE"] = 1
    body.write_parquet(target)
    return {"header": names, "header_line": at + 1, "rows": body.height, "warnings": warnings}


def _header_row(book: Any, name: str, headers: list[list[str]]) -> int | None:  # noqa: ANN401
    """Row index (from 0) that holds every required header, within the first 30 rows."""
    from meos_pipeline.ingest.profiles import normal_header

    top = book.load_sheet(name, header_row=None, n_rows=30, dtypes="string").to_polars()
    best: tuple[int, int] | None = None
    for place, row in enumerate(top.iter_rows()):
        seen = {normal_header(str(value)) for value in row if value is not None}
        hits = sum(any(alias in seen for alias in aliases) for aliases in headers)
        if hits > len(headers) // 2 and (best is None or hits > best[0]):
            best = (hits, place)
    return None if best is None else best[1]


def _guard_workbook(source: Path, warnings: dict[str, int]) -> list[int]:
    """Refuse bombs, DTDs and far cells before a parser sees them; return the row counts that sheets state."""
    stated: list[int] = []
    with _archive(source) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" not in names:
            raise RefusedError("F-SOORT", kind="zip")
        for member in archive.infolist():
            is_sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
            tail, written, rows = b"", 0, 0
            for block in _blocks(archive, member):
                written += len(block)
                _require_sane(written, max(member.compress_size, 1))
                text = tail + block
                if member.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in text.upper():
                    raise RefusedError("F-XML-DTD")
                if is_sheet:
                    rows = max(rows, _scan_sheet(text, warnings, stated))
                tail = text[-256:]
    return stated


def _scan_sheet(text: bytes, warnings: dict[str, int], stated: list[int]) -> int:
    for column, row in _CELL.findall(text):
        if len(column) > 3 or _column_number(column) > _MOST_COLUMNS or int(row) > _MOST_ROWS:
            raise RefusedError("F-VERRE-CEL")
    if _HIDDEN.search(text):
        warnings["W-FILTER"] = 1
    if b"<mergeCell " in text:
        warnings["W-SAMENGEVOEGD"] = 1
    dimension = _DIMENSION.search(text)
    if dimension:
        stated.append(int(dimension[1] or 1))
    return max((int(row) for row in _ROW.findall(text)), default=0)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _archive(source: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error):
        raise RefusedError("F-ZIP-KAPOT") from None
    members = archive.infolist()
    if len(members) > _MOST_ENTRIES:
        raise RefusedError("F-BOM")
    for member in members:
        parts = Path(member.filename).parts
        if (
            member.filename.startswith(("/", "\\"))
            or ".." in parts
            or "\\" in member.filename
            or ":" in member.filename
        ):
            raise RefusedError("F-PAD")
        if member.flag_bits & 1:
            raise RefusedError("F-WACHTWOORD")
        if (member.external_attr >> 16) & 0o170000 == 0o120000:
            raise RefusedError("F-LINK")
    return archive


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(member) as packed:
            while block := packed.read(_BLOCK):
                yield block
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        raise RefusedError("F-CRC") from None


def _copy_out(packed: Any, plain: BinaryIO, size: int) -> None:  # noqa: ANN401
    written = 0
    try:
        while block := packed.read(_BLOCK):
            plain.write(block)
            written += len(block)
            _require_sane(written, size)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise RefusedError("F-CRC") from None


def _require_sane(written: int, size: int) -> None:
    if written > _MOST_BYTES or (written > _FREE_BYTES and written > _MOST_RATIO * size):
        raise RefusedError("F-BOM")


TASKS = {"gunzip": gunzip, "unzip": unzip, "workbook": workbook}


def main() -> None:
    """Read one task from standard input, do it within limits, answer in one line."""
    call = json.loads(sys.stdin.read())
    limit_this_process()
    try:
        answer = TASKS[call["task"]](Path(call["source"]), Path(call["target"]), call["options"])
    except RefusedError as error:
        answer = {"code": error.code, **error.facts}
    except MemoryError:
        answer = {"code": "F-GRENS", "why": "memory"}
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
