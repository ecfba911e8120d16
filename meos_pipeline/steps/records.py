"""Erase one record, and make again what was counted with it."""

from datetime import datetime

from meos_pipeline.errors import InputError, StorageError
from meos_pipeline.numbered import counted
from meos_pipeline.steps import counting, intake, stale, validation
from meos_pipeline.steps.logged import log_once
from meos_pipeline.steps.naming import plain_reason
from meos_pipeline.steps.pages import renew_restricted_pages
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage import intents, stores

ERASE = "erase"


def erase(space: Workspace, number: str, *, why: str, now: datetime) -> str:
    """Erase the record of this number everywhere; return one sentence.

    Months that it was counted in are made again. Readers see another figure only where the revision gate lets them:
    one record changes none that they saw.

    Args:
        space: The workspace.
        number: The record's number, as the export writes it; it is kept nowhere.
        why: The reason, for the audit log.
        now: The moment of running.

    Raises:
        InputError: when no export holds it, there is no reason, or the reason holds this or another number.
        StorageError: when the disk refuses; any later command goes on with it.
    """
    from meos_pipeline.ingest.erase import find_record

    if not why.strip():
        raise InputError("Erasing a record needs a reason; say it with --why")
    found = find_record(space.folder, space.settings, space.keys, number)
    facts = {
        "key": found.key,
        "exports": list(found.exports),
        "places": [list(place) for place in found.places],
        "why": plain_reason(space, why, records=[found.key]),
    }
    carry_out(space, intents.declare(space.folder, ERASE, facts, at=now), now=now)
    return (
        f"The record is erased, with the bytes of {counted(len(found.exports), 'export')} that held it. "
        "Ask that it is erased at the source as well, and from back-ups of this folder."
    )


def carry_out(space: Workspace, intent: intents.Intent, *, now: datetime) -> None:
    """Do what the intent says; what was done already stays done.

    Raises:
        StorageError: when the disk refuses; the intent stays.
    """
    from meos_pipeline.ingest.erase import Found, erase_record

    facts = intent.facts
    log_once(space, intent, action="erase", facts={"records": 1, "why": facts["why"]}, now=now)
    found = Found(
        key=facts["key"],
        exports=tuple(facts["exports"]),
        places=tuple((str(export), int(line)) for export, line in facts["places"]),
    )
    try:
        erase_record(space.folder, found)
        stores.erase_months(space.folder.root, ())
    except OSError as error:
        raise StorageError(
            f"The record could not be erased everywhere ({error.strerror}); mend the disk or its rights, then say 'meos status'"
        ) from error
    remake(space)
    intents.finished(intent)


def remake(space: Workspace) -> None:
    """Merge, check and count the months that were made from something else than is there now."""
    while months := sorted(stale.months_to_refresh(space)):
        intake.merge_months(space, months)
        validation.validate_months(space, months)
        counting.count_months(space, months)
        if set(stale.months_to_refresh(space)) >= set(months):
            break  # a month that a critical rule stops stays as it is; the next run says so
    renew_restricted_pages(space)
