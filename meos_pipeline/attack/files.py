"""Reading published files of every kind, also inside zips. What cannot be read is itself a leak."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

from meos_pipeline.attack.document import Claim, Document, Grid, Numbers, Text
from meos_pipeline.attack.markup import read_json, read_markup
from meos_pipeline.attack.parsing import released_number, shown_number

_PLAIN = frozenset({".txt", ".md", ".css", ".js", ".mjs", ".yaml", ".yml", ".toml", ".ics", ""})
_BINARY = frozenset({".woff2", ".woff", ".png", ".ico", ".jpg", ".jpeg"})
_SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL_COLUMNS = ("team", "period", "period_start", "partition", "category", "n")
_DEPTH = 3
_SCRIPT_OF_DATA = re.compile(r"\s*(?:window|globalThis|var|let|const)[.\s]\w+\s*=\s*([\[{].*[\]}]);?\s*\Z", re.DOTALL)
"""A script that only says what something is: the figures of a page opened from a share."""


def read_folder(folder: Path) -> Iterator[Document]:
    """Read every file below ``folder``, in order of name."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        document = Document(file=path.relative_to(folder).as_posix())
        read_bytes(document, document.file, path.read_bytes())
        yield document


def read_bytes(document: Document, name: str, content: bytes, depth: int = 0) -> None:
    """Take the bytes of a file called ``name`` apart into ``document``."""
    document.blobs.append(content)
    document.texts.append(Text("file name", name))
    suffix = PurePosixPath(name).suffix.lower()
    try:
        if content.startswith(b"PK\x03\x04"):
            _zip(document, name, content, depth)
        elif content.startswith(b"%PDF"):
            _pdf(document, name, content)
        elif suffix in _PLAIN:
            _plain(document, name, suffix, content.decode("utf-8"))
        elif suffix in _READERS:
            _READERS[suffix](document, name, content.decode("utf-8-sig"))
        elif suffix not in _BINARY:
            document.oddities.append(("UNREAD", name, "a file of this kind does not belong in a publication"))
    except (UnicodeDecodeError, ValueError, ET.ParseError, zipfile.BadZipFile, RecursionError):
        document.oddities.append(("UNREAD", name, "the file cannot be read as what its name says"))


def _plain(document: Document, name: str, suffix: str, text: str) -> None:
    if suffix not in {".js", ".mjs", ".css"}:
        document.texts.append(Text(name, text))
    elif data := _SCRIPT_OF_DATA.match(text):
        read_json(document, name, json.loads(data.group(1)))


def _json(document: Document, name: str, text: str) -> None:
    read_json(document, name, json.loads(text))


def _json_lines(document: Document, name: str, text: str) -> None:
    for line in text.splitlines():
        read_json(document, name, json.loads(line))


def _csv(document: Document, name: str, text: str) -> None:
    lines = text.splitlines()
    delimiter = max(";,\t", key=lambda sign: sum(sign in line for line in lines))
    _grids(document, name, list(csv.reader(io.StringIO(text), delimiter=delimiter)))


def _grids(document: Document, where: str, rows: list[list[str]]) -> None:
    """Tables below each other, with an empty row between them; each may have a caption of one cell above its header."""
    for place, row in enumerate(rows, start=1):
        if any(value.startswith(("=", "+", "@", "\t", "\r")) for value in row):
            document.oddities.append(("ACTIVE", f"{where} row {place}", "a value would run as a formula"))
    start, number = 0, 1
    for end in range(len(rows) + 1):
        if end < len(rows) and any(rows[end]):
            continue
        table = rows[start:end]
        if len(table) > 1 and sum(map(bool, table[0])) == 1 < sum(map(bool, table[1])):
            document.texts.append(Text(f"{where} table {number}", table[0][0]))
            table = table[1:]
        if table:
            _grid(document, where if number == 1 else f"{where} table {number}", table)
            number += 1
        start = end + 1


def _grid(document: Document, where: str, rows: list[list[str]]) -> None:
    header = [value.strip().lower() for value in rows[0]] if rows else []
    mapped: set[tuple[int, int]] = set()
    if set(_CELL_COLUMNS) <= set(header):
        places = [header.index(name) for name in _CELL_COLUMNS]
        for number, row in enumerate(rows[1:], start=1):
            if len(row) < len(header):
                continue
            team, period, start, partition, category, n = (row[place] for place in places)
            mark = row[header.index("status")] if "status" in header else ""
            document.claims.append(Claim(where, (team, period, start, partition, category), released_number(n or mark)))
            mapped.add((number, places[-1]))
    document.keys.extend(Text(where, value) for value in header)
    document.grids.append(Grid(where, rows, frozenset(mapped)))
    for number, row in enumerate(rows):
        document.texts.extend(
            Text(f"{where} row {number + 1}", value) for value in row if value and shown_number(value) is None
        )


def _zip(document: Document, name: str, content: bytes, depth: int) -> None:
    if depth >= _DEPTH:
        document.oddities.append(("UNREAD", name, "zips lie too deep in each other"))
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
        if archive.comment:
            document.texts.append(Text(f"{name} comment", archive.comment.decode("utf-8", errors="replace")))
    if "xl/workbook.xml" in members:
        _workbook(document, name, members)
        for member, part in members.items():
            document.blobs.append(part)
            if not member.endswith((".xml", ".rels")):
                document.oddities.append(("HIDDEN", f"{name}!{member}", "the workbook holds another file"))
        return
    for member, part in members.items():
        read_bytes(document, f"{name}!{member}", part, depth + 1)


def _workbook(document: Document, name: str, members: dict[str, bytes]) -> None:
    shared = ET.fromstring(members.get("xl/sharedStrings.xml", b"<sst/>"))  # noqa: S314 - our own file
    strings = ["".join(text.text or "" for text in item.iter(f"{_SHEET}t")) for item in shared]
    for member, part in sorted(members.items()):
        if not member.endswith((".xml", ".rels")):
            continue
        where = f"{name}!{member}"
        root = ET.fromstring(part)  # noqa: S314 - our own file
        if member.startswith("xl/worksheets/sheet"):
            _sheet(document, where, root, strings)
        elif member == "xl/workbook.xml":
            _sheet_names(document, where, root)
        elif re.search("comment|externallink|connections", member, re.IGNORECASE):
            document.oddities.append(("HIDDEN", where, "the workbook holds notes or links"))
        elif member.startswith("docProps/"):
            _properties(document, where, root)


def _sheet_names(document: Document, where: str, root: ET.Element) -> None:
    for sheet in root.iter(f"{_SHEET}sheet"):
        document.texts.append(Text(where, sheet.get("name") or "", shape=True))
        if sheet.get("state") in {"hidden", "veryHidden"}:
            document.oddities.append(("HIDDEN", where, "a sheet is hidden"))


def _properties(document: Document, where: str, root: ET.Element) -> None:
    for element in root.iter():
        text = (element.text or "").strip()
        if text:
            document.texts.append(Text(where, text, shape=where.endswith("app.xml")))
        if text and element.tag.endswith(("}creator", "}lastModifiedBy", "}Manager")):
            document.authors.append(Text(where, text))


def _sheet(document: Document, where: str, root: ET.Element, strings: list[str]) -> None:
    rows: list[list[str]] = []
    for row in root.iter(f"{_SHEET}row"):
        values: list[str] = []
        if row.get("hidden") == "1":
            document.oddities.append(("HIDDEN", where, "a row is hidden"))
        for cell in row.iter(f"{_SHEET}c"):
            if cell.find(f"{_SHEET}f") is not None:
                document.oddities.append(("ACTIVE", where, "a cell holds a formula"))
            raw = cell.findtext(f"{_SHEET}v") or ""
            inline = "".join(text.text or "" for text in cell.iter(f"{_SHEET}t"))
            value = strings[int(raw)] if cell.get("t") == "s" and raw else raw or inline
            place = _column(cell.get("r") or "")
            values.extend("" for _ in range(max(0, place - len(values))))
            values.append(value)
        rows.append(values)
    if any(column.get("hidden") == "1" for column in root.iter(f"{_SHEET}col")):
        document.oddities.append(("HIDDEN", where, "a column is hidden"))
    _grids(document, where, rows)
    decimals = [number for row in rows for value in row if "." in value and (number := _float(value)) is not None]
    if decimals:
        document.numbers.append(Numbers(where, decimals))


def _column(reference: str) -> int:
    place = 0
    for letter in re.sub(r"[^A-Z]", "", reference):
        place = place * 26 + ord(letter) - 64
    return max(0, place - 1)


def _float(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _pdf(document: Document, name: str, content: bytes) -> None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(content))
        for number, page in enumerate(reader.pages, start=1):
            document.texts.append(Text(f"{name} page {number}", page.extract_text()))
            drawing = page.get_contents()
            document.blobs.append(drawing.get_data() if drawing is not None else b"")
        for key, value in (reader.metadata or {}).items():
            document.texts.append(Text(f"{name} {key}", str(value)))
            if key == "/Author" and str(value).strip():
                document.authors.append(Text(name, str(value).strip()))
        for attachment, parts in reader.attachments.items():
            document.oddities.append(("HIDDEN", name, "the PDF holds another file"))
            for part in parts:
                read_bytes(document, f"{name}!{attachment}", part, depth=1)
    except PyPdfError:
        document.oddities.append(("UNREAD", name, "the PDF cannot be read"))


_READERS: dict[str, Callable[[Document, str, str], None]] = {
    **dict.fromkeys((".html", ".htm", ".svg", ".xml", ".xhtml"), read_markup),
    **dict.fromkeys((".csv", ".tsv"), _csv),
    **dict.fromkeys((".json", ".map"), _json),
    ".jsonl": _json_lines,
}
