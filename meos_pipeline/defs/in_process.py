"""The pipeline through Dagster in one process, for the command line: the same assets that the UI shows."""

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from meos_pipeline.defs.instance import DATABASE_MODULES, NO_DATABASE, open_instance
from meos_pipeline.defs.months import announce, key_of
from meos_pipeline.errors import PipelineError, StorageError
from meos_pipeline.steps import intake, stale
from meos_pipeline.steps.workspace import Workspace

if TYPE_CHECKING:
    from meos_pipeline.steps.publishing import Published

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class Pipeline:
    """Runs of named jobs on one workspace, in the order of the flow."""

    def __init__(self, space: Workspace, definitions: dg.Definitions) -> None:
        """Prepare jobs of these definitions; Dagster itself says nothing."""
        logging.getLogger("dagster").setLevel(logging.CRITICAL)
        self._space = space
        self._instance = open_instance()
        self._definitions = definitions
        self._stopped: list[str] = []

    def take_in(self, acknowledge: Mapping[str, str] | None = None) -> "intake.Intake":
        """Archive and parse what is new in landing; let the refused files go that are named with a reason."""
        chosen = {"acknowledge": dict(acknowledge or {})}
        result = self._execute("ingest_new_exports", config={"ops": {"exports": {"config": chosen}}}, may_stop=True)
        self._stopped = _advice(result)
        return intake.read_taken(self._space)

    def has_news(self) -> bool:
        """Tell whether what was taken in changes a month, or a figure: sheets change coverage and no month."""
        from meos_pipeline.steps.plan import plan

        work = plan(self._space, now=datetime.now(UTC))
        return any(item.step not in {"take in", "read", "publish"} for item in work)

    def refresh(self) -> list[str]:
        """Merge, check and count the months that changed; return the critical rules that failed, if any.

        A month looks back on the months before it: when one of those changed, it is made after that one.
        """
        stopped, made = list(self._stopped), set[tuple[date, str]]()
        while new := stale.months_to_refresh(self._space).items() - made:
            made |= new
            stopped += self._make(sorted({month for month, _ in new}))
        return stopped

    def _make(self, months: list[date]) -> list[str]:
        announce(self._instance, months)
        stopped: list[str] = []
        for first, last in _runs_of(months, self._instance.get_dynamic_partitions("month")):
            result = self._execute(
                "refresh_months",
                tags={"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last},
                partition=first if first == last else None,
                may_stop=True,
            )
            stopped += _advice(result)
        return stopped

    def publish(self, *, month: str, dry_run: bool) -> "Published":
        """Protect, analyse and publish."""
        from meos_pipeline.steps import publishing

        self._execute("publish_month", config={"ops": {"edition": {"config": {"month": month, "dry_run": dry_run}}}})
        return publishing.read_published(self._space, month, dry_run=dry_run)

    def _execute(
        self,
        job: str,
        *,
        config: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
        partition: str | None = None,
        may_stop: bool = False,
    ) -> dg.ExecuteInProcessResult:
        workspace = {"resources": {"workspace": {"config": {"data": str(self._space.folder.root)}}}}
        result = self._definitions.resolve_job_def(job).execute_in_process(
            run_config={**_QUIET, **workspace, **(config or {})},
            instance=self._instance,
            tags=None if partition else tags,
            partition_key=partition,
            raise_on_error=False,
        )
        if not result.success and not (may_stop and _is_only_checks(result)):
            raise _cause(result)
        return result


def _runs_of(months: list[date], order: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - Dagster's own sequence
    """Group months into ranges that are contiguous in Dagster's order of partitions."""
    place = {key: index for index, key in enumerate(order)}
    wanted = sorted((place[key_of(month)], key_of(month)) for month in months)
    runs: list[list[tuple[int, str]]] = []
    for item in wanted:
        if runs and runs[-1][-1][0] + 1 == item[0]:
            runs[-1].append(item)
        else:
            runs.append([item])
    return [(run[0][1], run[-1][1]) for run in runs]


def _advice(result: dg.ExecuteInProcessResult) -> list[str]:
    """Return what to do about each blocking check that stopped a run; empty when none did."""
    if result.success:
        return []
    told = {
        item.check_name: f"{item.check_name}: {item.metadata['what to do'].value}"
        for item in result.get_asset_check_evaluations()
        if item.blocking and not item.passed and not item.partition and "what to do" in item.metadata
    }
    return list(told.values())


def _is_only_checks(result: dg.ExecuteInProcessResult) -> bool:
    """Tell whether the run stopped because a blocking check failed, not because of a fault."""
    failures = [event for event in result.all_events if event.is_step_failure]
    by_check = [
        "DagsterAssetCheckFailedError" in str(event.step_failure_data.error) or event.step_key == "companions"
        for event in failures
    ]
    return bool(failures) and all(by_check)


def _cause(result: dg.ExecuteInProcessResult) -> BaseException:
    """Return the error that a person can act on: the outermost of ours in the chain of causes.

    A run that the system stopped is one that somebody stopped: Dagster gives that a name of its own.
    """
    for event in result.all_events:
        if not (event.is_step_failure and event.step_failure_data.error):
            continue
        error = event.step_failure_data.error
        while error.cause is not None and _error_of(error.cls_name) is None:
            error = error.cause
        if error.cls_name == DagsterExecutionInterruptedError.__name__:
            return KeyboardInterrupt()
        if error.message.startswith(DATABASE_MODULES):
            return StorageError(NO_DATABASE)
        kind = _error_of(error.cls_name) or PipelineError
        return kind(error.message.split(": ", 1)[-1].strip())
    return PipelineError("The run stopped for a reason that Dagster did not tell; see its UI with 'meos dev'")


def _error_of(name: str | None) -> type[PipelineError] | None:
    from meos_pipeline import errors

    found = getattr(errors, name or "", None)
    return found if isinstance(found, type) and issubclass(found, PipelineError) else None
