"""``meos map``: a new layout becomes a profile, by proposals that a person agrees to or changes."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meos_pipeline.cli.looking import PART_REFUSED, path_of_profile, tell_inspection
from meos_pipeline.cli.opening import open_site
from meos_pipeline.cli.screen import say, table
from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.steps.language import chosen, translated

if TYPE_CHECKING:
    from meos_pipeline.ingest.proposal import Code, ColumnProposal
    from meos_pipeline.steps.mapping import Answers, Look

CLASSES = {
    "H1": "H1 crime",
    "H2": "H2 wanted or open fine",
    "H3": "H3 traffic or by-law",
    "H4": "H4 warning",
    "H5": "H5 care",
    "H0": "H0 nothing found, or information only",
    "": "without a result",
}
"""Classes of results, in words for whoever compares totals."""


def map_file(
    file: Path | None,
    *,
    profile: str | None,
    to: Path | None,
    answers: Path | None,
    yes: bool,
    explain: bool,
    data: Path | None,
) -> int:
    """Propose, ask, write and try a profile.

    Raises:
        InputError: when the file is not there, or nobody can answer.
    """
    from meos_pipeline.steps import mapping
    from meos_pipeline.steps.logged import log_look

    if explain:
        return _explain()
    if file is None:
        raise InputError("Give the export to map: meos map FILE")
    if not file.exists():
        raise InputError(f"'{file.name}' is not there; check the path")
    if not (yes or answers or sys.stdin.isatty()):
        raise InputError("Nobody can answer here; say --yes to take every proposal, or give --answers FILE")
    space = open_site(data, look=True)
    target = to or space.folder.root / f"{_plain(file.stem)}.toml"
    if target.exists():
        raise InputError(f"'{target.name}' is there already; name another file with --to")
    given = mapping.read_answers(answers) if answers else None
    log_look(space, action="inspect", facts={"file": file.name}, now=datetime.now(UTC))
    look = mapping.look_at(space, file, path_of_profile(profile))
    _tell_file(look)
    is_asked = not (yes or answers)
    columns = _columns(look, given, is_asked=is_asked)
    lacking = _told_lacking(look, columns)
    found = mapping.codes_in(look, columns)
    codes, open_codes = _codes(found, look, given, is_asked=is_asked)
    constants = _constants(columns, look, given, is_asked=is_asked)
    chosen_answers = mapping.Answers(columns=columns, codes=codes, constants=constants)
    document = mapping.made_document(space, look, chosen_answers, name=target.stem)
    _tell_difference(look, document)
    mapping.write_profile(document, target, chosen())
    say(f"Wrote {target}")
    if open_codes:
        say(
            f"Not mapped: {counted(open_codes, 'code')}. Add them to the profile under [codes] ('' means unknown), and look "
            f"again: meos inspect '{file}' --profile '{target}'"
        )
    seen = mapping.tried(space, file, document, now=datetime.now(UTC))
    tell_inspection(seen)
    table("Totals, to compare with those of the source", ("what", "checks"), _totals(seen.accepted, seen.classes))
    name = target.name if target.parent.resolve() == space.folder.root.resolve() else target.resolve().as_posix()
    say(f"Are these the source's own totals? Then put under [sources] in meos.toml: profile = '{name}'")
    return PART_REFUSED if open_codes or lacking or seen.quarantined else 0


def _explain() -> int:
    from meos_pipeline.ingest.profile_text import explained

    table("Keys of a profile", ("key", "meaning"), explained(), names=("key",))
    return 0


def _tell_file(look: "Look") -> None:
    sketch = look.sketch
    say(f"{sketch.name}: {counted(sketch.table.height, 'row')}, header on line {sketch.line}")
    if sketch.sheet:
        say(f"Sheet: {sketch.sheet}")
    if look.fitting:
        say(f"Profiles that read this file as it is: {', '.join(look.fitting)}")
    say(f"Started from profile: {look.base.name}" if look.base else "No known profile is near; started from nothing")
    table(
        "Columns",
        ("in the file", "filled", "proposal", "evidence"),
        [(one.header, f"{one.filled:.0%}", one.chosen or "–", _evidence(one)) for one in look.columns],
        names=("in the file", "filled", "proposal", "evidence"),
    )


def _evidence(column: "ColumnProposal") -> str:
    """Each candidate with the part of the cells that is understood; never a value."""
    return "; ".join(f"{one.field} {one.understood:.0%}" for one in column.candidates if one.understood) or "–"


def _columns(look: "Look", given: "Answers | None", *, is_asked: bool) -> dict[str, str]:
    from meos_pipeline.ingest.profiles import FIELDS
    from meos_pipeline.steps import mapping

    made: dict[str, str] = {}
    for column in look.columns:
        field = (given.columns if given else {}).get(column.header, column.chosen)
        if is_asked:
            choices = {one.field: f"{one.field} ({one.understood:.0%})" for one in column.candidates}
            own = look.known[0].columns if chosen() == "nl" else {}
            others = {name: _titled(name, own.get(name, ("",))[0]) for name in FIELDS if name not in choices}
            choices |= {"": translated("not read")} | others
            field = _asked(f"{column.header} →", choices, field)
        made[column.header] = field
    for field in mapping.not_given(look, made) if is_asked else ():
        choices = {"": translated("no column")} | {header: header for header, taken in made.items() if not taken}
        if header := _asked(translated("Which column gives it?") + f" {field} →", choices, ""):
            made[header] = field
    return made


def _told_lacking(look: "Look", columns: Mapping[str, str]) -> list[str]:
    """Say what no column gives, and return it.

    Raises:
        InputError: when without it no row is a check.
    """
    from meos_pipeline.steps import mapping

    lacking = mapping.not_given(look, columns)
    needed = [field for field in lacking if field in mapping.NEEDED]
    if needed:
        raise InputError(
            f"No column gives {', '.join(needed)}, and without it no row is a check: nothing was written. "
            "Name the column when 'meos map' asks, or under [columns] of --answers FILE"
        )
    if "results" in lacking:
        say("No column gives results: no check would have a result. Name it under [columns] of --answers FILE")
    if "check_id" in lacking:
        say(
            "No column gives check_id, the source's own number of a check: one is made of the other columns, "
            "and a check of which one of these is corrected counts as another check"
        )
    return lacking


def _codes(
    found: Mapping[str, list["Code"]], look: "Look", given: "Answers | None", *, is_asked: bool
) -> tuple[dict[str, dict[str, str]], int]:
    """Return the codes to write per field, and how many nobody knows."""
    from meos_pipeline.ingest.profiles import CODE_LISTS, Profile
    from meos_pipeline.ingest.proposal import values_of

    made: dict[str, dict[str, str]] = {}
    unknown = 0
    rows: list[tuple[object, ...]] = []
    for field, codes in found.items():
        answered = (given.codes if given else {}).get(field, {})
        for code in codes:
            value = answered.get(code.text, code.value)
            if is_asked and code.is_new:
                own = {ours: text for text, ours in CODE_LISTS[field].items()} if chosen() == "nl" else {}
                choices = {
                    name: _titled(name, own.get(name, ""))
                    for name in values_of(field, look.base or Profile(name="new"))
                }
                choices |= {"": translated("unknown: it says nothing")}
                value = _asked(f"{field}: '{code.text}' ({code.count}) →", choices, value)
            rows.append((field, code.text, code.count, "?" if value is None else value or "–"))
            if value is None:
                unknown += 1
            else:
                made.setdefault(field, {})[code.text] = value
    table("Codes", ("field", "code", "rows", "becomes"), rows, names=("field", "code", "becomes"))
    kept = {field: table for field, table in made.items() if any(code.is_new for code in found[field])}
    return kept, unknown


def _constants(
    columns: Mapping[str, str], look: "Look", given: "Answers | None", *, is_asked: bool
) -> dict[str, str | bool]:
    if given and given.constants:
        return dict(given.constants)
    has_marker = {"proactive", "initiative"} & set(columns.values())
    if has_marker or (look.base and "proactive" in look.base.constants):
        return {}
    if not is_asked:
        say("No column tells who took the initiative: figures on own initiative need one, or a constant 'proactive'")
        return {}
    choices = {"yes": translated("yes"), "": translated("no, or not known")}
    return {"proactive": True} if _asked(translated("Are all rows at officers' own initiative?"), choices, "") else {}


def _tell_difference(look: "Look", document: dict[str, Any]) -> None:
    from meos_pipeline.ingest.profile_text import differences

    if look.base_document is not None:
        rows = [(one.where, told) for one in differences(look.base_document, document) if (told := one.told)]
        table("Difference with the profile before", ("where", "change"), rows, names=("where", "change"))


def _totals(accepted: int, classes: Mapping[str, int]) -> list[tuple[str, int]]:
    return [("all checks", accepted), *((CLASSES[kind], count) for kind, count in classes.items())]


def _titled(name: str, dutch: str) -> str:
    """Our name of a field or value, with what our own layout calls it: those words are Dutch."""
    return f"{name} ({dutch.replace('_', ' ').lower()})" if dutch else name


def _asked(question: str, choices: Mapping[str, str], default: str | None) -> str:
    import questionary

    options = [questionary.Choice(title, value=value) for value, title in choices.items()]
    first = next((option for option in options if option.value == default), None)
    answer = questionary.select(
        question,
        choices=options,
        default=first,
        use_search_filter=True,
        use_jk_keys=False,
        instruction=translated("(arrow keys and Enter; typing narrows the list)"),
    ).ask()
    if answer is None:
        raise KeyboardInterrupt
    return str(answer)


def _plain(stem: str) -> str:
    return (
        "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in stem).strip("-").lower()
        or "profile"
    )
