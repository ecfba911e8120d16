"""Keyed numbers of records that were erased: whatever export brings one again, it is not read."""

import json

import polars as pl

from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder

ERASED = "superseded"
"""Category of what is left of an erased record: of the fixed list, which files that were parsed earlier have as well,
the one that no row gets when it is read."""


def read_tombstones(folder: DataFolder) -> frozenset[str]:
    """Return the keyed numbers of erased records."""
    path = folder.restricted / "erased.json"
    return frozenset(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else frozenset()


def add_tombstone(folder: DataFolder, key: str) -> None:
    """Keep that a record was erased."""
    known = read_tombstones(folder)
    if key not in known:
        write_text(folder.restricted / "erased.json", json.dumps(sorted({*known, key})))


def without_erased(rows: pl.LazyFrame, erased: frozenset[str], *, nowhere: pl.Expr) -> pl.LazyFrame:
    """Leave of an erased record that a row was there: its line, its category ``ERASED``, and nothing else.

    Args:
        rows: Parsed rows with ``check_key``, ``category``, ``month``, ``export_id`` and ``line``.
        erased: Keyed numbers.
        nowhere: The month of rows without one.
    """
    if not erased:
        return rows
    schema = rows.collect_schema()
    gone = pl.col("check_key").is_in(sorted(erased)).fill_null(value=False)
    left = {"export_id": pl.col("export_id"), "line": pl.col("line"), "month": nowhere}
    emptied = [
        pl.when(gone).then(left.get(name, pl.lit(None))).otherwise(pl.col(name)).cast(kind).alias(name)
        for name, kind in schema.items()
        if name != "category"
    ]
    category = pl.when(gone).then(pl.lit(ERASED)).otherwise(pl.col("category").cast(pl.String))
    return rows.with_columns(*emptied, category.cast(schema["category"]).alias("category"))
