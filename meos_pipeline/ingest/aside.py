"""What of an export is set aside: its lines, columns and codes, and never a value."""

from pathlib import Path

import polars as pl

from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.ingest.export import Export
from meos_pipeline.ingest.issues import ROW_FIELDS
from meos_pipeline.storage import durable
from meos_pipeline.storage.paths import DataFolder

QUARANTINE = Table(
    name="quarantine",
    meaning="Rows and fields set aside: where and why, never what.",
    key=("export_id", "line", "column", "code"),
    columns=(
        Column(name="export_id", dtype=pl.String(), meaning="First 16 hex digits of the file's SHA-256."),
        Column(name="line", dtype=pl.Int64(), meaning="Line or row in the file."),
        Column(name="column", dtype=pl.String(), meaning="Column as the file names it; '' for the row as a whole."),
        Column(name="code", dtype=pl.String(), meaning="Reason code."),
        Column(
            name="is_row", dtype=pl.Boolean(), meaning="The whole row is set aside; else only the field is emptied."
        ),
    ),
)


def write_quarantine(
    folder: DataFolder, export: Export, target: Path, set_aside: pl.DataFrame, *, export_id: str
) -> None:
    """Write which rows and fields of an export are set aside.

    Args:
        folder: The data folder.
        export: The export.
        target: Where it was parsed to, with the rows that lose to others of the file.
        set_aside: ``line, field, code`` of what cannot be read.
        export_id: Number of the export.
    """
    header = export.mapping.sources
    frames = [
        set_aside.select(
            pl.lit(export_id).alias("export_id"),
            "line",
            pl.col("field").replace(header).alias("column"),
            "code",
            pl.col("field").is_in(ROW_FIELDS).alias("is_row"),
        )
    ]
    lost = pl.read_parquet(target / "lost.parquet").filter(pl.col("verdict").str.starts_with("R-"))
    frames.append(
        lost.select(
            pl.lit(export_id).alias("export_id"),
            "line",
            pl.lit(header.get("check_id", "")).alias("column"),
            pl.col("verdict").alias("code"),
            pl.lit(value=True).alias("is_row"),
        )
    )
    frames.append(
        pl.DataFrame(
            [(export_id, bad.line, "", bad.code, True) for bad in export.bad_lines],
            orient="row",
            schema=QUARANTINE.schema,
        )
    )
    whole = pl.concat(frames).unique().sort("line", "column", "code")
    durable.write_table(folder.quarantine / f"{export_id}.parquet", QUARANTINE.require(whole))
