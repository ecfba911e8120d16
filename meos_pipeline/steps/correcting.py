"""A correction of what readers saw: told apart from a leak, declared with a reason, and put in place in one act.

The declaration lies in ``restricted/correction.json`` from the moment that the analyst agrees until the corrected
edition stands. It opens the gate of nothing: blocks change by the rules of revisions. What it changes is that a broad
change is no longer taken for a leak, that readers are told, and that the editions with the wrong figures go.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.contracts.corrections import Cause, Correction
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.errors import DisclosureError, InputError, UndeclaredError
from meos_pipeline.steps import counting, intake, results
from meos_pipeline.steps.logged import log_once
from meos_pipeline.steps.naming import plain_reason
from meos_pipeline.steps.rules import rules_that_set_aside
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage import intents, made
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.tables import read_whole

if TYPE_CHECKING:
    from meos_pipeline.disclosure.correction import Touched

CORRECT = "correct"
DECLARED, DONE = results.CORRECTION, "corrections.json"
"""Files in ``restricted/``: the correction under way, and those that stand."""
_TEXT_OF_CAUSE: Mapping[Cause, str] = {
    Cause.MAPPING: "the profile of the source",
    Cause.SOURCE: "the exports",
    Cause.ORGANISATION: "the list of teams",
    Cause.SETTINGS: "the settings",
    Cause.SOFTWARE: "the program",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a correction would do, before anybody agreed."""

    touched: "Touched"
    editions: tuple[str, ...]
    """Editions that show a month that changes."""
    causes: tuple[Cause, ...] | None
    """What differs from what the current edition was made from; None when that was not kept."""


def propose(space: Workspace) -> Proposal:
    """Work out what a correction would change; nothing is written.

    Raises:
        InputError: when nothing was published yet.
    """
    from meos_pipeline.disclosure.ledger import read_ledger
    from meos_pipeline.publication.edition import editions

    edition = _current(space)
    if not edition:
        raise InputError("Nothing is published yet, so there is nothing to correct; say 'meos run'")
    before = read_ledger(space.folder.restricted / results.LEDGER)
    now = results.released_now(space, correcting=True).ledger
    found = _touched(space, before, now)
    first = f"{found.span[0]:%Y-%m}" if found.span else "9999"
    shown = tuple(name for name in editions(space.folder) if name[:7] >= first)
    return Proposal(touched=found, editions=shown, causes=_causes(space, edition))


def require_declared(space: Workspace) -> None:
    """Refuse a broad change that nobody declared, and any that the gate of revisions should have stopped.

    Raises:
        UndeclaredError: when most figures would change and something that was changed explains it.
        DisclosureError: when nothing explains it, or a month would change by fewer records than a revision needs.
    """
    from meos_pipeline.disclosure.ledger import LEDGER, Ledger, read_ledger

    edition = _current(space)
    if not edition:
        return
    before = read_ledger(space.folder.restricted / results.LEDGER)
    now = Ledger(LEDGER.require(read_whole(space.folder.restricted / "release", results.LEDGER)))
    found = _touched(space, before, now)
    if found.thin:
        raise DisclosureError(
            f"Not published: {found.thin} months of teams would change by fewer records than a revision needs. Keep the "
            "data folder as it is and show this to the developers and the privacy officer"
        )
    if declared(space) or not found.is_broad:
        return
    first, last = found.span or (date.min, date.min)
    told = (
        f"Not published: {found.changed} of {found.known} blocks of figures would change at once, from {first:%Y-%m} to "
        f"{last:%Y-%m}. Readers still see edition {edition}"
    )
    causes = _causes(space, edition)
    if causes == ():
        unexplained = (
            "Profile, exports, list of teams, settings and program are those of that edition, so nothing explains it: "
            "this may be a leak. Keep the data folder as it is and show this to the developers and the privacy officer"
        )
        lines = [told, unexplained]
        raise DisclosureError("\n  - ".join(lines))
    reason = causes[0] if causes else "REASON"
    raise UndeclaredError(
        "\n  - ".join(
            [
                told,
                *causes_told(causes),
                f"Did you mend something? Say 'meos correct --reason {reason}': it tells what it touches, and asks",
                "If you expected no change, look at the page on the quality of the data first",
            ]
        )
    )


def causes_told(causes: tuple[Cause, ...] | None) -> list[str]:
    """Say what changed since the edition that readers see."""
    if causes is None:
        return ["What that edition was made from was not kept, so say yourself what changed"]
    return [f"Since that edition changed: {_TEXT_OF_CAUSE[cause]}" for cause in causes]


def require_changed(proposal: Proposal, cause: str) -> None:
    """Let readers be told of nothing that did not change; where no figure changes they are told nothing.

    Args:
        proposal: What the analyst sees.
        cause: One of ``Cause``.

    Raises:
        InputError: when what is named did not change.
    """
    if proposal.touched.span is not None and proposal.causes is not None and cause not in proposal.causes:
        raise InputError(
            "\n  - ".join(
                [
                    f"Readers would be told of {_TEXT_OF_CAUSE[Cause(cause)]}, and that did not change; name what did",
                    *causes_told(proposal.causes),
                ]
            )
        )


def declare(space: Workspace, proposal: Proposal, *, cause: str, why: str, now: datetime) -> Correction:
    """Write down that the analyst agreed; the next publication carries it out.

    Args:
        space: The workspace.
        proposal: What the analyst saw.
        cause: One of ``Cause``.
        why: In own words; only for the audit log.
        now: The moment of the act.

    Raises:
        InputError: when the cause is none of the list, no figure would change, what is named did not change, or the own
            words name somebody.
    """
    if cause not in set(Cause):
        raise InputError(f"'{cause}' is no reason of the list; choose one of {', '.join(Cause)}")
    if proposal.touched.span is None:
        raise InputError(
            f"No figure would change: in each month fewer than {space.settings.policy.revision_records} records differ, or "
            f"it changed {space.settings.policy.revisions_per_block} times already. The edition stays; 'meos withdraw' "
            "takes it back without another in its place"
        )
    require_changed(proposal, cause)
    first, last = proposal.touched.span
    correction = Correction(on=now.date(), cause=Cause(cause), first=first, last=last, replaces=proposal.editions)
    write_text(space.folder.restricted / DECLARED, json.dumps(_plain(correction) | {"why": plain_reason(space, why)}))
    return correction


def declared(space: Workspace) -> Correction | None:
    """Return the correction that is under way."""
    path = space.folder.restricted / DECLARED
    return _correction(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def take_back(space: Workspace) -> None:
    """Take back a declaration that could not be carried out, and what was released by it: readers see what they saw."""
    (space.folder.restricted / DECLARED).unlink(missing_ok=True)
    made.forget(space.folder, results.KIND, "cells")


def corrections(space: Workspace) -> tuple[Correction, ...]:
    """Return the corrections that readers are told of: those that stand, and the one under way; the newest first."""
    path = space.folder.restricted / DONE
    kept = [_correction(said) for said in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []
    under_way = declared(space)
    every = {item.replaces: item for item in (*kept, *([under_way] if under_way else []))}
    return tuple(sorted(every.values(), key=lambda item: (item.on, item.replaces), reverse=True))


def put_in_place(space: Workspace, edition: str, *, now: datetime) -> None:
    """Finish the correction once its edition stands: keep it, log it, and take the editions back that it replaces.

    Whatever breaks off, any later command goes on.
    """
    path = space.folder.restricted / DECLARED
    if not path.exists():
        return
    said = json.loads(path.read_text(encoding="utf-8"))
    if edition[:7] < max(name[:7] for name in said["replaces"]):
        return  # an older month was published meanwhile: it takes the place of none of these
    gone = [name for name in said["replaces"] if name != edition]
    carry_out(space, intents.declare(space.folder, CORRECT, said | {"edition": edition, "gone": gone}, at=now), now=now)


def carry_out(space: Workspace, intent: intents.Intent, *, now: datetime) -> None:
    """Do what the intent says; what was done already stays done."""
    from meos_pipeline.publication.edition import editions_folder
    from meos_pipeline.publication.withdraw import withdraw

    said = dict(intent.facts)
    path = space.folder.restricted / DONE
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    plain = _plain(_correction(said))
    if plain not in kept:
        write_text(path, json.dumps([*kept, plain], indent=1))
    log_once(space, intent, action="change", facts=said, now=now)
    for name in said["gone"]:
        if (editions_folder(space.folder) / name).is_dir():
            withdraw(space.folder, name)
    path.with_name(DECLARED).unlink(missing_ok=True)
    intents.finished(intent)


def made_by(space: Workspace) -> dict[str, str]:
    """Return a hash of each thing that decides what published figures are, by the reason that a change of it would have."""
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.ingest.profiles import read_profile

    settings, refused = space.settings, intake.refused_exports(space)
    source = {name: sha for name, sha in intake.input_hashes(space).items() if sha not in refused}
    source.pop(COMPANION_FILES[ORGANISATION.name], None)
    organisation = read_companions(space.folder, settings)["organisation"]
    return {
        Cause.MAPPING: made.hash_of(read_profile(settings.sources.profile, space.folder.root).fingerprint),
        Cause.SOURCE: made.hash_of(source),
        Cause.ORGANISATION: made.hash_of(organisation.write_csv()),
        Cause.SETTINGS: made.hash_of(
            repr(settings.policy), repr(settings.groups), repr(settings.statistics), rules_that_set_aside()
        ),
        Cause.SOFTWARE: made.hash_of(intake.code(), counting.code(), results.release_code()),
    }


def _touched(space: Workspace, before: Any, now: Any) -> "Touched":  # noqa: ANN401 - ledgers, that are loaded late
    from meos_pipeline.disclosure.correction import touched

    return touched(before, now, space.settings.policy)


def _causes(space: Workspace, edition: str) -> tuple[Cause, ...] | None:
    """What differs from what the edition was made from; None when that was not kept."""
    path = space.folder.restricted / "inputs" / f"{edition}.json"
    was = json.loads(path.read_text(encoding="utf-8")).get("made_by") if path.exists() else None
    if was is None:
        return None
    now = made_by(space)
    return tuple(cause for cause in Cause if was.get(cause) != now[cause])


def _current(space: Workspace) -> str:
    from meos_pipeline.publication.pointer import pointed

    return pointed(space.folder) or ""


def _plain(correction: Correction) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(correction).items()}


def _correction(said: Mapping[str, Any]) -> Correction:
    return Correction(
        on=date.fromisoformat(said["on"]),
        cause=Cause(said["cause"]),
        first=date.fromisoformat(said["first"]),
        last=date.fromisoformat(said["last"]),
        replaces=tuple(said["replaces"]),
    )
