"""Is the data fit for use? Every rule of ``expectations/`` is an asset check of the month it judges."""

from functools import cache

import dagster as dg

from meos_pipeline.defs.ingest import OWNERS, police_checks
from meos_pipeline.defs.months import MONTHS, backfill_policy, month_of
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.telling import as_metadata
from meos_pipeline.steps import validation as steps
from meos_pipeline.steps.progress import track

_SEVERITY = {
    "critical": dg.AssetCheckSeverity.ERROR,
    "warning": dg.AssetCheckSeverity.WARN,
    "info": dg.AssetCheckSeverity.WARN,
}


@cache
def _specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            rule.key,
            asset="validation",
            partitions_def=MONTHS,
            blocking=rule.severity == "critical",
            description=rule.why,
            metadata={"severity": str(rule.severity)},
        )
        for rule in steps.rules_of_a_month()
    ]


@dg.asset(
    group_name="quality",
    kinds={"greatexpectations"},
    owners=OWNERS,
    partitions_def=MONTHS,
    deps=[police_checks],
    backfill_policy=backfill_policy(),
    check_specs=_specs(),
    code_version=steps.version(),
)
def validation(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """Outcomes of the quality rules: counts per rule, never a value."""
    space = workspace.open()
    months = [month_of(key) for key in context.partition_keys]
    outcomes = steps.validate_months(space, track("validate", months))
    return dg.MaterializeResult(
        metadata=as_metadata(steps.tell(space, outcomes)),
        check_results=[
            dg.AssetCheckResult(
                check_name=item.rule,
                passed=item.passed,
                severity=_SEVERITY[str(item.severity)],
                metadata={
                    "checked": item.checked,
                    "failed": item.failed,
                    "share": round(item.share, 4),
                    "why": item.why,
                    "what to do": item.advice,
                },
            )
            for item in steps.worst(outcomes)
        ],
    )
