"""Care of the site: alerts, silent teams, erasing, making everything again."""

from datetime import date, datetime, timedelta

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.succession import there_in
from meos_pipeline.steps import counting, intake, stale, validation
from meos_pipeline.steps.pages import render_restricted_pages
from meos_pipeline.steps.progress import track
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import months_of, scan_months

SILENT_AFTER = timedelta(days=45)


def write_alert(folder: DataFolder, text: str, *, now: datetime) -> None:
    """Put a message in the alerts folder; the newest sorts last."""
    write_text(folder.restricted / "alerts" / f"{now:%Y%m%dT%H%M%S%f}.txt", text)


def deliveries(space: Workspace) -> pl.DataFrame:
    """Return per team of the organisation list when its newest check was: team, newest check, months delivered."""
    from meos_pipeline.ingest.companions import read_companions

    known = (
        scan_months(space.folder.tables, POLICE_CHECKS)
        .group_by("team")
        .agg(newest=pl.col("check_date").max(), months=pl.col("month").n_unique())
        .collect()
    )
    nobody = pl.DataFrame(schema={"team": pl.String})
    teams = read_companions(space.folder, space.settings).get("organisation", nobody).select("team").unique()
    return teams.join(known, on="team", how="left").sort("team")


def silent_teams(space: Workspace, *, today: date | None = None) -> list[str]:
    """Return the teams of the organisation list whose newest check is more than 45 days old; a team that ended owes none.

    Args:
        space: The workspace.
        today: Compared with this day; with the newest check of all teams when left out. A fictional district has no
            today: it is always compared with its own newest check.
    """
    from meos_pipeline.ingest.companions import read_companions

    found = deliveries(space)
    last = found["newest"].max()
    if not isinstance(last, date):
        return []  # no team has a check
    since = last if today is None or space.settings.site.holds_no_secret else today
    there = there_in(read_companions(space.folder, space.settings)["organisation"], since)["team"]
    return found.filter(
        pl.col("team").is_in(there.implode()),
        pl.col("newest").is_null() | (pl.lit(since) - pl.col("newest") > SILENT_AFTER),
    )["team"].to_list()


def rebuild(space: Workspace) -> None:
    """Merge, check and count every month again."""
    months = sorted(set(stale.months_to_refresh(space)) | set(months_of(space.folder.tables, POLICE_CHECKS.name)))
    intake.merge_months(space, months)
    validation.validate_months(space, track("validate", months))
    validation.validate_companions(space)
    counting.count_months(space, months)
    if months:
        render_restricted_pages(space)
