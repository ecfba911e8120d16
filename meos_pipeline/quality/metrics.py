"""Turn the records of all months, and the companion tables, into a small frame of team × month.

Volume, freshness, heaping, entry behaviour, shares unknown and agreement between tables become
columns, so that their limits are ordinary rules in ``expectations/monthly_metrics.yaml``.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.quality import MONTHLY_METRICS

USUAL_MONTHS = 12
"""Earlier months that make the usual number of records."""
FEWEST_USUAL_MONTHS = 3
"""With fewer earlier months there is no usual number."""
_DAY_MINUTES = 1440
_SHIFT_ENDS = (7 * 60, 15 * 60, 23 * 60)
"""Minutes after midnight at which shifts of the three-shift roster end."""
_SHIFT_END_MINUTES = 30
_BIN_MINUTES = 15
_LATER_MINUTES = 60
_BY = ("team", "month")
_OF_WHOLE_MONTHS = ("silent_days", "active_day_share", "volume_ratio")
_SAME = (
    "check_date",
    "clock_bin",
    "place_team",
    "area",
    "subjects",
    "reasons",
    "legal_bases",
    "actions",
    "results",
    "age_band",
    "sex",
    "vehicle_kind",
    "person_count",
)
"""Fields in which two records of a team must all agree to be called equal; keys differ by nature."""


def monthly_metrics(checks: Sequence[pl.LazyFrame], companions: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return MONTHLY_METRICS, one row per team and month with a record or with deployment.

    Args:
        checks: POLICE_CHECKS, each month whole in one of the frames: memory grows with the largest of them, not with
            their number. Records that were made void count for ``void_share`` only.
        companions: Companion tables that are there, by name; what an absent one would give is null.
    """
    return metrics_of([record_metrics(frame) for frame in checks], companions)


def metrics_of(
    records: Sequence[pl.DataFrame], companions: Mapping[str, pl.DataFrame], *, until: date | None = None
) -> pl.DataFrame:
    """Return MONTHLY_METRICS from what the records alone tell.

    Args:
        records: From ``record_metrics``; together every month once.
        companions: As for ``monthly_metrics``.
        until: Day of the newest export. A month that was not over by then is not set beside whole ones: its volume,
            silence and active days are null.
    """
    counted = pl.concat(records or [record_metrics(POLICE_CHECKS.empty().lazy())])
    table = _frame_of(counted, companions)
    for part in (counted, *_companion_metrics(companions)):
        table = table.join(part, on=_BY, how="left")
    is_over = pl.lit(value=True) if until is None else pl.col("month").dt.month_end() < until
    return (
        _with_ratios(table)
        .with_columns(pl.when(is_over).then(name).alias(name) for name in _OF_WHOLE_MONTHS)
        .select(
            *[
                (pl.col(column.name) if column.name in table.columns else pl.lit(None))
                .cast(column.dtype)
                .alias(column.name)
                for column in MONTHLY_METRICS.columns
                if column.name not in _RATIOS
            ],
            *[pl.col(name) for name in _RATIOS],
        )
        .select(MONTHLY_METRICS.names)
        .sort(_BY)
    )


def record_metrics(checks: pl.LazyFrame) -> pl.DataFrame:
    """Return what records alone tell of each team and month: a row for each that has a record, void or not.

    Args:
        checks: POLICE_CHECKS of whole months.
    """
    live = checks.filter(pl.col("status").ne_missing(pl.lit("void", dtype=checks.collect_schema()["status"])))
    table, *others = pl.collect_all(
        [
            checks.group_by(_BY).agg(void_share=(pl.col("status") == "void").sum() / pl.len()),
            live.group_by(_BY).agg(**_record_metrics()),
            _most_used(live, "reason", "top_reason_share"),
            _most_used(live, "result", "top_result_share"),
            _identical(live),
        ],
        engine="streaming",
    )
    for part in others:
        table = table.join(part, on=_BY, how="left")
    return table.sort(_BY)


def _frame_of(counted: pl.DataFrame, companions: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every team in every month that any records or deployment exist of: silence is a row too."""
    rows = [counted.select(_BY)]
    if "deployment" in companions:
        rows.append(companions["deployment"].select(_BY))
    return pl.concat(rows).unique().sort(_BY)


def _share(event: pl.Expr, *, known: pl.Expr) -> pl.Expr:
    """Events as a share of the known; null when nothing is known."""
    n = known.sum()
    return pl.when(n > 0).then((event & known).sum() / n)


def _record_metrics() -> dict[str, pl.Expr]:
    minute = pl.col("minute_class")
    delay = pl.col("entry_delay_minutes")
    days = pl.col("month").first().dt.days_in_month()
    entered = (pl.col("clock_bin").cast(pl.Int32) * _BIN_MINUTES + delay) % _DAY_MINUTES
    before_end = pl.any_horizontal(
        [entered.is_between(end - _SHIFT_END_MINUTES, end, closed="left") for end in _SHIFT_ENDS]
    )
    unknown = {
        "time": "hour",
        "reason": "reason",
        "legal_basis": "legal_basis",
        "result": "result",
        "proactive": "is_proactive",
        "explained": "is_explained",
        "place": "area",
    }
    return {
        "checks": pl.len(),
        "silent_days": (pl.col("month").first().dt.month_end() - pl.col("check_date").max()).dt.total_days(),
        "active_day_share": pl.col("check_date").n_unique() / days,
        "midnight_share": _share(minute == "midnight", known=minute.is_not_null()),
        "whole_hour_share": _share(minute.is_in(["midnight", "hour"]), known=minute.is_not_null()),
        "round_minute_share": _share(minute.is_in(["midnight", "hour", "five"]), known=minute.is_not_null()),
        "nothing_found_share": _share(pl.col("result") == "nothing_found", known=pl.col("result").is_not_null()),
        "batch_entry_share": _share(pl.col("is_batch_entry"), known=pl.col("is_batch_entry").is_not_null()),
        "shift_end_entry_share": _share(before_end & (delay >= _LATER_MINUTES), known=entered.is_not_null()),
        "median_entry_delay_minutes": delay.median(),
        "late_entry_share": _share(delay > _DAY_MINUTES, known=delay.is_not_null()),
        "draft_share": (pl.col("status") == "draft").sum() / pl.len(),
        "officers_recording": pl.col("officer_key").drop_nulls().n_unique().replace(0, None),
        "unknown_age_share": _share(pl.col("age_band").is_null(), known=pl.col("is_person").fill_null(value=False)),
        **{f"unknown_{name}_share": pl.col(column).null_count() / pl.len() for name, column in unknown.items()},
    }


def _most_used(checks: pl.LazyFrame, column: str, name: str) -> pl.LazyFrame:
    used = checks.filter(pl.col(column).is_not_null()).group_by(*_BY, column).agg(n=pl.len())
    return used.group_by(_BY).agg((pl.col("n").max() / pl.col("n").sum()).alias(name))


def _identical(checks: pl.LazyFrame) -> pl.LazyFrame:
    """Share of the records with a time that have an equal one; the first of each set is no copy."""
    equal = checks.filter(pl.col("clock_bin").is_not_null()).group_by(*_BY, *_SAME).agg(n=pl.len())
    return equal.group_by(_BY).agg(identical_share=(pl.col("n") - 1).sum() / pl.col("n").sum())


def _companion_metrics(companions: Mapping[str, pl.DataFrame]) -> list[pl.DataFrame]:
    parts = []
    if "deployment" in companions:
        parts.append(companions["deployment"].select(*_BY, "shifts", "officers"))
    if "queries" in companions:
        parts.append(companions["queries"].group_by(_BY).agg(pl.col("queries").sum()))
    if "second_register" in companions:
        parts.append(companions["second_register"].group_by(_BY).agg(pl.col("in_second", "in_both").sum()))
    if "coverage_sample" in companions:
        sample = companions["coverage_sample"].with_columns(month=pl.col("sample_date").dt.month_start())
        parts.append(
            sample.group_by(_BY).agg(
                sample_observed=pl.col("observed").sum(), sample_registered=pl.col("registered").sum()
            )
        )
    if "complaints" in companions:
        parts.append(companions["complaints"].select(*_BY, "complaints"))
    return parts


_RATIOS = ("usual_checks", "volume_ratio", "checks_per_shift", "query_ratio", "sample_coverage")


def _with_ratios(table: pl.DataFrame) -> pl.DataFrame:
    earlier = (
        pl.col("checks")
        .shift(1)
        .rolling_median(USUAL_MONTHS, min_samples=FEWEST_USUAL_MONTHS)
        .over("team", order_by="month")
    )
    absent = [
        pl.lit(None, dtype=pl.Int64).alias(name)
        for name in ("shifts", "queries", "sample_observed", "sample_registered")
        if name not in table.columns
    ]
    return (
        table.with_columns(*absent, pl.col("checks").fill_null(0))
        .with_columns(usual_checks=earlier)
        .with_columns(
            volume_ratio=_ratio("checks", "usual_checks"),
            checks_per_shift=_ratio("checks", "shifts"),
            query_ratio=_ratio("queries", "checks"),
            sample_coverage=_ratio("sample_registered", "sample_observed"),
        )
    )


def _ratio(top: str, bottom: str) -> pl.Expr:
    return pl.when(pl.col(bottom) > 0).then(pl.col(top) / pl.col(bottom))
