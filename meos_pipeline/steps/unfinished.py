"""Finish what an earlier command began to erase and did not end: a crash, a full disk, a pulled plug."""

from collections.abc import Callable
from datetime import datetime

from meos_pipeline.steps import correcting, erasing, key_years, records, withdrawing
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage import intents, stores


def finish(space: Workspace, *, now: datetime, history: Callable[[], erasing.History] | None = None) -> list[str]:
    """Do all that was begun; the data folder must be held by this process.

    Args:
        space: The workspace.
        now: The moment of running.
        history: Gives what erases runs of Dagster; asked only when a purge is finished.

    Returns:
        One sentence per act that was finished.

    Raises:
        StorageError: when the disk refuses again; the next command tries once more.
    """
    told = []
    begun = intents.pending(space.folder)
    for intent in begun:
        if intent.kind == erasing.PURGE:
            erasing.carry_out(space, intent, now=now, history=history() if history else None)
        elif intent.kind == withdrawing.WITHDRAW:
            withdrawing.carry_out(space, intent, now=now)
        elif intent.kind == correcting.CORRECT:
            correcting.carry_out(space, intent, now=now)
        elif intent.kind == key_years.DESTROY:
            key_years.carry_out(space, intent, now=now)
        else:
            records.carry_out(space, intent, now=now)
        told.append(f"Finished what was broken off at {intent.at:%Y-%m-%d %H:%M} (UTC): {intent.kind}")
    stores.sweep(space.folder.root)
    return told
