"""What is worth telling of released counts and findings, for analysts in Dagster."""

from datetime import date

import polars as pl

from meos_pipeline.storage.paths import DataFolder


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
