"""Files that the counting page hands over: sheets of checks seen, and agreements of a team.

A file is a few lines of ASCII, separated by semicolons. Each line ends with the name of its schema and a check number,
so that a damaged or edited line shows. A line holds counts, days and words from lists: no text can be typed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.companions import COVERAGE_SAMPLE, TEAM_ACTIONS
from meos_pipeline.contracts.table import Column, Table

MOST_BYTES = 65_536
MOST_LINES = 400
MOST_IN_A_BOX = 99
"""Checks that the page counts in each of the four boxes of a sheet: with or without a result, recorded or not."""
FIRST_DAY = date(2020, 1, 1)
"""No sheet or agreement of the page is older: a phone with another day has a wrong clock."""
LAST_COLUMNS = ("schema", "controlegetal")
STANDS = ("valid", "withdrawn")
_LINE = re.compile(rb"[\x20-\x7e]+")
_DAY = re.compile(r"(\d\d)-(\d\d)-(20\d\d)")
_TEAM = re.compile(v.TEAM_SLUG_PATTERN)
_MARK = re.compile(r"[0-9a-f]{8}")
_ACTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_MADE_ON_PAGE = re.compile(r"([a-z0-9-]{1,4})-\d{8}-[0-9a-f]{1,6}")

_MARK_COLUMN = Column(
    name="mark",
    dtype=pl.String(),
    meaning="Number drawn by chance for this sheet, so that two phones can both have a sheet 1; '' in older files.",
    source_name="kenmerk",
)
_VERSION = Column(
    name="version",
    dtype=pl.Int64(),
    meaning="Later versions take the place of earlier ones.",
    source_name="versie",
)
HANDED_IN_SHEETS = Table(
    name="handed_in_sheets",
    meaning="Sheets of the counting page that count: the newest version of each.",
    meaning_nl="Telbladen van de telpagina die meetellen.",
    key=("sample_date", "team", "sheet", "mark"),
    columns=(*COVERAGE_SAMPLE.columns, _MARK_COLUMN, _VERSION),
)
HANDED_IN_AGREEMENTS = Table(
    name="handed_in_agreements",
    meaning="Agreements of the counting page that count: the newest version of each.",
    meaning_nl="Afspraken van de telpagina die meetellen.",
    key=("action_id",),
    columns=TEAM_ACTIONS.columns,
)
HANDED_IN_TABLES = (HANDED_IN_SHEETS, HANDED_IN_AGREEMENTS)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a line, or the file as a whole (line 0), is refused: a code of the message catalogue, never a value."""

    line: int
    code: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line that reads well: its place in the file, and its values by name."""

    number: int
    values: Mapping[str, Any]


@dataclass(slots=True)
class Contents:
    """What a file holds."""

    kind: str = ""
    """'sheet' or 'agreement'; '' when the file is neither."""
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    rows: int = 0
    """Lines below the header."""


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of file."""

    kind: str
    schema: str
    columns: Mapping[str, str]
    """Column in the file -> name, in the order of the file."""
    optional: frozenset[str]
    """Columns that older files do not have."""
    read: Mapping[str, Callable[[str], Any]]
    """Name -> reader of its text; ``ValueError`` when the text is not of the form."""

    @property
    def header(self) -> str:
        """First line of a file."""
        return ";".join((*self.columns, *LAST_COLUMNS))


def check_number(line: str) -> str:
    """Two digits after a line: its bytes as one number in base 256, by the rule of ISO 7064 (mod 97).

    It catches damage, not fraud: whoever can edit a line can work out a new number.
    """
    return f"{98 - int.from_bytes(line.encode('ascii')) * 9 % 97:02d}"


def signed(form: Form, values: Mapping[str, str]) -> str:
    """Return a line of a file of this form, with schema and check number."""
    line = ";".join([*(values[column] for column in form.columns), form.schema])
    return f"{line};{check_number(line)}"


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError
    return date(int(found[3]), int(found[2]), int(found[1]))


def _number(most: int, least: int = 0) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > len(str(most)) or not least <= int(text) <= most:
            raise ValueError
        return int(text)

    return read


def _one_of(values: "tuple[str, ...] | pl.Series", *, empty: bool = False) -> Callable[[str], str | None]:
    known = frozenset(values)

    def read(text: str) -> str | None:
        if text in known:
            return text
        if empty and not text:
            return None
        raise ValueError

    return read


def _matching(pattern: re.Pattern[str], *, empty: bool = False) -> Callable[[str], str]:
    def read(text: str) -> str:
        if pattern.fullmatch(text) or (empty and not text):
            return text
        raise ValueError

    return read


def _weight(text: str) -> float | None:
    if not text:
        return None
    if not re.fullmatch(r"\d{1,4}(\.\d{1,2})?", text) or not 1 <= float(text) <= 1000:  # noqa: PLR2004 - as in expectations/
        raise ValueError
    return float(text)


SHEET = Form(
    kind="sheet",
    schema="meos-telblad-1",
    columns={column.source_name: column.name for column in COVERAGE_SAMPLE.columns}
    | {"kenmerk": "mark", "versie": "version", "stand": "stand"},
    optional=frozenset({"blok", "gewicht", "kenmerk", "versie", "stand"}),
    read={
        "sample_date": _day,
        "team": _matching(_TEAM),
        "sheet": _number(99, 1),
        "observed": _number(4 * MOST_IN_A_BOX),
        "registered": _number(2 * MOST_IN_A_BOX),
        "with_result": _number(2 * MOST_IN_A_BOX),
        "with_result_registered": _number(MOST_IN_A_BOX),
        "shift_kind": _one_of(v.SHIFT_KINDS.categories),
        "block": _one_of(v.SHIFT_BLOCKS.categories, empty=True),
        "weight": _weight,
        "mark": _matching(_MARK, empty=True),
        "version": _number(99, 1),
        "stand": _one_of(STANDS),
    },
)
AGREEMENT = Form(
    kind="agreement",
    schema="meos-afspraak-1",
    columns={
        "actie_id": "action_id",
        "basisteam": "team",
        "soort": "way",
        "doel": "aim",
        "van": "starts",
        "terugkijken": "look_back",
        "stand": "state",
        "hulp": "help",
        "versie": "version",
    },
    optional=frozenset({"versie"}),
    read={
        "action_id": _matching(_ACTION),
        "team": _matching(_TEAM),
        "way": _one_of(v.ACTION_WAYS.categories),
        "aim": _one_of(v.AIMS.categories),
        "starts": _day,
        "look_back": _day,
        "state": _one_of((*v.AGREEMENT_STATES.categories, "withdrawn")),
        "help": lambda text: {"ja": True, "nee": False}[text] if text in {"ja", "nee"} else _refuse(),
        "version": _number(99, 1),
    },
)
FORMS = (SHEET, AGREEMENT)
_MISSING = {"block": "", "weight": "", "mark": "", "version": "1", "stand": "valid"}
"""What an older file means by leaving a column out."""


def _refuse() -> bool:
    raise ValueError


def is_named_for(action_id: str, team: str) -> bool:
    """Whether an agreement has a number that the page makes for that team."""
    made = _MADE_ON_PAGE.fullmatch(action_id)
    return made is not None and made[1] == team[:4]


def is_of_another_team(values: Mapping[str, Any]) -> bool:
    """Whether a line speaks for one team of an agreement that the page made for another."""
    action_id = str(values.get("action_id", ""))
    return _MADE_ON_PAGE.fullmatch(action_id) is not None and not is_named_for(action_id, values["team"])


def is_handed_in(name: str, start: bytes) -> bool:
    """Tell whether a file came from the counting page: by its first line, or by its name when that line is damaged."""
    first = start.split(b"\n", 1)[0].rstrip(b"\r").removeprefix(b"\xef\xbb\xbf")
    return first.endswith(b";schema;controlegetal") or re.match(r"(telblad|afspraak)[_ -]", name.lower()) is not None


def numbers_by_line(content: bytes) -> dict[int, str]:
    """Line -> the number of its sheet or agreement as it stands there, also of lines that are refused; '' without one."""
    header, *lines = content.removeprefix(b"\xef\xbb\xbf").decode("ascii", "replace").splitlines() or [""]
    columns = header.split(";")
    place = next((columns.index(name) for name in ("kenmerk", "actie_id") if name in columns), len(columns))
    return {number: (line.split(";") + [""] * (place + 1))[place] for number, line in enumerate(lines, start=2)}


def read_contents(content: bytes) -> Contents:
    """Take a file apart. Nothing in it is run, and no text of it is shown anywhere."""
    found = Contents()
    lines = content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    found.rows = len(lines) - 1
    if len(content) > MOST_BYTES or found.rows > MOST_LINES:
        found.faults.append(Fault(0, "F-INLEVER-GROOT"))
        return found
    header = lines[0].decode("ascii", "replace").split(";")
    form = next((form for form in FORMS if _fits(header, form)), None)
    if form is None or not found.rows:
        found.faults.append(Fault(0, "F-INLEVER-KOP"))
        return found
    found.kind = form.kind
    for number, line in enumerate(lines[1:], start=2):
        values = _values(form, header, line, number)
        if isinstance(values, Fault):
            found.faults.append(values)
        else:
            found.lines.append(Line(number, values))
    return found


def _fits(header: list[str], form: Form) -> bool:
    """Whether the columns are those of the form, in its order; optional ones may be absent."""
    wanted = [name for name in form.columns if name in header or name not in form.optional]
    return header == [*wanted, *LAST_COLUMNS]


def _values(form: Form, header: list[str], line: bytes, number: int) -> Mapping[str, Any] | Fault:
    if not _LINE.fullmatch(line):
        return Fault(number, "R-INLEVER-VELD")
    text = line.decode("ascii")
    signed_part, _, given = text.rpartition(";")
    if check_number(signed_part) != given:
        return Fault(number, "R-INLEVER-CONTROLE")
    texts = dict(zip(header, text.split(";"), strict=False))
    if text.count(";") != len(header) - 1 or texts["schema"] != form.schema:
        return Fault(number, "R-INLEVER-VELD", "schema")
    values: dict[str, Any] = {}
    for column, name in form.columns.items():
        try:
            values[name] = form.read[name](texts.get(column, _MISSING.get(name, "")))
        except ValueError:
            return Fault(number, "R-INLEVER-VELD", column)
    return _contradiction(form, values, number) or values


def _contradiction(form: Form, values: Mapping[str, Any], number: int) -> Fault | None:
    """What cannot be true together."""
    day, column = ("starts", "van") if form is AGREEMENT else ("sample_date", "datum")
    if values[day] < FIRST_DAY:
        return Fault(number, "R-INLEVER-DAG", column)
    if form is AGREEMENT:
        return None if values["look_back"] > values["starts"] else Fault(number, "R-INLEVER-DAG", "terugkijken")
    seen, registered, hits, both = (
        values[name] for name in ("observed", "registered", "with_result", "with_result_registered")
    )
    can_be = registered <= seen and hits <= seen and both <= min(registered, hits) and registered - both <= seen - hits
    if not can_be:
        return Fault(number, "R-INLEVER-MEER")
    fullest = max(both, registered - both, hits - both, seen - registered - hits + both)
    return Fault(number, "R-INLEVER-VEEL") if fullest > MOST_IN_A_BOX else None
