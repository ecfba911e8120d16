"""The child's side: unpack gzip and zip, guard and read workbooks. Run as a module by ``ingest.child`` only."""

import json
import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
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
_GZIP = b"\x1f\x8b"
_ERROR_CELL = re.compile(
    rb'<c r="([A-Z]{1,4})(\d{1,8})"[^>]*\bt="e"[^>]*>(?:(?!</c>).)*?<v>([^<]{1,20})</v>', re.DOTALL
)
_FORMULA_CELL = re.compile(
    rb'<c r="([A-Z]{1,4})(\d{1,8})"([^>]*)>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(<v\s*/>|<v></v>|</c>)'
)
_UNCOUNTED = "#LEEG!"
"""Stands in the cell of a formula that was never calculated: nobody knows what it says."""
_HIDDEN = re.compile(rb"<(?:autoFilter\b|row\b[^>]*\bhidden=\"(?:1|true)\")")
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+\d+(?::[A-Z]+(\d+))?"')


_IS_1904 = re.compile(rb'<workbookPr\b[^>]*\bdate1904="(?:1|true)"')
_RELATION, _SHEET = re.compile(rb"<Relationship\b[^>]*>"), re.compile(rb"<sheet\b[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')
_LONGEST_CELL = 1 << 16
SHEET_LINES = 10_000_000
"""Row numbers of each further sheet begin at the next multiple of this."""


class RefusedError(Exception):
    """A file is refused with this code."""

    def __init__(self, code: str, **facts: object) -> None:
        """Keep the code and facts."""
        super().__init__(code)
        self.code, self.facts = code, facts


def gunzip(source: Path, target: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Unpack a gzip file, which may hold several members; the checksum and the end of each must be right."""
    del options
    size = source.stat().st_size
    with source.open("rb") as packed, target.open("wb") as plain:
        unpacker = zlib.decompressobj(31)
        written = 0
        block = packed.read(_BLOCK)
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
                # Zeros may fill the rest of the file; anything else must be a member of its own.
                block = _rest(unpacker.unused_data, packed)
                if block and not block.startswith(_GZIP):
                    raise RefusedError("F-GZ-REST")
                if block:
                    unpacker = zlib.decompressobj(31)
            elif not block:
                block = packed.read(_BLOCK)
        if not unpacker.eof:
            raise RefusedError("F-AFGEKAPT", line="?")
    return {}


def _rest(block: bytes, packed: BinaryIO) -> bytes:
    """What follows a member, without the zeros that may stand before it."""
    while True:
        block = block.lstrip(b"\0")
        more = packed.read(_BLOCK) if len(block) < len(_GZIP) else b""
        if not more:
            return block
        block += more


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
    """Guard a workbook and write the sheets with the header as Parquet of text, with row numbers."""
    import fastexcel
    import polars as pl

    facts = _guard_workbook(source)
    try:
        book = fastexcel.read_excel(source)
        wanted = [name for name in options["sheets"] if name != "*"] or book.sheet_names
        found = [
            (name, at)
            for name in book.sheet_names
            if name in wanted and (at := _header_row(book, name, options["headers"])) is not None
        ]
        is_one = not options["sheets"] or (len(options["sheets"]) == 1 and options["sheets"] != ["*"])
        named = {name for name in options["sheets"] if name != "*"}
        if not found or (is_one and len(found) != 1) or named - {name for name, _ in found}:
            raise RefusedError("F-BLAD")
        bodies: list[Any] = []
        for name, at in found:
            frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            place = book.sheet_names.index(name)
            bodies.append(_body(_with_lost(frame, facts.lost.get(place, {})), at, len(bodies), facts, place))
    except (fastexcel.FastExcelError, ValueError, OSError):
        raise RefusedError("F-ZIP-KAPOT") from None
    body = pl.concat(bodies, how="diagonal")
    body.write_parquet(target)
    uncounted = sum(text == _UNCOUNTED for cells in facts.lost.values() for text in cells.values())
    if uncounted:
        facts.warnings["W-FORMULE"] = uncounted
    return {
        "header": [name for name in body.columns if name != "_row"],
        "header_line": found[0][1] + 1,
        "rows": body.height,
        "warnings": facts.warnings,
        "is_1904": facts.is_1904,
    }


def sketch(source: Path, target: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Guard a workbook and write the sheet with most filled rows below a header, whatever its columns are called."""
    import fastexcel

    from meos_pipeline.ingest.guess import guess_header

    del options
    facts = _guard_workbook(source)
    found: list[tuple[int, int, str, Any]] = []
    try:
        book = fastexcel.read_excel(source)
        for place, name in enumerate(book.sheet_names):
            frame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()
            at = guess_header(frame.head(40).rows())
            if at is not None:
                body = _body(_with_lost(frame, facts.lost.get(place, {})), at, 0, facts, place)
                found.append((body.height, at, name, body))
    except (fastexcel.FastExcelError, ValueError, OSError):
        raise RefusedError("F-ZIP-KAPOT") from None
    if not found:
        raise RefusedError("F-BLAD")
    _, at, name, body = max(found, key=lambda item: item[0])
    body.write_parquet(target)
    return {"line": at + 1, "sheet": name, "sheets": len(found), "is_1904": facts.is_1904}


def _with_lost(frame: Any, lost: dict[tuple[int, int], str]) -> Any:  # noqa: ANN401
    """Put texts in cells that the reader leaves empty: error values, and formulas that were never calculated."""
    import polars as pl

    height = frame.height
    for column in sorted({column for _, column in lost}):
        if column >= frame.width:
            continue
        cells = {row: text for (row, at), text in lost.items() if at == column and row < height}
        series = frame.to_series(column).cast(pl.String)
        rows = sorted(cells)
        frame = frame.with_columns(series.scatter(rows, [cells[row] for row in rows]))
    return frame


def _body(frame: Any, at: int, number: int, facts: "_Facts", place: int) -> Any:  # noqa: ANN401
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
        .select(pl.col("_row").cast(pl.Int64) + number * SHEET_LINES, *frame.columns[:width])
    )
    body.columns = ["_row", *names]
    blank = pl.all_horizontal(pl.col(names).is_null() | (pl.col(names).str.strip_chars() == ""))
    blanks = int(body.select(blank.sum()).item()) if body.height else 0
    body = body.filter(~blank)
    if blanks:
        facts.warnings["W-LEGE-REGEL"] = facts.warnings.get("W-LEGE-REGEL", 0) + blanks
    if frame.height >= _MOST_ROWS:
        facts.warnings["W-RIJGRENS"] = 1
    stated = facts.stated.get(place, 0)
    if 0 < stated < frame.height:
        facts.warnings["W-DIMENSIE"] = 1
    return body


def _header_row(book: Any, name: str, headers: list[list[str]]) -> int | None:  # noqa: ANN401
    """Row index (from 0) that holds every required header, within the first 30 rows."""
    from meos_pipeline.ingest.profiles import normal_header

    # Blank rows above the header are kept: the rows below are counted from the first row of the sheet.
    top = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=30, dtypes="string").to_polars()
    best: tuple[int, int] | None = None
    for place, row in enumerate(top.iter_rows()):
        seen = {normal_header(str(value)) for value in row if value is not None}
        hits = sum(any(alias in seen for alias in aliases) for aliases in headers)
        if hits > len(headers) // 2 and (best is None or hits > best[0]):
            best = (hits, place)
    return None if best is None else best[1]


@dataclass(slots=True)
class _Facts:
    """What the XML of a workbook says that the reader of its cells does not."""

    warnings: dict[str, int] = field(default_factory=dict)
    stated: dict[int, int] = field(default_factory=dict)
    """Place of a sheet -> number of rows that it states."""
    lost: dict[int, dict[tuple[int, int], str]] = field(default_factory=dict)
    """Place of a sheet -> (row, column) from 0 -> text of a cell that the reader leaves empty."""
    is_1904: bool = False


def _guard_workbook(source: Path) -> _Facts:
    """Refuse bombs, DTDs and far cells before a parser sees them; return what only the XML tells."""
    facts = _Facts()
    with _archive(source) as archive:
        names = archive.namelist()
        if "xl/workbook.xml" not in names:
            raise RefusedError("F-SOORT", kind="zip")
        places = _sheet_places(archive)
        for member in archive.infolist():
            is_sheet = member.filename.startswith("xl/worksheets/") and member.filename.endswith(".xml")
            tail, written = b"", 0
            for block in _blocks(archive, member):
                written += len(block)
                _require_sane(written, max(member.compress_size, 1))
                text = tail + block
                if member.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in text.upper():
                    raise RefusedError("F-XML-DTD")
                if is_sheet:
                    _scan_sheet(text, facts, places.get(member.filename, -1))
                if member.filename == "xl/workbook.xml" and _IS_1904.search(text):
                    facts.is_1904 = True
                # A cell that this block cuts in two is looked at again, whole, with the next.
                begun = text.rfind(b"<c ", -_LONGEST_CELL)
                tail = text[begun:] if is_sheet and begun >= 0 else text[-256:]
    return facts


def _sheet_places(archive: zipfile.ZipFile) -> dict[str, int]:
    """Member of each sheet -> its place in the workbook."""
    try:
        book = archive.read("xl/workbook.xml")
        relations = archive.read("xl/_rels/workbook.xml.rels")
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        return {}
    targets = {}
    for relation in _RELATION.findall(relations):
        known = dict(_ATTRIBUTE.findall(relation))
        path = known.get(b"Target", b"").decode(errors="replace")
        targets[known.get(b"Id", b"")] = path.removeprefix("/") if path.startswith("/") else f"xl/{path}"
    sheets = [dict(_ATTRIBUTE.findall(sheet)).get(b"r:id", b"") for sheet in _SHEET.findall(book)]
    return {targets.get(known, ""): place for place, known in enumerate(sheets)}


def _scan_sheet(text: bytes, facts: _Facts, place: int) -> None:
    for column, row in _CELL.findall(text):
        if len(column) > 3 or _column_number(column) > _MOST_COLUMNS or int(row) > _MOST_ROWS:
            raise RefusedError("F-VERRE-CEL")
    if _HIDDEN.search(text):
        facts.warnings["W-FILTER"] = 1
    if b"<mergeCell " in text:
        facts.warnings["W-SAMENGEVOEGD"] = 1
    dimension = _DIMENSION.search(text)
    if dimension:
        facts.stated.setdefault(place, int(dimension[1] or 1))
    lost = facts.lost.setdefault(place, {})
    if b't="e"' in text:
        for column, row, error in _ERROR_CELL.findall(text):
            lost[int(row) - 1, _column_number(column) - 1] = error.decode(errors="replace")
    if b"<f" in text:
        for column, row, attributes, _ in _FORMULA_CELL.findall(text):
            # A formula that gives an empty text says so by its type.
            if b't="' not in attributes:
                lost[int(row) - 1, _column_number(column) - 1] = _UNCOUNTED


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


TASKS = {"gunzip": gunzip, "unzip": unzip, "workbook": workbook, "sketch": sketch}


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
