"""What starts by itself: taking in new files, refreshing months that changed, the monthly publication."""

from collections.abc import Iterator

import dagster as dg

from meos_pipeline.defs.asking import ask
from meos_pipeline.defs.failing import in_plain_words
from meos_pipeline.defs.ingest import stale_months
from meos_pipeline.defs.jobs import ingest_new_exports, look_after, publish_month, refresh_months
from meos_pipeline.defs.months import announce, month_of
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.telling import markdown
from meos_pipeline.errors import PipelineError
from meos_pipeline.steps import care, intake, settled
from meos_pipeline.storage.locks import holder_of, is_busy


@dg.sensor(
    job=ingest_new_exports,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="New, finished files in landing.",
)
def landing_sensor(context: dg.SensorEvaluationContext, workspace: WorkspaceResource) -> dg.RunRequest | dg.SkipReason:
    """Ask for a run when landing holds files that were not taken in before, or what came in has to be read again.

    What is wanted is a hash of what has to be read by, and of names, sizes and times. It is asked for until a run did
    it: a file that cannot be read stays in landing without asking again and again, a run that failed is asked again.
    """
    try:
        space = workspace.look()
        if is_busy(space.folder):
            return dg.SkipReason(f"{holder_of(space.folder)} is busy in this data folder; asked again in half a minute")
        waiting = intake.landing_state(space, now=workspace.now())
        reading = intake.reading_state(space)
    except PipelineError as error:
        return dg.SkipReason(str(error))
    if not waiting.state and not reading:
        return dg.SkipReason("landing holds no finished file")
    return ask(context.instance, ingest_new_exports.name, f"{waiting.state}:{reading}", now=workspace.now())


@dg.sensor(
    job=refresh_months,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Months whose exports changed.",
)
def months_sensor(
    context: dg.SensorEvaluationContext, workspace: WorkspaceResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for a run of exactly the months that were made from another input, once per input."""
    try:
        space = workspace.look()
        if is_busy(space.folder):
            yield dg.SkipReason(f"{holder_of(space.folder)} is busy in this data folder; asked again in half a minute")
            return
        stale = list(stale_months(workspace))
    except PipelineError as error:
        yield dg.SkipReason(str(error))
        return
    announce(context.instance, [*intake.months_known(space), *(month_of(key) for key, _ in stale)])
    if not stale:
        yield dg.SkipReason("every month was made from the newest exports")
    for key, state in stale:
        yield ask(context.instance, refresh_months.name, f"{key}:{state}", now=workspace.now(), partition=key)


@dg.schedule(
    job=publish_month,
    cron_schedule="0 6 15 * *",
    execution_timezone="Europe/Amsterdam",
    description="Publish on the 15th; settled months only. Switch it on when the site is ready for it.",
)
def monthly_publication(workspace: WorkspaceResource) -> dg.RunRequest | dg.SkipReason:
    """Publish the newest month that has settled; without one, say what it waits for."""
    try:
        month = settled.newest_month(workspace.look())
    except PipelineError as error:
        return dg.SkipReason(str(error))
    return dg.RunRequest(run_config={"ops": {"edition": {"config": {"month": f"{month:%Y-%m}"}}}})


@dg.schedule(
    job=look_after,
    cron_schedule="30 6 * * *",
    execution_timezone="Europe/Amsterdam",
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="Every morning: does every team still deliver, and is the edition whole?",
)
def every_morning() -> dg.RunRequest:
    """Look, and change nothing."""
    return dg.RunRequest()


@dg.asset_check(asset="exports", description="No team has been without an export for more than 45 days.")
@in_plain_words
def every_team_still_delivers(workspace: WorkspaceResource) -> dg.AssetCheckResult:
    """Name the teams whose newest record is old: missing exports look like better behaviour."""
    space = workspace.look()
    silent = care.silent_teams(space, today=workspace.now().date())
    return dg.AssetCheckResult(
        passed=not silent,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"No export for {care.SILENT_AFTER.days} days: {', '.join(silent)}" if silent else None,
        metadata={
            "what to do": f"ask for the export of {', '.join(silent)}; until it is there their figures only seem lower"
            if silent
            else "nothing",
            "newest check per team": markdown(care.deliveries(space)),
        },
    )
