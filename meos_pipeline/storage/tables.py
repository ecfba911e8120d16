"""Where tables lie and how they are read: one Parquet file per table, or per table and month."""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.table import Table
from meos_pipeline.errors import InputError
from meos_pipeline.storage.durable import write_table


def month_path(root: Path, table: str, month: date) -> Path:
    """Return the file of one month of a table."""
    return root / table / f"month={month.isoformat()}" / "part-0.parquet"


def months_of(root: Path, table: str) -> list[date]:
    """Return the months that a table has, oldest first."""
    found = (root / table).glob("month=*/part-0.parquet")
    return sorted(date.fromisoformat(path.parent.name.removeprefix("month=")) for path in found)


def scan_months(root: Path, table: Table, months: Iterable[date] | None = None) -> pl.LazyFrame:
    """Scan the given months of a table (all when None); months without a file are skipped."""
    wanted = months_of(root, table.name) if months is None else list(months)
    paths = [path for month in wanted if (path := month_path(root, table.name, month)).exists()]
    if not paths:
        return table.empty().lazy()
    return pl.scan_parquet(paths, hive_partitioning=False)


def write_months(root: Path, table: Table, months: Sequence[date], frames: Sequence[pl.DataFrame]) -> None:
    """Write one frame per month, each checked against its contract."""
    for month, frame in zip(months, frames, strict=True):
        write_table(month_path(root, table.name, month), table.require(frame))


def write_whole(root: Path, name: str, frame: pl.DataFrame) -> Path:
    """Write a table that is one file; return its path."""
    path = root / f"{name}.parquet"
    write_table(path, frame)
    return path


def read_whole(root: Path, name: str) -> pl.DataFrame:
    """Read a table that is one file.

    Raises:
        InputError: when it is not there yet.
    """
    path = root / f"{name}.parquet"
    if not path.exists():
        raise InputError(f"Table '{name}' is not there yet; say 'meos run' to make it")
    return pl.read_parquet(path)
