"""One run at a time in a data folder, whoever starts it: a person, a schedule, or Dagster."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from meos_pipeline.errors import BusyError, StorageError
from meos_pipeline.storage.paths import DataFolder

LOCK = "run.lock"
HOLDER = "run.holder"
_POLL_SECONDS = 0.5


@contextmanager
def run_lock(
    folder: DataFolder,
    who: str,
    *,
    wait_seconds: float = 0.0,
    waiting: Callable[[str], None] = lambda _: None,
    side_by_side: bool = False,
) -> Iterator[None]:
    """Hold the data folder for one run, or say who holds it.

    The lock belongs to the process: the system frees it when the process dies, and a process that holds it may take
    it again.

    Args:
        folder: The data folder.
        who: Who asks, for whoever comes next, as "meos run".
        wait_seconds: How long to wait for another run; 0 refuses at once.
        waiting: Called once with a sentence, before waiting begins.
        side_by_side: Let others in who ask for the same: runs that make months, on this machine or another.

    Raises:
        BusyError: when another process still holds it after waiting.
        StorageError: when the disk refuses the lock file.
    """
    try:
        folder.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
        alone = FileLock(folder.restricted / LOCK, thread_local=False, is_singleton=True)
        shares = side_by_side and not alone.is_locked and os.name == "posix"
        lock = _SharedLock(folder.restricted / LOCK) if shares else alone
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if wait_seconds:
                waiting(f"{holder_of(folder)} is busy in this data folder; waiting for it")
            lock.acquire(timeout=wait_seconds, poll_interval=_POLL_SECONDS)
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
        lock.release()


class _SharedLock:
    """The lock of ``FileLock``, held together with others who hold it like this. Windows has none: there all wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def acquire(self, timeout: float, poll_interval: float = _POLL_SECONDS) -> None:
        import fcntl

        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        until = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    self.release()
                    raise Timeout(str(self._path)) from None
                time.sleep(poll_interval)
            else:
                return

    def release(self) -> None:
        os.close(self._descriptor)


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
