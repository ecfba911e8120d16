"""Refused exports: which still ask for a person, which another file replaced, and which somebody let go.

An export that cannot be read stays in the archive, so that what came in can be shown. It stops asking for attention
when a later delivery took its place, or when a person said that nothing in it is missed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import polars as pl

from meos_pipeline.errors import InputError
from meos_pipeline.ingest.names import series_of
from meos_pipeline.ingest.parsed import Parsed, read_parsed
from meos_pipeline.ingest.receive import ArchivedFile, read_archive
from meos_pipeline.ingest.versions import read_comparison, with_comparison
from meos_pipeline.settings import Settings
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder

_KEPT = "acknowledged.json"


class State(StrEnum):
    """What became of a refused file."""

    OPEN = "open"
    REPLACED = "replaced"
    LET_GO = "let_go"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A name under which an export was delivered that could not be read."""

    name: str
    sha: str
    exported_at: datetime
    code: str
    """Reason in the message catalogue, e.g. ``F-LEEG``."""
    message: str
    state: State
    why: str = ""
    """The file that took its place, or the reason that a person gave; empty while it is open."""


def judge(folder: DataFolder, parsed: Sequence[Parsed]) -> list[Refusal]:
    """Return every refused delivery with what became of it, the newest export last.

    A later delivery takes the place of a refused one when it could be read and bears the same name, or the same name
    but for the export time where the name says which month it holds.

    Args:
        folder: The data folder; what a person let go is kept in its restricted part.
        parsed: Every archived export, in the order of export time.
    """
    let_go = {(item["sha"], item["name"]): item["why"] for item in _kept(folder)}
    found = []
    for item in parsed:
        if not item.refused or item.file.is_erased:
            continue
        for name in item.file.received:
            instead = _instead(item.file, name, parsed)
            why = instead or let_go.get((item.file.sha, name), "")
            state = State.REPLACED if instead else State.LET_GO if why else State.OPEN
            said = item.refused.replace(f"'{item.file.name}'", f"'{name}'")
            found.append(
                Refusal(
                    name=name,
                    sha=item.file.sha,
                    exported_at=item.file.exported_at,
                    code=item.code,
                    message=said,
                    state=state,
                    why=why,
                )
            )
    return found


def read_refusals(folder: DataFolder, settings: Settings) -> list[Refusal]:
    """Return every refused delivery of what was taken in so far; see ``judge``."""
    return judge(folder, list(parsed_before(folder, settings)))


def read_acknowledged(folder: DataFolder) -> dict[tuple[str, str], int]:
    """Return how many rows that were set aside a person let go, by hash and name of the file; 0 for a refused file."""
    return {(item["sha"], item["name"]): int(item.get("rows", 0)) for item in _kept(folder)}


def replaced_by(file: ArchivedFile, parsed: Sequence[Parsed]) -> str:
    """Return the name of a later file that took the place of this one; empty when none did."""
    return next(filter(None, (_instead(file, name, parsed) for name in file.received)), "")


def acknowledge(folder: DataFolder, settings: Settings, reasons: Mapping[str, str], *, at: datetime) -> None:
    """Keep that refused files, or rows that were set aside, are not missed; the reason stays in ``restricted/``.

    Args:
        folder: The data folder.
        settings: Site settings.
        reasons: Name of a refused file, or of one with rows that were set aside -> why nothing in it is missed.
        at: The moment, with a time zone.

    Raises:
        InputError: when nothing of that name asks for attention, or a reason is missing; nothing is kept then.
        StorageError: when the disk refuses to write.
    """
    parsed = list(parsed_before(folder, settings))
    waiting = {item.name: (item.sha, 0) for item in judge(folder, parsed) if item.state == State.OPEN}
    aside = rows_set_aside(folder)
    waiting |= {
        name: (item.file.sha, max(1, item.set_aside + aside.get(item.file.export_id, 0)))
        for item in parsed
        for name in item.file.received
        if not item.refused and (item.set_aside or item.warnings or aside.get(item.file.export_id))
    }
    for name, why in reasons.items():
        if name not in waiting:
            raise InputError(
                f"'{name}' is no file that asks for attention; those that do are: {', '.join(sorted(waiting)) or '–'}"
            )
        if not why.strip():
            raise InputError(f"Letting '{name}' go needs a reason; write why nothing in it is missed")
    new = [
        {"sha": waiting[name][0], "name": name, "rows": waiting[name][1], "why": why.strip(), "at": at.isoformat()}
        for name, why in sorted(reasons.items())
    ]
    write_text(folder.restricted / _KEPT, json.dumps([*_kept(folder), *new], indent=1, ensure_ascii=False))


def rows_set_aside(folder: DataFolder) -> dict[str, int]:
    """Return per export how many rows a quality rule set aside; rows that could not be read are counted by the parser."""
    files = sorted(folder.quarantine.glob("rules-*.parquet"))
    if not files:
        return {}
    rows = pl.concat([pl.read_parquet(path, columns=["export_id", "line"]) for path in files]).unique()
    return dict(rows.group_by("export_id").len().iter_rows())


def _instead(refused: ArchivedFile, name: str, parsed: Sequence[Parsed]) -> str:
    """Return the name of the file that took the place of a refused one; empty when none did."""
    since = refused.received[name]
    for item in reversed(parsed):
        if item.refused:
            continue
        for other, received in item.file.received.items():
            is_same = other == name or (
                series_of(other) == series_of(name) and item.file.exported_at >= refused.exported_at
            )
            if is_same and received > since:
                return other
    return ""


def parsed_before(folder: DataFolder, settings: Settings) -> Iterable[Parsed]:
    """Yield what is known of each archived export that was parsed, by the cache."""
    comparison = read_comparison(folder)
    for file in read_archive(folder, settings):
        for target in sorted((folder.tables / "parsed").glob(f"{file.export_id}-*")):
            known = read_parsed(file, target)
            if known is not None:
                yield with_comparison(known, comparison, settings)


def _kept(folder: DataFolder) -> list[dict[str, Any]]:
    path = folder.restricted / _KEPT
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []
