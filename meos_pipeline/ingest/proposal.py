"""What the columns and codes of an unknown layout may be, with the evidence: likeness of names, and cells understood.

Pure: texts in, a proposal out. No cell of a personal field is ever part of a proposal.
"""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import polars as pl

from meos_pipeline.ingest import grammar
from meos_pipeline.ingest.codes import LISTS, SINGLES
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.header_words import CODES, FLAGS, HEADERS
from meos_pipeline.ingest.profiles import (
    CODE_LISTS,
    PERSONAL_FIELDS,
    YES_NO_FIELDS,
    Profile,
    normal_code,
    normal_header,
)
from meos_pipeline.ingest.teams import spelling
from meos_pipeline.ingest.texts import decimal_number, present, whole_number, yes_no

ENOUGH = 0.6
"""A candidate with less evidence is shown, and not proposed."""
MOST_CODES = 150
"""A column with more distinct texts holds no codes."""
_LIKE = 0.8
_SHOWN = 3
_LONGEST = 60
"""A longer text is no code."""
_PERSONAL = re.compile(r"\d{5,}|\S@\S|\b[A-Z0-9]{1,3}-[A-Z0-9]{2,3}-[A-Z0-9]{1,3}\b", re.IGNORECASE)
_NUMBER = r"^[A-Za-z]{0,4}[-_/]?\d[A-Za-z0-9_/-]*$"
"""What a number of a record looks like: no name, no moment, no degrees."""
_FEWEST = 20
"""Cells that all differ say nothing of a column that is shorter."""
_FORMS = (("day-month-year", "iso"), ("month-day-year", "iso"))
_RANGES = {"age": (0, 120), "birth_year": (1900, 2100), "person_count": (0, 200), "duration": (0, 1440)}
_DEGREES = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0)}
_DAYS = ("date", "datetime", "entered_at", "birth_date")
_TELLING_CODES = ("results", "reasons", "legal_bases", "actions", "subjects", "sex", "initiative")
"""Lists of codes that are proposed by their cells alone, whatever the header is."""
_TELLING_DAYS = ("date", "datetime")
"""Fields that are shown by their cells alone, and not proposed: an export has days of many kinds."""
_SOME = 0.3
"""A column of codes of which fewer are understood is no candidate by its cells."""
_SIGNS = (";", "+", "/", "&")
"""Signs that some sources write between the codes of one cell, besides those that a profile names."""
UNKNOWN = ""
"""Value of a code that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A field that a column may give."""

    field: str
    """Field, or 'list:value' for a yes/no column that is one code of a list."""
    name: float
    """Likeness of the header to known names, 0 to 1."""
    understood: float
    """Part of the filled cells that can be read as this field, 0 to 1."""
    by_cells: bool = False
    """Whether the cells alone speak for it, whatever the header is."""

    @property
    def evidence(self) -> float:
        """Both together, 0 to 1. Cells that cannot be read outweigh a fitting name; cells that tell need none."""
        both = (self.name + self.understood) / 2 if self.understood else 0.0
        return max(both, ENOUGH) if self.by_cells else both


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProposal:
    """One column of the file: what it may be, the likeliest first."""

    header: str
    filled: float
    """Part of the rows in which something stands."""
    candidates: tuple[Candidate, ...]
    chosen: str = ""
    """Proposed field; empty: not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A distinct code of a column, how often it occurs, and the value proposed for it."""

    text: str
    count: int
    value: str | None
    """None: nobody knows; ``UNKNOWN``: it says nothing."""
    is_new: bool = True
    """Whether the profile that was started from does not know it."""


def propose(
    table: pl.DataFrame,
    known: Sequence[Profile],
    base: Profile | None,
    rules: Grammar,
    teams: Collection[str] = (),
) -> list[ColumnProposal]:
    """Propose a field for each column; each field once, the best evidence first.

    Args:
        table: All columns as text, by header.
        known: Profiles whose names and codes are known: those shipped and the site's.
        base: Profile that is started from: what it says of a header stands.
        rules: Zone and day numbers of the file.
        teams: Spellings of the teams of the site; none when it has no list of teams.
    """
    names = _names(known)
    said = _said(base)
    never = {normal_header(name) for profile in known for name in profile.dropped}
    found: dict[str, tuple[float, list[Candidate]]] = {}
    for header in table.columns:
        cells = table.select(present(pl.col(header)).alias("cell"))["cell"].drop_nulls()
        filled = len(cells) / table.height if table.height else 0.0
        given = said.get(normal_header(header), ())
        fields = given or _likely(header, names)
        told = (
            {}
            if given or normal_header(header) in never
            else _by_content(cells, known, rules, teams, is_full=filled == 1.0)
        )
        fields = tuple(dict.fromkeys([*fields, *told]))
        made = [
            Candidate(
                field=name,
                name=1.0 if given else _likeness(header, name, names),
                understood=understood(name, cells, known, rules),
                by_cells=told.get(name, False),
            )
            for name in fields
        ]
        found[header] = (filled, sorted(made, key=lambda one: -one.evidence)[:_SHOWN])
    chosen = _assigned({header: made for header, (_, made) in found.items()}, {*said})
    return [
        ColumnProposal(header=header, filled=filled, candidates=tuple(made), chosen=chosen.get(header, ""))
        for header, (filled, made) in found.items()
    ]


def codes_of(cells: pl.Series, field: str, profile: Profile, known: Sequence[Profile]) -> list[Code]:
    """Return every distinct code of a column with a proposal for each, the most frequent first.

    Args:
        cells: The column as text.
        field: A coded field.
        profile: Profile so far: its codes stand.
        known: Other profiles.

    Returns:
        Nothing when the column is personal, or holds no codes: too many texts, too long, or like numbers of persons.
    """
    if field not in CODE_LISTS or field in PERSONAL_FIELDS:
        return []
    counts = _pieces(cells, field, profile, known)
    if not holds_codes(list(counts)):
        return []
    table = profile.code_table(field)
    return [
        Code(
            text=text,
            count=count,
            value=(table[normal_code(text)] or UNKNOWN) if normal_code(text) in table else value_of(text, field, known),
            is_new=normal_code(text) not in table,
        )
        for text, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]


def holds_codes(texts: Sequence[str]) -> bool:
    """Whether distinct texts can be codes: few, short, and none like a number of a person or vehicle."""
    return len(texts) <= MOST_CODES and not any(len(text) > _LONGEST or _PERSONAL.search(text) for text in texts)


def value_of(text: str, field: str, known: Sequence[Profile]) -> str | None:
    """Value that a code may stand for; None when nothing is near enough."""
    code = normal_code(text)
    tables = [table for profile in known if code in (table := profile.code_table(field))]
    if tables:
        return tables[0][code] or UNKNOWN
    words = _code_words(field)
    if code in words:
        return words[code]
    near = difflib.get_close_matches(code, words, n=1, cutoff=_LIKE)
    return words[near[0]] if near else None


def values_of(field: str, profile: Profile) -> list[str]:
    """Values that a code of this field can be mapped to."""
    if field == "age_range":
        return list(profile.age_bands)
    return list((LISTS | SINGLES)[field].categories)


def date_forms(cells: pl.Series, rules: Grammar) -> tuple[str, ...]:
    """Order in which days are written: the one in which most cells are a day; day first when both are alike."""
    shares = [
        _days(cells, Grammar(forms=forms, zone=rules.zone, first_serial=rules.first_serial))[0] for forms in _FORMS
    ]
    return _FORMS[0] if shares[0] >= shares[1] else _FORMS[1]


def understood(name: str, cells: pl.Series, known: Sequence[Profile], rules: Grammar) -> float:
    """Part of the filled cells that can be read as a field, 0 to 1; for a name or number nobody can know: 1 when texts."""
    if name in CODE_LISTS or not len(cells):
        return _coded(name, cells, known) if len(cells) else 0.0
    if name in _DAYS:
        whole, timed = max((_days(cells, _with_forms(rules, forms)) for forms in _FORMS), key=lambda both: both[0])
        return timed if name == "datetime" else whole * (1 - timed) if name == "date" else whole
    if name == "time":
        read = grammar.time(pl.col("cell"), rules).struct.field("minute").is_not_null()
        return _share(read, cells) * (1 - _days(cells, rules)[0])
    if name == "check_id":
        return cells.n_unique() / len(cells)
    if name == "team":
        return float(cells.n_unique() <= MOST_CODES) * (
            1 - _share(whole_number(pl.col("cell")).is_not_null(), cells) / 2
        )
    return _share(_is_readable(name), cells)


def _is_readable(name: str) -> pl.Expr:
    """Whether a cell is yes or no, or a number within its range, where the field asks for one."""
    if ":" in name or name in YES_NO_FIELDS:
        return yes_no(pl.col("cell")).is_not_null()
    if name in PERSONAL_FIELDS:
        return yes_no(pl.col("cell")).is_null()
    if name in _RANGES:
        return whole_number(pl.col("cell")).is_between(*_RANGES[name])
    if name in _DEGREES:
        return decimal_number(pl.col("cell"), is_degrees=True).is_between(*_DEGREES[name])
    return pl.col("cell").is_not_null()


def _coded(name: str, cells: pl.Series, known: Sequence[Profile]) -> float:
    counts = _pieces(cells, name, known[0], known)
    if not holds_codes(list(counts)):
        return 0.0
    good = sum(count for text, count in counts.items() if value_of(text, name, known) is not None)
    return good / max(sum(counts.values()), 1)


def _likely(header: str, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Fields whose known names are near enough to a header."""
    plain = normal_header(header)
    exact = names.get(plain, ())
    near = difflib.get_close_matches(plain, names, n=_SHOWN, cutoff=_LIKE)
    parts = [name for name in names if len(name) > _SHOWN and (name in plain)]
    found = [*exact, *(field for name in [*near, *parts] for field in names[name])]
    return tuple(dict.fromkeys(found))


def _likeness(header: str, field: str, names: Mapping[str, tuple[str, ...]]) -> float:
    plain = normal_header(header)
    mine = [name for name, fields in names.items() if field in fields]
    if plain in mine:
        return 1.0
    ratio = max((difflib.SequenceMatcher(None, plain, name).ratio() for name in mine), default=0.0)
    inside = max((_LIKE for name in mine if len(name) > _SHOWN and name in plain), default=0.0)
    return max(ratio if ratio >= _LIKE else ratio / 2, inside)


def _by_content(
    cells: pl.Series, known: Sequence[Profile], rules: Grammar, teams: Collection[str], *, is_full: bool
) -> dict[str, bool]:
    """Fields that the cells alone speak for, each with whether they say enough to propose it."""
    codes = {name: understood(name, cells, known, rules) for name in _TELLING_CODES}
    told = {name: share >= _LIKE for name, share in codes.items() if share >= _SOME}
    told |= {name: False for name in _TELLING_DAYS if understood(name, cells, known, rules) >= _LIKE}
    texts = cells.unique()
    if len(cells) and sum(spelling(text) in teams for text in texts.head(MOST_CODES)) >= _LIKE * len(texts):
        told["team"] = True
    if is_full and len(texts) == len(cells) >= _FEWEST and texts.str.contains(_NUMBER).all():
        told["check_id"] = True
    return told


def _assigned(candidates: Mapping[str, Sequence[Candidate]], said: set[str]) -> dict[str, str]:
    """Give each column its best field, each field once; yes/no columns of a list may be many."""
    order = sorted(
        ((one, header) for header, made in candidates.items() for one in made),
        key=lambda both: (normal_header(both[1]) not in said, -both[0].evidence),
    )
    chosen: dict[str, str] = {}
    for one, header in order:
        is_sure = one.evidence >= ENOUGH or (one.name == 1.0 and normal_header(header) in said)
        is_free = one.field not in chosen.values() or ":" in one.field
        if header not in chosen and is_free and is_sure:
            chosen[header] = one.field
    if "date" in chosen.values() and "datetime" in chosen.values():
        chosen = {header: field for header, field in chosen.items() if field != "datetime"}
    return chosen


def _names(known: Sequence[Profile]) -> dict[str, tuple[str, ...]]:
    """Normalised header -> fields that are known by it."""
    pairs = [(name, field) for field, words in HEADERS.items() for name in words.split()]
    pairs += [(name, field) for profile in known for field, names in profile.columns.items() for name in names]
    pairs += list(FLAGS.items())
    pairs += [
        (header, f"{field}:{value}")
        for profile in known
        for field, table in profile.flags.items()
        for header, value in table.items()
    ]
    made: dict[str, list[str]] = {}
    for name, field in pairs:
        made.setdefault(normal_header(name), []).append(field)
    return {name: tuple(dict.fromkeys(fields)) for name, fields in made.items()}


def _said(base: Profile | None) -> dict[str, tuple[str, ...]]:
    """Normalised header -> field, by the profile that is started from."""
    if base is None:
        return {}
    said: dict[str, tuple[str, ...]] = {
        normal_header(name): (field,) for field, names in base.columns.items() for name in names
    }
    return said | {
        normal_header(header): (f"{field}:{value}",)
        for field, table in base.flags.items()
        for header, value in table.items()
    }


def signs_of(cells: pl.Series, field: str, profile: Profile, known: Sequence[Profile]) -> tuple[str, ...]:
    """Return the signs between codes of one cell that the profile does not name: their parts are codes by themselves.

    Args:
        cells: The column as text.
        field: A list of codes.
        profile: Profile so far.
        known: Profiles whose codes count as known.
    """
    texts = cells.unique().to_list()
    whole = {normal_code(text) for text in texts}
    found = []
    for sign in (sign for sign in _SIGNS if field in LISTS and sign not in profile.multi):
        split = [[part.strip() for part in text.split(sign)] for text in texts if sign in text]
        good = [
            parts
            for parts in split
            if all(part and (normal_code(part) in whole or value_of(part, field, known)) for part in parts)
        ]
        if split and len(good) >= _LIKE * len(split):
            found.append(sign)
    return tuple(found)


def _pieces(cells: pl.Series, field: str, profile: Profile, known: Sequence[Profile]) -> dict[str, int]:
    """Distinct codes with their counts: whole cells that are known stay whole, others of a list are split."""
    whole = profile.code_table(field)
    signs = (*profile.multi, *signs_of(cells, field, profile, known))
    found: Counter[str] = Counter()
    for text, count in cells.value_counts().iter_rows():
        parts = [text]
        if field in LISTS and normal_code(text) not in whole:
            for separator in signs:
                parts = [piece for part in parts for piece in part.split(separator)]
        for part in filter(None, (piece.strip() for piece in parts)):
            found[part] += count
    return dict(found)


@cache
def _code_words(field: str) -> dict[str, str]:
    """Normalised words -> value."""
    values = [value for value in dict.fromkeys(CODE_LISTS[field].values()) if value]
    made = {normal_code(value): value for value in values}
    for value, words in CODES.get(field, {}).items():
        made |= {normal_code(word): value for word in words.split()}
    return made


def _share(is_good: pl.Expr, cells: pl.Series) -> float:
    good = cells.to_frame("cell").select(is_good.fill_null(value=False).sum()).item()
    return float(good) / len(cells)


def _with_forms(rules: Grammar, forms: tuple[str, ...]) -> Grammar:
    return Grammar(forms=forms, zone=rules.zone, first_serial=rules.first_serial)


def _days(cells: pl.Series, rules: Grammar) -> tuple[float, float]:
    """Part of the cells that is a day, and part that is a day with a time other than midnight."""
    read = cells.to_frame("cell").select(grammar.moment(pl.col("cell"), rules).alias("_"))["_"].struct.unnest()
    if not read.height:
        return 0.0, 0.0
    is_day = read["day"].is_not_null()
    has_time = is_day & (read["minute"].fill_null(0) != 0)
    return int(is_day.sum()) / read.height, int(has_time.sum()) / read.height
