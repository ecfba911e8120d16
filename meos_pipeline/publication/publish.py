"""Publish: build aside, check, seal, rename, and only then move the pointer."""

import errno
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from meos_pipeline.errors import DisclosureError, PublicationError, StorageError
from meos_pipeline.publication.edition import MANIFEST, Facts, editions, editions_folder, verify, walk, write_manifest
from meos_pipeline.publication.pointer import point
from meos_pipeline.publication.seal import seals_folder, withdrawn_folder, write_seal
from meos_pipeline.storage.durable import PARTIAL, sync_file, sync_folder, write_bytes
from meos_pipeline.storage.locks import publication_lock
from meos_pipeline.storage.paths import DataFolder

STAGING = f"staging{PARTIAL}"


def publish(
    data: DataFolder,
    build: Callable[[Path], Facts],
    *,
    inspect: Callable[[Path], Sequence[str]] | None = None,
    audit_mac: str = "",
    keep: int = 36,
) -> str:
    """Make an edition and lead readers to it.

    Whatever happens on the way, the pointer keeps leading to a whole edition; a plain re-run finishes the
    work and gives the same id. An edition that is there already, whole, is left alone.

    Args:
        data: The data folder.
        build: Writes every file into the (empty) folder it gets and tells what it was made from.
        inspect: Looks at the finished files as an outsider and lists what leaks; nothing may.
        audit_mac: Last mac of the audit log, kept beside the edition (not in it: it differs per run).
        keep: Number of editions to keep, the newest first.

    Returns:
        The edition id.

    Raises:
        DisclosureError: if ``inspect`` finds a leak; nothing was published.
        PublicationError: if the files cannot be an edition.
        StorageError: if the disk refuses; nothing half is left.
        BusyError: if another process is publishing.
    """
    try:
        with publication_lock(data):
            return _publish(data, build, inspect=inspect, audit_mac=audit_mac, keep=keep)
    except OSError as error:
        raise StorageError(
            f"The edition could not be written ({error.strerror}); free space or mend the rights, then run again"
        ) from error


def _publish(
    data: DataFolder,
    build: Callable[[Path], Facts],
    *,
    inspect: Callable[[Path], Sequence[str]] | None,
    audit_mac: str,
    keep: int,
) -> str:
    folder = editions_folder(data)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(data)
    # Beside the data, not where readers look: what is not checked yet is nobody's to read.
    staging = data.restricted / STAGING
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir()
        facts = build(staging)
        leaks = list(inspect(staging)) if inspect else []
        if leaks:
            raise DisclosureError("\n  - ".join(["Not published, this would leak:", *leaks]))
        raw, name = write_manifest(staging, facts)
        _place(data, staging, raw, name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    write_seal(data, name, raw, audit_mac)
    point(data, name)
    _prune(data, name, keep)
    return name


def _place(data: DataFolder, staging: Path, raw: bytes, name: str) -> None:
    """Give the finished folder its name; every byte is on disk before the name is."""
    target = editions_folder(data) / name
    if target.exists():
        try:
            verify(data, name)
        except PublicationError:
            # damaged after publication: a whole copy under the same name is the same edition
            target.rename(target.with_name(f"{name}.damaged{PARTIAL}"))
        else:
            return
    write_bytes(staging / MANIFEST, raw)
    folders = {staging}
    for _, path in walk(staging):
        sync_file(path)
        folders.update(parent for parent in path.parents if parent.is_relative_to(staging))
    for folder in sorted(folders, key=lambda path: -len(path.parts)):
        sync_folder(folder)
    _move(staging, target)
    sync_folder(target.parent)


def _move(staging: Path, target: Path) -> None:
    """Give the folder its name; where editions lie on another disk a whole copy of it, synced, gets the name."""
    try:
        staging.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = target.with_name(f"{target.name}{PARTIAL}")
        shutil.copytree(staging, copy)
        for _, path in walk(copy):
            sync_file(path)
        sync_folder(copy)
        copy.rename(target)


def _sweep(data: DataFolder) -> None:
    """Remove what an earlier, broken run left."""
    for folder in (data.published, editions_folder(data), seals_folder(data), withdrawn_folder(data)):
        for leftover in folder.iterdir() if folder.is_dir() else ():
            if leftover.name.endswith(PARTIAL):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _prune(data: DataFolder, name: str, keep: int) -> None:
    """Remove the oldest editions beyond ``keep``; what someone has open stays until the next time."""
    old = [other for other in editions(data) if other != name]
    for other in old[: max(0, len(old) - max(keep, 1) + 1)]:
        going = editions_folder(data) / f"{other}{PARTIAL}"
        try:
            (editions_folder(data) / other).rename(going)
            shutil.rmtree(going)
        except OSError:
            continue
