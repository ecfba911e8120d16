"""One process at a time, also when several machines share the data folder."""

from collections.abc import Iterator
from contextlib import contextmanager

from meos_pipeline.storage.paths import DataFolder


@contextmanager
def one_at_a_time(folder: DataFolder, work: str) -> Iterator[None]:
    """Wait until nobody does this work in the data folder, then hold it.

    The lock belongs to the process: the system frees it when the process dies, so nothing has to be cleaned up. It
    may not be taken again by the process that holds it.

    Args:
        folder: The data folder.
        work: Name of the work, e.g. ``account``.
    """
    from filelock import FileLock

    locks = folder.restricted / "locks"
    locks.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(locks / f"{work}.lock"):
        yield
