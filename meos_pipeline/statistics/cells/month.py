"""Exact cells of one month, for every partition that the records and the companions allow."""

from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.coded import BATCH_ROWS, Tally, among
from meos_pipeline.statistics.cells.companions import companion_counts
from meos_pipeline.statistics.cells.population import Seen, categories, hit, registered, seen_in
from meos_pipeline.statistics.cells.repeats import CATEGORIES, seen_before, with_repeats

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

    The records pass once, in batches; of each only the codes of its categories are held.

    Args:
        checks: Records of the month (``POLICE_CHECKS``); other months are left out.
        lookback: Records before it, at least 90 days, for repeats; with fewer days the repeats that
            cannot be known are 'unlinked'.
        companions: Companion tables by name.
        month: First day of the month.
        policy: Minutes of timely entry and windows of repeats.
    """
    now = registered(checks).filter(pl.col("month") == month)
    seen = seen_in(now)
    tally = _tallied(now, lookback, seen, month=month, policy=policy)
    counted = [tally.table(name) for name in tally.names]
    using = (
        now.filter(pl.col("officer_key").is_not_null())
        .group_by("team")
        .agg(pl.col("officer_key").n_unique().cast(pl.Int64).alias("using"))
        .collect(engine="streaming")
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


def _tallied(now: pl.LazyFrame, lookback: pl.LazyFrame, seen: Seen, *, month: date, policy: Policy) -> Tally:
    """Count the registered checks of a month in every partition of records."""
    partitions = categories(policy, seen)
    if not any(origin != "unknown" for origin in seen.origins):
        del partitions["origin_hit"]
    rows = _with_repeats(now, lookback, seen, month=month, policy=policy)
    for name in _REPEAT_KEYS.values():
        for days in policy.repeat_window_days:
            if f"{name}_{days}" in PARTITIONS:
                partitions[f"{name}_{days}"] = among(pl.col(f"{name}_{days}"), CATEGORIES)
    tally = Tally(seen.teams, partitions)
    of_all = [name for name in tally.names if PARTITIONS[name].population == "checks"]
    others = [name for name in tally.names if name not in of_all]
    codes = rows.select(
        among(pl.col("team"), seen.teams).code.alias("team"),
        pl.col("is_proactive").fill_null(value=False).alias("_proactive"),
        *(partitions[name].code.alias(name) for name in tally.names),
    )
    for batch in codes.collect_batches(chunk_size=BATCH_ROWS, maintain_order=False, engine="streaming"):
        tally.add(batch, of_all)
        tally.add(batch.filter("_proactive"), others)
    return tally


def _with_repeats(
    now: pl.LazyFrame, lookback: pl.LazyFrame, seen: Seen, *, month: date, policy: Policy
) -> pl.LazyFrame:
    """Add one column per kind of key and window: was it seen before, and with what result."""
    earlier = registered(lookback).filter(pl.col("month") < month)
    earliest = earlier.select(pl.col("check_date").min()).collect(engine="streaming").item()
    data_from = min((day for day in (earliest, seen.first_day) if day is not None), default=month)
    window = pl.col("check_date") >= month - timedelta(days=max(policy.repeat_window_days))
    windows = policy.repeat_window_days
    rows = now
    for key, name in _REPEAT_KEYS.items():
        before = seen_before(now, earlier.filter(window), key=key)
        rows = with_repeats(rows, before, key=key, windows=windows, data_from=data_from)
        rows = rows.rename({f"{key}_{days}": f"{name}_{days}" for days in windows})
    return rows
