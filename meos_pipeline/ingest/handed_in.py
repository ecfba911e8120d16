"""Sheets and agreements from the counting page: archived, judged line by line, merged with the companion files.

What counts is a pure function of the archived files and the companion files: nothing is decided at arrival. Each line
is accepted, a duplicate, superseded by a later version, withdrawn, or set aside with a code.
"""

import hashlib
import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.contracts.companions import COVERAGE_SAMPLE, TEAM_ACTIONS
from meos_pipeline.contracts.handed_in import (
    HANDED_IN_AGREEMENTS,
    HANDED_IN_SHEETS,
    Fault,
    Line,
    is_handed_in,
    is_named_for,
    numbers_by_line,
    read_contents,
)
from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.errors import InputError
from meos_pipeline.ingest.messages import message
from meos_pipeline.storage import durable
from meos_pipeline.storage.paths import DataFolder

_LARGEST = 10_000_000
"""Larger files are no handed-in file, whatever they are called: they are judged as an export."""
_COUNTS = ("observed", "registered", "with_result", "with_result_registered")
_VERDICTS = ("accepted", "quarantined", "duplicate", "superseded", "deleted")
HANDED_IN = Table(
    name="handed_in",
    meaning="What became of each line that was handed in, per file.",
    key=("sha",),
    columns=(
        Column(name="name", dtype=pl.String(), meaning="Name of the file as received."),
        Column(name="sha", dtype=pl.String(), meaning="First 16 hex digits of its SHA-256."),
        Column(name="received", dtype=pl.Datetime("us", "UTC"), meaning="When it was taken in."),
        Column(name="rows_in", dtype=pl.Int64(), meaning="Lines below the header."),
        *(Column(name=name, dtype=pl.Int64(), meaning=f"Lines that are {name}.") for name in _VERDICTS),
        Column(name="closes", dtype=pl.Boolean(), meaning="rows_in is the sum of the others."),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """One archived file."""

    sha: str
    name: str
    received: datetime
    path: Path
    let_go: str = ""
    """Why somebody said that nothing in it is missed; '' when nobody did."""


@dataclass(slots=True, kw_only=True)
class HandedIn:
    """What the archived files give, beside the companion files."""

    tables: dict[str, pl.DataFrame]
    """``coverage_sample``, ``team_actions`` and the tables of their own, those that have rows."""
    account: pl.DataFrame
    """``HANDED_IN``."""
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    """SHA-256 of a file -> what was set aside in it."""


@dataclass(slots=True)
class _Judged:
    """A line with what became of it."""

    file: Arrived
    line: Line
    verdict: str = "accepted"

    @property
    def version(self) -> int:
        return int(self.line.values["version"])


def take(
    folder: DataFolder, *, now: datetime, settle: timedelta = timedelta(0)
) -> tuple[list[str], list[str], list[str]]:
    """Move finished files of the counting page from landing and the drop folder to the archive.

    Returns:
        Names of files that are new, of those that still grow, and of those that came before, byte for byte.

    Raises:
        StorageError: when the disk refuses to write.
    """
    taken: list[str] = []
    waiting: list[str] = []
    known: list[str] = []
    for place in (folder.landing, folder.drop):
        for path in sorted(place.iterdir()) if place.is_dir() else []:
            facts = path.lstat()
            if not stat.S_ISREG(facts.st_mode) or facts.st_nlink > 1 or not _is_ours(path, facts.st_size):
                continue
            if settle and now.timestamp() - facts.st_mtime < settle.total_seconds():
                waiting.append(path.name)
                continue
            (taken if _archive(folder, path, now) else known).append(path.name)
    return taken, waiting, known


def _is_ours(path: Path, size: int) -> bool:
    if size > _LARGEST or path.name.endswith((durable.PARTIAL, ".tmp", ".part")) or path.name.startswith("."):
        return False
    with path.open("rb") as stream:
        return is_handed_in(path.name, stream.read(1024))


def _archive(folder: DataFolder, path: Path, now: datetime) -> bool:
    """Keep the file and take it away; tell whether it is new."""
    content = path.read_bytes()
    sha = hashlib.sha256(content).hexdigest()
    note = folder.handed_in / f"{sha}.json"
    is_new = not note.exists()
    if is_new:
        durable.write_bytes(folder.handed_in / f"{sha}.csv", content)
        told = {"name": path.name, "received": now.astimezone(UTC).isoformat()}
        durable.write_text(note, json.dumps(told, ensure_ascii=False))
    path.unlink()
    durable.sync_folder(path.parent)
    return is_new


def arrived(folder: DataFolder) -> list[Arrived]:
    """Return every archived file, in the order in which they were taken in."""
    files = []
    for note in sorted(folder.handed_in.glob("*.json")):
        told = json.loads(note.read_text(encoding="utf-8"))
        files.append(
            Arrived(
                sha=note.stem,
                name=told["name"],
                received=datetime.fromisoformat(told["received"]),
                path=note.with_suffix(".csv"),
                let_go=told.get("let_go", ""),
            )
        )
    return sorted(files, key=lambda file: (file.received, file.sha))


def state_of(folder: DataFolder) -> str:
    """Names of all archived files: what was handed in follows from it. Empty when nothing was."""
    return ",".join(sorted(path.stem for path in folder.handed_in.glob("*.json")))


def read_handed_in(folder: DataFolder, companions: Mapping[str, pl.DataFrame]) -> HandedIn:
    """Judge every line and merge what counts with the companion files.

    Args:
        folder: The data folder.
        companions: Tables of the companion files; ``organisation`` is among them.
    """
    files = arrived(folder)
    teams = frozenset(companions["organisation"]["team"])
    typed_sheets = companions.get("coverage_sample", COVERAGE_SAMPLE.empty())
    typed_actions = companions.get("team_actions", TEAM_ACTIONS.empty())
    faults: dict[str, list[Fault]] = {}
    rows: dict[str, int] = {}
    judged: dict[str, list[_Judged]] = {"sheet": [], "agreement": []}
    known = {row["action_id"]: row for row in typed_actions.iter_rows(named=True)}
    speaks: dict[str, str] = {}
    for file in files:
        contents = read_contents(file.path.read_bytes())
        rows[file.sha] = contents.rows
        faults[file.sha] = list(contents.faults)
        for line in contents.lines:
            code = _refusal(line.values, teams, file.received.date()) or _stranger(line.values, known, speaks)
            if code:
                faults[file.sha].append(Fault(line.number, *code))
            else:
                judged[contents.kind].append(_Judged(file, line))
    sheets = _newest(judged["sheet"], faults)
    agreements = _newest(judged["agreement"], faults)
    tables = _merge_sheets(sheets, typed_sheets, faults) | _merge_agreements(agreements, typed_actions)
    lines = [*judged["sheet"], *judged["agreement"]]
    return HandedIn(tables=tables, account=_account(files, rows, lines, faults), faults=faults)


def _refusal(values: Mapping[str, Any], teams: frozenset[str], received: date) -> tuple[str, str] | None:
    """Code and column of what a line cannot say here and on that day."""
    if values["team"] not in teams:
        return "R-INLEVER-TEAM", "basisteam"
    day = values.get("sample_date")
    # A phone may be a day ahead of the machine.
    if day is not None and day > received + timedelta(days=1):
        return "R-INLEVER-DAG", "datum"
    return None


def _identity(values: Mapping[str, Any]) -> str:
    """What makes a sheet or an agreement the same in another version."""
    if "action_id" in values:
        return str(values["action_id"])
    return values["mark"] or f"{values['sample_date']}|{values['team']}|{values['sheet']}"


def _stranger(
    values: Mapping[str, Any], typed: Mapping[str, Mapping[str, Any]], speaks: dict[str, str]
) -> tuple[str, str] | None:
    """Code and column of a line that may not speak of this sheet or agreement: told before versions are compared.

    Args:
        values: The line.
        typed: Rows of the list of actions, by number.
        speaks: Identity -> the team whose it is, the first that handed it in; a new one is added.
    """
    identity, column = _identity(values), "actie_id" if "action_id" in values else "kenmerk"
    known = typed.get(identity)
    if "action_id" in values and known is None and not is_named_for(identity, values["team"]):
        return "R-INLEVER-VELD", column
    if known is not None and known["team"] != values["team"]:
        return "R-INLEVER-ANDER", column
    if known is not None and known["kind"] != "agreement":
        return "R-INLEVER-NUMMER", column
    return None if speaks.setdefault(identity, values["team"]) == values["team"] else ("R-INLEVER-ANDER", column)


def _newest(lines: Sequence[_Judged], faults: dict[str, list[Fault]]) -> list[_Judged]:
    """Tell per line whether it is the newest version, withdrawn ones included; return those that are."""
    by_identity: dict[str, dict[int, _Judged]] = {}
    for item in lines:
        versions = by_identity.setdefault(_identity(item.line.values), {})
        first = versions.setdefault(item.version, item)
        if first is item:
            continue
        if first.line.values == item.line.values:
            item.verdict = "duplicate"
        else:
            _set_aside(item, "R-INLEVER-VERSIE", faults)
    current = []
    for versions in by_identity.values():
        newest = max(versions)
        for number, item in versions.items():
            if number != newest:
                item.verdict = "superseded"
                continue
            if "withdrawn" in (item.line.values.get("stand"), item.line.values.get("state")):
                item.verdict = "deleted"
            current.append(item)
    return sorted(current, key=lambda item: (item.file.received, item.file.sha, item.line.number))


def _set_aside(item: _Judged, code: str, faults: dict[str, list[Fault]], column: str = "") -> None:
    item.verdict = "quarantined"
    faults[item.file.sha].append(Fault(item.line.number, code, column))


def _merge_sheets(
    lines: Sequence[_Judged], typed: pl.DataFrame, faults: dict[str, list[Fault]]
) -> dict[str, pl.DataFrame]:
    """Sheets beside those that were typed over: one that is there with the same counts counts once, or not when withdrawn."""
    there = {(row["sample_date"], row["team"], row["sheet"]): row for row in typed.iter_rows(named=True)}
    taken = set(there)
    same: set[tuple[Any, ...]] = set()
    made = []
    for item in lines:
        values = {name: value for name, value in item.line.values.items() if name != "stand"}
        place = (values["sample_date"], values["team"], values["sheet"])
        if item.verdict == "deleted":
            if place in there and all(there[place][name] == values[name] for name in _COUNTS):
                same.add(place)
            continue
        if place in there and place not in same:
            if any(there[place][name] != values[name] for name in _COUNTS):
                _set_aside(item, "R-INLEVER-NUMMER", faults, "blad")
                continue
            same.add(place)
        elif place in taken:  # another phone: the next free number of the day
            values["sheet"] = 1 + max(number for day, team, number in taken if (day, team) == place[:2])
            taken.add((*place[:2], values["sheet"]))
        else:
            taken.add(place)
        made.append(values)
    if not made and not same:
        return {}
    own = HANDED_IN_SHEETS.require(pl.DataFrame(made, schema=HANDED_IN_SHEETS.schema))
    keys = ["sample_date", "team", "sheet"]
    rest = typed.join(
        pl.DataFrame(list(same), schema={key: typed.schema[key] for key in keys}, orient="row"), on=keys, how="anti"
    )
    merged = pl.concat([rest, own.select(COVERAGE_SAMPLE.names)]).sort(keys)
    return {"coverage_sample": COVERAGE_SAMPLE.require(merged)} | ({"handed_in_sheets": own} if made else {})


def _merge_agreements(lines: Sequence[_Judged], typed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Agreements beside those of the list: of one that is there, the look-back day, the state and the wish for help are renewed.

    One that its team withdrew is left out, also when it is in the list.
    """
    there = {row["action_id"]: row for row in typed.iter_rows(named=True)}
    made: dict[str, dict[str, Any]] = {}
    for item in (one for one in lines if one.verdict != "deleted"):
        values = dict(item.line.values)
        known = there.get(values["action_id"])
        if known is not None:
            renewed = {name: values[name] for name in ("look_back", "state", "help", "version")}
            made[values["action_id"]] = {**known, **renewed, "way": known["way"] or values["way"]}
        else:
            made[values["action_id"]] = {**values, "kind": "agreement", "ends": None}
    renewed_or_gone = {str(item.line.values["action_id"]) for item in lines}
    if not made and not renewed_or_gone & set(there):
        return {}
    own = HANDED_IN_AGREEMENTS.require(pl.DataFrame(list(made.values()), schema=HANDED_IN_AGREEMENTS.schema))
    rest = typed.filter(~pl.col("action_id").is_in(sorted(renewed_or_gone)))
    merged = pl.concat([rest, own.select(TEAM_ACTIONS.names)]).sort("action_id")
    return {"team_actions": TEAM_ACTIONS.require(merged)} | ({"handed_in_agreements": own} if made else {})


def _account(
    files: Iterable[Arrived], rows: Mapping[str, int], lines: Iterable[_Judged], faults: Mapping[str, Sequence[Fault]]
) -> pl.DataFrame:
    counts = {sha: dict.fromkeys(_VERDICTS, 0) for sha in rows}
    for item in lines:
        if item.verdict != "quarantined":
            counts[item.file.sha][item.verdict] += 1
    made = []
    for file in files:
        found, mine = counts[file.sha], faults[file.sha]
        # A fault of line 0 is about the file as a whole.
        found["quarantined"] = len(mine) if all(fault.line for fault in mine) else rows[file.sha]
        made.append(
            {
                "name": file.name,
                "sha": file.sha[:16],
                "received": file.received,
                "rows_in": rows[file.sha],
                **found,
                "closes": rows[file.sha] == sum(found.values()),
            }
        )
    return HANDED_IN.require(pl.DataFrame(made, schema=HANDED_IN.schema))


def refusals(files: Sequence[Arrived], found: HandedIn, language: str) -> dict[str, str]:
    """Return name of a file -> what was refused in it, for files that still ask for a person.

    A file asks no more once later ones held every refused sheet or agreement of it, by its number and without a fault. Its
    name says nothing: two phones of a team give theirs the same one.
    """
    held = {file.sha: _numbers(file, found.faults[file.sha]) for file in files} if any(found.faults.values()) else {}
    told: dict[str, str] = {}
    for file in files:
        mine = found.faults[file.sha]
        if not mine or file.let_go:
            continue
        later = {one for other in files if other.received > file.received for one in held[other.sha][0]}
        if held[file.sha][1] <= later:
            continue
        by_code: dict[tuple[str, str], list[int]] = {}
        for fault in mine:
            by_code.setdefault((fault.code, fault.column), []).append(fault.line)
        said = "\n".join(
            message(code, language, file=file.name, line=", ".join(map(str, sorted(lines))), column=column)
            for (code, column), lines in sorted(by_code.items())
        )
        told[file.name] = "\n".join(filter(None, (told.get(file.name), said)))
    return told


def _numbers(file: Arrived, faults: Sequence[Fault]) -> tuple[set[str], set[str]]:
    """Numbers of sheets and agreements of lines without a fault, and of those with one; '' is a line without a number."""
    numbers = numbers_by_line(file.path.read_bytes())
    wrong = {fault.line for fault in faults}
    if 0 in wrong:
        return set(), {*numbers.values()} or {""}
    return (
        {number for line, number in numbers.items() if line not in wrong} - {""},
        {number for line, number in numbers.items() if line in wrong},
    )


def let_go(folder: DataFolder, name: str, why: str) -> None:
    """Keep that nothing in a refused file is missed.

    Raises:
        InputError: when no file of that name was handed in, or the reason is empty.
    """
    mine = [file for file in arrived(folder) if file.name == name]
    if not mine or not why.strip():
        raise InputError(f"'{name}' was not handed in, or the reason is empty; name a refused file and say why")
    for file in mine:
        note = folder.handed_in / f"{file.sha}.json"
        told = json.loads(note.read_text(encoding="utf-8"))
        durable.write_text(note, json.dumps(told | {"let_go": why.strip()}, ensure_ascii=False))
