"""Exports become tables."""

from collections.abc import Iterator

import dagster as dg

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.defs.months import MONTHS, announce, backfill_policy, key_of, month_of
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.telling import as_metadata, columns_of, trend
from meos_pipeline.steps import intake

OWNERS = ["team:analysts"]


@dg.asset(
    group_name="ingest",
    kinds={"csv", "excel"},
    owners=OWNERS,
    code_version=intake.VERSION,
    check_specs=[
        dg.AssetCheckSpec("no_export_is_refused", asset="exports", description="Every file in landing could be read."),
        dg.AssetCheckSpec(
            "companion_files_are_readable", asset="exports", description="Every companion file could be read."
        ),
    ],
)
def exports(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """Export files from landing: archived under their SHA-256, parsed, pseudonymised at the door."""
    taken = intake.take_in(workspace.open(), now=workspace.now())
    announce(context.instance, taken.months)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(taken.state),
        metadata=as_metadata(taken.facts),
        check_results=[
            dg.AssetCheckResult(
                check_name="no_export_is_refused",
                passed=not taken.refused,
                severity=dg.AssetCheckSeverity.WARN,
                metadata=as_metadata({"what to do": "\n\n".join(taken.refused) or "nothing"}),
            ),
            dg.AssetCheckResult(
                check_name="companion_files_are_readable",
                passed=not taken.companion_mistakes,
                severity=dg.AssetCheckSeverity.WARN,
                metadata=as_metadata({"what to do": taken.companion_mistakes or "nothing"}),
            ),
        ],
    )


@dg.asset(
    group_name="ingest",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    partitions_def=MONTHS,
    deps=[exports],
    backfill_policy=backfill_policy(),
    metadata=columns_of(POLICE_CHECKS),
    code_version=intake.VERSION,
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
def police_checks(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """One row per recorded check of the month, merged from all exports that speak of it."""
    space = workspace.open()
    told = intake.merge_months(space, [month_of(key) for key in context.partition_keys])
    return dg.MaterializeResult(
        data_version=dg.DataVersion(told.state),
        metadata={
            **as_metadata(told.facts),
            "dagster/partition_row_count": told.rows,
            "checks per month": trend(told.trend),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name="every_row_is_accounted_for",
                passed=told.closes,
                metadata=as_metadata({"what to do": told.advice, "reconciliation": told.reconciliation}),
            )
        ],
    )


def stale_months(workspace: WorkspaceResource) -> Iterator[tuple[str, str]]:
    """Yield partition key and input state of each month whose table was made from another input."""
    for month, state in sorted(intake.months_to_refresh(workspace.open()).items()):
        yield key_of(month), state
