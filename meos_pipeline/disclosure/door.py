"""Where a table comes from, as a type: what came through the door is ``Passed``, and only that may be published.

Every operation of Polars gives an ordinary table again, so a figure that was worked out elsewhere cannot slip in. On
disk a passed table has its keyed hash beside it: a file that somebody changed or made is refused.
"""

import hashlib
import hmac
from pathlib import Path

import polars as pl

from meos_pipeline.errors import DisclosureError
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.tables import read_whole, write_whole


class Passed(pl.DataFrame):
    """A table that came through the door. Only functions of ``disclosure`` make one."""


def passed(frame: pl.DataFrame) -> Passed:
    """Let a table through; for functions of ``disclosure``, after they protected what is in it."""
    return Passed(frame)


def select(table: Passed, wanted: pl.Expr) -> Passed:
    """Rows of a passed table: leaving rows out shows nothing more.

    Raises:
        DisclosureError: when the table did not come through the door.
    """
    if not isinstance(table, Passed):
        raise DisclosureError("A table that did not come through the door was offered; hand over what was released")
    return Passed(table.filter(wanted))


def keep(root: Path, name: str, table: Passed, key: bytes) -> list[Path]:
    """Write a passed table with its keyed hash; return both paths.

    Raises:
        StorageError: when the disk refuses.
    """
    path = write_whole(root, name, table)
    seal = path.with_suffix(".door")
    write_text(seal, _seal(path, key))
    return [path, seal]


def take(root: Path, name: str, key: bytes) -> Passed:
    """Read a passed table back.

    Raises:
        InputError: when it is not there yet.
        DisclosureError: when it is not as the door left it.
    """
    frame = read_whole(root, name)
    path = root / f"{name}.parquet"
    seal = path.with_suffix(".door")
    if not seal.exists() or not hmac.compare_digest(seal.read_text(encoding="utf-8"), _seal(path, key)):
        raise DisclosureError(f"Table '{name}' is not as the door left it; start the job publish_month as a whole")
    return Passed(frame)


def _seal(path: Path, key: bytes) -> str:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").digest()
    return hmac.new(key, b"meos/door/1" + path.name.encode() + digest, hashlib.sha256).hexdigest()
