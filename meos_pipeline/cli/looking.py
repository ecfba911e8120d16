"""Looking without changing anything but the audit log: a file, the quarantine, the rules."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meos_pipeline.cli.opening import open_site
from meos_pipeline.cli.screen import console, say, say_json, table
from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.steps.language import chosen, translated

if TYPE_CHECKING:
    from meos_pipeline.ingest.foresight import Foreseen
    from meos_pipeline.ingest.inspect import Inspection

PART_REFUSED = 3


def inspect(file: Path, *, profile: str | None, data: Path | None, as_json: bool = False) -> int:
    """Say what would be read from a file.

    Raises:
        InputError: when the file is not there.
    """
    from meos_pipeline.ingest.inspect import inspect as look
    from meos_pipeline.ingest.profiles import read_profile
    from meos_pipeline.steps.logged import log_look

    space = open_site(data, look=True)
    if not file.exists():
        raise InputError(f"'{file.name}' is not there; check the path")
    chosen = read_profile(path_of_profile(profile) or space.settings.sources.profile, space.folder.root)
    # Only an export of a site that took something in has a before; only with its keys are numbers the same.
    has_before = any(space.folder.archive.glob("*.json"))
    keys = space.keys if has_before else None
    now = datetime.now(UTC)
    log_look(space, action="inspect", facts={"file": file.name}, now=now)
    seen = look(file, chosen, space.settings, space.folder, now=now, keys=keys)
    if as_json:
        say_json(asdict(seen))
    else:
        tell_inspection(seen)
    return 0 if not seen.quarantined else PART_REFUSED


def path_of_profile(name: str | None) -> str | None:
    """Return a profile as named, or the whole path of a file that is there from where one stands."""
    return str(Path(name).resolve()) if name and Path(name).is_file() else name


def tell_inspection(seen: "Inspection") -> None:
    """Print what a file would give."""
    say(f"{seen.name}: {counted(seen.rows_in, 'row')} in, {seen.accepted} accepted, {seen.quarantined} to quarantine")
    table(
        "Columns",
        ("in the file", "becomes", "how found", "understood"),
        seen.mapping_rows,
        names=("in the file", "becomes"),
    )
    lost = [(fields, "; ".join(map(translated, meanings))) for fields, meanings in seen.lost_rows]
    columns = ("field", "not counted without it")
    table("Not in this export", columns, lost, names=columns)
    table("Quarantine", ("code", "rows", "what it means"), seen.quarantine_rows)
    for warning in seen.warnings:
        say(warning)
    if seen.changes is not None:
        _tell_changes(seen.changes)


def _tell_changes(changes: "Foreseen") -> None:
    """Print what taking the file in would change."""
    for line in changes.told:
        say(line)
    table("It would reopen these months", ("month", "new", "corrected", "deleted", "the same"), changes.months)
    table("Corrected, by field", ("field", "records"), changes.fields, names=("field",))
    say(f"The same as before: {changes.unchanged}; older than what is there, and so without effect: {changes.older}")


def quarantine_list(data: Path | None, *, limit: int) -> int:
    """Show reasons with counts, then places."""
    from meos_pipeline.steps.accounts import read_quarantine
    from meos_pipeline.steps.logged import log_look

    space = open_site(data, look=True)
    rows = read_quarantine(space)
    log_look(space, action="consult", facts={"what": "quarantine", "rows": rows.height}, now=datetime.now(UTC))
    if rows.is_empty():
        say("The quarantine is empty.")
        return 0
    counts = rows.group_by("code", "column").len("rows").sort("rows", "code", "column", descending=[True, False, False])
    table("Reasons", ("code", "column", "rows"), counts.rows(), names=("column",))
    places = rows.sort("file", "line", nulls_last=True).head(limit)
    columns = ("file", "line", "column", "code")
    table("Places", columns, places.select(columns).rows(), names=("file", "column"))
    if rows.height > limit:
        say(f"… and {rows.height - limit} more; say --limit {rows.height} to see all")
    return 0


def explain_code(code: str, language: str | None) -> int:
    """Say what a code means and what to do.

    Raises:
        InputError: when there is no such code or language.
    """
    from meos_pipeline.ingest.messages import LANGUAGES, explain

    wanted = language or chosen()
    if wanted not in LANGUAGES:
        raise InputError(f"There is no language '{wanted}'; known are {', '.join(LANGUAGES)}")
    console.print(explain(code, wanted), markup=False)
    return 0


def expectations_list() -> int:
    """Show all rules."""
    from meos_pipeline.quality.explain import list_rules
    from meos_pipeline.steps.rules import suites

    rows = list_rules(suites(), chosen())
    for name, rule, severity, why in rows:
        say(f"{name}: {rule} ({severity})")
        say(f"    {why}")
    say(f"{len(rows)} rules")
    return 0


def expectations_explain(rule: str) -> int:
    """Explain one rule."""
    from meos_pipeline.quality.explain import explain
    from meos_pipeline.steps.rules import suites

    say(explain(suites(), rule, chosen()))
    return 0


def expectations_try(rule: str, *, data: Path | None, of: str, months: int) -> int:
    """Say what rules would fail of the last months, before they count."""
    from meos_pipeline.steps.logged import log_look
    from meos_pipeline.steps.trying import try_rules

    space = open_site(data, look=True)
    log_look(space, action="consult", facts={"what": "rules on records", "months": months}, now=datetime.now(UTC))
    about, tried = try_rules(space, rule, table=of, months=months)
    rows = [
        (
            item.rule,
            f"{item.month:%Y-%m}" if item.month else "–",
            item.severity,
            "passed" if item.passed else "FAILED",
            item.failed,
            item.checked,
            item.then,
        )
        for item in tried
    ]
    columns = ("rule", "month", "severity", "outcome", "failed", "checked", "if it counted")
    table(about, columns, rows, names=("rule",))
    say(f"Nothing was changed. A rule counts once it stands in expectations/{about}.yaml.")
    return 0 if all(item.passed for item in tried) else PART_REFUSED
