"""Withdraw an edition: readers see the one before it."""

import json
import shutil

from meos_pipeline.errors import PublicationError, StorageError
from meos_pipeline.publication.edition import NAME, editions, editions_folder, verify
from meos_pipeline.publication.pointer import leads, point, pointed, unpoint
from meos_pipeline.publication.seal import withdrawn_folder
from meos_pipeline.storage.durable import PARTIAL, sync_folder, write_text
from meos_pipeline.storage.locks import publication_lock
from meos_pipeline.storage.paths import DataFolder


def is_withdrawn(data: DataFolder, name: str) -> bool:
    """Tell whether an edition was taken back and not published again since."""
    return (withdrawn_folder(data) / f"{name}.json").exists() and not (editions_folder(data) / name).is_dir()


def require_withdrawable(data: DataFolder, name: str, why: str) -> None:
    """Refuse a withdrawal without a reason, or of something that is no edition.

    Raises:
        PublicationError: with what is missing.
    """
    if not why.strip():
        raise PublicationError("A withdrawal needs a reason; say it with --why")
    if not NAME.match(name) or not (editions_folder(data) / name).is_dir():
        raise PublicationError("There is no such edition; see 'meos status' for the list")


def withdraw(data: DataFolder, name: str) -> str | None:
    """Take an edition back and erase it; ``published/withdrawn`` says that it was, and the reason stays with us.

    The pointer and the page for browsers move first, so no reader is led to a folder that is going. Doing it again
    finishes what was broken off.

    Args:
        data: The data folder.
        name: Edition id, see ``require_withdrawable``.

    Returns:
        Id of the edition readers see now, or nothing when none is left.

    Raises:
        StorageError: when the edition cannot be erased.
        BusyError: if another process is publishing.
    """
    try:
        with publication_lock(data):
            return _withdraw(data, name)
    except OSError as error:
        raise StorageError(
            f"Edition '{name}' could not be erased ({error.strerror}); close it everywhere and withdraw it again"
        ) from error


def _withdraw(data: DataFolder, name: str) -> str | None:
    if pointed(data) in {name, None} or leads(data) in {name, None}:
        left = pointed(data) if pointed(data) not in {name, None} else _before(data, name)
        if left:
            point(data, left)
        else:
            unpoint(data)
    record = {"edition": name, "instead": pointed(data)}
    write_text(
        withdrawn_folder(data) / f"{name}.json",
        json.dumps(record, ensure_ascii=False, sort_keys=True, indent=1) + "\n",
    )
    folder, going = editions_folder(data) / name, editions_folder(data) / f"{name}{PARTIAL}"
    if folder.is_dir():
        folder.rename(going)
    if going.is_dir():
        shutil.rmtree(going)
    sync_folder(going.parent)
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
