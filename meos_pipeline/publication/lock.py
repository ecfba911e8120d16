"""One publication at a time."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from filelock import FileLock, Timeout

from meos_pipeline.errors import BusyError
from meos_pipeline.storage.paths import DataFolder

LOCK = "publication.lock"
HOLDER = "publication.pid"


@contextmanager
def publication_lock(data: DataFolder) -> Iterator[None]:
    """Hold the publication lock, or say at once who does.

    The lock belongs to the process: the system frees it when the process dies.

    Raises:
        BusyError: if another process holds it.
    """
    data.restricted.mkdir(parents=True, exist_ok=True, mode=0o700)
    holder = data.restricted / HOLDER
    try:
        with FileLock(data.restricted / LOCK, timeout=0):
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
