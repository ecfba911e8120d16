"""What starts by itself: taking in new files, refreshing months that changed, the monthly publication."""

from collections.abc import Iterator

import dagster as dg

from meos_pipeline.defs.ingest import stale_months
from meos_pipeline.defs.jobs import ingest_new_exports, publish_month, refresh_months
from meos_pipeline.defs.months import announce, month_of
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.errors import PipelineError
from meos_pipeline.steps import care, intake


@dg.sensor(job=ingest_new_exports, minimum_interval_seconds=30, description="New, finished files in landing.")
def landing_sensor(context: dg.SensorEvaluationContext, workspace: WorkspaceResource) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run when landing holds a set of finished files that was not taken in before.

    The cursor is a hash of names, sizes and times: it survives a restart, and a file that cannot be read stays in
    landing without asking for a run again and again.
    """
    try:
        waiting = intake.landing_state(workspace.open(), now=workspace.now())
    except PipelineError as error:
        return dg.SkipReason(str(error))
    if not waiting.names:
        return dg.SkipReason("landing holds no finished file")
    if waiting.state == context.cursor:
        return dg.SkipReason("nothing new in landing since the last run")
    context.update_cursor(waiting.state)
    return dg.RunRequest(run_key=waiting.state)


@dg.sensor(job=refresh_months, minimum_interval_seconds=30, description="Months whose exports changed.")
def months_sensor(
    context: dg.SensorEvaluationContext, workspace: WorkspaceResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for a run of exactly the months that were made from another input, once per input."""
    try:
        stale = list(stale_months(workspace))
    except PipelineError as error:
        yield dg.SkipReason(str(error))
        return
    announce(context.instance, [month_of(key) for key, _ in stale])
    if not stale:
        yield dg.SkipReason("every month was made from the newest exports")
    for key, state in stale:
        yield dg.RunRequest(run_key=f"{key}:{state}", partition_key=key)


@dg.schedule(
    job=publish_month,
    cron_schedule="0 6 15 * *",
    execution_timezone="Europe/Amsterdam",
    description="Publish on the 15th; settled months only.",
)
def monthly_publication() -> dg.RunRequest:
    """Publish the newest month that has settled."""
    return dg.RunRequest()


@dg.asset_check(asset="exports", description="No team has been without an export for more than 45 days.")
def every_team_still_delivers(workspace: WorkspaceResource) -> dg.AssetCheckResult:
    """Name the teams whose newest record is old: missing exports look like better behaviour."""
    silent = care.silent_teams(workspace.open())
    return dg.AssetCheckResult(
        passed=not silent,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "silent teams": ", ".join(silent) or "none",
            "what to do": "ask for the export of these teams" if silent else "nothing",
        },
    )
