"""Was the same person or vehicle checked in the days before, and with what result."""

from datetime import date

import polars as pl

from meos_pipeline.contracts import values as v

CATEGORIES = ("without_result", "with_result", "first", "unlinked")


def repeat_categories(
    now: pl.LazyFrame, earlier: pl.LazyFrame, *, key: str, windows: tuple[int, ...], data_from: date
) -> pl.LazyFrame:
    """Category of each record per window.

    'without_result' when the key was seen on an earlier day within the window and none of those
    checks had a result H1-H3, 'with_result' when one had, 'first' when it was not seen.
    'unlinked' when it cannot be known: no key, or the window reaches before the first day of the data
    or of the key (a key lives one calendar year). So windows that are partly visible count nowhere,
    and the start of a year makes no dip. Records of one day are one event, not a repeat.

    Args:
        now: Records to judge: check_date, hit_class and the key, sorted or not.
        earlier: The look-back before them, with the same columns.
        key: Name of the key.
        windows: Lengths in days.
        data_from: First day of the data.

    Returns:
        ``now`` with one column ``{key}_{days}`` per window.
    """
    columns = (key, "check_date", "hit_class")
    linked = now.filter(pl.col(key).is_not_null())
    known = earlier.select(columns).join(linked.select(key).unique(), on=key, how="semi")
    days = (
        pl.concat([known, linked.select(columns)])
        .group_by(key, "check_date")
        .agg(pl.col("hit_class").cast(pl.String()).is_in(list(v.BROAD_HITS)).fill_null(value=False).any().alias("hit"))
        .sort(key, "check_date")
        .with_columns(pl.col(key).rle_id().alias("_key"))
        .with_columns(
            pl.when(pl.col("_key") == pl.col("_key").shift(1)).then(pl.col("check_date").shift(1)).alias("_seen"),
            pl.when(pl.col("_key") == pl.when("hit").then("_key").forward_fill().shift(1))
            .then(pl.when("hit").then("check_date").forward_fill().shift(1))
            .alias("_hit"),
        )
        .select(key, "check_date", "_seen", "_hit")
    )
    visible_from = pl.max_horizontal(pl.lit(data_from), pl.col("check_date").dt.truncate("1y"))
    return (
        now.join(days, on=[key, "check_date"], how="left")
        .with_columns(_category(key, window, visible_from) for window in windows)
        .drop("_seen", "_hit")
    )


def _category(key: str, window: int, visible_from: pl.Expr) -> pl.Expr:
    start = pl.col("check_date").dt.offset_by(f"-{window}d")
    return (
        pl.when(pl.col(key).is_null() | (start < visible_from))
        .then(pl.lit("unlinked"))
        .when((pl.col("_hit") >= start).fill_null(value=False))
        .then(pl.lit("with_result"))
        .when((pl.col("_seen") >= start).fill_null(value=False))
        .then(pl.lit("without_result"))
        .otherwise(pl.lit("first"))
        .alias(f"{key}_{window}")
    )
