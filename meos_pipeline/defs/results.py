"""Rows become cells, cells become findings, and both pass the one door."""

import dagster as dg

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.defs.failing import in_plain_words
from meos_pipeline.defs.ingest import OWNERS
from meos_pipeline.defs.months import MONTHS, backfill_policy, key_of, month_of, version_of
from meos_pipeline.defs.quality import companions, validation
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.defs.telling import as_metadata, columns_of, trend
from meos_pipeline.steps import counting, settled
from meos_pipeline.steps import results as steps

PUBLISHES = {"meos/publishes": "yes"}
"""Tag of a run that ends in an edition: it stops before the work starts when a month is not up to date."""

_WHEN_MONTHS_CHANGE = (
    dg.AutomationCondition.eager().replace("newly_updated", dg.AutomationCondition.data_version_changed())
    & dg.AutomationCondition.all_deps_blocking_checks_passed()
)
"""Only when the content of what lies upstream changed, and nothing critical failed."""


@dg.asset(
    group_name="cells",
    kinds={"polars", "parquet"},
    owners=OWNERS,
    tags={"stage": "3-cells", "people": "exact-counts"},
    partitions_def=MONTHS,
    deps=[validation],
    backfill_policy=backfill_policy(),
    metadata=columns_of(CELLS),
    code_version=counting.code(),
)
@in_plain_words
def cells(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """Exact counts of the month; restricted. After this nothing depends on the number of records."""
    space = workspace.open()
    counted = counting.count_months(space, [month_of(key) for key in context.partition_keys])
    for item in counted:
        context.add_asset_metadata({"dagster/partition_row_count": item.cells}, partition_key=key_of(item.month))
    return dg.MaterializeResult(
        data_version=version_of({item.month: item.state for item in counted}),
        metadata=as_metadata(counting.tell(counted)),
    )


@dg.asset(
    group_name="disclosure",
    kinds={"polars"},
    owners=OWNERS,
    tags={"stage": "4-disclosure", "people": "released-counts"},
    deps=[cells, companions],
    metadata=columns_of(CELLS),
    code_version=steps.release_code(),
    automation_condition=_WHEN_MONTHS_CHANGE,
    check_specs=[
        dg.AssetCheckSpec(
            "released_counts_are_rounded_and_add_up",
            asset="released_cells",
            blocking=True,
            description="Every released count is a multiple of the base; parts add up to their total.",
        ),
    ],
)
@in_plain_words
def released_cells(context: dg.AssetExecutionContext, workspace: WorkspaceResource) -> dg.MaterializeResult:
    """Protected counts: all that a reader can ever see is made from these."""
    space = workspace.open()
    if PUBLISHES.items() <= context.run.tags.items():
        settled.require_months_up_to_date(space)
    released = steps.release_cells(space)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(released.state),
        metadata={**as_metadata(released.facts), "trend": trend(released.trend)},
        check_results=[
            dg.AssetCheckResult(
                check_name="released_counts_are_rounded_and_add_up",
                passed=released.is_sound,
                metadata={"what to do": "nothing" if released.is_sound else "do not publish; tell the developers"},
            )
        ],
    )


@dg.asset(
    group_name="statistics",
    kinds={"statsmodels"},
    owners=OWNERS,
    tags={"stage": "5-statistics", "people": "released-counts"},
    deps=[released_cells],
    metadata=columns_of(FINDINGS),
    code_version=steps.findings_code(),
    automation_condition=_WHEN_MONTHS_CHANGE,
)
@in_plain_words
def findings(workspace: WorkspaceResource) -> dg.MaterializeResult:
    """What the cells say: estimates with interval, counts and label."""
    found = steps.find(workspace.open())
    return dg.MaterializeResult(data_version=dg.DataVersion(found.state), metadata=as_metadata(found.facts))
