"""Named jobs: what an analyst starts by hand, and what sensors and the schedule start."""

from datetime import timedelta

import dagster as dg
from pydantic import Field

from meos_pipeline.defs.alerts import tell_people
from meos_pipeline.defs.months import MONTHS, announce
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.steps import care, intake

IN_PROCESS = dg.in_process_executor
"""A step in process costs about 0.07 s, in a process of its own 1.7-3 s; months run in parallel as runs."""

RETRY = {"dagster/max_retries": "2", "dagster/retry_strategy": "ALL_STEPS"}
"""Every step is a pure function of what lies on disk, so a run that was killed may simply run again."""

ingest_new_exports = dg.define_asset_job(
    "ingest_new_exports",
    selection=dg.AssetSelection.assets("exports"),
    executor_def=IN_PROCESS,
    hooks={tell_people},
    tags=RETRY,
    description="Take in what lies in landing. Start this after dropping files, or let the sensor do it.",
)
refresh_months = dg.define_asset_job(
    "refresh_months",
    selection=dg.AssetSelection.assets("police_checks", "validation", "cells"),
    executor_def=IN_PROCESS,
    hooks={tell_people},
    tags=RETRY,
    partitions_def=MONTHS,
    description="Merge, check and count months. The sensor starts it for exactly the months that changed.",
)
publish_month = dg.define_asset_job(
    "publish_month",
    selection=dg.AssetSelection.assets("released_cells", "findings", "edition"),
    executor_def=IN_PROCESS,
    hooks={tell_people},
    tags=RETRY,
    description="Protect, analyse and publish. Choose the month and a dry run in the launchpad.",
)


class Sure(dg.Config):
    """A question before something that cannot be undone."""

    sure: bool = Field(default=False, description="Set to true to really do it; false only counts.")


@dg.op(tags={"dagster/pool": "disk"})
def erase_what_is_too_old(context: dg.OpExecutionContext, config: Sure, workspace: WorkspaceResource) -> None:
    """Erase raw exports, tables and year keys that are older than their term."""
    told = care.purge(workspace.open(), now=workspace.now(), sure=config.sure)
    _erase_old_runs(context.instance, workspace)
    context.log.info(str(told))


@dg.job(
    executor_def=IN_PROCESS,
    hooks={tell_people},
    description="Erase what is older than its term (Wpg). Counts only, until you set 'sure'.",
)
def purge() -> None:
    """Retention."""
    erase_what_is_too_old()


@dg.op
def make_everything_again(context: dg.OpExecutionContext, workspace: WorkspaceResource) -> None:
    """Parse, merge, check and count all archived exports again."""
    space = workspace.open()
    taken = intake.take_in(space, now=workspace.now(), again=True)
    announce(context.instance, taken.months)
    care.rebuild(space)
    context.log.info("%d months were made again", len(taken.months))


@dg.job(
    executor_def=IN_PROCESS,
    hooks={tell_people},
    description="Everything again from the archive: after an upgrade or when in doubt. The result is the same.",
)
def rebuild_everything() -> None:
    """The state is a pure function of the archived files, so this is always safe."""
    make_everything_again()


def _erase_old_runs(instance: dg.DagsterInstance, workspace: WorkspaceResource) -> None:
    before = workspace.now() - timedelta(days=workspace.open().settings.retention.run_days)
    for record in instance.get_run_records(dg.RunsFilter(created_before=before)):
        instance.delete_run(record.dagster_run.run_id)
