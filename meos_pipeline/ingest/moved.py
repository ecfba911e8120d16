"""Record numbers that moved from one month to another between exports."""

from collections.abc import Sequence

import polars as pl

from meos_pipeline.ingest.parsed import Parsed

_KNOWN: dict[str, pl.DataFrame] = {}
"""What moved, of the parsed files that were asked for last."""


def moved_numbers(parsed: Sequence[Parsed]) -> pl.DataFrame:
    """Return record numbers that occur in more than one month: ``check_key, month, winner`` (rank over all months).

    Worked out once for the same parsed files: a run asks for it three times, and it reads every key.
    """
    state = repr([(item.folder, sorted(item.months.items()), sorted(item.lost.items())) for item in parsed])
    if state not in _KNOWN:
        _KNOWN.clear()
        _KNOWN[state] = _moved(parsed)
    return _KNOWN[state]


def _moved(parsed: Sequence[Parsed]) -> pl.DataFrame:
    empty = pl.DataFrame(schema={"check_key": pl.String, "month": pl.Date, "winner": pl.Int32})
    if len(parsed) <= 1 or len({month for item in parsed for month in item.months}) <= 1:
        return empty
    usable = pl.col("category").is_in(["candidate", "deleted"])
    everything = pl.concat(
        [
            pl.scan_parquet(item.folder / "month=*/*.parquet", hive_partitioning=False)
            .filter(usable)
            .select("key_tag", "month", "check_key", "line", pl.lit(rank, dtype=pl.Int32).alias("rank"))
            for rank, item in enumerate(parsed)
            if any(m for m in item.months.values())
        ]
    )
    buckets = max(1, sum(item.rows_in for item in parsed) // 20_000_000)
    tags = pl.concat(
        [
            everything.filter(pl.col("key_tag") % buckets == bucket)
            .group_by("key_tag")
            .agg(first=pl.col("month").min(), last=pl.col("month").max())
            .filter(pl.col("first") != pl.col("last"))
            .select("key_tag")
            .collect(engine="streaming")
            for bucket in range(buckets)
        ]
    )
    if tags.is_empty():
        return empty
    lost = pl.concat(
        [
            pl.read_parquet(item.folder / "lost.parquet").select(
                "line", "month", pl.lit(rank, dtype=pl.Int32).alias("rank")
            )
            for rank, item in enumerate(parsed)
        ]
    )
    found = (
        everything.join(tags.lazy(), on="key_tag", how="semi")
        .collect(engine="streaming")
        .join(lost, on=["rank", "line", "month"], how="anti")
    )
    return (
        found.with_columns(
            winner=pl.col("rank").max().over("check_key"), n=pl.col("month").n_unique().over("check_key")
        )
        .filter(pl.col("n") > 1)
        .select("check_key", "month", "winner")
        .unique()
    )
