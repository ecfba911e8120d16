"""The profile of a new layout: look at a file, propose, and write what was chosen. The file itself is never kept."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.errors import ExportError, InputError, SettingsError
from meos_pipeline.ingest.companions import read_organisation
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.inspect import Inspection, inspect
from meos_pipeline.ingest.mapping import map_columns
from meos_pipeline.ingest.profile_text import Document, document_of, written
from meos_pipeline.ingest.profiles import (
    CODE_LISTS,
    PROFILES,
    Profile,
    all_profiles,
    normal_header,
    parse_profile,
    read_profile,
)
from meos_pipeline.ingest.proposal import Code, ColumnProposal, codes_of, date_forms, propose, signs_of
from meos_pipeline.ingest.sketch import Sketch, read_sketch
from meos_pipeline.ingest.teams import team_spellings
from meos_pipeline.ingest.texts import present
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_text

NEEDED = ("date", "team")
"""Fields without which no row is a check."""
WANTED = ("results", "check_id")
"""Fields that a profile can do without, at a price."""
_HALF = 0.5
"""A profile that knows fewer of the headers is no place to start from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A file of which the layout is to be told, and what is proposed."""

    sketch: Sketch
    columns: tuple[ColumnProposal, ...]
    known: tuple[Profile, ...]
    base: Profile | None
    """Profile that is started from; None: from nothing."""
    base_document: Document | None
    fitting: tuple[str, ...]
    """Profiles that read the file as it is."""
    rules: Grammar


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person chose; what is not in it is as proposed."""

    columns: Mapping[str, str]
    """Header -> field, 'list:value', or '' for never read."""
    codes: Mapping[str, Mapping[str, str]]
    """Field -> code -> value."""
    constants: Mapping[str, str | bool]


def look_at(space: Workspace, path: Path, profile: str | None) -> Look:
    """Read a file of any layout and propose what its columns are.

    Args:
        space: The workspace; its profile is tried beside those shipped.
        path: The file.
        profile: Profile to start from; None: the site's own when it fits best, else a shipped one that fits, else none.

    Raises:
        ExportError: when the file is no table.
        SettingsError: when a profile is not right.
    """
    sketch = read_sketch(path, language=space.settings.site.languages[0])
    own = profile or space.settings.sources.profile
    names = list(dict.fromkeys([own, *all_profiles()]))
    profiles = {name: read_profile(name, space.folder.root) for name in names}
    header = sketch.table.columns
    fitting = tuple(name for name in names if _fits(header, profiles[name]))
    base = own if profile else max(names, key=lambda name: (_known_share(header, profiles[name]), name == own))
    if not profile and _known_share(header, profiles[base]) < _HALF:
        base = ""
    known = tuple(profiles.values())
    own_teams = _teams(space)
    zone = (profiles[base].time_zone if base else "") or space.settings.site.time_zone
    rules = Grammar(zone=zone, first_serial=sketch.first_serial)
    return Look(
        sketch=sketch,
        columns=tuple(propose(sketch.table, known, profiles[base] if base else None, rules, own_teams)),
        known=known,
        base=profiles[base] if base else None,
        base_document=_document(base, space.folder.root) if base else None,
        fitting=fitting,
        rules=rules,
    )


def codes_in(look: Look, columns: Mapping[str, str]) -> dict[str, list[Code]]:
    """Return field -> distinct codes, for the chosen columns that hold codes and no persons."""
    base = look.base or _BLANK
    base = replace(base, multi=(*base.multi, *signs_between(look, columns)))
    found = {
        field: codes_of(present_cells(look, header), field, base, look.known)
        for header, field in columns.items()
        if field in CODE_LISTS
    }
    return {field: codes for field, codes in found.items() if codes}


def signs_between(look: Look, columns: Mapping[str, str]) -> tuple[str, ...]:
    """Return the signs that this file has between the codes of one cell, and the profile does not name yet."""
    base = look.base or _BLANK
    found = (
        sign
        for header, field in columns.items()
        if field in CODE_LISTS
        for sign in signs_of(present_cells(look, header), field, base, look.known)
    )
    return tuple(dict.fromkeys(found))


def not_given(look: Look, columns: Mapping[str, str]) -> list[str]:
    """Return what no column gives, of ``NEEDED`` and ``WANTED``: 'date', 'team', 'results' and 'check_id', in that order."""
    base = look.base or _BLANK
    given = {field.split(":")[0] for field in columns.values()} | {*base.file_name, *base.combine, *base.first_filled}
    given |= {"team"} if base.teams == "constant" else set()
    given |= {"date"} if "datetime" in given else set()
    given |= {"check_id"} if base.identity else set()
    return [field for field in (*NEEDED, *WANTED) if field not in given]


def made_document(space: Workspace, look: Look, answers: Answers, *, name: str) -> Document:
    """Return the profile that follows from the answers, proved to be a profile.

    Raises:
        SettingsError: with every mistake at once.
    """
    days = next((header for header, field in answers.columns.items() if field in ("date", "datetime")), None)
    dates = date_forms(present_cells(look, days), look.rules) if days else Grammar().forms
    has_list = (space.folder.landing / COMPANION_FILES["organisation"]).exists()
    document = document_of(
        look.sketch,
        answers.columns,
        answers.codes,
        name=name,
        dates=dates,
        constants=answers.constants,
        teams="organisation" if has_list else "from_column",
        multi=signs_between(look, answers.columns),
        base=look.base_document,
    )
    parse_profile(document, name)
    return document


def present_cells(look: Look, header: str) -> pl.Series:
    """Return the filled cells of a column; never shown."""
    return look.sketch.table.select(present(pl.col(header)).alias(header))[header].drop_nulls()


def tried(space: Workspace, path: Path, document: Document, *, now: datetime) -> Inspection:
    """Read the file with a profile as the pipeline would, and keep nothing.

    Raises:
        ExportError: when the file would be refused.
    """
    return inspect(path, parse_profile(document, str(document["name"])), space.settings, space.folder, now=now)


def write_profile(document: Document, target: Path, language: str) -> None:
    """Write the profile; an older file is never overwritten.

    Raises:
        InputError: when there is a file of that name.
    """
    if target.exists():
        raise InputError(f"'{target.name}' is there already; name another file with --to")
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, written(document, language))


def read_answers(path: Path) -> Answers:
    """Read answers from TOML or JSON: [columns], [codes.FIELD] and [constants].

    Raises:
        InputError: when the file is not there, or says something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError as error:
        raise InputError(f"'{path.name}' is not there; check the path") from error
    except (ValueError, OSError) as error:
        raise InputError(f"Answers in '{path.name}' cannot be read ({error}); mend the file") from error
    strange = sorted(set(document) - {"columns", "codes", "constants"}) if isinstance(document, dict) else ["?"]
    if strange or any(not isinstance(part, dict) for part in document.values()):
        raise InputError(f"'{path.name}' holds {', '.join(strange)}; answers have columns, codes and constants")
    return Answers(
        columns=document.get("columns", {}),
        codes=document.get("codes", {}),
        constants=document.get("constants", {}),
    )


_BLANK = Profile(name="new")


def _fits(header: list[str], profile: Profile) -> bool:
    try:
        map_columns(header, profile, name="", line=1, language="en")
    except ExportError:
        return False
    return True


def _known_share(header: list[str], profile: Profile) -> float:
    names = {normal_header(name) for some in profile.columns.values() for name in some}
    names |= {normal_header(name) for table in profile.flags.values() for name in table}
    names |= {normal_header(name) for name in profile.dropped}
    return sum(normal_header(name) in names for name in header) / max(len(header), 1)


def _teams(space: Workspace) -> frozenset[str]:
    """Spellings of the teams of the site; none without a list of teams, or with one that has mistakes."""
    if not (space.folder.landing / COMPANION_FILES["organisation"]).exists():
        return frozenset()
    try:
        return frozenset(team_spellings(read_organisation(space.folder, space.settings, _BLANK))["spelling"])
    except InputError:
        return frozenset()  # a run tells what is wrong with the list


def _document(name: str, root: Path) -> Document:
    path = PROFILES / f"{name}.toml" if name in all_profiles() else root / name
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"Source profile '{path.name}' cannot be read as TOML ({error}); mend the file") from error
