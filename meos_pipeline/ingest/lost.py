"""Rows that lose to another row of the same number in the same file."""

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.ingest.export import Export
from meos_pipeline.ingest.likeness import FAST, OLD, is_other_record
from meos_pipeline.ingest.messages import refused
from meos_pipeline.settings import Settings

CONTENT = [name for name in POLICE_CHECKS.names if name not in ("export_id", "line", "is_batch_entry", "check_key")]
"""What two versions of a record must share to be the same."""


def lost_rows(parts: pl.LazyFrame, *, last_wins: bool, rows: int) -> pl.DataFrame:
    """Rows that lose to another row of the same number in the same file: ``month, line, verdict``."""
    empty = pl.DataFrame(schema={"month": pl.Date, "line": pl.Int64, "verdict": pl.String})
    usable = pl.col("category").is_in(["candidate", "deleted"])
    buckets = max(1, rows // 20_000_000)
    tags = pl.concat(
        parts.filter(usable, pl.col("key_tag") % buckets == bucket)
        .group_by("key_tag")
        .len()
        .filter(pl.col("len") > 1)
        .select("key_tag")
        .collect(engine="streaming")
        for bucket in range(buckets)
    )
    if tags.is_empty():
        return empty
    same = (
        parts.filter(usable)
        .join(tags.lazy(), on="key_tag", how="semi")
        .select("check_key", "month", "line", "category", pl.struct(CONTENT).hash().alias("content"))
        .collect(engine="streaming")
    )
    deletion = pl.col("category") == "deleted"
    judged = (
        same.sort("line")
        .with_columns(
            n=pl.len().over("check_key"),
            versions=pl.col("content").n_unique().over("check_key"),
            deletions=deletion.sum().over("check_key"),
            order=pl.int_range(pl.len()).over("check_key"),
            last_deletion=pl.when(deletion).then("line").max().over("check_key"),
        )
        .filter(pl.col("n") > 1)
    )
    is_last = pl.col("order") == pl.col("n") - 1
    verdict = (
        pl.when(pl.col("deletions") > 0)
        .then(pl.when(pl.col("line") == pl.col("last_deletion")).then(None).otherwise(pl.lit("superseded")))
        .when(pl.col("versions") == 1)
        .then(pl.when(pl.col("order") == 0).then(None).otherwise(pl.lit("duplicate")))
        .when(pl.lit(last_wins))
        .then(pl.when(is_last).then(None).otherwise(pl.lit("superseded")))
        .otherwise(pl.lit("R-SLEUTEL-DUBBEL"))
    )
    return pl.concat(
        [empty, judged.select("month", "line", verdict.alias("verdict")).filter(pl.col("verdict").is_not_null())]
    )


def require_one_check_a_number(
    export: Export, parts: pl.LazyFrame, lost: pl.DataFrame, rows: int, settings: Settings
) -> None:
    """Refuse a file in which one number stands for several checks, beyond a few mistakes.

    Raises:
        ExportError: ``F-NUMMER-BEREIK``, when more than ``other_record_share`` of the rows do so.
    """
    double = lost.filter(pl.col("verdict") == "R-SLEUTEL-DUBBEL")
    limit = settings.policy.other_record_share * rows
    if double.height <= limit:
        return
    same = parts.join(double.lazy(), on=["line", "month"], how="semi").select("check_key", "line", *FAST).collect()
    earlier = [pl.col(name).shift(1).over("check_key", order_by="line").alias(f"{name}{OLD}") for name in FAST]
    others = same.with_columns(earlier).filter(pl.col(f"check_date{OLD}").is_not_null()).filter(is_other_record())
    if others.height > limit:
        raise refused(
            "F-NUMMER-BEREIK",
            settings.site.languages[0],
            file=export.name,
            other=export.name,
            count=others.height,
            rows=rows,
        )
