"""What people type, names and reasons, compared with persons, vehicles, officers and records of the archive.

What was typed is keyed as an export's numbers are, and only keyed numbers are compared; nothing of it is kept.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import DisclosureError, InputError
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.tables import months_of, scan_months

_TOLD = {
    "person_key": "a person",
    "vehicle_key": "a vehicle",
    "officer_key": "an officer",
    "check_key": "a record",
}
_THE_REASON = "the reason"


def require_nobody_named(space: Workspace, typed: Mapping[str, set[str]]) -> None:
    """Refuse a publication when a name that people typed holds a number of the archive.

    Args:
        space: The site.
        typed: Where names come from, and the names.

    Raises:
        DisclosureError: when the number of a person, vehicle, officer or record is in a name.
    """
    told = _named(space, {name for names in typed.values() for name in names})
    lines = [f"a name in {' or '.join(typed)} holds the number of {what}; take it out" for what in told]
    if lines:
        raise DisclosureError("\n  - ".join(["This may not be published:", *lines]))


def plain_reason(space: Workspace, why: str, *, records: Iterable[str] = ()) -> str:
    """Return a reason on one line, when it names nobody: it is kept longer than the records are.

    Args:
        space: The site.
        why: The reason as it was typed.
        records: Keyed numbers of records that are not in the tables, and that it may not hold either.

    Raises:
        InputError: when it is too long, or holds the number of a person, vehicle, officer or record.
    """
    from meos_pipeline.disclosure.typed import LONGEST_TEXT, typed_breaches

    reason = " ".join(why.split())
    lines = [
        sentence.replace(f"a name in {_THE_REASON}", _THE_REASON)
        for sentence in typed_breaches({_THE_REASON: {reason}}, longest=LONGEST_TEXT)
    ]
    lines += [f"the reason holds the number of {what}; take it out" for what in _named(space, {reason}, records)]
    if lines:
        raise InputError("\n  - ".join(["A reason is kept for long, and names nobody. Nothing was changed:", *lines]))
    return reason


def _named(space: Workspace, texts: set[str], records: Iterable[str] = ()) -> list[str]:
    """What of the archive these texts hold the number of, in words."""
    from meos_pipeline.disclosure.typed import runs_of
    from meos_pipeline.ingest.pseudonymise import careful_record, keyed, keyed_by_year, numbers_of

    runs = pl.DataFrame({"run": runs_of(texts)}, schema={"run": pl.String})
    months = months_of(space.folder.tables, POLICE_CHECKS.name)
    if runs.is_empty() or not (months or records):
        return []
    pairs = runs.join(
        pl.DataFrame({"year": sorted({month.year for month in months})}, schema={"year": pl.Int32}), how="cross"
    )
    behind: dict[str, set[str]] = {column: set() for column in _TOLD}
    for purpose, column, number in numbers_of(pl.col("run")):
        made = pairs.select(key=keyed_by_year(number, pl.col("year"), space.keys, purpose))["key"]
        behind[column].update(made.drop_nulls())
    record = careful_record(pl.col("run"))["number"]
    behind["check_key"].update(runs.select(key=keyed(record, space.keys.lasting_key("record")))["key"].drop_nulls())
    found = {column for column, keys in behind.items() if column == "check_key" and keys & set(records)}
    if months:
        there = (
            scan_months(space.folder.tables, POLICE_CHECKS)
            .select(pl.col(column).is_in(sorted(keys)).any().fill_null(value=False) for column, keys in behind.items())
            .collect()
        )
        found |= {column for column in there.columns if there[column].item()}
    return [what for column, what in _TOLD.items() if column in found]
