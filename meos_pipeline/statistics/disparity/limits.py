"""What checks without a known group, or without a known result, forbid the other findings to say."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import FINDINGS, SILENT, Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.groups import UNKNOWN, group_counts
from meos_pipeline.statistics.yields import REASON

LARGEST_TEAM_DIFFERENCE = 0.20
"""Teams whose shares of unknown groups differ by more than this cannot be compared."""
_SOFTER = {
    Label.CLEARLY_HIGHER: Label.INDICATION_HIGHER,
    Label.CLEARLY_LOWER: Label.INDICATION_LOWER,
    Label.SIGNAL_HIGH: Label.UNDECIDED,
    Label.SIGNAL_LOW: Label.UNDECIDED,
    Label.NO_RELEVANT_DIFFERENCE: Label.UNDECIDED,
}
"""The strongest that may be said when many groups are unknown."""


def limited(found: pl.DataFrame, tables: Mapping[str, pl.DataFrame], policy: Policy) -> pl.DataFrame:
    """Findings about groups, softened or refused where too many checks have no known group.

    Above ``missing_groups_refused``, or where teams differ by more than 20 points in it, there is no result; above
    ``missing_groups_indication`` no label says more than an indication. The worst period inside the finding's decides.

    Args:
        found: ``FINDINGS`` whose group is written 'kind=value'.
        tables: Released cells, when there are any.
        policy: Limits.
    """
    if found.is_empty():
        return found
    shares = missing_shares(group_counts(tables), policy)
    worst = (
        found.with_columns(kind=pl.col("group").str.split("=").list.first())
        .select("kind", "period_start", "period_end")
        .unique()
        .join(shares, on="kind", suffix="_missing")
        .filter(
            pl.col("period_start_missing") <= pl.col("period_end"),
            pl.col("period_end_missing") >= pl.col("period_start"),
        )
        .group_by("kind", "period_start", "period_end", maintain_order=True)
        .agg(pl.col("missing_share").max(), pl.col("team_difference").max())
    )
    label = pl.col("label").cast(pl.String)
    silent = label.is_in([one.value for one in SILENT])
    refused = (pl.col("missing_share") > policy.missing_groups_refused) | (
        pl.col("team_difference") > LARGEST_TEAM_DIFFERENCE
    )
    refused = refused.fill_null(value=False) & ~silent
    soft = (pl.col("missing_share") > policy.missing_groups_indication).fill_null(value=False) & label.is_in(
        [one.value for one in _SOFTER]
    )
    softer = label.replace({strong.value: weak.value for strong, weak in _SOFTER.items()})
    changed = pl.when(refused).then(pl.lit(Label.NOT_COMPARABLE.value)).when(soft).then(softer).otherwise(label)
    return (
        found.with_columns(kind=pl.col("group").str.split("=").list.first())
        .join(worst, on=["kind", "period_start", "period_end"], how="left", maintain_order="left")
        .with_columns(
            *(pl.when(~refused).then(pl.col(name)).alias(name) for name in ("estimate", "lower", "upper", "needed")),
            label=changed.cast(FINDINGS["label"].dtype),
            label_reason=pl.when(refused | soft).then(pl.lit("missing_groups")).otherwise("label_reason"),
        )
        .select(FINDINGS.names)
    )


def read_enough(found: pl.DataFrame, tables: Mapping[str, pl.DataFrame], policy: Policy) -> pl.DataFrame:
    """Findings about results of groups, refused where too many results of the group or its reference were left empty.

    Args:
        found: ``FINDINGS`` whose group and reference are written 'kind=value'.
        tables: Released cells, when there are any.
        policy: Limits.
    """
    counts = group_counts(tables).drop_nulls("known")
    if found.is_empty() or counts.is_empty():
        return found
    keys = ["kind", "group", "period_start", "period_end"]
    sums = [pl.col(name).sum() for name in ("checks", "known")]
    whole = pl.concat([counts, counts.with_columns(team=pl.lit(""))]).group_by("team", *keys).agg(sums)
    too_many = whole.filter(pl.col("checks") - pl.col("known") > policy.result_empty_bounds * pl.col("checks")).select(
        "team", "period_start", "period_end", name=pl.format("{}={}", "kind", "group"), is_empty=pl.lit(value=True)
    )
    marked = found
    for column in ("group", "reference"):
        marked = marked.join(
            too_many.rename({"name": column, "is_empty": f"empty_{column}"}),
            on=["team", "period_start", "period_end", column],
            how="left",
            maintain_order="left",
        )
    label = pl.col("label").cast(pl.String)
    is_silent = label.is_in([one.value for one in SILENT])
    refused = pl.coalesce("empty_group", "empty_reference", pl.lit(value=False)) & ~is_silent
    return marked.with_columns(
        *(pl.when(~refused).then(pl.col(name)).alias(name) for name in ("estimate", "lower", "upper", "needed")),
        label=pl.when(refused).then(pl.lit(Label.NOT_COMPARABLE.value)).otherwise(label).cast(FINDINGS["label"].dtype),
        label_reason=pl.when(refused).then(pl.lit(REASON)).otherwise("label_reason"),
    ).select(FINDINGS.names)


def missing_shares(counts: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Share of checks without a known group per period and kind, and the largest difference between teams.

    Teams with fewer checks than a share is shown for do not count in the difference.

    Args:
        counts: As of ``groups.group_counts``.
        policy: Smallest denominator.
    """
    missing = pl.col("checks").filter(pl.col("group") == UNKNOWN).sum()
    keys = ["period_start", "period_end", "kind"]
    share = (pl.col("missing") / pl.col("total")).filter(pl.col("total") >= policy.smallest_rate_denominator)
    return (
        counts.group_by(*keys, "team", maintain_order=True)
        .agg(missing=missing, total=pl.col("checks").sum())
        .filter(pl.col("total") > 0)
        .group_by(keys, maintain_order=True)
        .agg(
            missing_share=pl.col("missing").sum() / pl.col("total").sum(),
            team_difference=(share.max() - share.min()),
        )
    )
