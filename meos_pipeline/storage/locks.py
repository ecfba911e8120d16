"""Who may work when, also when several machines share the data folder: one run, one publication, one writer of a thing.

Every lock belongs to the process: the system frees it when the process dies, so nothing has to be cleaned up.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from meos_pipeline.errors import BusyError, StorageError
from meos_pipeline.storage.paths import DataFolder

RUN_LOCK, RUN_HOLDER = "run.lock", "run.holder"
PUBLICATION_LOCK, PUBLICATION_HOLDER = "publication.lock", "publication.pid"
_POLL_SECONDS = 0.5


@contextmanager
def run_lock(
    folder: DataFolder,
    who: str,
    *,
    shared: bool = False,
    wait_seconds: float = 0.0,
    waiting: Callable[[str], None] = lambda _: None,
) -> Iterator[None]:
    """Hold the data folder for one run, or say who holds it.

    The lock belongs to the process: the system frees it when the process dies, and a process that holds it may take
    it again.

    Args:
        folder: The data folder.
        who: Who asks, for whoever comes next, as "meos run".
        shared: Together with others that share: runs of months on several machines. Windows shares nothing.
        wait_seconds: How long to wait for another run; 0 refuses at once.
        waiting: Called once with a sentence, before waiting begins.

    Raises:
        BusyError: when another process still holds it after waiting.
        StorageError: when the disk refuses the lock file.
    """
    try:
        folder.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(folder.restricted / RUN_LOCK, thread_local=False, is_singleton=True)
        take = _share if shared and not lock.is_locked and sys.platform != "win32" else _take
        try:
            release = take(lock, 0)
        except Timeout:
            if wait_seconds:
                waiting(f"{holder_of(folder)} is busy in this data folder; waiting for it")
            release = take(lock, wait_seconds)
    except Timeout as error:
        raise BusyError(
            f"{holder_of(folder)} is busy in this data folder; nothing was changed. Wait until it is done, then start again"
        ) from error
    except OSError as error:
        raise StorageError(
            f"Cannot write in the folder 'restricted' ({error.strerror}); mend the rights or free space, then start again"
        ) from error
    try:
        _sign(folder, who)
        yield
    finally:
        release()


@contextmanager
def publication_lock(data: DataFolder) -> Iterator[None]:
    """Hold the publication lock, or say at once who does.

    The lock belongs to the process: the system frees it when the process dies.

    Raises:
        BusyError: if another process holds it.
    """
    data.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
    holder = data.restricted / PUBLICATION_HOLDER
    try:
        with FileLock(data.restricted / PUBLICATION_LOCK, timeout=0):
            # only a courtesy to whoever comes next: not worth failing for
            with suppress(OSError):
                holder.write_text(str(os.getpid()), encoding="utf-8")
            try:
                yield
            finally:
                with suppress(OSError):
                    holder.unlink(missing_ok=True)
    except Timeout as error:
        who = "unknown"
        with suppress(OSError):
            who = holder.read_text(encoding="utf-8").strip() or who
        raise BusyError(f"Process {who} is publishing in this data folder; wait until it is done") from error


@contextmanager
def one_at_a_time(folder: DataFolder, work: str) -> Iterator[None]:
    """Wait until nobody does this work in the data folder, then hold it.

    The lock belongs to the process: the system frees it when the process dies, so nothing has to be cleaned up. It
    may not be taken again by the process that holds it.

    Args:
        folder: The data folder.
        work: Name of the work, e.g. ``account``.
    """
    locks = folder.restricted / "locks"
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(locks / f"{work}.lock"):
        yield


def is_busy(folder: DataFolder) -> bool:
    """Tell whether another process holds the data folder now; looking leaves no trace."""
    path = folder.restricted / RUN_LOCK
    if not path.exists():
        return False
    if sys.platform == "win32":
        try:
            with run_lock(folder, ""):
                return False
        except BusyError:
            return True
    import fcntl

    if FileLock(path, thread_local=False, is_singleton=True).is_locked:
        return False  # it is ours
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def holder_of(folder: DataFolder) -> str:
    """Return who signed last, as "meos run (process 123)"; for messages only."""
    try:
        return (folder.restricted / RUN_HOLDER).read_text(encoding="utf-8").strip() or "Another run"
    except OSError:
        return "Another run"


def _take(lock: FileLock, seconds: float) -> Callable[[], None]:
    lock.acquire(timeout=seconds, poll_interval=_POLL_SECONDS)
    return lock.release


def _share(lock: FileLock, seconds: float) -> Callable[[], None]:
    """Take the lock together with others: the same lock of the system that ``FileLock`` takes alone."""
    import fcntl

    end = time.monotonic() + seconds
    descriptor = os.open(lock.lock_file, os.O_RDWR | os.O_CREAT, 0o644)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                os.close(descriptor)
                raise Timeout(lock.lock_file) from None
            time.sleep(_POLL_SECONDS)
        else:
            return lambda: os.close(descriptor)


def _sign(folder: DataFolder, who: str) -> None:
    """Leave a name for whoever comes next: a courtesy, not worth failing for."""
    if who:
        with suppress(OSError):
            (folder.restricted / RUN_HOLDER).write_text(f"{who} (process {os.getpid()})", encoding="utf-8")
