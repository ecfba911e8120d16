"""Care of the site: alerts, silent teams, erasing, making everything again."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.steps import counting, intake, validation
from meos_pipeline.steps.progress import track
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import months_of, scan_months

if TYPE_CHECKING:
    from meos_pipeline.ingest.purge import Purged

SILENT_AFTER = timedelta(days=45)


def write_alert(folder: DataFolder, text: str, *, now: datetime) -> None:
    """Put a message in the alerts folder; the newest sorts last."""
    write_text(folder.restricted / "alerts" / f"{now:%Y%m%dT%H%M%S%f}.txt", text)


def silent_teams(space: Workspace) -> list[str]:
    """Return the teams of the organisation list whose newest check is over 45 days older than the newest of all."""
    from meos_pipeline.ingest.companions import read_companions

    newest = (
        scan_months(space.folder.tables, POLICE_CHECKS)
        .group_by("team")
        .agg(newest=pl.col("check_date").max())
        .collect()
    )
    if newest.is_empty():
        return []
    organisation = read_companions(space.folder, space.settings).get(
        "organisation", pl.DataFrame(schema={"team": pl.String})
    )
    last = newest["newest"].max()
    return (
        organisation.select("team")
        .unique()
        .join(newest, on="team", how="left")
        .filter(pl.col("newest").is_null() | (pl.lit(last) - pl.col("newest") > SILENT_AFTER))
        .sort("team")["team"]
        .to_list()
    )


def rebuild(space: Workspace) -> None:
    """Merge, check and count every month again."""
    months = sorted(set(intake.months_to_refresh(space)) | set(months_of(space.folder.tables, POLICE_CHECKS.name)))
    intake.merge_months(space, months)
    validation.validate_months(space, track("validate", months))
    for month in track("count", months):
        counting.count_month(space, month)


def purge(space: Workspace, *, now: datetime, sure: bool) -> "Purged":
    """Erase what is older than its term, or only say what would be erased.

    Returns:
        What was (or would be) erased, in counts; as text it is a sentence.
    """
    from meos_pipeline.ingest.purge import purge as erase

    return erase(space.folder, space.settings, space.key_path, now=now, dry_run=not sure)
