"""Exact cells of one month, for every partition that the records and the companions allow."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.companions import companion_counts
from meos_pipeline.statistics.cells.population import categories, hit, registered
from meos_pipeline.statistics.cells.repeats import repeat_categories

_REPEAT_KEYS = {"person_key": "repeat_person", "vehicle_key": "repeat_vehicle"}


def month_cells(
    checks: pl.LazyFrame,
    lookback: pl.LazyFrame,
    companions: Mapping[str, pl.DataFrame],
    *,
    month: date,
    policy: Policy,
) -> pl.DataFrame:
    """Count one month into ``CELLS`` rows; a category without members has no row.

    The rows are read once into one column per partition, and counted from there.

    Args:
        checks: Records of the month (``POLICE_CHECKS``); other months are left out.
        lookback: Records before it, at least 90 days, for repeats; with fewer days the repeats that
            cannot be known are 'unlinked'.
        companions: Companion tables by name.
        month: First day of the month.
        policy: Minutes of timely entry and windows of repeats.
    """
    coded = _coded(checks, lookback, month=month, policy=policy)
    counted = []
    for name in coded.columns:
        if name not in PARTITIONS:
            continue
        members = coded if PARTITIONS[name].population == "checks" else coded.filter("_proactive")
        counted.append(
            members.group_by("team", pl.col(name).alias("category"))
            .agg(pl.len().cast(pl.Int64).alias("n"))
            .select("team", pl.lit(name).alias("partition"), "category", "n")
        )
    using = (
        coded.filter(pl.col("officer_key").is_not_null())
        .group_by("team")
        .agg(pl.col("officer_key").n_unique().cast(pl.Int64).alias("using"))
    )
    rows = pl.concat([*counted, *companion_counts(companions, using, month=month)])
    return CELLS.require(
        rows.filter(pl.col("n") > 0)
        .with_columns(pl.lit("month").cast(CELLS["period"].dtype).alias("period"), pl.lit(month).alias("period_start"))
        .select(CELLS.names)
        .sort(CELLS.key)
    )


def officer_counts(checks: pl.LazyFrame, *, month: date) -> pl.DataFrame:
    """Checks per officer of one month (``OFFICER_COUNTS``); records without a key are together under ''."""
    proactive = pl.col("is_proactive").fill_null(value=False)
    complete = pl.all_horizontal(pl.col("reason", "legal_basis", "result").is_not_null())
    kind = hit()
    return OFFICER_COUNTS.require(
        registered(checks)
        .filter(pl.col("month") == month)
        .group_by("team", "month", pl.col("officer_key").fill_null(""))
        .agg(
            n=pl.len(),
            n_proactive=proactive.sum(),
            n_complete=(proactive & complete).sum(),
            n_known=(proactive & (kind != "unknown")).sum(),
            n_strict=(proactive & (kind == "strict")).sum(),
            n_broad=(proactive & kind.is_in(["strict", "broad"])).sum(),
        )
        .with_columns(pl.col("^n.*$").cast(pl.Int64))
        .sort(OFFICER_COUNTS.key)
        .collect()
    )


def _coded(checks: pl.LazyFrame, lookback: pl.LazyFrame, *, month: date, policy: Policy) -> pl.DataFrame:
    """One row per registered check of the month: team, officer and its category in every partition."""
    now = registered(checks).filter(pl.col("month") == month).with_row_index("_row")
    keys = ["check_date", "hit_class", *_REPEAT_KEYS]
    coded = now.select(
        "_row",
        "team",
        "officer_key",
        *keys,
        pl.col("is_proactive").fill_null(value=False).alias("_proactive"),
        *(expression.alias(name) for name, expression in categories(policy).items()),
    ).collect(engine="streaming")
    if coded["origin_hit"].str.starts_with("unknown|").all():
        coded = coded.drop("origin_hit")
    earlier = registered(lookback).filter(pl.col("month") < month).select(keys).collect(engine="streaming")
    first_days = [frame["check_date"].min() for frame in (earlier, coded) if frame.height]
    data_from = min((day for day in first_days if isinstance(day, date)), default=month)
    window = pl.col("check_date") >= pl.lit(month).dt.offset_by(f"-{max(policy.repeat_window_days)}d")
    earlier = earlier.filter(window)
    for key, name in _REPEAT_KEYS.items():
        repeats = (
            repeat_categories(
                coded.lazy().select("_row", *keys),
                earlier.lazy(),
                key=key,
                windows=policy.repeat_window_days,
                data_from=data_from,
            )
            .select("_row", *(pl.col(f"{key}_{days}").alias(f"{name}_{days}") for days in policy.repeat_window_days))
            .collect()
        )
        coded = coded.join(repeats, on="_row", how="left")
    return coded
