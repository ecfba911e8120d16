"""Is the data fit for use? Every rule of ``expectations/`` is an asset check of the table it judges."""

from collections.abc import Iterator
from functools import cache

import dagster as dg

from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.contracts.quality import VALIDATION
from meos_pipeline.defs.failing import failure, in_plain_words
from meos_pipeline.defs.ingest import OWNERS, exports, police_checks
from meos_pipeline.defs.months import MONTHS, backfill_policy, log_each_month, month_of, version_of
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.telling import as_metadata, columns_of, page
from meos_pipeline.errors import InputError
from meos_pipeline.steps import companions as companion_steps
from meos_pipeline.steps import intake, rules
from meos_pipeline.steps import validation as steps
from meos_pipeline.steps.pages import render_restricted_pages
from meos_pipeline.steps.progress import track

_SEVERITY = {
    "critical": dg.AssetCheckSeverity.ERROR,
    "warning": dg.AssetCheckSeverity.WARN,
    "info": dg.AssetCheckSeverity.WARN,
}
READABLE = "companion_files_are_readable"


def _name(table: str, rule: str) -> str:
    """Return the name of a check: rules of companion files have the same key in several suites."""
    return f"{table}__{rule}"


@cache
def _month_specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            rule.key,
            asset="validation",
            partitions_def=MONTHS,
            blocking=rule.severity == "critical",
            description=rule.why,
            metadata={"severity": str(rule.severity), "table": rule.table},
        )
        for rule in rules.rules_of_a_month()
    ]


@cache
def _companion_specs() -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            READABLE,
            asset="companions",
            blocking=True,
            description="Every companion file has the form of its contract.",
        ),
        *[
            dg.AssetCheckSpec(
                _name(table, rule.key),
                asset="companions",
                blocking=rule.severity == "critical",
                description=rule.why,
                metadata={"severity": str(rule.severity), "table": table},
            )
            for table, suite in rules.companion_suites().items()
            for rule in suite.rules
        ],
    ]


@dg.asset(
    group_name="ingest",
    kinds={"csv"},
    owners=OWNERS,
    tags={"stage": "1-ingest", "people": "none"},
    deps=[exports],
    metadata=columns_of(*COMPANIONS),
    code_version=rules.companions_version(),
    check_specs=_companion_specs(),
)
def companions(workspace: WorkspaceResource) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Files beside the exports: organisation, shifts worked, coverage sample, queries. Read from landing as they are."""
    try:
        told = companion_steps.look_at(workspace.open())
    except InputError as error:
        yield dg.AssetCheckResult(check_name=READABLE, passed=False, metadata={"what to do": str(error)})
        raise failure(error) from error
    results = {_name(item.table, item.rule): _result(_name(item.table, item.rule), item) for item in told.rules}
    absent = dg.AssetCheckResult(passed=True, metadata={"what to do": "nothing; this file is not there"})
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(told.state),
        metadata=as_metadata(told.facts),
        check_results=[
            dg.AssetCheckResult(check_name=READABLE, passed=True, metadata={"what to do": "nothing"}),
            *[
                results.get(spec.name) or absent._replace(check_name=spec.name)
                for spec in _companion_specs()
                if spec.name != READABLE
            ],
        ],
    )


@dg.asset(
    group_name="quality",
    kinds={"greatexpectations"},
    owners=OWNERS,
    tags={"stage": "2-quality", "people": "counts-only"},
    partitions_def=MONTHS,
    deps=[police_checks, companions],
    backfill_policy=backfill_policy(),
    metadata=columns_of(VALIDATION),
    check_specs=_month_specs(),
    code_version=rules.version(),
)
@in_plain_words
def validation(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """Outcomes of the quality rules: counts per rule, never a value."""
    space = workspace.open()
    months = [month_of(key) for key in context.partition_keys]
    outcomes = steps.validate_months(space, track("validate", months))
    log_each_month(
        context, [(item.month, _result(item.rule, item)) for item in steps.told_of_month(outcomes) if item.month]
    )
    return dg.MaterializeResult(
        data_version=version_of({month: f"{intake.month_state(space, month)}:{rules.version()}" for month in months}),
        metadata={
            "validation page": page(space, render_restricted_pages(space)),
            **as_metadata(steps.tell(space, outcomes)),
        },
        check_results=[_result(item.rule, item) for item in steps.worst(outcomes)],
    )


def _result(name: str, item: steps.Told) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=name,
        passed=item.passed,
        severity=_SEVERITY[item.severity],
        description=None if item.passed else item.advice,
        metadata={
            "what to do": item.advice,
            "checked": item.checked,
            "failed": item.failed,
            "share": round(item.share, 4),
            "why": item.why,
        },
    )
