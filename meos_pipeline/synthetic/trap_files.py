"""Whole files that are wrong in one way each. Every file is small; the rows in it occur nowhere else."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass

_LONGEST_LINE = 1 << 20
_BOMB_BYTES = 30_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTrap:
    """One way in which a file can be wrong; ``spoil`` makes it from the bytes of a good one."""

    code: str
    kind: str
    verdict: str
    expected: str
    spoil: Callable[[bytes], bytes]
    ending: str = ".csv"
    has_time: bool = True


def _refused(code: str, kind: str, expected: str, spoil: Callable[[bytes], bytes], ending: str = ".csv") -> FileTrap:
    return FileTrap(code=code, kind=kind, verdict="F", expected=expected, spoil=spoil, ending=ending)


def _taken(code: str, kind: str, expected: str, spoil: Callable[[bytes], bytes], ending: str = ".csv") -> FileTrap:
    return FileTrap(
        code=code, kind=kind, verdict="W" if expected else "A", expected=expected, spoil=spoil, ending=ending
    )


def _lines(good: bytes) -> list[bytes]:
    return good.rstrip(b"\n").split(b"\n")


def _column_emptied(good: bytes, name: bytes) -> bytes:
    header, *rows = [line.split(b";") for line in _lines(good)]
    place = header.index(name)
    emptied = [[*row[:place], b"", *row[place + 1 :]] for row in rows]
    return b"\n".join(b";".join(row) for row in [header, *emptied]) + b"\n"


def _american_dates(good: bytes) -> bytes:
    header, *rows = [line.split(b";") for line in _lines(good)]
    place = header.index(b"datum")
    for number, row in enumerate(rows):
        day, month, year = row[place].split(b"-")
        row[place] = b"/".join([month, day, year]) if number % 2 else b"/".join([b"05", b"03", year])
    return b"\n".join(b";".join(row) for row in [header, *rows]) + b"\n"


def _shifted(good: bytes) -> bytes:
    """Move the person's number into the officer's column."""
    header, *rows = [line.split(b";") for line in _lines(good)]
    person, officer = header.index(b"persoon_id"), header.index(b"medewerker")
    for row in rows:
        row[officer], row[person] = row[person] or b"900000014", row[officer]
    return b"\n".join(b";".join(row) for row in [header, *rows]) + b"\n"


def _reversed_columns(good: bytes) -> bytes:
    return b"\n".join(b";".join(reversed(line.split(b";"))) for line in _lines(good)) + b"\n"


def _with_column(good: bytes) -> bytes:
    header, *rows = _lines(good)
    return b"\n".join([header + b";opmerking_extra", *(row + b";Puk van Verzonnen-Nepstra" for row in rows)]) + b"\n"


def _flipped(packed: bytes) -> bytes:
    place = len(packed) // 2
    return packed[:place] + bytes([packed[place] ^ 0x10]) + packed[place + 1 :]


def _packed(good: bytes) -> bytes:
    return gzip.compress(good, mtime=0)


def _bomb(good: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(good) + packer.compress(b"0" * _BOMB_BYTES) + packer.flush()


FILE_TRAPS = (
    _refused("B01", "empty file", "F-LEEG", lambda _: b""),
    _refused("B02", "header only", "F-LEEG", lambda good: _lines(good)[0] + b"\n"),
    _taken("B03", "byte order mark", "W-BOM", lambda good: b"\xef\xbb\xbf" + good),
    _refused("B04", "UTF-16", "F-CODERING", lambda good: good.decode().encode("utf-16")),
    _refused("B05", "Windows-1252", "F-CODERING", lambda good: good.replace(b"MEOS", b"ME\xd3S")),
    _taken("B06", "Windows line ends", "", lambda good: good.replace(b"\n", b"\r\n")),
    _refused("B07", "old Mac line ends", "F-REGELEINDE", lambda good: good.replace(b"\n", b"\r")),
    _refused("B08", "comma as delimiter", "F-SCHEIDING", lambda good: good.replace(b";", b",")),
    _refused("B09", "column name twice", "F-KOP-DUBBEL", lambda good: good.replace(b";tijd;", b";datum;", 1)),
    _refused("B10", "required column missing", "F-KOP-ONTBREEKT", lambda good: good.replace(b";datum;", b";dag;", 1)),
    _refused("B13", "quotation mark never closed", "F-AANHALING", lambda good: good.replace(b";DEF", b';"DEF', 1)),
    _refused("B14", "zero byte", "F-NUL", lambda good: good.replace(b"MEOS", b"ME\0S", 1)),
    _refused("B15", "cut off", "F-AFGEKAPT", lambda good: good[: len(good) - 60]),
    _taken("B16", "no line end at the end", "W-GEEN-REGELEINDE", lambda good: good.rstrip(b"\n")),
    _taken("B17", "blank lines", "W-LEGE-REGEL", lambda good: good.replace(b"\n", b"\n\n", 3)),
    _taken(
        "B18",
        "header again halfway",
        "R-KOPREGEL",
        lambda good: good + _lines(good)[0] + b"\n" + good.split(b"\n")[1].replace(b"C", b"D", 1) + b"\n",
    ),
    _refused("B19", "title above the header", "F-KOP-ONTBREEKT", lambda good: b"Overzicht controles\n" + good),
    _taken("B20", "totals row", "R-VOETREGEL", lambda good: good + f"Totaal: {len(_lines(good)) - 1}\n".encode()),
    _refused("B20", "totals row that disagrees", "F-TOTAAL", lambda good: good + b"Totaal: 99\n"),
    _taken("B21", "line sep=;", "W-SEP-REGEL", lambda good: b"sep=;\n" + good),
    _refused("B23", "bytes that are no text", "F-CODERING", lambda good: good.replace(b"MEOS", b"M\xff\xfeS", 1)),
    _refused(
        "B24", "surrogates as bytes", "F-CODERING", lambda good: good.replace(b"MEOS", b"\xed\xa0\x80\xed\xb0\x80", 1)
    ),
    _refused("B26", "tabs", "F-SCHEIDING", lambda good: good.replace(b";", b"\t")),
    _refused("B30", "gzip cut off", "F-AFGEKAPT", lambda good: _packed(good)[:-40], ".csv.gz"),
    _refused("B31", "gzip with a flipped bit", "F-CRC", lambda good: _flipped(_packed(good)), ".csv.gz"),
    _refused("B32", "bytes after the gzip", "F-GZ-REST", lambda good: _packed(good) + b"meer", ".csv.gz"),
    _refused("B33", "gzip that swells", "F-BOM", _bomb, ".csv.gz"),
    _refused(
        "B34", "line above 1 MiB", "F-REGEL-TE-LANG", lambda good: good.replace(b"MEOS", b"M" * (_LONGEST_LINE + 10), 1)
    ),
    _refused("B35", "workbook named csv", "F-SOORT", lambda good: b"PK\x03\x04" + good),
    _refused("B36", "web page named xls", "F-SOORT", lambda good: b"<html><table>" + good, ".xls"),
    _refused("B53", "American dates", "F-DATUMVORM", _american_dates),
    _refused(
        "B77",
        "most teams unknown",
        "F-TEAMLIJST",
        lambda good: b"\n".join([_lines(good)[0], *(_foreign_team(line) for line in _lines(good)[1:])]) + b"\n",
    ),
    _refused("B84", "columns shifted", "F-VERSCHOVEN", _shifted),
    _taken("B89", "columns in another order", "", _reversed_columns),
    _taken("B90", "unknown column", "W-KOLOM-EXTRA", _with_column),
    _refused(
        "B91",
        "column renamed",
        "F-KOP-ONTBREEKT",
        lambda good: good.replace(b";resultaat_code;", b";resultaat_kode;", 1),
    ),
    _refused("B93", "required column empty", "F-KOLOM-LEEG", lambda good: _column_emptied(good, b"datum")),
    FileTrap(
        code="B75",
        kind="no export time in the name",
        verdict="W",
        expected="W-EXPORTTIJD",
        spoil=lambda good: good,
        has_time=False,
    ),
)
"""Verdicts F are of the whole file; the others are taken in, with a warning or without."""


def _foreign_team(line: bytes) -> bytes:
    fields = line.split(b";")
    fields[7] = b"Verweggistan"
    return b";".join(fields)
