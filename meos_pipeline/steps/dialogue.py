"""The dialogue sheet: made aside, attacked, and put in a folder of its own by an explicit act with a reason."""

import hashlib
import json
import shutil
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meos_pipeline.contracts.succession import present
from meos_pipeline.errors import DisclosureError, InputError
from meos_pipeline.steps import publishable, results, settled
from meos_pipeline.steps.logged import log
from meos_pipeline.steps.naming import plain_reason, require_nobody_named
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import PARTIAL, sync_folder, write_text
from meos_pipeline.storage.paths import shipped
from meos_pipeline.storage.tables import read_whole

if TYPE_CHECKING:
    from meos_pipeline.disclosure.dialogue import Dialogue


def publish_dialogue(space: Workspace, *, why: str, now: datetime) -> Path:
    """Make the sheet of the year that ends with the last complete quarter; return its folder.

    Args:
        space: The workspace.
        why: For which conversation it leaves the organisation; kept in the audit log.
        now: The moment.

    Raises:
        InputError: when sheets are not turned on, or the reason is empty or names somebody.
        DisclosureError: when a floor is not met, a name on it is of somebody, or the attack finds something.
    """
    from meos_pipeline.disclosure.dialogue import dialogue_of
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.reporting.dialogue import write_dialogue
    from meos_pipeline.reporting.words import LANGUAGES, Words, read_words

    settings = space.settings
    if not settings.site.dialogue_sheet:
        raise InputError(
            "Dialogue sheets are off; let the district decide, then put dialogue_sheet = true under [site] in meos.toml"
        )
    if not why.strip():
        raise InputError("A dialogue sheet leaves the organisation: say with --why for which conversation")
    reason = plain_reason(space, why)
    settled.require_months_up_to_date(space)
    results.require_results_up_to_date(space)
    root = space.folder.restricted / "release"
    everyone = read_companions(space.folder, settings)["organisation"]
    organisation = present(everyone, settled.newest_month(space))
    facts = dialogue_of(
        read_whole(root, "cells"),
        read_whole(root, "findings"),
        organisation,
        settings.policy,
        end=_last_quarter(publishable.report_month(space, "")),
    )
    _require_typed(space, {facts.district, settings.site.organisation, settings.site.public_source} - {""})
    aside = space.folder.dialogue / f"new{PARTIAL}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        tree = read_words(shipped("reports"))
        files = write_dialogue(facts, {name: Words(tree, name) for name in LANGUAGES}, settings.site, aside)
        _require_safe(space, aside, facts, everyone.select("team", "team_name").unique().rows())
        hashes = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
        manifest = json.dumps({"year_ends": f"{facts.end:%Y-%m}", "files": hashes}, indent=1, sort_keys=True)
        write_text(aside / "manifest.json", manifest)
        name = f"{facts.end:%Y-%m}-{hashlib.sha256(manifest.encode()).hexdigest()[:16]}"
        target = space.folder.dialogue / name
        if not target.exists():
            aside.rename(target)
            sync_folder(space.folder.dialogue)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    log(space, action="disclose", facts={"dialogue sheet": name, "why": reason}, now=now)
    return target


def _require_typed(space: Workspace, names: set[str]) -> None:
    """Names that people typed, as an edition looks at them: this page leaves the organisation."""
    from meos_pipeline.disclosure.typed import typed_breaches

    typed = {"the dialogue sheet": names}
    if breaches := typed_breaches(typed):
        raise DisclosureError("\n  - ".join(["This may not be published:", *breaches]))
    require_nobody_named(space, typed)


def _last_quarter(month: date) -> date:
    """First day of the last month of the newest complete quarter."""
    last = month.month // 3 * 3
    return date(month.year, last, 1) if last else date(month.year - 1, 12, 1)


def _require_safe(space: Workspace, folder: Path, facts: "Dialogue", teams: list[tuple[str, str]]) -> None:
    from meos_pipeline.attack.dialogue import attack_dialogue

    shares = [share for share in facts.shares.values() if share]
    numbers = {facts.checks, 100, 1, 2, 3, facts.start.year, facts.end.year, facts.start.day, facts.end.day}
    numbers |= {number for share in shares for number in (share.value, share.low, share.high)}
    names = [name for pair in teams for name in pair]
    leaks = attack_dialogue(folder, teams=names, numbers=numbers, publisher=space.settings.site.organisation)
    if leaks:
        raise DisclosureError(
            "\n  - ".join(["The dialogue sheet would leak; nothing was published:", *map(str, leaks)])
        )
