"""Destroy the key of a year: written down first, logged, and finished by whatever command comes next."""

from datetime import datetime

from meos_pipeline.steps.logged import log_once
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage import intents

DESTROY = "destroy_key"


def destroy_year(space: Workspace, year: int, *, now: datetime) -> None:
    """Destroy the key of a year for good; a second time changes nothing.

    Raises:
        KeyFileError: when the key file cannot be read or written; any later command goes on with it.
    """
    if year not in space.keys.destroyed:
        carry_out(space, intents.declare(space.folder, DESTROY, {"year": year}, at=now), now=now)


def carry_out(space: Workspace, intent: intents.Intent, *, now: datetime) -> None:
    """Do what the intent says; what was done already stays done."""
    from meos_pipeline.ingest.keys import destroy, sweep

    log_once(space, intent, action="key", facts={"destroyed": intent.facts["year"]}, now=now)
    sweep(space.key_path)
    destroy(space.key_path, intent.facts["year"])
    intents.finished(intent)
