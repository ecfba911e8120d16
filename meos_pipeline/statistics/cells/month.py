"""Exact cells of one month, for every partition that the records and the companions allow."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.coded import BATCH_ROWS, Tally, among
from meos_pipeline.statistics.cells.companions import companion_counts
from meos_pipeline.statistics.cells.population import Seen, categories, coded_hit, registered, seen_in
from meos_pipeline.statistics.cells.repeats import repeat_counts


def month_cells(
    checks: pl.LazyFrame,
    lookback: pl.LazyFrame,
    companions: Mapping[str, pl.DataFrame],
    *,
    month: date,
    policy: Policy,
    repeats: pl.DataFrame | None = None,
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
        repeats: What ``month_repeats`` found for the month, when it was asked for several months together;
            ``lookback`` is then not looked at.
    """
    now = registered(checks).filter(pl.col("month") == month)
    seen = seen_in(now)
    tally = _tallied(now, seen, policy=policy)
    counted = [tally.table(name) for name in tally.names]
    if repeats is None:
        earlier = lookback.filter(pl.col("month") < month)
        rows = registered(pl.concat([earlier, checks.filter(pl.col("month") == month)], how="diagonal"))
        first = rows.select(pl.col("check_date").min()).collect(engine="streaming").item()
        repeats = repeat_counts(rows, [month], windows=_windows(policy), data_from={month: first or month})
    counted.append(repeats.filter(pl.col("month") == month).select("team", "partition", "category", "n"))
    using = (
        now.filter(pl.col("officer_key").is_not_null())
        .group_by("team")
        .agg(pl.col("officer_key").n_unique().cast(pl.Int64).alias("using"))
        .collect(engine="streaming")
    )
    cells = pl.concat([*counted, *companion_counts(companions, using, month=month)])
    return CELLS.require(
        cells.filter(pl.col("n") > 0)
        .with_columns(pl.lit("month").cast(CELLS["period"].dtype).alias("period"), pl.lit(month).alias("period_start"))
        .select(CELLS.names)
        .sort(CELLS.key)
    )


def officer_counts(checks: pl.LazyFrame, *, month: date) -> pl.DataFrame:
    """Checks per officer of one month (``OFFICER_COUNTS``); records without a key are together under ''."""
    proactive = pl.col("is_proactive").fill_null(value=False)
    complete = pl.all_horizontal(pl.col("reason", "legal_basis", "result").is_not_null())
    hit = coded_hit()
    strict, broad, unknown = (hit.labels.index(label) for label in ("strict", "broad", "unknown"))
    return OFFICER_COUNTS.require(
        registered(checks)
        .filter(pl.col("month") == month)
        .group_by("team", "month", pl.col("officer_key").fill_null(""))
        .agg(
            n=pl.len(),
            n_proactive=proactive.sum(),
            n_complete=(proactive & complete).sum(),
            n_known=(proactive & (hit.code != unknown)).sum(),
            n_strict=(proactive & (hit.code == strict)).sum(),
            n_broad=(proactive & ((hit.code == strict) | (hit.code == broad))).sum(),
        )
        .with_columns(pl.col("^n.*$").cast(pl.Int64))
        .sort(OFFICER_COUNTS.key)
        .collect()
    )


def month_repeats(checks: pl.LazyFrame, months: Sequence[date], *, policy: Policy) -> pl.DataFrame:
    """Count repeated checks of persons and vehicles in some months of one year (rows as ``repeat_counts``).

    Args:
        checks: Records of these months and of the days before them that windows look back upon.
        months: Which months.
        policy: Windows of repeats.
    """
    rows = registered(checks)
    first_days = rows.group_by("month").agg(pl.col("check_date").min()).collect(engine="streaming")
    known: dict[date, date] = dict(first_days.drop_nulls().iter_rows())
    longest = timedelta(days=max(policy.repeat_window_days))
    data_from = {
        month: min((day for of, day in known.items() if (month - longest).replace(day=1) <= of <= month), default=month)
        for month in months
    }
    return repeat_counts(rows, months, windows=_windows(policy), data_from=data_from)


def _windows(policy: Policy) -> list[int]:
    return [days for days in policy.repeat_window_days if f"repeat_person_{days}" in PARTITIONS]


def _tallied(now: pl.LazyFrame, seen: Seen, *, policy: Policy) -> Tally:
    """Count the registered checks of a month in every partition of records but those that look back."""
    partitions = categories(policy, seen)
    if not any(origin != "unknown" for origin in seen.origins):
        del partitions["origin_hit"]
    tally = Tally(seen.teams, partitions)
    of_all = [name for name in tally.names if PARTITIONS[name].population == "checks"]
    others = [name for name in tally.names if name not in of_all]
    codes = now.select(
        among(pl.col("team"), seen.teams).code.alias("team"),
        pl.col("is_proactive").fill_null(value=False).alias("_proactive"),
        *(partitions[name].code.alias(name) for name in tally.names),
    )
    for batch in codes.collect_batches(chunk_size=BATCH_ROWS, maintain_order=False, engine="streaming"):
        tally.add(batch, of_all)
        tally.add(batch.filter("_proactive"), others)
    return tally
