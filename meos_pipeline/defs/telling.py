"""What Dagster shows of a step: counts, names and small tables. Never a value from the data."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import polars as pl

from meos_pipeline.contracts.table import Table

ROWS_SHOWN = 40


def columns_of(table: Table) -> dict[str, Any]:
    """Return the column schema of a contract as asset metadata."""
    return {
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(
                    name=column.name,
                    type=str(column.dtype).split("(")[0],
                    description=f"{column.meaning} [{column.sensitivity.value}]",
                    constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
                )
                for column in table.columns
            ]
        )
    }


def markdown(frame: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Return the head of a table of counts as Markdown."""
    head = frame.head(ROWS_SHOWN)
    lines = ["| " + " | ".join(head.columns) + " |", "|" + "---|" * len(head.columns)]
    lines += ["| " + " | ".join("" if value is None else str(value) for value in row) + " |" for row in head.rows()]
    if frame.height > ROWS_SHOWN:
        lines.append(f"\n… and {frame.height - ROWS_SHOWN} rows more")
    return dg.MetadataValue.md("\n".join(lines))


def trend(counts: Sequence[float], *, width: int = 240, height: int = 40) -> dg.MarkdownMetadataValue:
    """Return a small line of numbers per month, drawn inside the metadata."""
    if not counts:
        return dg.MetadataValue.md("no months yet")
    top = max(*counts, 1)
    step = width / max(len(counts) - 1, 1)
    points = " ".join(
        f"{index * step:.1f},{height - 2 - count / top * (height - 4):.1f}" for index, count in enumerate(counts)
    )
    image = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'>"
        f"<polyline fill='none' stroke='%23154273' stroke-width='2' points='{points}'/></svg>"
    )
    return dg.MetadataValue.md(f"![trend](data:image/svg+xml;utf8,{image.replace(' ', '%20')})")


def as_metadata(facts: Mapping[str, object]) -> dict[str, Any]:
    """Turn facts into metadata: frames become tables, the rest stays."""
    return {name: markdown(fact) if isinstance(fact, pl.DataFrame) else fact for name, fact in facts.items()}
