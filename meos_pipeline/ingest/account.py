"""Where every row of every export went."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.ingest.parsed import NO_MONTH, Parsed
from meos_pipeline.ingest.tombstones import ERASED

VERDICTS = ("accepted", "joined", "quarantined", "duplicate", "superseded", "deleted", "out_of_period")
"""What can become of a row."""


def _count(name: str, meaning: str) -> Column:
    return Column(name=name, dtype=pl.Int64(), meaning=meaning)


RECONCILIATION = Table(
    name="reconciliation",
    meaning="Where every row of every export went.",
    key=("export_id", "scope", "month"),
    columns=(
        Column(name="export_id", dtype=pl.String(), meaning="First 16 hex digits of the file's SHA-256."),
        Column(name="name", dtype=pl.String(), meaning="Name of the file as received."),
        Column(name="exported_at", dtype=pl.Datetime("us", "UTC"), meaning="When the export was made."),
        Column(name="scope", dtype=pl.String(), meaning="'file' (rows counted from the bytes) or 'month' (rows read)."),
        Column(
            name="month",
            dtype=pl.Date(),
            meaning="First day of the month; 0001-01-01 for no month or the file as a whole.",
        ),
        _count("rows_in", "Data records."),
        _count("accepted", "In the table."),
        _count("joined", "Further persons or charges of a check that has a row already."),
        _count("quarantined", "Set aside."),
        _count("duplicate", "The same as a row that is in the table."),
        _count("superseded", "Replaced by a later version."),
        _count("deleted", "Deletions."),
        _count("out_of_period", "Outside the period that the export declares."),
        Column(name="closes", dtype=pl.Boolean(), meaning="rows_in is the sum of the others."),
    ),
)


def account_of(
    parsed: Sequence[Parsed],
    counts_of: Callable[[date], Mapping[str, Mapping[str, int]]],
    undated: Mapping[str, Mapping[str, int]],
) -> pl.DataFrame:
    """Account for every row: per file and month as read, and per file as counted from its bytes.

    Args:
        parsed: Every file that counts.
        counts_of: Verdicts on the rows of a month that was merged, per export.
        undated: The same for deletions that name no date.
    """
    rows: list[dict[str, Any]] = []
    for item in parsed:
        total = dict.fromkeys(VERDICTS, 0)
        for month, read in sorted(item.months.items()):
            counts = (
                undated.get(item.file.export_id, {})
                if month == NO_MONTH
                else counts_of(month).get(item.file.export_id, {})
            )
            line = {name: counts.get(name, 0) for name in VERDICTS}
            line["quarantined"] += read.get("quarantined", 0) + read.get("bad_lines", 0)
            line["out_of_period"] += read.get("out_of_period", 0)
            line["joined"] += read.get("joined", 0)
            line["deleted"] += read.get(ERASED, 0)
            rows.append(_row(item, "month", month, sum(read.values()), line))
            total = {name: total[name] + line[name] for name in VERDICTS}
        rows.append(_row(item, "file", NO_MONTH, item.rows_in, total))
    return RECONCILIATION.require(pl.DataFrame(rows, schema=RECONCILIATION.schema))


def _row(item: Parsed, scope: str, month: date, rows_in: int, counts: dict[str, int]) -> dict[str, Any]:
    return {
        "export_id": item.file.export_id,
        "name": item.file.name,
        "exported_at": item.file.exported_at,
        "scope": scope,
        "month": month,
        "rows_in": rows_in,
        **counts,
        "closes": rows_in == sum(counts.values()),
    }
