"""What is worth telling of released counts and findings, for analysts in Dagster."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from meos_pipeline.policy import Policy
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import read_whole


def preview(released: pl.DataFrame, month: date) -> pl.DataFrame:
    """Released numbers of checks per team in a month."""
    return (
        _checks_of_months(released)
        .filter(pl.col("period_start") == month)
        .group_by("team")
        .agg(checks=pl.col("n").sum())
        .sort("team")
    )


def released_trend(released: pl.DataFrame) -> dict[str, int]:
    """Released numbers of checks per month, all teams together."""
    counted = (
        _checks_of_months(released).group_by("period_start").agg(pl.col("n").sum()).sort("period_start").iter_rows()
    )
    return {f"{month:%Y-%m}": n for month, n in counted}


def _checks_of_months(released: pl.DataFrame) -> pl.DataFrame:
    return released.filter(pl.col("period") == "month", pl.col("partition") == "proactive", pl.col("team") != "")


def what_stands_out(findings: pl.DataFrame, month: date) -> pl.DataFrame:
    """Findings up to the month with a label that asks for a look, by statistic and team."""
    label = pl.col("label").cast(pl.String)
    return (
        findings.filter(label.str.contains("^(signal|clearly|indication)_"), pl.col("period_end") >= month)
        .select("statistic", "team", "group", "estimate", "lower", "upper", label)
        .with_columns(pl.col("estimate", "lower", "upper").round(2))
        .sort("statistic", "team", "group")
    )


def missing(findings: pl.DataFrame) -> list[str]:
    """Companion files that findings lack."""
    return findings.filter(pl.col("label") == "missing_input")["label_reason"].unique().sort().to_list()


def account_of_readers(account: pl.DataFrame, parts: Sequence[str]) -> tuple[list[str], pl.DataFrame]:
    """Return the parts of the account that readers get, and of each month and part (``stage``) the rows, ``n``.

    They are told of each record once: an export that comes again brings as many double rows as it has records, less
    those that were replaced, so the two together would tell of a single record that it was corrected. Further persons
    of a check exist only where a row of the export is a person; elsewhere that stage says nothing.

    Args:
        account: The reconciliation, exact.
        parts: Columns that rows of an export are parted into.
    """
    left_out = {"duplicate", "superseded"} | (set() if account["joined"].sum() else {"joined"})
    told = [part for part in parts if part not in left_out]
    of_months = account.filter(pl.col("scope") == "month", pl.col("month") > date(1, 1, 1))
    counted = of_months.group_by("month").agg(pl.col(told).sum())
    return told, counted.unpivot(on=told, index="month", variable_name="stage", value_name="n")


def spent_blocks(folder: DataFolder, policy: Policy) -> list[str]:
    """Return one sentence for each team and month that would change, and whose revisions are spent."""
    from meos_pipeline.disclosure.revision import spent

    root = folder.restricted / "release"
    if not (root / "ledger.parquet").exists():
        return []
    return [
        f"Team {team}, {month:%Y-%m}: at least {records} records changed, and its {policy.revisions_per_block} revisions "
        "are spent. Readers keep the numbers that they see. Are those wrong, then take the edition back with "
        "'meos withdraw'; nothing takes its place for this team and month"
        for team, month, records in spent(read_whole(root, "ledger"), policy).iter_rows()
    ]


def kept_as_rules(folder: DataFolder) -> pl.DataFrame:
    """Rows of each team and month as two rules that they keep or break: not set aside, and not replaced."""
    from meos_pipeline.ingest.kept import read_kept
    from meos_pipeline.statistics.kept import REPLACED, SET_ASIDE

    kept = read_kept(folder).with_columns(checked=pl.sum_horizontal("accepted", "set_aside", "replaced"))
    return pl.concat(
        [
            kept.select(pl.lit(rule).alias("rule"), "team", "month", "checked", failed=column)
            for rule, column in ((SET_ASIDE, "set_aside"), (REPLACED, "replaced"))
        ]
    )
