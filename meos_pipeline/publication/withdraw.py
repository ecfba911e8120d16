"""Withdraw an edition: readers see the one before it."""

import json
import shutil

from meos_pipeline.errors import PublicationError, StorageError
from meos_pipeline.publication.edition import NAME, editions, editions_folder, verify
from meos_pipeline.publication.lock import publication_lock
from meos_pipeline.publication.pointer import point, pointed, unpoint
from meos_pipeline.publication.seal import withdrawn_folder
from meos_pipeline.storage.durable import PARTIAL, write_text
from meos_pipeline.storage.paths import DataFolder


def is_withdrawn(data: DataFolder, name: str) -> bool:
    """Tell whether an edition was taken back and not published again since."""
    return (withdrawn_folder(data) / f"{name}.json").exists() and not (editions_folder(data) / name).is_dir()


def withdraw(data: DataFolder, name: str, *, why: str) -> str | None:
    """Take an edition back and erase it; the reason stays in ``published/withdrawn``.

    The pointer moves first, so no reader is led to a folder that is going.

    Args:
        data: The data folder.
        name: Edition id.
        why: The reason, for the record; not empty.

    Returns:
        Id of the edition readers see now, or nothing when none is left.

    Raises:
        StorageError: when the edition cannot be erased.
        PublicationError: if there is no such edition or no reason is given.
        BusyError: if another process is publishing.
    """
    if not why.strip():
        raise PublicationError("A withdrawal needs a reason; say it with --why")
    with publication_lock(data):
        if not NAME.match(name) or not (editions_folder(data) / name).is_dir():
            raise PublicationError("There is no such edition; see 'meos status' for the list")
        left = _before(data, name)
        try:
            if pointed(data) in {name, None}:
                if left:
                    point(data, left)
                else:
                    unpoint(data)
            record = {"edition": name, "why": why.strip(), "instead": pointed(data)}
            write_text(
                withdrawn_folder(data) / f"{name}.json",
                json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1) + "\n",
            )
            going = editions_folder(data) / f"{name}{PARTIAL}"
            (editions_folder(data) / name).rename(going)
            shutil.rmtree(going)
        except OSError as error:
            raise StorageError(
                f"Edition '{name}' could not be erased ({error.strerror}); close it everywhere and withdraw it again"
            ) from error
        return pointed(data)


def _before(data: DataFolder, name: str) -> str | None:
    """Newest whole edition other than ``name``, preferring older report months."""
    others = [other for other in editions(data) if other != name]
    for other in [*reversed([o for o in others if o < name]), *reversed([o for o in others if o > name])]:
        try:
            verify(data, other)
        except PublicationError:
            continue
        return other
    return None
