"""Tables of results: the outcomes of a validation, and a summary per rule, team and month.

Both hold counts, stay in ``restricted/``, and are what pages and reports are drawn from.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.quality import MONTHLY_METRICS, QUALITY_SUMMARY, VALIDATION
from meos_pipeline.quality import expressions as ex
from meos_pipeline.quality.engine import Outcome
from meos_pipeline.quality.suites import Rule, Suite
from meos_pipeline.storage.durable import write_table
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import read_whole, write_whole

TREND_MONTHS = 12
"""Months in the trend, the month itself included."""


def outcomes_table(outcomes: Iterable[Outcome], suite: Suite, month: dt.date | None) -> pl.DataFrame:
    """Return VALIDATION for one table and month."""
    rows = [
        {
            "table": outcome.table,
            "rule": outcome.rule,
            "month": month.replace(day=1) if month else None,
            "severity": outcome.severity.value,
            "passed": outcome.passed,
            "checked": outcome.checked,
            "failed": outcome.failed,
            "share": outcome.share,
            "exception": outcome.exception,
            "why": outcome.why,
            "why_nl": suite[outcome.rule].why_nl,
        }
        for outcome in outcomes
    ]
    return VALIDATION.require(pl.DataFrame(rows, schema=VALIDATION.schema))


def write_validation(folder: DataFolder, table: str, month: dt.date | None, outcomes: pl.DataFrame) -> Path:
    """Write the outcomes of one table and month to ``restricted/validation/``; return where."""
    path = _validation_path(folder, table, month)
    write_table(path, VALIDATION.require(outcomes))
    return path


def read_outcomes(folder: DataFolder, suite: Suite, month: dt.date | None = None) -> list[Outcome]:
    """Return how the rules of a suite came out when they were last run."""
    kept = pl.read_parquet(_validation_path(folder, suite.table, month))
    return [
        Outcome(
            table=row["table"],
            rule=row["rule"],
            severity=suite[row["rule"]].severity,
            passed=row["passed"],
            checked=row["checked"],
            failed=row["failed"],
            why=row["why"],
            exception=row["exception"],
        )
        for row in kept.iter_rows(named=True)
    ]


def _validation_path(folder: DataFolder, table: str, month: dt.date | None) -> Path:
    return folder.restricted / "validation" / (f"{table}-{month:%Y-%m}.parquet" if month else f"{table}.parquet")


def read_validation(folder: DataFolder) -> pl.DataFrame:
    """Read all outcomes that were written; empty when there are none."""
    paths = sorted((folder.restricted / "validation").glob("*.parquet"))
    parts = [pl.read_parquet(path) for path in paths if not path.name.startswith(QUALITY_SUMMARY.name)]
    return pl.concat([VALIDATION.empty(), *parts])


def history_of_rules(folder: DataFolder, *, months: int = TREND_MONTHS) -> pl.DataFrame:
    """Return each rule that fell short in the newest months, with its share that fell short in each of them.

    A rule is a line in a check of Dagster; this is its history. Columns: ``rule`` and one per month, as 2026-10; a dot
    where the rule held, a dash where it was not asked.
    """
    kept = read_validation(folder).filter(pl.col("month").is_not_null())
    newest = kept["month"].unique().sort().tail(months)
    kept = kept.filter(pl.col("month").is_in(newest.implode()))
    short = kept.filter(~pl.col("passed"))["rule"].unique().sort()
    shown = (
        pl.when(pl.col("passed")).then(pl.lit("·")).otherwise((pl.col("share") * 100).round(1).cast(pl.String) + "%")
    )
    return (
        kept.filter(pl.col("rule").is_in(short.implode()))
        .select("rule", pl.col("month").dt.strftime("%Y-%m"), shown=shown)
        .sort("rule", "month")
        .pivot("month", index="rule", values="shown", aggregate_function="first")
        .fill_null("–")
    )


def write_summary(folder: DataFolder, summary: pl.DataFrame) -> None:
    """Write the summary to ``restricted/validation/``."""
    write_table(folder.restricted / "validation" / f"{QUALITY_SUMMARY.name}.parquet", QUALITY_SUMMARY.require(summary))


def write_metrics(folder: DataFolder, metrics: pl.DataFrame) -> None:
    """Write the metrics of all months to ``restricted/quality/``."""
    write_whole(folder.restricted / "quality", MONTHLY_METRICS.name, MONTHLY_METRICS.require(metrics))


def read_metrics(folder: DataFolder) -> pl.DataFrame:
    """Read the metrics of all months, as the last validation left them; empty before the first."""
    root = folder.restricted / "quality"
    return (
        read_whole(root, MONTHLY_METRICS.name)
        if (root / f"{MONTHLY_METRICS.name}.parquet").exists()
        else MONTHLY_METRICS.empty()
    )


def quality_summary(suites: Mapping[str, Suite], checks: pl.LazyFrame, metrics: pl.DataFrame) -> pl.DataFrame:
    """Return QUALITY_SUMMARY: rules about rows of ``police_checks`` and of ``monthly_metrics``.

    Args:
        suites: All suites; only these two tables have teams and months.
        checks: POLICE_CHECKS of all months.
        metrics: MONTHLY_METRICS of all months; a row is the month of a team as a whole.
    """
    tables = {"police_checks": checks, "monthly_metrics": metrics.lazy()}
    return summary_of([rule_counts(suites[table], frame) for table, frame in tables.items() if table in suites])


def summary_of(counts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return QUALITY_SUMMARY from counts per rule, team and month.

    Args:
        counts: From ``rule_counts``; together every rule, team and month at most once.
    """
    counted = _with_trend(pl.concat([_NONE, *counts]))
    return QUALITY_SUMMARY.require(counted.select(QUALITY_SUMMARY.names).sort("rule", "team", "month"))


_NONE = QUALITY_SUMMARY.empty().select("table", "rule", "severity", "team", "month", "checked", "failed")


def rule_counts(suite: Suite, frame: pl.LazyFrame) -> pl.DataFrame:
    """Return checked and failed per rule, team and month, all rules about single rows in one pass.

    Args:
        suite: The rules.
        frame: Rows of its table, of whole months.
    """
    schema = frame.collect_schema()
    rules = [rule for rule in suite.rules if _has_share(rule, set(schema))]
    if not rules:
        return _NONE
    checked = {f"checked_{n}": _looked_at(rule, schema).sum() for n, rule in enumerate(rules)}
    failed = {f"failed_{n}": ex.unexpected(rule.kind.metric, rule.kwargs, schema).sum() for n, rule in enumerate(rules)}
    wide = frame.group_by("team", "month").agg(**checked, **failed).collect(engine="streaming")
    return pl.concat(
        [
            wide.select(
                pl.lit(suite.table).alias("table"),
                pl.lit(rule.key).alias("rule"),
                pl.lit(rule.severity.value, dtype=QUALITY_SUMMARY["severity"].dtype).alias("severity"),
                "team",
                "month",
                pl.col(f"checked_{n}").cast(pl.Int64).alias("checked"),
                pl.col(f"failed_{n}").cast(pl.Int64).alias("failed"),
            )
            for n, rule in enumerate(rules)
        ]
    )


def _has_share(rule: Rule, columns: set[str]) -> bool:
    """Rules about single rows; uniqueness and the period are about the table."""
    return (
        rule.kind.is_row_level
        and rule.kind.metric not in ex.UNIQUE_METRICS
        and not rule.needs_period
        and set(ex.columns_of(rule.kwargs)) <= columns
    )


def _looked_at(rule: Rule, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    rows = ex.domain(rule.kwargs, schema)
    about_absence = rule.kind.metric in ("column_values.nonnull", "column_values.null")
    if "column" not in rule.kwargs:
        return rows
    filled = ex.present(rule.kwargs["column"], schema).is_not_null()
    return rows & (filled | pl.lit(about_absence))


def _with_trend(counted: pl.DataFrame) -> pl.DataFrame:
    by = ("rule", "team")
    window = f"{TREND_MONTHS}mo"
    rolled = (
        counted.sort(*by, "month")
        .rolling("month", period=window, group_by=by)
        .agg(
            checked_12=pl.col("checked").sum(),
            failed_12=pl.col("failed").sum(),
            highest=(pl.col("failed") / pl.col("checked")).fill_nan(None).max(),
        )
    )
    earlier_checked = pl.col("checked_12") - pl.col("checked")
    earlier_share = (pl.col("failed_12") - pl.col("failed")) / earlier_checked
    return (
        counted.join(rolled, on=[*by, "month"], how="left")
        .with_columns(
            share=pl.when(pl.col("checked") > 0).then(pl.col("failed") / pl.col("checked")),
            share_12_months=pl.when(pl.col("checked_12") > 0).then(pl.col("failed_12") / pl.col("checked_12")),
        )
        .with_columns(
            change=pl.when(earlier_checked > 0).then(pl.col("share") - earlier_share),
            is_worst_month=((pl.col("share") >= pl.col("highest")) & (pl.col("share") > 0)).fill_null(value=False),
        )
    )
