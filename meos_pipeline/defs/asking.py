"""Asking for a run until it is done: a failed run is asked again with a growing pause, up to a limit.

What was asked is not what was done. Dagster never runs a run key twice, so each attempt has a key of its own; the runs
themselves bear what they were asked for as a tag.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

ASKED = "meos/asked"
"""Tag of a run: what it was asked for."""
FIRST_PAUSE = timedelta(minutes=1)
"""Between a failed run and the next attempt; it doubles each time."""
LONGEST_PAUSE = timedelta(hours=6)
MOST_ATTEMPTS = 12
"""About two days of attempts. After that a person has to start the run."""


def ask(
    instance: dg.DagsterInstance, job: str, wanted: str, *, now: datetime, partition: str | None = None
) -> dg.RunRequest | dg.SkipReason:
    """Return a request for a run, or why none is asked for.

    Args:
        instance: Where runs are kept.
        job: Name of the job.
        wanted: What the run is for: the same text stands for the same work.
        now: The moment of asking.
        partition: Month of the run, for a job of months.
    """
    runs = instance.get_run_records(dg.RunsFilter(job_name=job, tags={ASKED: wanted}), limit=MOST_ATTEMPTS + 1)
    if runs:
        last = runs[0]
        status = last.dagster_run.status
        if status == dg.DagsterRunStatus.SUCCESS:
            return dg.SkipReason("nothing new since the last run")
        if status not in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
            return dg.SkipReason("a run for this is under way")
        if len(runs) >= MOST_ATTEMPTS:
            return dg.SkipReason(f"{len(runs)} runs for this failed; look at the last one and start the next by hand")
        pause = min(FIRST_PAUSE * 2 ** (len(runs) - 1), LONGEST_PAUSE)
        ended = datetime.fromtimestamp(last.end_time or last.update_timestamp.timestamp(), tz=UTC)
        if now < ended + pause:
            return dg.SkipReason(f"the last run for this failed; asked again at {ended + pause:%H:%M} UTC")
    return dg.RunRequest(run_key=f"{wanted}:{len(runs) + 1}", tags={ASKED: wanted}, partition_key=partition)
