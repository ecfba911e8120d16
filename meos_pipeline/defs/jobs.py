"""Named jobs: what an analyst starts by hand, and what sensors and the schedule start."""

import dagster as dg
from pydantic import Field

from meos_pipeline.defs.alerts import tell_of_refusals, tell_people
from meos_pipeline.defs.failing import in_plain_words
from meos_pipeline.defs.history import history_of
from meos_pipeline.defs.months import announce
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.results import PUBLISHES
from meos_pipeline.steps import care, erasing, intake

IN_PROCESS = dg.in_process_executor
"""A step in process costs about 0.07 s, in a process of its own 1.7-3 s; months run in parallel as runs."""

RETRY = {
    "dagster/max_retries": "2",
    "dagster/retry_strategy": "ALL_STEPS",
    "dagster/retry_on_asset_or_op_failure": "false",
}
"""Every step is a pure function of what lies on disk, so a run that was killed may simply run again. A step that
failed has said what a person should do: running it again does not help."""

LONG = {"dagster/max_runtime": "86400"}
"""Seconds: what a first delivery of ten years may take. Months are given up earlier, by dagster.yaml."""
EVERY_TEAM = dg.AssetCheckKey(dg.AssetKey("exports"), "every_team_still_delivers")
"""Looked at every morning: while files come in, the tables do not hold them yet."""

ingest_new_exports = dg.define_asset_job(
    "ingest_new_exports",
    selection=dg.AssetSelection.assets("exports", "companions") - dg.AssetSelection.checks(EVERY_TEAM),
    executor_def=IN_PROCESS,
    hooks={tell_people, tell_of_refusals},
    tags=RETRY | LONG,
    description="Take in what lies in landing. Start this after dropping files, or let the sensor do it.",
)
refresh_months = dg.define_asset_job(
    "refresh_months",
    selection=dg.AssetSelection.assets("police_checks", "validation", "cells"),
    executor_def=IN_PROCESS,
    hooks={tell_people},
    tags=RETRY,
    description="Merge, check and count months. The sensor starts it for exactly the months that changed.",
)
publish_month = dg.define_asset_job(
    "publish_month",
    selection=dg.AssetSelection.assets("companions", "released_cells", "findings", "edition"),
    executor_def=IN_PROCESS,
    hooks={tell_people},
    tags=RETRY | LONG | PUBLISHES,
    description="Protect, analyse and publish. Choose the month and a dry run in the launchpad.",
)
look_after = dg.define_asset_job(
    "look_after",
    selection=dg.AssetSelection.checks(
        EVERY_TEAM,
        dg.AssetCheckKey(dg.AssetKey("edition"), "edition_verifies"),
    ),
    executor_def=IN_PROCESS,
    hooks={tell_people, tell_of_refusals},
    description="Does every team still deliver, and is what readers see still whole? Changes nothing; runs every morning.",
)


class Sure(dg.Config):
    """A question before something that cannot be undone."""

    sure: bool = Field(default=False, description="Set to true to really do it; false only counts.")


@dg.op(tags={"dagster/pool": "disk"})
@in_plain_words
def erase_what_is_too_old(context: dg.OpExecutionContext, config: Sure, workspace: WorkspaceResource) -> None:
    """Erase raw exports, tables, year keys, and Dagster's own runs and logs that are older than their term."""
    space = workspace.open()
    history = history_of(context.instance, space.folder.root)
    context.log.info(str(erasing.purge(space, now=workspace.now(), sure=config.sure, history=history)))


@dg.job(
    executor_def=IN_PROCESS,
    hooks={tell_people},
    description="Erase what is older than its term (Wpg). Counts only, until you set 'sure'.",
)
def purge() -> None:
    """Retention."""
    erase_what_is_too_old()


@dg.op
@in_plain_words
def make_everything_again(context: dg.OpExecutionContext, workspace: WorkspaceResource) -> None:
    """Parse, merge, check and count all archived exports again."""
    space = workspace.open()
    taken = intake.take_in(space, now=workspace.now(), again=True)
    announce(context.instance, [*intake.months_known(space), *taken.months])
    care.rebuild(space)
    context.log.info("%d months were made again", len(taken.months))


@dg.job(
    executor_def=IN_PROCESS,
    hooks={tell_people},
    tags=LONG,
    description="Everything again from the archive: after an upgrade or when in doubt. The result is the same.",
)
def rebuild_everything() -> None:
    """The state is a pure function of the archived files, so this is always safe."""
    make_everything_again()
