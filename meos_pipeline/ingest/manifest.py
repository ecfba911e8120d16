"""The manifest in landing: what the sender declares of each export. It is read whole or refused, never half used."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from meos_pipeline.ingest import grammar
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.messages import message
from meos_pipeline.ingest.profiles import normal_header
from meos_pipeline.ingest.texts import whole_number, yes_no
from meos_pipeline.settings import Settings

MANIFEST = "manifest.csv"
"""Optional, in landing: bestand;exporttijd;van;tot;volledig;leeg_bedoeld;rijen."""
_FILE, _MOMENT = "bestand", "exporttijd"


@dataclass(slots=True, kw_only=True)
class Manifest:
    """What the manifest says, and what is wrong with it."""

    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """File name -> exported_at, from, to, complete, emptied, rows; only what was declared."""
    refused: str = ""
    """Message when it cannot be used: then no export may be taken in, for nobody knows what it says of them."""
    warnings: list[str] = field(default_factory=list)


def read_manifest(path: Path, settings: Settings) -> Manifest:
    """Read the manifest in any common encoding, separated by ';', ',' or a tab; a folder without one has nothing to say."""
    if not path.is_file() or path.is_symlink():
        return Manifest()
    language = settings.site.languages[0]
    text = _text_of(path.read_bytes())
    head = text.partition("\n")[0]
    delimiter = max(";,\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header = [normal_header(name) for name in next(rows, [])]
    readers = _readers(ZoneInfo(settings.site.time_zone))
    unknown = [name for name in header if name and name not in readers and name != _FILE]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if _FILE not in header or unknown or twice:
        what = ", ".join(unknown or twice) if _FILE in header else _FILE
        return Manifest(refused=message("F-MANIFEST", language, file=path.name, columns=what))
    if not text.endswith(("\n", "\r", '"')) and not (header[-1] == "volledig" and text[-1].isalnum()):
        # Its last cell may have lost a part.
        line = text.count("\n") + 1
        return Manifest(refused=message("F-LAATSTE-REGEL", language, file=path.name, line=line))
    made = Manifest()
    wrong = []
    for number, cells in enumerate(rows, start=2):
        row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if not any(row.values()):
            continue
        facts: dict[str, Any] = {}
        for column, (target, read) in readers.items():
            if not row.get(column):
                continue
            try:
                facts[target] = read(row[column])
            except ValueError:
                wrong.append(f"{number} ({column})")
        # Each export has one line: of two nobody knows which holds.
        is_open = any("\n" in cell for cell in cells)
        if not row.get(_FILE) or len(cells) > len(header) or row[_FILE] in made.files or is_open:
            wrong.append(f"{number} ({_FILE})")
        if ("from" in facts) != ("to" in facts) or facts.get("from", "") > facts.get("to", ""):
            wrong.append(f"{number} (van, tot)")
        if row.get(_MOMENT) and "exported_at" in facts and not _has_zone(row[_MOMENT]):
            made.warnings.append(message("W-TIJDZONE", language, file=path.name, line=number))
        made.files[row.get(_FILE, "")] = facts
    if wrong:
        return Manifest(refused=message("F-MANIFEST-REGEL", language, file=path.name, lines=", ".join(wrong)))
    return made


def _readers(zone: ZoneInfo) -> Mapping[str, tuple[str, Callable[[str], Any]]]:
    return {
        _MOMENT: ("exported_at", lambda text: _moment(text, zone)),
        "van": ("from", _day),
        "tot": ("to", _day),
        "volledig": ("complete", _is_yes),
        "rijen": ("rows", _count),
        "leegbedoeld": ("emptied", lambda text: sorted({normal_header(name) for name in text.split("|")} - {""})),
    }


def _text_of(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        day, minute, _ = grammar.single(text, Grammar(zone=zone.key))
        if day is None or _is_double(text):
            raise
        moment = datetime(day.year, day.month, day.day, *divmod(minute or 0, 60), tzinfo=zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _has_zone(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return grammar.single(text, Grammar())[2]


def _day(text: str) -> str:
    day, minute, _ = grammar.single(text, Grammar(), is_day=True)
    if day is None or minute is not None or _is_double(text):
        raise ValueError(text)
    return day.isoformat()


def _is_double(text: str) -> bool:
    """Whether a day with slashes can be read in two ways."""
    return bool(pl.select(grammar.slash_reading(pl.lit(text))[1]).item())


def _count(text: str) -> int:
    number = pl.select(whole_number(pl.lit(text))).item()
    if number is None or number < 1:
        raise ValueError(text)
    return int(number)


def _is_yes(text: str) -> bool:
    said = pl.select(yes_no(pl.lit(text))).item()
    if said is None:
        raise ValueError(text)
    return bool(said)
