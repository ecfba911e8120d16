"""What is wrong with a source profile: every mistake at once, each with what to do."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from meos_pipeline.contracts import values as v
from meos_pipeline.ingest.grammar import DATE_FORMS
from meos_pipeline.ingest.profiles import (
    CODE_LISTS,
    FIELDS,
    NUMBER_SCOPES,
    PERSON_NUMBERS,
    PLACEHOLDERS,
    ROWS,
    TEAM_SOURCES,
    normal_code,
)

_ENUMS = {
    "reasons": v.REASONS,
    "results": v.RESULTS,
    "actions": v.ACTIONS,
    "legal_bases": v.LEGAL_BASES,
    "subjects": v.SUBJECT_KINDS,
    "sex": v.SEXES,
}


def find_mistakes(values: Mapping[str, Any], mistakes: list[str]) -> None:
    """Add every mistake in what a profile says to ``mistakes``."""
    made = {kind: values.get(kind, {}) for kind in ("columns", "file_name", "combine", "first_filled")}
    mistakes += [
        f"unknown field '{item}' in [{kind}]{hint(item, FIELDS)}"
        for kind, table in made.items()
        for item in table
        if item not in FIELDS
    ]
    given = {item for table in made.values() for item in table}
    mistakes += [
        f"'{item}' in [required] is not in [columns]; add it there"
        for item in values.get("required", ())
        if item not in given
    ]
    if not given & {"date", "datetime"}:
        mistakes.append("[columns] has neither 'date' nor 'datetime'; a check needs a day")
    if "team" not in given and values.get("teams", "organisation") != "constant":
        mistakes.append("[columns] has no 'team'; name it, or give 'teams' = \"constant\" with 'team' and 'team_name'")
    if "check_id" not in given and not values.get("identity"):
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
    _find_layout_mistakes(values, mistakes)
    _find_code_mistakes(values, mistakes)


def _find_layout_mistakes(values: Mapping[str, Any], mistakes: list[str]) -> None:
    if values.get("rows_are", "checks") not in ROWS:
        mistakes.append(f"'rows_are' should be one of {ROWS}")
    if values.get("rows_are", "checks") == "charges" and not values.get("person_row"):
        mistakes.append("'rows_are' = \"charges\" needs 'person_row' = columns that tell the persons of a check apart")
    mistakes += [
        f"[combine] '{item}' should name two columns"
        for item, parts in values.get("combine", {}).items()
        if len(parts) != 2
    ]
    for item, pattern in values.get("file_name", {}).items():
        try:
            groups = re.compile(pattern).groups
        except re.error:
            groups = 0
        if groups != 1:
            mistakes.append(f"[file_name] '{item}' should be a regular expression with one group")
    bands = values.get("bands", ())
    if bands and not _are_bands(bands):
        mistakes.append("'bands' should run from young to old without gaps, as in ['<18', '18-34', '35+']")


def _are_bands(bands: Sequence[str]) -> bool:
    forms = [re.fullmatch(r"<(\d{1,3})|(\d{1,3})-(\d{1,3})|(\d{1,3})\+", str(band)) for band in bands]
    if len(bands) < 2 or any(form is None for form in forms):
        return False
    found = [form for form in forms if form is not None]
    starts = [v.band_start(band) for band in bands]
    ends = [int(form[1]) if form[1] else int(form[3]) + 1 if form[3] else None for form in found]
    return ends[:-1] == starts[1:] and ends[-1] is None and starts[0] == 0


def _find_code_mistakes(values: Mapping[str, Any], mistakes: list[str]) -> None:
    bands = values.get("bands", ())
    allowed = {name: tuple(kind.categories) for name, kind in _ENUMS.items()}
    allowed["age_range"] = tuple(bands) or tuple(v.AGE_BANDS.categories)
    for kind in ("codes", "flags", "flags_no"):
        for item, table in values.get(kind, {}).items():
            if item not in CODE_LISTS and (kind, item) != ("codes", "origin"):
                mistakes.append(f"[{kind}.{item}] is no code list{hint(item, CODE_LISTS)}")
                continue
            pairs = table.items() if isinstance(table, Mapping) else [("", table)]
            good = set(allowed.get(item, ()))
            mistakes += [
                f"[{kind}.{item}] maps '{code}' to an unknown value; known are {sorted(good)}"
                for code, value in pairs
                if good and not set(filter(None, str(value).split("|"))) <= good
            ]
            if kind == "codes":
                mistakes += _alike(item, table)


def _alike(item: str, table: Mapping[str, str]) -> list[str]:
    """Codes of a list that differ only in what is not compared, and yet mean different things."""
    seen: dict[str, tuple[str, str]] = {}
    found = []
    for code, value in table.items():
        other, meaning = seen.setdefault(normal_code(code), (code, value))
        if meaning != value:
            found.append(f"[codes.{item}] '{other}' and '{code}' are read as the same code; give them one value")
    return found


def hint(key: str, known: Sequence[str] | set[str] | Mapping[str, Any]) -> str:
    """Return the known key that may be meant; '' when none is near."""
    near = difflib.get_close_matches(key, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""
