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
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from meos_pipeline.contracts import values as v
from meos_pipeline.errors import SettingsError
from meos_pipeline.policy import Policy

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
    "test",
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
ROWS = ("checks", "persons", "charges")
"""What a row of the export is: a check, a person in a check, or a charge against a person."""
TEAM_SOURCES = ("organisation", "from_column", "constant")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How one layout is read."""

    name: str
    """Name of the layout, as messages and pages tell it."""
    meaning: str = ""
    """Whose export it is, and since when."""
    delimiter: str = ";"
    """Sign between two columns of a text export."""
    encoding: str = ""
    """Empty: what ``meos.toml`` says."""
    skip_lines: int = 0
    """Title lines above the header."""
    sep_line: bool = True
    """Accept a first line ``sep=;``."""
    sheet: tuple[str, ...] = ()
    """Sheets of a workbook; '*' is every sheet that has the header; empty is the one sheet that has it."""
    rows_are: str = "checks"
    """What a row is: with persons or charges, rows of one record number are one check."""
    person_row: tuple[str, ...] = ()
    """Source columns that tell the persons of one check apart, when rows are charges."""
    teams: str = "organisation"
    """Where teams come from: the organisation list, the values of the team column, or one constant."""
    team: str = ""
    """Code of the team of every row, with teams = "constant"."""
    team_name: str = ""
    """Its name."""
    missing_team: str = ""
    """Team of rows without one; empty: such rows are quarantined."""
    district: str = ""
    """Name of the district, where no organisation list tells it."""
    dates: tuple[str, ...] = ("day-month-year", "iso")
    """In which orders a day is written; year first is always understood."""
    short_times: bool = False
    """True when '5' is five past midnight. Also found out from the file: another time of digits alone proves it."""
    bands: tuple[str, ...] = ()
    """The site's own age bands, such as '<18', '18-34' and '35+'; empty: those of the contract."""
    time_zone: str = ""
    """Empty: the site's."""
    multi: tuple[str, ...] = (",", "|", "\n")
    """Signs between the codes in a cell that holds several."""
    bounds: tuple[float, ...] = ()
    """South, north, west and east of the area, in degrees; a place outside it is no place."""
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
    """Our fields, each with the headers that it may have."""
    required: tuple[str, ...] = ("check_id", "date", "team")
    """Fields without which a file is refused."""
    dropped: tuple[str, ...] = ()
    """Columns that are known and never read."""
    constants: Mapping[str, str | bool] = field(default_factory=dict)
    """Fields with one value for every row."""
    flags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Yes/no columns that are one code of a list: list -> column -> value when yes."""
    flags_no: Mapping[str, str] = field(default_factory=dict)
    """What a list of flags says when every filled flag says no; empty: 'nothing_found' for results."""
    file_name: Mapping[str, str] = field(default_factory=dict)
    """Fields that the name of the file tells: field -> regular expression of which the first group is the value."""
    combine: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields made of two source columns, with a blank between them."""
    first_filled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fields taken from the first of some source columns that is filled."""
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Codes of the export: list -> code -> our value; empty is unknown, '*' stands for every other code."""
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Which results fit a reason; empty: the shipped map."""
    footers: tuple[str, ...] = ("totaal", "total")
    """A last row that starts with one of these words is a footer."""

    @property
    def age_bands(self) -> tuple[str, ...]:
        """Age bands of the site, from young to old."""
        return self.bands or tuple(v.AGE_BANDS.categories)

    def names_of(self, field: str) -> tuple[str, ...]:
        """Headers that may give a field; of a field made of two columns both must be there."""
        return self.combine.get(field) or self.first_filled.get(field) or self.columns.get(field, ())

    @property
    def wanted(self) -> list[tuple[str, ...]]:
        """Columns that must be there, each with the names it may have."""
        return [
            names
            for name in self.required
            for names in ([(part,) for part in self.combine[name]] if name in self.combine else [self.names_of(name)])
            if names
        ]

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
    """Code without the differences that mean nothing: case, accents, and blanks, underscores and hyphens.

    Between two digits a sign is kept: '10-17' is no '1017'.
    """
    if text == "*":
        return text
    plain = unicodedata.normalize("NFKD", text)
    upper = "".join(letter for letter in plain if not unicodedata.combining(letter)).strip().upper()
    joined = re.sub(r"(?<!\d)_|_(?!\d)", "", re.sub(r"[\s_-]+", "_", upper))
    return joined or upper


def normal_header(text: str) -> str:
    """Header without case, accents, blanks, underscores and other signs."""
    return re.sub(r"[^a-z0-9]", "", normal_code(text.lstrip("\ufeff")).lower())


def in_own_bands(policy: Policy, profile: Profile) -> Policy:
    """Policy of a site with its own age bands: the reference is the band in which the youngest of the reference falls."""
    if policy.reference_age_band in profile.age_bands:
        return policy
    start = v.band_start(policy.reference_age_band)
    reference = [band for band in profile.age_bands if v.band_start(band) <= start][-1]
    return replace(policy, reference_age_band=reference)


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
    from meos_pipeline.ingest.profile_mistakes import find_mistakes, hint

    mistakes: list[str] = []
    known = set(Profile.__slots__)
    values: dict[str, Any] = {}
    for key, value in document.items():
        if key not in known:
            mistakes.append(f"unknown key '{key}'{hint(key, known)}")
        elif key in ("required", "dropped"):
            values[key] = tuple(value.get("columns", ()))
        elif key == "columns":
            values[key] = {
                item: (text,) if isinstance(text, str) else tuple(text) for item, text in dict(value).items()
            }
        elif key == "number_scope":
            values[key] = tuple(_SCOPE_NAMES.get(item, item) for item in value)
        elif key in ("related", "placeholders", "combine", "first_filled"):
            values[key] = {item: tuple(parts) for item, parts in dict(value).items()}
        elif key == "sheet":
            values[key] = tuple(filter(None, (value,) if isinstance(value, str) else value))
        elif isinstance(value, list):
            values[key] = tuple(value)
        else:
            values[key] = value
    find_mistakes(values, mistakes)
    if mistakes:
        raise SettingsError("\n  - ".join([f"Source profile '{name}' is not right:", *mistakes]))
    made = Profile(**({"name": Path(name).stem} | values))
    return replace(made, required=(*made.required, *_always_required(made)))


def _always_required(profile: Profile) -> list[str]:
    """Fields that [required] leaves out, and without which no row is a check: a column for the day and the team."""
    days = [name for name in ("date", "datetime") if profile.names_of(name)]
    wanted = [*(days if len(days) == 1 else ()), *(["team"] if profile.names_of("team") else ())]
    return [name for name in wanted if name not in profile.required]


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
