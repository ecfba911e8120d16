"""Where every row of every export went: the account that closes, what was set aside and what was refused."""

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from meos_pipeline.errors import InputError
from meos_pipeline.steps.workspace import Workspace

PARTS = ("accepted", "joined", "quarantined", "duplicate", "superseded", "deleted", "out_of_period")
"""What becomes of a row."""


def read_refusals(space: Workspace) -> pl.DataFrame:
    """Return every export that could not be read: file, export time, reason code, and what settled it, if anything did."""
    from meos_pipeline.ingest.refusals import State
    from meos_pipeline.ingest.refusals import read_refusals as refusals

    rows = [
        {
            "name": item.name,
            "exported_at": item.exported_at,
            "code": item.code,
            "replaced_by": item.why if item.state == State.REPLACED else None,
            "let_go_because": item.why if item.state == State.LET_GO else None,
        }
        for item in refusals(space.folder, space.settings)
    ]
    schema = dict.fromkeys(("name", "exported_at", "code", "replaced_by", "let_go_because"), pl.String)
    frame = pl.DataFrame(rows, schema=schema | {"exported_at": pl.Datetime("us", "UTC")})
    return frame.sort("exported_at", "name", descending=[True, False])


def read_reconciliation(space: Workspace) -> pl.DataFrame:
    """Return where every row of every export went.

    Raises:
        InputError: when nothing was merged yet.
    """
    path = space.folder.restricted / "reconciliation.parquet"
    if not path.exists():
        raise InputError("Nothing was merged yet; say 'meos run'")
    return pl.read_parquet(path)


def reconciliation_total(space: Workspace) -> dict[str, int]:
    """Return rows in and what became of them, over all files."""
    files = read_reconciliation(space).filter(pl.col("scope") == "file")
    return {name: int(files[name].sum()) for name in ("rows_in", *PARTS)}


def read_quarantine(space: Workspace) -> pl.DataFrame:
    """Return file, line, column and code of everything that was set aside; never a value."""
    from meos_pipeline.ingest.receive import read_archive

    schema = {"export_id": pl.String, "line": pl.Int64, "column": pl.String, "code": pl.String}
    parts = [pl.read_parquet(path) for path in sorted(space.folder.quarantine.glob("*.parquet"))]
    names = {file.export_id: file.name for file in read_archive(space.folder, space.settings)}
    named = pl.DataFrame(
        {"export_id": list(names), "file": list(names.values())}, schema={"export_id": pl.String, "file": pl.String}
    )
    rows = pl.concat(
        [pl.DataFrame(schema=schema), *(part.select(list(schema)) for part in parts)], how="vertical_relaxed"
    )
    return rows.join(named, on="export_id", how="left")


def not_closing(account: pl.DataFrame, *, waiting: Collection[date]) -> pl.DataFrame:
    """Return the files whose rows are not all found. Of a file with months still to be merged, its other months count."""
    later = account.filter(pl.col("scope") == "month", pl.col("month").is_in(list(waiting)))["export_id"]
    is_whole = ~pl.col("export_id").is_in(later.to_list())
    judged = pl.when(pl.col("scope") == "file").then(is_whole).otherwise(~pl.col("month").is_in(list(waiting)))
    return account.filter(judged, ~pl.col("closes")).unique("export_id")


def advice_on_refused(names: Sequence[str]) -> str:
    """Say how a refused file stops asking; those that are still in landing can be taken out of it."""
    advice = [
        "Mend it at the source and put it in landing, under the same name or with a later export time in its name."
    ]
    if names:
        advice.append(
            "Does nobody miss it? Let it go with a reason: job ingest_new_exports, 'acknowledge' in the launchpad; or"
        )
        advice += [f'meos acknowledge {name} --why "…"' for name in names]
    return "\n".join(advice)
