"""The first lines of a text file: is it text at all, and where is its header."""

import codecs
import csv
from collections.abc import Sequence
from dataclasses import dataclass

from meos_pipeline.errors import ExportError
from meos_pipeline.ingest.mapping import did_you_mean, missing_names
from meos_pipeline.ingest.messages import refused

LONGEST_LINE = 1 << 20
_SIGNATURES = {
    b"PK\x03\x04": "zip/xlsx",
    b"\x1f\x8b": "gzip",
    b"PAR1": "Parquet",
    b"\xd0\xcf\x11\xe0": "xls/Office",
    b"%PDF": "PDF",
    b"\x7fELF": "program",
    b"SQLi": "SQLite",
}
_MARKUP = (b"<html", b"<!doctype", b"<?xml", b"<table")
_SEP_LINE = len("sep=;")
_FEWEST = 2
"""Columns in a header."""
_LOOKED_AT = 20
"""Lines below a title in which the header is looked for."""
_WORDS = {
    "nl": ("twee of meer kolommen hebben geen naam", "De kop lijkt op regel {line} te staan."),
    "en": ("two or more columns have no name", "The header seems to be on line {line}."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The header, its line, and the byte where the records begin."""

    header: tuple[str, ...]
    line: int
    body: int
    warnings: tuple[str, ...]


def read_head(
    start: bytes,
    *,
    size: int,
    name: str,
    delimiter: str,
    skip_lines: int,
    sep_line: bool,
    wanted: Sequence[Sequence[str]],
    language: str,
) -> Head:
    """Find the header in the first bytes of a file, or refuse the file.

    Args:
        start: First bytes, at least one MiB when the file has them.
        size: Bytes in the file.
        name: Name for messages.
        delimiter: The one that the profile says.
        skip_lines: Title lines above the header.
        sep_line: Whether a first line ``sep=;`` is accepted.
        wanted: Columns that must be there, each with the names it may have: to name them when there is no header.
        language: Language of messages.

    Raises:
        ExportError: when the first bytes are no text in UTF-8, or there is no header.
    """
    if not start.strip():
        raise refused("F-LEEG", language, file=name)
    _require_text_file(start, name, language)
    warnings: list[str] = []
    offset = 0
    if start.startswith(codecs.BOM_UTF8):
        offset = len(codecs.BOM_UTF8)
        warnings.append("W-BOM")
    if b"\n" not in start:
        if b"\r" in start:
            raise refused("F-REGELEINDE", language, file=name)
        if size > LONGEST_LINE:
            raise refused("F-REGEL-TE-LANG", language, file=name, line=1)
    line = 1 + skip_lines
    for _ in range(skip_lines):
        offset = _line_end(start, offset) + 1
    first = start[offset : _line_end(start, offset)].strip().lower()
    if first.startswith(b"sep=") and len(first) == _SEP_LINE:
        if not sep_line or first[-1:] != delimiter.encode():
            raise refused("F-SEP-REGEL", language, file=name)
        offset, line = _line_end(start, offset) + 1, line + 1
        warnings.append("W-SEP-REGEL")
    end = _line_end(start, offset)
    if end - offset > LONGEST_LINE:
        raise refused("F-REGEL-TE-LANG", language, file=name, line=line)
    try:
        text = start[offset:end].decode().rstrip("\r")
    except UnicodeDecodeError as error:
        raise refused("F-CODERING", language, file=name, offset=offset + error.start) from None
    _require_whole_line(text, name, line, offset, language)
    header = fields_of_line(text, delimiter)
    _require_delimiter(header, text, name, delimiter, language)
    if sum(not item.strip() for item in header) > 1 or len(header) < _FEWEST:
        raise _no_header(start[end:], header, wanted, name=name, delimiter=delimiter, line=line, language=language)
    _require_once(header, name, language)
    return Head(header=tuple(header), line=line, body=min(end + 1, size), warnings=tuple(warnings))


def fields_of_line(text: str, delimiter: str) -> list[str]:
    """Fields of one record; a stray carriage return counts as a blank. No fields when it cannot be split."""
    plain = text.replace("\r\n", "\n").replace("\r", " ")
    lines = [f"{line}\n" for line in plain.split("\n")]
    try:
        return next(csv.reader(lines, delimiter=delimiter), [])
    except csv.Error:  # a field above the module's limit of 128 KiB
        return []


def _require_text_file(start: bytes, name: str, language: str) -> None:
    for signature, kind in _SIGNATURES.items():
        if start.startswith(signature):
            raise refused("F-SOORT", language, file=name, kind=kind)
    if start[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_MARKUP):
        raise refused("F-SOORT", language, file=name, kind="HTML")
    is_wide = start[:64].count(0) > len(start[:64]) // 4
    if is_wide or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise refused("F-CODERING", language, file=name, offset=0)


def _line_end(start: bytes, offset: int) -> int:
    end = start.find(b"\n", offset)
    return len(start) if end < 0 else end


def _require_delimiter(header: list[str], text: str, name: str, delimiter: str, language: str) -> None:
    if len(header) < _FEWEST:
        counts = {sign: text.count(sign) for sign in ";,\t|" if sign != delimiter}
        seen = max(counts, key=lambda sign: counts[sign])
        if counts[seen]:
            raise refused("F-SCHEIDING", language, file=name, seen={"\t": "TAB"}.get(seen, seen), expected=delimiter)


def _no_header(
    rest: bytes,
    header: Sequence[str],
    wanted: Sequence[Sequence[str]],
    *,
    name: str,
    delimiter: str,
    line: int,
    language: str,
) -> ExportError:
    """Name the columns that should be on the line, and the line below it on which they are."""
    missing = missing_names(header, wanted)
    words = _WORDS.get(language, _WORDS["en"])
    hint = did_you_mean(missing, [item for item in header if item.strip()], language)
    for below, text in enumerate(rest.decode(errors="replace").lstrip("\n").split("\n")[:_LOOKED_AT], start=1):
        if missing and not missing_names(fields_of_line(text, delimiter), wanted):
            hint = words[1].format(line=line + below)
            break
    columns = ", ".join(names[0] for names in missing) or words[0]
    return refused("F-KOP-ONTBREEKT", language, file=name, line=line, columns=columns, hint=hint)


def _require_once(header: Sequence[str], name: str, language: str) -> None:
    names = [item.strip() for item in header]
    doubles = sorted({item for item in names if item and names.count(item) > 1})
    if doubles:
        raise refused("F-KOP-DUBBEL", language, file=name, columns=", ".join(doubles))


def _require_whole_line(text: str, name: str, line: int, offset: int, language: str) -> None:
    if "\x00" in text:
        raise refused("F-NUL", language, file=name, offset=offset + text.index("\x00"))
    if text.count('"') % 2:
        raise refused("F-AANHALING", language, file=name, line=line)
