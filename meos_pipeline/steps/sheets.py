"""The sheets that coverage is made from: those behind the newest edition stay while too few checks on them changed."""

import polars as pl

from meos_pipeline.steps import intake
from meos_pipeline.steps.settled import newest_month
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.made import code_of, hash_of, hash_of_files, recall, remember, why_again
from meos_pipeline.storage.tables import read_whole, write_whole

SHEETS, PUBLISHED_SHEETS = "sheets", "published_sheets"
"""Tables of the sheets that coverage is made from now, and that the newest edition's was made from."""
_KIND = "release"


def settled_sheets(space: Workspace) -> pl.DataFrame | None:
    """Return the sheets that coverage is made from; ``None`` without the file.

    Sheets behind the last edition stay as they were while too few checks on them changed.
    """
    from meos_pipeline.disclosure.sheets import settle_sheets
    from meos_pipeline.ingest.companions import read_companions

    companions = read_companions(space.folder, space.settings)
    if "coverage_sample" not in companions:
        return None
    before = space.folder.restricted / f"{PUBLISHED_SHEETS}.parquet"
    published = read_whole(before.parent, PUBLISHED_SHEETS) if before.exists() else None
    return settle_sheets(
        companions["coverage_sample"], published, month=newest_month(space), policy=space.settings.policy
    )


def keep_sheets(space: Workspace) -> None:
    """Remember the sheets behind what is about to be published."""
    restricted = space.folder.restricted
    if (restricted / "release" / f"{SHEETS}.parquet").exists():
        write_whole(restricted, PUBLISHED_SHEETS, read_whole(restricted / "release", SHEETS))
    state = state_of_sheets(space)
    remember(space.folder, _KIND, SHEETS, _sources_of_sheets(space), facts={"state": state})


def state_of_sheets(space: Workspace) -> str:
    """Return a hash of the settled sheets; without reading them while nothing changed of what they follow from."""
    made = recall(space.folder, _KIND, SHEETS)
    if made is not None and not why_again(space.folder, made, _sources_of_sheets(space)):
        return str(made.facts["state"])
    return "" if (sheets := settled_sheets(space)) is None else hash_of(sheets.write_csv())


def _sources_of_sheets(space: Workspace) -> dict[str, str]:
    return {
        "companion files": intake.companions_state(space),
        "published": hash_of_files([space.folder.restricted / f"{PUBLISHED_SHEETS}.parquet"]),
        "month": f"{newest_month(space):%Y-%m}",
        "policy": hash_of(repr(space.settings.policy)),
        "code": code_of("meos_pipeline.disclosure.sheets"),
    }
