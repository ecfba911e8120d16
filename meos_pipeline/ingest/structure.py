"""Structure of a text file, read from its bytes: encoding, delimiter, records, lines that do not fit.

This is the independent count of "rows in": it shares nothing with the reader of the table. Quotation marks
are understood as in RFC 4180; a record may span lines inside quotes. One pass over blocks of 1 MiB.
"""

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from meos_pipeline.ingest.header import fields_of_line, read_head
from meos_pipeline.ingest.messages import refused

_BLOCK = 1 << 20
"""Bytes looked at together: they and what is made of them stay in the processor's own memory, in half the time of 16 MiB."""
LONGEST_RECORD = 1 << 20
"""Bytes in one record; a longer one is a broken or hostile file."""
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_ALLOWED_AROUND_QUOTES = (_NEWLINE, _RETURN, _QUOTE)
_MOST_ODD = 200_000
"""Odd records that are listed one by one; a file with more is another kind of file."""
Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.int64]


class Kind(StrEnum):
    """Why a record does not go to the table reader as it is."""

    BLANK = "blank"
    HEADER = "header"
    FOOTER = "footer"
    COLUMNS = "columns"
    QUOTES = "quotes"
    """Whole, but with quotation marks inside a field: it is written anew."""


@dataclass(frozen=True, slots=True)
class OddRecord:
    """A record that is not an ordinary row: its bytes, its line, and why."""

    begin: int
    end: int
    line: int
    kind: Kind


@dataclass(slots=True, kw_only=True)
class Structure:
    """What a text file is made of. ``rows_in`` counts data records, whole or not."""

    header: tuple[str, ...]
    header_line: int
    body: int
    """Byte at which the records begin."""
    size: int
    rows_in: int = 0
    rows_whole: int = 0
    odd: list[OddRecord] = field(default_factory=list)
    index_breaks: list[int] = field(default_factory=list)
    line_offsets: list[int] = field(default_factory=list)
    """From whole row ``index_breaks[i]`` on, its line is its index plus ``line_offsets[i]``."""
    warnings: dict[str, int] = field(default_factory=dict)
    unended: int = 0
    """Line of a last row without a line end, which may have been cut off; 0 when there is none."""

    @property
    def is_clean(self) -> bool:
        """Whether the table reader may have the bytes as they are."""
        return not self.odd

    def line_of(self, index: Positions) -> Positions:
        """Return the line in the file of each whole row."""
        offsets = np.asarray(self.line_offsets, dtype=np.int64)
        at = np.searchsorted(np.asarray(self.index_breaks, dtype=np.int64), index, side="right") - 1
        return np.asarray(index + offsets[at], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class _Records:
    """Whole records of one block: first and last byte, fields, first line, and doubtful quotes."""

    data: bytes
    begins: Positions
    ends: Positions
    widths: Positions
    lines: Positions
    heights: Positions
    has_stray_quotes: Flags


def scan_structure(
    path: Path,
    *,
    name: str,
    delimiter: str,
    wanted: Sequence[Sequence[str]],
    skip_lines: int = 0,
    sep_line: bool = True,
    footers: tuple[str, ...] = (),
    language: str = "nl",
) -> Structure:
    """Scan a UTF-8 file; raise ``ExportError`` when it cannot be read as a whole.

    Args:
        path: The file, already decompressed and transcoded.
        name: Name for messages.
        delimiter: The one that the profile says.
        wanted: Columns that must be there, each with the names it may have.
        skip_lines: Title lines above the header.
        sep_line: Whether a first line ``sep=;`` is accepted.
        footers: Words that start a totals row.
        language: Language of messages.
    """
    with path.open("rb") as stream:
        start = stream.read(LONGEST_RECORD + 4)
        head = read_head(
            start,
            size=path.stat().st_size,
            name=name,
            delimiter=delimiter,
            skip_lines=skip_lines,
            sep_line=sep_line,
            wanted=wanted,
            language=language,
        )
        structure = Structure(
            header=head.header,
            header_line=head.line,
            body=head.body,
            size=path.stat().st_size,
            warnings=dict.fromkeys(head.warnings, 1),
        )
        stream.seek(head.body)
        scan = _Scan(structure=structure, name=name, delimiter=delimiter, language=language, footers=footers)
        scan.run(stream)
    if structure.rows_in == 0:
        raise refused("F-LEEG", language, file=name)
    return structure


def write_clean(path: Path, structure: Structure, target: Path, delimiter: str) -> None:
    """Copy the header and the whole rows of ``path`` to ``target``, for the table reader."""
    with path.open("rb") as source, target.open("wb") as clean:
        line = ["" if name is None else name for name in structure.header]
        clean.write(_written(line, delimiter))
        position = structure.body
        for record in structure.odd:
            _copy(source, clean, position, record.begin)
            if record.kind is Kind.QUOTES:
                source.seek(record.begin)
                clean.write(_written(_fields(source.read(record.end - record.begin), delimiter), delimiter))
            position = record.end
        _copy(source, clean, position, structure.size)


@dataclass(slots=True)
class _Scan:
    structure: Structure
    name: str
    delimiter: str
    language: str
    footers: tuple[str, ...]
    is_cut: bool = False

    def run(self, stream: BinaryIO) -> None:
        structure = self.structure
        for base, records, is_last in self._blocks(stream):
            self._classify(base, records, is_last=is_last)
        counted = (Kind.COLUMNS, Kind.FOOTER, Kind.QUOTES)
        structure.rows_in = structure.rows_whole + sum(1 for record in structure.odd if record.kind in counted[:2])
        for kind, code in ((Kind.BLANK, "W-LEGE-REGEL"), (Kind.HEADER, "R-KOPREGEL")):
            count = sum(1 for record in structure.odd if record.kind is kind)
            if count:
                structure.warnings[code] = count

    def _blocks(self, stream: BinaryIO) -> Iterator[tuple[int, _Records, bool]]:
        decoder = codecs.getincrementaldecoder("utf-8")()
        base, read, line = self.structure.body, self.structure.body, self.structure.header_line + 1
        carry, block = b"", stream.read(_BLOCK)
        while block or carry:
            following = stream.read(_BLOCK) if block else b""
            self._require_text(decoder, block, read, is_last=not following)
            read += len(block)
            data = carry + block
            if not following and not data.endswith(b"\n"):
                data += b"\n"
                self.is_cut = True
            records = self._records(data, line, is_last=not following)
            block = following
            if records is None:
                carry = data
                continue
            yield base, records, not following
            used = int(records.ends[-1]) + 1
            line = int(records.lines[-1] + records.heights[-1])
            carry, base = data[used:], base + used

    def _require_text(self, decoder: codecs.IncrementalDecoder, block: bytes, read: int, *, is_last: bool) -> None:
        is_plain = block.isascii() and not decoder.getstate()[0]
        try:
            if not is_plain:
                decoder.decode(block, final=is_last)
        except UnicodeDecodeError as error:
            raise refused("F-CODERING", self.language, file=self.name, offset=read + error.start) from None
        if b"\x00" in block:
            raise refused("F-NUL", self.language, file=self.name, offset=read + block.index(b"\x00"))

    def _records(self, data: bytes, line: int, *, is_last: bool) -> _Records | None:
        text: Bytes = np.frombuffer(data, dtype=np.uint8)
        # Only the signs that divide text are looked at again: about one byte in eight.
        physical, quotes = np.flatnonzero(text == _NEWLINE), np.flatnonzero(text == _QUOTE)
        is_outside = np.searchsorted(quotes, physical) % 2 == 0
        closing = np.flatnonzero(is_outside)
        ends = physical[closing]
        used = int(ends[-1]) + 1 if ends.size else 0
        if len(data) - used > LONGEST_RECORD or (is_last and used < len(data)):
            at = line + int(np.searchsorted(physical, used))
            is_quoted = int(np.count_nonzero(quotes >= used)) % 2 == 1
            raise refused("F-AANHALING" if is_quoted else "F-REGEL-TE-LANG", self.language, file=self.name, line=at)
        if not ends.size:
            return None
        begins = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1] + 1))
        if int((ends - begins).max()) > LONGEST_RECORD:
            at = line + int(np.searchsorted(physical, begins[int((ends - begins).argmax())]))
            raise refused("F-REGEL-TE-LANG", self.language, file=self.name, line=at)
        if b"\r" in data and _has_lone_return(text):
            raise refused("F-REGELEINDE", self.language, file=self.name)
        newlines: Positions = closing + 1
        before = np.concatenate((np.zeros(1, dtype=np.int64), newlines[:-1]))
        return _Records(
            data=data,
            begins=begins,
            ends=ends,
            widths=_widths(text, ord(self.delimiter), quotes, begins, ends),
            lines=before + line,
            heights=newlines - before,
            has_stray_quotes=_stray(text, quotes, begins, ends, ord(self.delimiter)),
        )

    def _classify(self, base: int, records: _Records, *, is_last: bool) -> None:
        structure = self.structure
        text = np.frombuffer(records.data, dtype=np.uint8)
        lengths = records.ends - records.begins
        blank = (lengths == 0) | ((lengths == 1) & (text[records.begins] == _RETURN))
        suspicious = blank | (records.widths != len(structure.header)) | records.has_stray_quotes
        suspicious |= self._starts_like(records, text)
        if is_last:
            suspicious[-3:] = True
        whole = np.ones(lengths.size, dtype=np.bool_)
        for index in np.flatnonzero(suspicious).tolist():
            kind = self._kind(records, index, is_last=is_last)
            if kind is None:
                continue
            whole[index] = kind is Kind.QUOTES
            begin, end = int(records.begins[index]), int(records.ends[index]) + 1
            structure.odd.append(
                OddRecord(base + begin, min(base + end, structure.size), int(records.lines[index]), kind)
            )
            if len(structure.odd) > _MOST_ODD:
                raise refused("F-KOLOMMEN", self.language, file=self.name, count=len(structure.odd))
        self._note_lines(records.lines[whole])

    def _note_lines(self, lines: Positions) -> None:
        structure = self.structure
        offsets = lines - np.arange(structure.rows_whole, structure.rows_whole + lines.size)
        known = structure.line_offsets[-1:] or [-1]
        at = np.flatnonzero(np.diff(offsets, prepend=known[0]))
        structure.index_breaks += (at + structure.rows_whole).tolist()
        structure.line_offsets += offsets[at].tolist()
        structure.rows_whole += lines.size

    def _starts_like(self, records: _Records, text: Bytes) -> Flags:
        first = self.structure.header[0].encode()[:4] or b"\x00"
        wanted = np.frombuffer(first, dtype=np.uint8)
        places = np.minimum(records.begins[:, None] + np.arange(wanted.size), text.size - 1)
        return np.asarray((text[places] == wanted).all(axis=1), dtype=np.bool_)

    def _kind(self, records: _Records, index: int, *, is_last: bool) -> Kind | None:
        begin, end = int(records.begins[index]), int(records.ends[index])
        raw = records.data[begin:end]
        line = int(records.lines[index])
        if not raw.strip(b"\r"):
            return Kind.BLANK
        is_final = is_last and index == records.begins.size - 1
        fields = _fields(raw, self.delimiter)
        stray = bool(records.has_stray_quotes[index])
        if stray and records.heights[index] > 1:
            raise refused("F-AANHALING", self.language, file=self.name, line=line)
        if [item.strip() for item in fields] == [item.strip() for item in self.structure.header]:
            return Kind.HEADER
        if is_last and fields[0].strip().lower().startswith(self.footers) and self.footers:
            self._require_total(fields, line)
            return Kind.FOOTER
        if len(fields) != len(self.structure.header) or (not stray and records.widths[index] != len(fields)):
            if is_final and self.is_cut:
                raise refused("F-AFGEKAPT", self.language, file=self.name, line=line)
            return Kind.COLUMNS
        if is_final and self.is_cut:
            self.structure.warnings["W-GEEN-REGELEINDE"] = 1
            self.structure.unended = line
        return Kind.QUOTES if stray else None

    def _require_total(self, fields: list[str], line: int) -> None:
        """Refuse a totals row that contradicts the number of rows above it."""
        rows = self.structure.rows_whole + sum(r.kind is Kind.COLUMNS for r in self.structure.odd)
        # The rows of this block are counted after the totals row is met: the line tells how many there are.
        above = line - self.structure.header_line - 1 - sum(r.kind is Kind.BLANK for r in self.structure.odd)
        if not is_total_of(fields, rows, above):
            raise refused("F-TOTAAL", self.language, file=self.name, line=line)


def is_total_of(fields: Sequence[str], *rows: int) -> bool:
    """Whether the digits of a totals row tell one of these numbers of rows, or there are none."""
    digits = "".join(letter for letter in " ".join(fields) if letter.isdigit())
    return not digits or int(digits[:18]) in rows


def _widths(text: Bytes, sign: int, quotes: Positions, begins: Positions, ends: Positions) -> Positions:
    """Count the fields of each record; separators between quotation marks divide nothing."""
    is_separator = text[: int(ends[-1]) + 1] == sign
    if not quotes.size:
        # Added up in one byte each: a quarter of the time. Where one overflows, the sum tells.
        counts = np.add.reduceat(is_separator.view(np.uint8), begins, dtype=np.uint8)
        if int(counts.sum(dtype=np.int64)) == int(np.count_nonzero(is_separator)):
            return np.asarray(counts, dtype=np.int64) + 1
    separators = np.flatnonzero(is_separator)
    before: Positions = np.searchsorted(separators, ends)
    closing = quotes[1::2]
    within = np.searchsorted(separators, closing) - np.searchsorted(separators, quotes[0::2][: closing.size])
    so_far = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(within)))
    before = before - so_far[np.searchsorted(closing, ends)]
    return np.asarray(np.diff(before, prepend=0) + 1, dtype=np.int64)


def _has_lone_return(text: Bytes) -> bool:
    returns = np.flatnonzero(text == _RETURN)
    following = text[np.minimum(returns + 1, text.size - 1)]
    return bool(np.count_nonzero((following != _NEWLINE) & (returns + 1 < text.size)) > returns.size / 2)


def _stray(text: Bytes, quotes: Positions, begins: Positions, ends: Positions, sign: int) -> Flags:
    """Tell which records have a quotation mark that neither opens nor closes a field."""
    found = np.zeros(begins.size, dtype=np.bool_)
    if not quotes.size:
        return found
    opening, closing = quotes[0::2], quotes[1::2]
    allowed = np.zeros(256, dtype=np.bool_)
    allowed[[*_ALLOWED_AROUND_QUOTES, sign]] = True
    bad_open = opening[(opening > 0) & ~allowed[text[np.maximum(opening - 1, 0)]]]
    bad_close = closing[~allowed[text[np.minimum(closing + 1, text.size - 1)]]]
    at = np.searchsorted(ends, np.concatenate((bad_open, bad_close)))
    found[at[at < begins.size]] = True
    return found


def _fields(raw: bytes, delimiter: str) -> list[str]:
    return fields_of_line(raw.decode().rstrip("\r\n"), delimiter) or [""]


def _written(fields: list[str], delimiter: str) -> bytes:
    return (delimiter.join('"' + item.replace('"', '""') + '"' if item else "" for item in fields) + "\n").encode()


def _copy(source: BinaryIO, target: BinaryIO, begin: int, end: int) -> None:
    source.seek(begin)
    left = end - begin
    while left > 0:
        block = source.read(min(_BLOCK, left))
        if not block:
            return
        target.write(block)
        left -= len(block)
