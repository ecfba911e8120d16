"""Take an edition back: written down first, then logged, then readers are led elsewhere, then it goes."""

from datetime import datetime

from meos_pipeline.steps.logged import log_once
from meos_pipeline.steps.naming import plain_reason
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage import intents

WITHDRAW = "withdraw"


def withdraw(space: Workspace, edition: str, *, why: str, now: datetime) -> str:
    """Take an edition back; return one sentence that says what readers see now.

    Raises:
        PublicationError: when there is no such edition, or no reason.
        InputError: when the reason names somebody.
        StorageError: when the disk refuses; any later command goes on with it.
        BusyError: when somebody is publishing; any later command goes on with it.
    """
    from meos_pipeline.publication.withdraw import require_withdrawable

    require_withdrawable(space.folder, edition, why)
    intent = intents.declare(space.folder, WITHDRAW, {"edition": edition, "why": plain_reason(space, why)}, at=now)
    before = carry_out(space, intent, now=now)
    return f"Edition {edition} is withdrawn. Readers now see {before or 'nothing'}."


def carry_out(space: Workspace, intent: intents.Intent, *, now: datetime) -> str | None:
    """Do what the intent says; what was done already stays done. Return the edition that readers see now."""
    from meos_pipeline.publication.withdraw import withdraw as take_back

    log_once(space, intent, action="withdraw", facts=intent.facts, now=now)
    left = take_back(space.folder, intent.facts["edition"])
    intents.finished(intent)
    return left
