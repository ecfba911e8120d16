"""Source profiles: TOML files that say how an export's headers, codes and forms map to our fields.

A new layout is a new file, not code. ``shipped`` profiles lie beside this module; ``meos.toml`` names
one of them or a file of your own.
"""

import difflib
import hashlib
import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meos_pipeline.contracts import values as v
from meos_pipeline.errors import SettingsError

PROFILES = Path(__file__).parent / "profiles"

CODE_LISTS: dict[str, dict[str, str | None]] = {
    "shift_kind": dict(v.SHIFT_KIND_SOURCE),
    "subjects": dict(v.SUBJECT_KIND_SOURCE),
    "initiative": dict(v.INITIATIVE_SOURCE),
    "reasons": dict(v.REASON_SOURCE),
    "legal_bases": dict(v.LEGAL_BASIS_SOURCE),
    "actions": dict(v.ACTION_SOURCE),
    "results": dict(v.RESULT_SOURCE),
    "vehicle_kind": dict(v.VEHICLE_KIND_SOURCE),
    "sex": dict(v.SEX_SOURCE),
    "continued_reason": dict(v.CONTINUED_REASON_SOURCE),
    "explanation_way": dict(v.EXPLANATION_WAY_SOURCE),
    "reaction": dict(v.REACTION_SOURCE),
    "register": dict(v.REGISTER_SOURCE),
    "status": dict(v.STATUS_SOURCE),
    "age_range": {},
}
"""Fields whose cells hold codes, with the codes of our own layout."""
YES_NO_FIELDS = (
    "proactive",
    "queried_before",
    "history_shown",
    "repeat_warning",
    "explained",
    "identified",
    "bodycam",
    "debriefed",
    "planned",
    "deleted",
    "related_hit",
)
COUNT_FIELDS = ("age", "birth_year", "person_count", "earlier_checks", "duration")
PERSONAL_FIELDS = ("check_id", "officer", "plate", "person_id", "bsn", "document", "birth_date", "reason_text")
"""Fields of which nothing is ever shown, not even an example."""
OTHER_FIELDS = (
    "date",
    "time",
    "datetime",
    "entered_at",
    "team",
    "place_team",
    "area",
    "action_id",
    "app_version",
    "latitude",
    "longitude",
    "x_rd",
    "y_rd",
    "origin",
)
FIELDS = (*CODE_LISTS, *YES_NO_FIELDS, *COUNT_FIELDS, *PERSONAL_FIELDS, *OTHER_FIELDS)
DATE_FORMS = ("day-month-year", "iso", "month-day-year")
_SCOPE_NAMES = {"bron": "source", "register": "source", "jaar": "year", "maand": "month", "basisteam": "team"}
NUMBER_SCOPES = ("team", "year", "month", "source")
"""Within what a record number may be unique; 'source' is the register a record comes from."""
PERSON_NUMBERS = ("bsn", "own")
REVISED = (
    "results",
    "actions",
    "origin",
    "related_hit",
    "explained",
    "reaction",
    "duration",
    "status",
    "debriefed",
    "register",
    "app_version",
    "entered_at",
)
"""Fields that are filled in or corrected afterwards: they make no record number."""
PLACEHOLDERS = ("officer", "plate", "person_id")
TEAM_SOURCES = ("organisation", "from_column", "constant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one layout is read."""

    name: str
    meaning: str = ""
    delimiter: str = ";"
    encoding: str = ""
    """Empty: what ``meos.toml`` says."""
    skip_lines: int = 0
    """Title lines above the header."""
    sep_line: bool = True
    """Accept a first line ``sep=;``."""
    sheet: str = ""
    teams: str = "organisation"
    """Where teams come from: the organisation list, the values of the team column, or one constant."""
    team: str = ""
    team_name: str = ""
    missing_team: str = ""
    """Team of rows without one; empty: such rows are quarantined."""
    district: str = ""
    dates: tuple[str, ...] = ("day-month-year", "iso")
    time_zone: str = ""
    """Empty: the site's."""
    multi: tuple[str, ...] = (",", "|", "\n")
    bounds: tuple[float, ...] = ()
    identity: tuple[str, ...] = ()
    """Source columns that make a record number when the export has none."""
    number_scope: tuple[str, ...] = ()
    """What makes a record number unique together with it: any of team, year, month, source."""
    person_numbers: str = "bsn"
    """Whether eight or nine digits in the person's number are a BSN, or the source has numbers of its own."""
    placeholders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words of the source that stand for no officer, plate or person: they link nothing."""
    last_row_wins: bool = False
    """True when the export documents that the last row of a number is the valid one."""
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: tuple[str, ...] = ("check_id", "date", "team")
    dropped: tuple[str, ...] = ()
    constants: Mapping[str, str | bool] = field(default_factory=dict)
    flags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Which results fit a reason; empty: the shipped map."""
    footers: tuple[str, ...] = ("totaal", "total")
    """A last row that starts with one of these words is a footer."""

    def code_table(self, name: str) -> dict[str, str | None]:
        """Return normalised source code -> value of a list; '' in the profile means unknown (null)."""
        table: dict[str, str | None] = dict(CODE_LISTS[name])
        if name in self.codes:
            table = {}
            for code, value in self.codes[name].items():
                table[code] = value or None
        return {normal_code(code): value for code, value in table.items()}

    @property
    def revised_identity(self) -> list[str]:
        """Columns in 'identity' that may change later: then only complete exports can be told apart."""
        made = {header for name in REVISED for header in self.columns.get(name, ())}
        made |= {header for name, table in self.flags.items() if name in REVISED for header in table}
        normal = {normal_header(header) for header in made}
        return [column for column in self.identity if normal_header(column) in normal]

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything the profile says."""
        content = {name: _plain(getattr(self, name)) for name in self.__slots__}
        return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def normal_code(text: str) -> str:
    """Code without the differences that mean nothing: case, accents, outer blanks."""
    if text == "*":
        return text
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip().upper()


def normal_header(text: str) -> str:
    """Header without case, accents, blanks, underscores and other signs."""
    return re.sub(r"[^a-z0-9]", "", normal_code(text.lstrip("\ufeff")).lower())


def all_profiles() -> list[str]:
    """Names of the shipped profiles."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def read_profile(name: str, base: Path | None = None) -> Profile:
    """Read a shipped profile by name, or a TOML file by path (relative to ``base``).

    Raises:
        SettingsError: with every mistake at once.
    """
    path = PROFILES / f"{name}.toml" if name in all_profiles() else (base or Path()) / name
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        near = difflib.get_close_matches(name, all_profiles(), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"shipped are {', '.join(all_profiles())}"
        raise SettingsError(f"There is no source profile '{name}'; {hint}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"Source profile '{path.name}' cannot be read as TOML ({error}); mend the file") from error
    return parse_profile(document, path.name)


def parse_profile(document: Mapping[str, Any], name: str = "profile") -> Profile:
    """Turn a TOML document into a profile, or raise with every mistake.

    Raises:
        SettingsError: with every mistake at once.
    """
    mistakes: list[str] = []
    known = set(Profile.__slots__)
    values: dict[str, Any] = {}
    for key, value in document.items():
        if key not in known:
            mistakes.append(f"unknown key '{key}'{_hint(key, known)}")
        elif key in ("required", "dropped"):
            values[key] = tuple(value.get("columns", ()))
        elif key == "columns":
            values[key] = {
                item: (text,) if isinstance(text, str) else tuple(text) for item, text in dict(value).items()
            }
        elif key == "number_scope":
            values[key] = tuple(_SCOPE_NAMES.get(item, item) for item in value)
        elif key in ("related", "placeholders"):
            values[key] = {item: tuple(results) for item, results in dict(value).items()}
        elif isinstance(value, list):
            values[key] = tuple(value)
        else:
            values[key] = value
    _find_mistakes(values, mistakes)
    if mistakes:
        raise SettingsError("\n  - ".join([f"Source profile '{name}' is not right:", *mistakes]))
    return Profile(**({"name": Path(name).stem} | values))


def _find_mistakes(values: Mapping[str, Any], mistakes: list[str]) -> None:
    columns = values.get("columns", {})
    mistakes += [f"unknown field '{item}' in [columns]{_hint(item, FIELDS)}" for item in columns if item not in FIELDS]
    mistakes += [
        f"'{item}' in [required] is not in [columns]; add it there"
        for item in values.get("required", ())
        if item not in columns
    ]
    if "date" not in columns and "datetime" not in columns:
        mistakes.append("[columns] has neither 'date' nor 'datetime'; a check needs a day")
    if "check_id" not in columns and not values.get("identity"):
        mistakes.append("[columns] has no 'check_id'; name it, or give 'identity' = columns that tell records apart")
    mistakes += [
        f"date form '{form}' is unknown; use {DATE_FORMS}" for form in values.get("dates", ()) if form not in DATE_FORMS
    ]
    mistakes += [
        f"'number_scope' holds '{item}'; use {NUMBER_SCOPES}"
        for item in values.get("number_scope", ())
        if item not in NUMBER_SCOPES
    ]
    if values.get("person_numbers", "bsn") not in PERSON_NUMBERS:
        mistakes.append(f"'person_numbers' should be one of {PERSON_NUMBERS}")
    mistakes += [
        f"unknown field '{item}' in [placeholders]; use {PLACEHOLDERS}"
        for item in values.get("placeholders", {})
        if item not in PLACEHOLDERS
    ]
    if values.get("teams", "organisation") not in TEAM_SOURCES:
        mistakes.append(f"'teams' should be one of {TEAM_SOURCES}")
    allowed = {
        "reasons": v.REASONS,
        "results": v.RESULTS,
        "actions": v.ACTIONS,
        "legal_bases": v.LEGAL_BASES,
        "subjects": v.SUBJECT_KINDS,
        "sex": v.SEXES,
        "age_range": v.AGE_BANDS,
    }
    for kind in ("codes", "flags"):
        for item, table in values.get(kind, {}).items():
            if item not in CODE_LISTS:
                mistakes.append(f"[{kind}.{item}] is no code list{_hint(item, CODE_LISTS)}")
            elif item in allowed:
                good = set(allowed[item].categories)
                mistakes += [
                    f"[{kind}.{item}] maps '{code}' to an unknown value; known are {sorted(good)}"
                    for code, value in table.items()
                    if not set(filter(None, str(value).split("|"))) <= good
                ]


def _hint(key: str, known: Sequence[str] | set[str] | Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
