"""One run at a time in a data folder, whoever starts it; runs that only make months may go side by side."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import monotonic
from uuid import uuid4

from filelock import FileLock, Timeout

from meos_pipeline.errors import BusyError, StorageError
from meos_pipeline.storage.paths import DataFolder

LOCK = "run.lock"
HOLDER = "run.holder"
SIDE_BY_SIDE = "run.side-by-side"
"""Folder with a lock per run that goes side by side with others of its kind."""
_POLL_SECONDS = 0.5


@contextmanager
def run_lock(
    folder: DataFolder,
    who: str,
    *,
    side_by_side: bool = False,
    wait_seconds: float = 0.0,
    waiting: Callable[[str], None] = lambda _: None,
) -> Iterator[None]:
    """Hold the data folder for one run, or say who holds it.

    The lock belongs to the process: the system frees it when the process dies, and a process that holds it may take
    it again.

    Args:
        folder: The data folder.
        who: Who asks, for whoever comes next, as "meos run".
        side_by_side: Let other runs that say this go on; the work on each month has a lock of its own.
        wait_seconds: How long to wait for another run; 0 refuses at once.
        waiting: Called once with a sentence, before waiting begins.

    Raises:
        BusyError: when another process still holds it after waiting.
        StorageError: when the disk refuses the lock file.
    """
    try:
        folder.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            held = _take(folder, side_by_side=side_by_side, wait_seconds=0)
        except Timeout:
            if wait_seconds:
                waiting(f"{holder_of(folder)} is busy in this data folder; waiting for it")
            held = _take(folder, side_by_side=side_by_side, wait_seconds=wait_seconds)
    except Timeout as error:
        raise BusyError(
            f"{holder_of(folder)} is busy in this data folder; nothing was changed. Wait until it is done, then start again"
        ) from error
    except OSError as error:
        raise StorageError(
            f"Cannot write in the folder 'restricted' ({error.strerror}); mend the rights or free space, then start again"
        ) from error
    with held:
        _sign(folder, who)
        yield


def _take(folder: DataFolder, *, side_by_side: bool, wait_seconds: float) -> ExitStack:
    """Take the gate; then, alone, wait for all that went side by side, or, side by side, leave the gate open."""
    until = monotonic() + wait_seconds
    beside = folder.restricted / SIDE_BY_SIDE
    beside.mkdir(exist_ok=True, mode=0o700)
    with ExitStack() as held:
        gate = _lock(folder.restricted / LOCK)
        gate.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
        held.callback(gate.release)
        if side_by_side:
            own = beside / f"{uuid4().hex}.lock"
            lock = _lock(own)
            lock.acquire(timeout=0)
            gate_only = held.pop_all()
            held.callback(_drop, own)
            held.callback(lock.release)
            gate_only.close()
        else:
            for path in sorted(beside.glob("*.lock")):
                other = _lock(path)
                other.acquire(timeout=max(0.0, until - monotonic()), poll_interval=_POLL_SECONDS)
                is_ours = other.lock_counter > 1
                other.release()
                if not is_ours:
                    _drop(path)
        return held.pop_all()


def _drop(path: Path) -> None:
    """Remove a lock file that nobody holds; where another has it open (Windows), the next run alone removes it."""
    with suppress(OSError):
        path.unlink()


def _lock(path: Path) -> FileLock:
    """A lock of the process, whatever its thread; the same object for the same path, so it may be taken again."""
    return FileLock(path, thread_local=False, is_singleton=True)


def is_busy(folder: DataFolder) -> bool:
    """Tell whether another process holds the data folder now."""
    try:
        with run_lock(folder, ""):
            return False
    except BusyError:
        return True


def holder_of(folder: DataFolder) -> str:
    """Return who signed last, as "meos run (process 123)"; for messages only."""
    try:
        return (folder.restricted / HOLDER).read_text(encoding="utf-8").strip() or "Another run"
    except OSError:
        return "Another run"


def _sign(folder: DataFolder, who: str) -> None:
    """Leave a name for whoever comes next: a courtesy, not worth failing for."""
    if who:
        with suppress(OSError):
            (folder.restricted / HOLDER).write_text(f"{who} (process {os.getpid()})", encoding="utf-8")
