"""The officer rule: a team-month is released only when no officer can be recognised in it.

The rule is closed under addition: if each month of a period passes, the period passes (more officers,
smaller shares). So it is applied to months, and longer periods count the months that pass.
"""

import polars as pl

from meos_pipeline.policy import Policy


def officer_rule(officers: pl.DataFrame, policy: Policy, *, officers_known: bool = True) -> pl.DataFrame:
    """Which team-months pass, and which rule they fail first.

    Checks and proactive checks must both pass the rules on officers; the smallest number of records
    holds for all checks. Records without an officer (``''``; also those of accounts that are no officer) are nobody
    to hide among: they add no officer, and count in every share as if they were of one more person.

    Args:
        officers: Rows of ``OFFICER_COUNTS``.
        policy: Limits.
        officers_known: False when the source has no officers; then only the number of records counts.

    Returns:
        ``team``, ``month``, ``passes``, ``why`` (records, officers, top1, top2, rest; '' when it passes).
        For analysts only: the reason says something about officers.
    """
    checks = _units(officers, "n", policy, officers_known=officers_known)
    proactive = _units(officers, "n_proactive", policy, officers_known=officers_known)
    few = (
        officers.group_by("team", "month")
        .agg(few=pl.col("n").sum() < policy.records_per_unit)
        .with_columns(records=pl.when("few").then(pl.lit("records")).otherwise(pl.lit("")))
    )
    return (
        few.join(checks, on=["team", "month"], how="left")
        .join(proactive, on=["team", "month"], how="left", suffix="_proactive")
        .with_columns(
            why=pl.concat_list("records", "why", "why_proactive")
            .list.eval(pl.element().filter(pl.element() != ""))
            .list.first()
            .fill_null("")
        )
        .select("team", "month", passes=pl.col("why") == "", why="why")
        .sort("team", "month")
    )


def _units(officers: pl.DataFrame, count: str, policy: Policy, *, officers_known: bool) -> pl.DataFrame:
    top1, top2, total = pl.col("top1"), pl.col("top1") + pl.col("second"), pl.col("total")
    verdict = (
        pl.when(total == 0)
        .then(pl.lit(""))
        .when(pl.col("officers") < policy.officers_per_unit)
        .then(pl.lit("officers"))
        .when(top1 > policy.officer_top1_share * total)
        .then(pl.lit("top1"))
        .when(top2 > policy.officer_top2_share * total)
        .then(pl.lit("top2"))
        .when(total - top2 < policy.officer_rest_of_top1 * top1)
        .then(pl.lit("rest"))
        .otherwise(pl.lit(""))
    )
    return (
        officers.group_by("team", "month")
        .agg(
            total=pl.col(count).sum(),
            officers=((pl.col(count) > 0) & (pl.col("officer_key") != "")).sum(),
            top1=pl.col(count).max(),
            second=pl.col(count).sort(descending=True).get(1, null_on_oob=True).fill_null(0),
        )
        .select("team", "month", why=verdict if officers_known else pl.lit(""))
    )
