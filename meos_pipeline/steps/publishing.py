"""Released cells and findings become an edition: rendered aside, attacked, sealed, and only then shown."""

import hashlib
import hmac
import itertools
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meos_pipeline.errors import DisclosureError, InputError, PublicationError, StorageError
from meos_pipeline.steps import correcting, counting, draws, intake, results, settled, sheets
from meos_pipeline.steps.logged import anchor, log, published_lines
from meos_pipeline.steps.naming import require_nobody_named
from meos_pipeline.steps.progress import tell
from meos_pipeline.steps.publishable import (
    code_version,
    configuration,
    house_of,
    inputs,
    keyed,
    make_publishable,
    of_teams,
    report_month,
    require_house,
)
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import PARTIAL, write_text
from meos_pipeline.storage.made import code_of, forget, hash_of, hash_of_files, recall, recall_all, remember, why_again
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import read_whole

if TYPE_CHECKING:
    from meos_pipeline.attack.leak import Leak
    from meos_pipeline.attack.outsider import Seen
    from meos_pipeline.disclosure.publishable import Publishable
    from meos_pipeline.publication.edition import Facts
    from meos_pipeline.reporting.render import Earlier

EDITION, PREVIEWED = "edition", "preview"
"""Kinds in the memory of what was made: the edition of a report month, and the pages of a dry run of it."""
_OTHER_STEPS = frozenset(
    {
        *(
            f"meos_pipeline.steps.{name}"
            for name in ("counting", "intake", "results", "progress", "workspace", "stale", "settled", "correcting")
        ),
        "meos_pipeline.ingest.companions",
    }
)
"""What they make is a source of its own."""
SEEN = "seen"
"""Kind in the memory of what was made: what an outsider keeps of an edition."""
PREVIEW = "preview"
"""Folder in ``restricted/`` with the pages of the last dry run."""
EARLIER_EDITIONS = 3
"""How many earlier editions the attack combines with the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What publishing gave."""

    edition: str
    index: str
    verifies: bool
    leaks: list[str] = field(default_factory=list)
    is_safe: bool = True
    """Whether the attack found nothing certain; what is not certain is told and does not stop a publication."""
    facts: dict[str, Any] = field(default_factory=dict)


def publish(
    space: Workspace, *, now: datetime, month: str = "", dry_run: bool = False, teams: Sequence[str] = ()
) -> Published:
    """Publish the report month: load what was released and found, render it, attack the pages, and seal the edition.

    Args:
        space: The workspace.
        now: The moment of running, for the audit log: nothing that readers get depends on it.
        month: As 2026-10; empty means the newest settled month.
        dry_run: Render and attack, but show nothing to readers: the pages go to ``restricted/preview``.
        teams: Only these teams; for a dry run, because an edition is whole.

    Raises:
        InputError: when the month has not settled or is not there, a team is not known, or what would be published is
            older than what came in.
        SettingsError: when a figure that the site declared is not right.
        DisclosureError: when the attack finds a leak; nothing is published.
    """
    work = _load(space, month, teams, dry_run=dry_run)
    published = _preview(work) if dry_run else _seal(work, now=now)
    remember(
        space.folder, PREVIEWED if dry_run else EDITION, f"{work.month:%Y-%m}", work.sources, facts=asdict(published)
    )
    return published


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One publication under way."""

    space: Workspace
    month: date
    sources: Mapping[str, str]
    publishable: "Publishable"
    leaks: "list[Leak]" = field(default_factory=list)
    """What the attack found, certain or not."""
    seen: "list[Seen]" = field(default_factory=list)

    @property
    def certain(self) -> list[str]:
        return [str(leak) for leak in self.leaks if leak.certain]


def _load(space: Workspace, month: str, teams: Sequence[str], *, dry_run: bool) -> _Work:
    """Gather what was released and found; refuse what is older than what came in, and a house that is not right."""
    typed = require_house(space)
    chosen = report_month(space, month)
    settled.require_months_up_to_date(space)
    results.require_results_up_to_date(space)
    correcting.require_declared(space)
    publishable = of_teams(make_publishable(space, chosen), teams, dry_run=dry_run)
    require_nobody_named(space, publishable.typed() | typed)
    return _Work(space=space, month=chosen, sources=edition_sources(space, chosen), publishable=publishable)


def _render(work: _Work, target: Path) -> "Facts":
    """Write every page into an empty folder; return what they were made from."""
    from meos_pipeline.publication.edition import Facts
    from meos_pipeline.reporting.render import render_edition

    space, teams, done = work.space, work.publishable.organisation["team"].n_unique(), itertools.count(1)
    tell("render", 0, teams)
    render_edition(
        work.publishable,
        target,
        house=house_of(space),
        earlier=_earlier(space, work.month),
        plan=draws.plan_to_show(space, work.publishable.made_on),
        advance=lambda _: tell("render", next(done), teams),
    )
    return Facts(
        month=f"{work.month:%Y-%m}",
        configuration=keyed(space, configuration(space)),
        code_version=code_version(),
        key_check=space.keys.check_value,
        checks=("released_counts_are_rounded_and_add_up", "attack_finds_nothing"),
    )


def _attack(work: _Work, staging: Path) -> list[str]:
    """Look at the pages as an outsider who kept earlier editions; return what leaks for certain."""
    from meos_pipeline.attack.outsider import attack
    from meos_pipeline.publication.edition import editions, editions_folder

    tell("attack", 0, 1)
    folder, site = work.space.folder, work.space.settings.site
    earlier = [editions_folder(folder) / name for name in editions(folder)[-EARLIER_EDITIONS:]]
    for name in recall_all(folder, SEEN).keys() - {path.name for path in earlier}:
        forget(folder, SEEN, name)  # combined with no edition to come
    declared = correcting.declared(work.space)
    work.leaks[:] = attack(
        staging,
        earlier,
        contact=site.contact,
        publisher=site.organisation,
        look=partial(_seen, folder),
        keep=work.seen.append,
        has_cells=not work.publishable.cells.is_empty(),
        corrected=(declared.first.isoformat(), declared.last.isoformat()) if declared else None,
        policy=work.publishable.policy,
    )
    tell("attack", 1, 1)
    return work.certain


def _seen(folder: DataFolder, edition: Path) -> "Seen":
    """See an earlier edition as an outsider keeps it: read once, for an edition never changes."""
    from meos_pipeline.attack.leak import Leak
    from meos_pipeline.attack.outsider import Seen, see

    made = recall(folder, SEEN, edition.name)
    if made and not why_again(folder, made, _seen_from(edition.name)):
        cells = {tuple(key): n for *key, n in made.facts["cells"]}
        return Seen(cells, tuple(Leak(**leak) for leak in made.facts["leaks"]))
    return _keep_seen(folder, edition.name, see(edition))


def _keep_seen(folder: DataFolder, edition: str, seen: "Seen") -> "Seen":
    facts = {"cells": [[*key, n] for key, n in seen.cells.items()], "leaks": [asdict(leak) for leak in seen.leaks]}
    remember(folder, SEEN, edition, _seen_from(edition), facts=facts)
    return seen


def _seen_from(edition: str) -> dict[str, str]:
    return {"edition": edition, "code": code_of("meos_pipeline.attack.outsider")}


def _seal(work: _Work, *, now: datetime) -> Published:
    """Keep the ledgers, render and attack aside, seal the edition, lead readers to it, and note it in the audit log."""
    from meos_pipeline.disclosure.ledger import LEDGER, Ledger, write_ledger
    from meos_pipeline.publication.edition import editions_folder, verify
    from meos_pipeline.publication.publish import publish as seal
    from meos_pipeline.reporting.pdf import letters_written_plainly
    from meos_pipeline.storage.audit import last_mac

    space, before = work.space, current_edition(work.space)
    for ledger in (results.LEDGER, results.QUALITY_LEDGER):
        table = read_whole(space.folder.restricted / "release", ledger)
        write_ledger(space.folder.restricted / ledger, Ledger(LEDGER.require(table)))
    results.remember_ledger(space)
    sheets.keep_sheets(space)
    try:
        edition = seal(
            space.folder,
            partial(_render, work),
            inspect=partial(_attack, work),
            audit_mac=last_mac(space.folder.audit_log),
            keep=space.settings.retention.editions,
        )
    except DisclosureError:
        log(space, action="refuse", facts={"month": f"{work.month:%Y-%m}", "leaks": len(work.certain)}, now=now)
        raise
    for seen in work.seen:
        _keep_seen(space.folder, edition, seen)
    correcting.put_in_place(space, edition, now=now)
    write_inputs(space, edition)
    # By absence: whoever was broken off after the seal has led readers here, and logged nothing.
    if edition != before or edition not in published_lines(space):
        log(
            space,
            action="publish",
            facts={"edition": edition, "ledger": results.newest_ledger(space)},
            now=now,
            data_at=intake.newest_export(space),
        )
    anchor(space, edition)
    names = {name for typed in work.publishable.typed().values() for name in typed}
    files = [path for path in (editions_folder(space.folder) / edition).rglob("*") if path.is_file()]
    return Published(
        edition=edition,
        index=str(space.folder.published / "index.html"),
        verifies=verify(space.folder, edition).name == edition,
        leaks=[str(leak) for leak in work.leaks],
        facts={
            "edition": edition,
            "report month": f"{work.month:%Y-%m}",
            "files": len(files),
            "kB": sum(path.stat().st_size for path in files) // 1024,
            "letters of names that the A4 writes plainly": letters_written_plainly(names) or "none",
        },
    )


def write_inputs(space: Workspace, edition: str) -> None:
    """Keep beside the edition, in ``restricted/``, what it was made from: keyed hashes, that only a holder of the key can check."""
    key = space.keys.lasting_key("inputs")
    said = {name: hmac.new(key, sha.encode(), hashlib.sha256).hexdigest() for name, sha in inputs(space).items()}
    path = space.folder.restricted / "inputs" / f"{edition}.json"
    if not path.exists():
        kept = {"edition": edition, "inputs": said, "made_by": correcting.made_by(space)}
        write_text(path, json.dumps(kept, indent=1, sort_keys=True, ensure_ascii=False))


def kept_editions(space: Workspace) -> list[str]:
    """Return the ids of the editions that are kept, in order of month."""
    from meos_pipeline.publication.edition import NAME, editions_folder

    folder = editions_folder(space.folder)
    return sorted(path.name for path in folder.iterdir() if NAME.match(path.name)) if folder.is_dir() else []


def current_edition(space: Workspace) -> str:
    """Return the id of the current edition; empty when nothing (whole) is published."""
    from meos_pipeline.publication.pointer import current

    try:
        return current(space.folder).name
    except PublicationError:
        return ""


def is_published(space: Workspace) -> bool:
    """Tell whether readers are led to an edition, whole or not."""
    from meos_pipeline.publication.pointer import pointed

    return pointed(space.folder) is not None


def read_published(space: Workspace, month: str = "", *, dry_run: bool = False) -> Published:
    """Return what the last publication of a month gave, the newest settled one by default.

    Raises:
        InputError: when the month was not published.
    """
    chosen = report_month(space, month)
    made = recall(space.folder, PREVIEWED if dry_run else EDITION, f"{chosen:%Y-%m}")
    if made is None:
        raise InputError(f"Month {chosen:%Y-%m} was not published yet; say 'meos publish'")
    return Published(**made.facts)


def why_publish_again(space: Workspace, month: date) -> tuple[str, ...]:
    """Return why the edition of a month has to be made again; empty when readers have what it would be.

    An edition that was taken back is not made again by itself.
    """
    from meos_pipeline.publication.edition import verify as check
    from meos_pipeline.publication.withdraw import is_withdrawn

    made = recall(space.folder, EDITION, f"{month:%Y-%m}")
    why = why_again(space.folder, made, edition_sources(space, month))
    if why or made is None or is_withdrawn(space.folder, made.facts["edition"]):
        return why
    try:
        check(space.folder, made.facts["edition"])
    except PublicationError:
        return ("the edition is not whole",)
    return ()


def edition_sources(space: Workspace, month: date) -> dict[str, str]:
    """Return what an edition follows from; states are those that things have once they are up to date."""
    released = hash_of(results.release_sources(space, counting.states_wanted(space)))
    looks = sorted(house.rglob("*.*")) if (house := house_of(space)) else []
    return {
        "findings": hash_of(results.findings_sources(space, released)),
        "exports and companion files": hash_of(inputs(space)),
        "settings, rules and words": configuration(space),
        "words and looks of the house": hash_of_files(looks) if looks else "",
        "earlier editions": hash_of(_earlier_editions(space, month)),
        "corrections": hash_of([repr(item) for item in correcting.corrections(space)]),
        "code": f"{code_version()}:{code()}",
    }


def code() -> str:
    """Return a hash of the code that renders, attacks and publishes."""
    return code_of(
        "meos_pipeline.reporting.*",
        "meos_pipeline.attack.outsider",
        "meos_pipeline.publication.publish",
        "meos_pipeline.disclosure.publishable",
        __name__,
        beside=_OTHER_STEPS,
    )


def _preview(work: _Work) -> Published:
    """Render and attack aside, then take the place of the preview before it: readers see nothing."""
    target = work.space.folder.restricted / PREVIEW
    aside = target.with_name(f"{PREVIEW}{PARTIAL}")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        aside.mkdir()
        _render(work, aside)
        _attack(work, aside)
        shutil.rmtree(target, ignore_errors=True)
        aside.rename(target)
    except OSError as error:
        raise StorageError(
            f"The preview could not be written ({error.strerror}); free space or mend the rights, then run again"
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Published(
        edition=f"{work.month:%Y-%m} (dry run)",
        index=str(target / "index.html"),
        verifies=True,
        leaks=[str(leak) for leak in work.leaks],
        is_safe=not work.certain,
        facts={"report month": f"{work.month:%Y-%m}", "shown to readers": "no, this was a dry run"},
    )


def _earlier(space: Workspace, month: date) -> "list[Earlier]":
    """Return the newest edition of every earlier report month."""
    from meos_pipeline.reporting.render import Earlier

    return [
        Earlier(date.fromisoformat(f"{text}-01"), name)
        for text, name in sorted(_earlier_editions(space, month).items())
    ]


def _earlier_editions(space: Workspace, month: date) -> dict[str, str]:
    from meos_pipeline.publication.edition import editions

    declared = correcting.declared(space)
    going = set(declared.replaces) if declared else set()
    newest = {name[:7]: name for name in editions(space.folder) if name not in going}
    return {text: name for text, name in newest.items() if text < f"{month:%Y-%m}"}
