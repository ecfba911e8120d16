"""What companion files say of each month, as hashes: to know whether a month changed nobody has to read the files."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.made import hash_of, recall, remember

_KIND, _ALL = "companions", "all"


def companion_rows(space: Workspace) -> Mapping[str, Mapping[str, str]]:
    """Return, per month as text, a hash of what each companion table says of it; of unchanged files from memory."""
    kept = _kept(space)
    return kept["rows"] if kept else rows_per_month(_read(space))


def companion_tables(space: Workspace) -> Sequence[str]:
    """Return which companion tables there are; of unchanged files from memory.

    Raises:
        InputError: when a file changed and cannot be read, with every mistake in every file.
    """
    kept = _kept(space)
    return kept["tables"] if kept else sorted(_read(space))


def remember_companions(space: Workspace) -> None:
    """Keep what each companion table says of each month, so that nobody has to read the files to know whether it changed."""
    if _kept(space) is None:
        sources, found = _sources(space), _read(space)
        remember(space.folder, _KIND, _ALL, sources, facts={"tables": sorted(found), "rows": rows_per_month(found)})


def _kept(space: Workspace) -> Mapping[str, Any] | None:
    made = recall(space.folder, _KIND, _ALL)
    return made.facts if made is not None and made.sources == _sources(space) else None


def _sources(space: Workspace) -> dict[str, str]:
    from meos_pipeline.ingest.companions import companions_state

    return {"files": companions_state(space.folder, space.settings)}


def _read(space: Workspace) -> dict[str, pl.DataFrame]:
    from meos_pipeline.ingest.companions import read_companions

    return read_companions(space.folder, space.settings)


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
