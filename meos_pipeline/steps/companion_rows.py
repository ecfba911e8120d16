"""What companion files say of each month, as hashes: to know whether a month changed nobody has to read the files."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.made import hash_of, recall, remember


def companion_rows(space: Workspace) -> Mapping[str, Mapping[str, str]]:
    """Return, per month as text, a hash of what each companion table says of it; of unchanged files from memory."""
    from meos_pipeline.ingest.companions import companions_state, read_companions

    state = {"files": companions_state(space.folder, space.settings)}
    kept = recall(space.folder, "companions", "rows")
    if kept is not None and kept.sources == state:
        return kept.facts
    return rows_per_month(read_companions(space.folder, space.settings))


def remember_companions(space: Workspace) -> None:
    """Keep what each companion table says of each month, so that nobody has to read the files to know whether it changed."""
    from meos_pipeline.ingest.companions import companions_state, read_companions

    state = {"files": companions_state(space.folder, space.settings)}
    kept = recall(space.folder, "companions", "rows")
    if kept is None or kept.sources != state:
        rows = rows_per_month(read_companions(space.folder, space.settings))
        remember(space.folder, "companions", "rows", state, facts=rows)


def rows_per_month(companions: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, str]]:
    """Hash the rows of the companion tables that are counted, per month they speak of."""
    found: dict[str, dict[str, str]] = {}
    for table in COMPANIONS:
        if not table.counts or table.name not in companions:
            continue
        name, frame, column = table.name, companions[table.name], table.dated_by
        # the order of the file is no news
        parts = frame.with_columns(_month=pl.col(column).dt.month_start()).sort(pl.all()).partition_by("_month")
        for part in parts:
            found.setdefault(part["_month"][0].isoformat(), {})[name] = hash_of(part.write_csv())
    return found
