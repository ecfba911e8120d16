"""Exports become tables."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import dagster as dg
from pydantic import Field

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.defs.failing import in_plain_words
from meos_pipeline.defs.months import MONTHS, announce, backfill_policy, key_of, log_each_month, month_of, version_of
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.telling import as_metadata, columns_of, page, trend
from meos_pipeline.numbered import counted
from meos_pipeline.steps import intake, stale
from meos_pipeline.steps.language import of_site
from meos_pipeline.steps.pages import renew_restricted_pages

OWNERS = ["team:analysts"]
NO_EXPORT_FOR = timedelta(days=45)


class IntakeConfig(dg.Config):
    """How files are taken in, and which refused ones are let go."""

    settle_seconds: int = Field(
        default=int(intake.SETTLED.total_seconds()),
        ge=0,
        description="A file that changed less than this many seconds ago may still be growing: it waits.",
    )
    acknowledge: dict[str, str] = Field(
        default={},
        description="Refused files that nobody misses, each with the reason, as {'controles_2025-04.csv': 'was a trial'}. "
        "They ask for attention no more; the reason is kept on the page on the quality of the data.",
    )


@dg.asset(
    group_name="ingest",
    kinds={"csv", "excel"},
    owners=OWNERS,
    tags={"stage": "1-ingest", "people": "raw-files"},
    code_version=intake.code(),
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=NO_EXPORT_FOR, warn_window=timedelta(days=35)),
    check_specs=[
        dg.AssetCheckSpec(
            "no_export_is_refused",
            asset="exports",
            description="Every file that came in could be read, or was replaced or let go.",
        ),
        dg.AssetCheckSpec(
            "no_row_is_set_aside_unseen",
            asset="exports",
            description="Every row that was set aside was replaced by a later export, or somebody let it go.",
        ),
    ],
)
@in_plain_words
def exports(
    context: dg.AssetExecutionContext, config: IntakeConfig, workspace: WorkspaceResource
) -> dg.MaterializeResult:
    """Export files from landing: archived under their SHA-256, parsed, pseudonymised at the door."""
    space = workspace.open()
    if config.acknowledge:
        intake.acknowledge(space, config.acknowledge, now=workspace.now())
    taken = intake.take_in(space, now=workspace.now(), settle=timedelta(seconds=config.settle_seconds))
    quality = renew_restricted_pages(space)
    told = partial(of_site, settings=space.settings)
    announce(context.instance, [*intake.months_known(space), *taken.months])
    return dg.MaterializeResult(
        data_version=dg.DataVersion(taken.state),
        metadata={**as_metadata(taken.facts), **({"validation page": page(space, quality)} if quality else {})},
        check_results=[
            dg.AssetCheckResult(
                check_name="no_export_is_refused",
                passed=not taken.refused,
                severity=dg.AssetCheckSeverity.WARN,
                description=told(
                    f"{counted(len(taken.refused), 'file was', 'files were')} refused; everything else was taken in"
                )
                if taken.refused
                else None,
                metadata={
                    "what to do": told("\n\n".join([*taken.refused, taken.advice]) if taken.refused else "nothing")
                },
            ),
            dg.AssetCheckResult(
                check_name="no_row_is_set_aside_unseen",
                passed=not taken.asking,
                severity=dg.AssetCheckSeverity.WARN,
                description=told(f"{counted(len(taken.asking), 'file asks', 'files ask')} for attention")
                if taken.asking
                else None,
                metadata={"what to do": told("\n\n".join(taken.asking) or "nothing")},
            ),
        ],
    )


@dg.asset(
    group_name="ingest",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    tags={"stage": "1-ingest", "people": "pseudonymised"},
    partitions_def=MONTHS,
    deps=[exports],
    backfill_policy=backfill_policy(),
    metadata=columns_of(POLICE_CHECKS),
    code_version=intake.code(),
    check_specs=[
        dg.AssetCheckSpec(
            "every_row_is_accounted_for",
            asset="police_checks",
            partitions_def=MONTHS,
            blocking=True,
            description="rows in = accepted + quarantined + duplicate + superseded + deleted + out of period, for every file.",
        )
    ],
)
@in_plain_words
def police_checks(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """One row per recorded check of the month, merged from all exports that speak of it."""
    space = workspace.open()
    told = intake.merge_months(space, [month_of(key) for key in context.partition_keys])
    for month, rows in told.rows.items():
        context.add_asset_metadata({"dagster/partition_row_count": rows}, partition_key=key_of(month))
    whole = dg.AssetCheckResult(
        check_name="every_row_is_accounted_for", passed=told.closes, metadata={"what to do": told.advice}
    )
    log_each_month(context, [(month, whole) for month in told.states])
    return dg.MaterializeResult(
        data_version=version_of(told.states),
        metadata={
            **as_metadata(told.facts),
            "trend": trend({key_of(month): rows for month, rows in told.trend.items()}),
        },
        check_results=[whole],
    )


def stale_months(workspace: WorkspaceResource) -> Iterator[tuple[str, str]]:
    """Yield partition key and input state of each month whose table was made from another input."""
    for month, state in sorted(stale.months_to_refresh(workspace.look()).items()):
        yield key_of(month), state
