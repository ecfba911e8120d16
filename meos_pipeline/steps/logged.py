"""Lines in the audit log (Wpg article 32a): the moment of the act, and beside it the clock of the data."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from meos_pipeline.errors import StorageError
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.audit import read_entries, write_entry
from meos_pipeline.storage.intents import Intent
from meos_pipeline.storage.locks import one_at_a_time


def log(
    space: Workspace, *, action: str, facts: Mapping[str, Any], now: datetime, data_at: datetime | None = None
) -> str:
    """Write one line; return its mac. With an anchor, the head of the log is put there as well.

    Args:
        space: The workspace.
        action: One of ``storage.audit.ACTIONS``.
        facts: Names, hashes and counts; never a value from the data.
        now: The moment of the act.
        data_at: Newest export among what the act used.

    Raises:
        StorageError: when the disk refuses.
    """
    # Two writers at once would both follow the same line, and the chain would break.
    try:
        with one_at_a_time(space.folder, "audit"):
            mac = write_entry(
                space.folder.audit_log,
                space.keys.lasting_key("audit"),
                action=action,
                purpose=space.settings.site.purpose,
                facts=facts,
                at=now,
                data_at=data_at,
            )
    except OSError as error:
        raise StorageError(
            f"Cannot write in the folder 'restricted' ({error.strerror}); mend the rights or free space, then start again"
        ) from error
    _anchor(space, f"audit-{now:%Y%m%dT%H%M%S}-{mac[:16]}", json.dumps({"audit_mac": mac}).encode())
    return mac


def log_look(space: Workspace, *, action: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Write a line for who only looks, where something was taken in: before that there is nobody's data, and no log.

    Args:
        space: The workspace.
        action: inspect or consult.
        facts: Names and counts; never a value from the data.
        now: The moment of looking.

    Raises:
        StorageError: when the disk refuses: then nobody may look.
    """
    if any(space.folder.archive.glob("*.json")):
        log(space, action=action, facts=facts, now=now)


def log_once(space: Workspace, intent: Intent, *, action: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Write the line of an act that erases, unless a run that was broken off wrote it."""
    entries = read_entries(space.folder.audit_log)
    if not any(entry.get("facts", {}).get("intent") == intent.name for entry in entries):
        log(space, action=action, facts={**facts, "intent": intent.name}, now=now)


def published_lines(space: Workspace) -> frozenset[str]:
    """Return the editions whose publication is the last thing that the log says of them; withdrawn ones are not among them."""
    told = {
        entry["facts"]["edition"]: entry["action"]
        for entry in read_entries(space.folder.audit_log)
        if entry.get("action") in {"publish", "withdraw"} and entry.get("facts", {}).get("edition")
    }
    return frozenset(edition for edition, action in told.items() if action == "publish")


def anchor(space: Workspace, edition: str) -> None:
    """Put the seal of an edition, with the head of the log, in the folder that ``[audit] anchor`` names.

    Only a folder where files can be written and never changed is out of the analyst's reach.

    Raises:
        StorageError: when that folder cannot be written.
    """
    from meos_pipeline.publication.seal import seals_folder

    if space.settings.audit.anchor:
        _anchor(space, edition, (seals_folder(space.folder) / f"{edition}.json").read_bytes())


def _anchor(space: Workspace, name: str, content: bytes) -> None:
    """Put a small file in the folder of the anchor, when there is one; what is there already stays as it is."""
    if not space.settings.audit.anchor:
        return
    target = Path(space.settings.audit.anchor) / f"{name}.json"
    try:
        if not target.exists():
            with target.open("xb") as stream:
                stream.write(content)
    except OSError as error:
        raise StorageError(
            f"'{target.name}' could not be put in the folder that `[audit] anchor` names ({error.strerror}); "
            "mend that folder, then do this again"
        ) from error
