"""Is the data fit for use? The rules of ``expectations/`` are the asset checks of the tables they judge.

A rule is a line in a check, not a check: 107 lines say nothing at a glance, and as events of Dagster they took more
than half of the time of a first run.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import dagster as dg
import polars as pl

from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.contracts.quality import VALIDATION
from meos_pipeline.defs.failing import failure, in_plain_words
from meos_pipeline.defs.ingest import OWNERS, exports, police_checks
from meos_pipeline.defs.months import MONTHS, backfill_policy, log_each_month, month_of, version_of
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.telling import as_metadata, columns_of, markdown, page
from meos_pipeline.errors import InputError
from meos_pipeline.steps import companions as companion_steps
from meos_pipeline.steps import intake, rules
from meos_pipeline.steps import validation as steps
from meos_pipeline.steps.pages import render_restricted_pages
from meos_pipeline.steps.progress import track

READABLE = "companion_files_are_readable"
_STOPS, _LOOK = "blocking", "to_look_at"


def _check(table: str, *, blocks: bool) -> str:
    """Return the name of the check that holds the rules of a table that stop a run, or those that do not."""
    return f"{table}__{_STOPS if blocks else _LOOK}"


def _spec(asset: str, table: str, *, blocks: bool, about: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        _check(table, blocks=blocks),
        asset=asset,
        partitions_def=MONTHS if asset == "validation" else None,
        blocking=blocks,
        description=f"Rules about {about}, in expectations/: "
        + ("nothing goes on when one falls short." if blocks else "the publication goes on; look at what fell short."),
    )


@cache
def _month_specs() -> list[dg.AssetCheckSpec]:
    """Few checks, those that stop a run first: which of their rules fell short is in the metadata of each."""
    return [
        _spec("validation", table, blocks=blocks, about=about)
        for blocks in (True, False)
        for table, about in ((rules.CHECKS, "single checks"), (rules.METRICS, "a month as a whole"))
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
        *[_spec("companions", table, blocks=True, about=f"the table {table}") for table in rules.companion_suites()],
        _spec("companions", "companions", blocks=False, about="companion files"),
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
    stops, look = _parted(told.rules)
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(told.state),
        metadata=as_metadata(told.facts),
        check_results=[
            dg.AssetCheckResult(check_name=READABLE, passed=True, metadata={"what to do": "nothing"}),
            *[
                _result(_check(table, blocks=True), [item for item in stops if item.table == table])
                for table in rules.companion_suites()
            ],
            _result(_check("companions", blocks=False), look),
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
    told = steps.told_of_month(outcomes)
    log_each_month(
        context,
        [(month, result) for month in months for result in _results([item for item in told if item.month == month])],
    )
    return dg.MaterializeResult(
        data_version=version_of({month: f"{intake.month_state(space, month)}:{rules.version()}" for month in months}),
        metadata={
            "validation page": page(space, render_restricted_pages(space)),
            **as_metadata(steps.tell(space, outcomes)),
        },
        check_results=_results(steps.worst(outcomes)),
    )


def _parted(told: Sequence[steps.Told]) -> tuple[list[steps.Told], list[steps.Told]]:
    """Part rules into those that stop a run (also because the site says so) and those that do not."""
    stops = [item for item in told if item.severity == "critical"]
    return stops, [item for item in told if item.severity != "critical"]


def _results(told: Sequence[steps.Told]) -> list[dg.AssetCheckResult]:
    """Return one outcome per check of ``_month_specs``."""
    return [
        _result(_check(table, blocks=blocks), [item for item in part if item.table == table])
        for blocks, part in zip((True, False), _parted(told), strict=True)
        for table in (rules.CHECKS, rules.METRICS)
    ]


def _result(name: str, told: Sequence[steps.Told]) -> dg.AssetCheckResult:
    """Say of the rules of one check how many fell short, which, and what to do about each."""
    short = [item for item in told if not item.passed]
    metadata: dict[str, Any] = {
        "what to do": "\n".join(f"{item.rule}: {item.advice}" for item in short) or "nothing",
        "rules": len(told),
        "fell short": len(short),
    }
    if short:
        metadata["rules that fell short"] = markdown(
            pl.DataFrame(
                {
                    "rule": item.rule,
                    "severity": item.severity,
                    "failed": item.failed,
                    "checked": item.checked,
                    "share": round(item.share, 4),
                    "why": item.why,
                }
                for item in short
            )
        )
    return dg.AssetCheckResult(
        check_name=name,
        passed=not short,
        severity=dg.AssetCheckSeverity.ERROR if name.endswith(_STOPS) else dg.AssetCheckSeverity.WARN,
        description=f"{len(short)} of {len(told)} rules fell short: {', '.join(item.rule for item in short)}"
        if short
        else None,
        metadata=metadata,
    )
