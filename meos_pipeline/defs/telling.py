"""What Dagster shows of a step: counts, names and small tables. Never a value from the data."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import dagster as dg
import polars as pl

from meos_pipeline.contracts.table import Table
from meos_pipeline.numbered import counted
from meos_pipeline.steps.workspace import Workspace

ROWS_SHOWN = 40
PAGES = "MEOS_PAGES"
"""Environment: where ``meos dev`` serves the data folder's pages, as http://127.0.0.1:3001/KEY."""


def columns_of(*tables: Table) -> dict[str, Any]:
    """Return the column schema of a contract as asset metadata; of several, each column after the name of its table."""
    return {
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(
                    name=column.name if len(tables) == 1 else f"{table.name}.{column.name}",
                    type=str(column.dtype).split("(")[0],
                    description=f"{column.meaning} [{column.sensitivity.value}]",
                    constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
                )
                for table in tables
                for column in table.columns
            ]
        )
    }


def markdown(frame: pl.DataFrame) -> dg.MarkdownMetadataValue:
    """Return the head of a table of counts as Markdown."""
    head = frame.head(ROWS_SHOWN)
    lines = ["| " + " | ".join(head.columns) + " |", "|" + "---|" * len(head.columns)]
    lines += ["| " + " | ".join("" if value is None else _shown(value) for value in row) + " |" for row in head.rows()]
    if frame.height > ROWS_SHOWN:
        lines.append(f"\n… and {counted(frame.height - ROWS_SHOWN, 'row')} more")
    return dg.MetadataValue.md("\n".join(lines))


def trend(
    counts: Mapping[str, float] | Sequence[float], *, width: int = 320, height: int = 48
) -> dg.MarkdownMetadataValue:
    """Return numbers per month as small bars, with the first, the last and the highest in words."""
    named = dict(counts) if isinstance(counts, Mapping) else {str(i): value for i, value in enumerate(counts)}
    if not named:
        return dg.MetadataValue.md("no months yet")
    months, values = list(named), list(named.values())
    top = max(*values, 1)
    step = width / len(values)
    bars = "".join(
        f"<rect x='{index * step:.1f}' y='{height - value / top * height:.1f}' width='{max(step - 2, 1):.1f}' "
        f"height='{value / top * height:.1f}' fill='%23154273'/>"
        for index, value in enumerate(values)
    )
    image = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}'>{bars}</svg>"
    said = f"{months[0]} to {months[-1]}: {values[0]:g} → {values[-1]:g}, highest {top:g}"
    return dg.MetadataValue.md(f"![{said}](data:image/svg+xml;utf8,{quote(image, safe='%/:=;,')})\n\n{said}")


def as_metadata(facts: Mapping[str, object]) -> dict[str, Any]:
    """Turn facts into metadata: frames become tables, the rest stays."""
    return {name: markdown(fact) if isinstance(fact, pl.DataFrame) else fact for name, fact in facts.items()}


def page(space: Workspace, path: Path) -> dg.MetadataValue[Any]:
    """Return a link to a page of the data folder when ``meos dev`` serves it, else where the page is on disk.

    A browser does not follow a link from Dagster's page to a file.
    """
    base = os.environ.get(PAGES, "")
    if not base or not path.is_relative_to(space.folder.root):
        return dg.MetadataValue.path(str(path))
    return dg.MetadataValue.url(f"{base.rstrip('/')}/{quote(path.relative_to(space.folder.root).as_posix())}")


def _shown(value: object) -> str:
    text = (
        f"{value:g}"
        if isinstance(value, float)
        else "yes"
        if value is True
        else "**no**"
        if value is False
        else str(value)
    )
    return text.replace("|", "\\|")
