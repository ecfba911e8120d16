"""Acts that erase: written down before the first removal, so that whatever command comes next can finish them.

An intent is a small file in ``restricted/intents``. It says what goes, in names that say nothing of a person, and is
there until all of it is gone. Finishing is doing the same again: every removal may find that it was done already.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from meos_pipeline.errors import StorageError
from meos_pipeline.storage.durable import sync_folder, write_text
from meos_pipeline.storage.paths import DataFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """Something that is to be erased, and is not gone yet."""

    kind: str
    """purge, erase, withdraw, correct or destroy_key."""
    name: str
    """Twelve hex digits that follow from what it says."""
    at: datetime
    facts: Mapping[str, Any]
    path: Path


def declare(folder: DataFolder, kind: str, facts: Mapping[str, Any], *, at: datetime) -> Intent:
    """Write down what will be erased, before anything is.

    Args:
        folder: The data folder.
        kind: purge, erase, withdraw, correct or destroy_key.
        facts: What goes; plain values that JSON knows.
        at: The moment, with a time zone.

    Raises:
        StorageError: when the disk refuses; nothing was erased.
    """
    said = json.dumps({"kind": kind, "at": at.isoformat(), "facts": facts}, ensure_ascii=False, sort_keys=True)
    name = hashlib.sha256(said.encode()).hexdigest()[:12]
    path = _folder(folder) / f"{kind}-{name}.json"
    write_text(path, said)
    return Intent(kind=kind, name=name, at=at, facts=facts, path=path)


def pending(folder: DataFolder) -> list[Intent]:
    """Return what was begun and is not finished, oldest first."""
    found = []
    for path in sorted(_folder(folder).glob("*-*.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        kind, _, name = path.stem.rpartition("-")
        found.append(
            Intent(kind=kind, name=name, at=datetime.fromisoformat(said["at"]), facts=said["facts"], path=path)
        )
    return sorted(found, key=lambda intent: (intent.at, intent.name))


def is_unfinished(folder: DataFolder) -> bool:
    """Tell whether an act that erases was broken off here."""
    return any(_folder(folder).glob("*"))


def finished(intent: Intent) -> None:
    """Forget an intent: all of it is gone.

    Raises:
        StorageError: when the disk refuses; the next command tries again.
    """
    try:
        intent.path.unlink(missing_ok=True)
        sync_folder(intent.path.parent)
    except OSError as error:
        raise StorageError(
            f"Cannot remove '{intent.path.name}' ({error.strerror}); mend the rights, then run again"
        ) from error


def _folder(folder: DataFolder) -> Path:
    return folder.restricted / "intents"
