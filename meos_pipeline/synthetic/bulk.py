"""Large exports for benchmarks: the same rows as ``generate`` writes, without companions' truth or traps."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl

from meos_pipeline.synthetic.generate import FIRST_MONTH, Run, export_name, generate
from meos_pipeline.synthetic.world import draw_world


def bulk_csv(target: Path, *, rows: int, teams: int = 20, months: int = 24, seed: int = 1) -> int:
    """Write about ``rows`` records as monthly CSV exports, with companion files; return how many."""
    return generate(target, seed=seed, teams=teams, months=months, rows=rows).rows


def bulk_parquet(
    target: Path, *, rows: int, teams: int = 20, months: int = 24, seed: int = 1, first_month: date = FIRST_MONTH
) -> int:
    """Write about ``rows`` records as monthly Parquet exports, every column as text; return how many."""
    target.mkdir(parents=True, exist_ok=True)
    world = draw_world(seed=seed, teams=teams, months=months, first_month=first_month, rows=rows)
    written = 0
    for month, parts in enumerate(Run(world, origin=False).exports()):
        path = (target / export_name(world.months[month])).with_suffix(".parquet")
        written += _write(path, parts)
    return written


def _write(path: Path, parts: Iterator[pl.DataFrame]) -> int:
    import pyarrow.parquet as pq

    written = 0
    writer: pq.ParquetWriter | None = None
    for part in parts:
        table = part.with_columns(pl.all().cast(pl.String)).to_arrow()
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        written += part.height
    if writer is not None:
        writer.close()
    return written
