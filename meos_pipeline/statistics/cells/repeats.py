"""Was the same person or vehicle checked in the days before, and with what result."""

from datetime import date

import polars as pl

from meos_pipeline.contracts import values as v

CATEGORIES = ("without_result", "with_result", "first", "unlinked")
_SEED = 20_150


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
    return with_repeats(now, seen_before(now, earlier, key=key), key=key, windows=windows, data_from=data_from)


def seen_before(now: pl.LazyFrame, earlier: pl.LazyFrame, *, key: str) -> pl.DataFrame:
    """Days of ``now`` on which a key had been seen on an earlier day.

    Returns:
        ``_key`` (the key in short), ``check_date``, ``_seen`` (the last day before it) and ``_hit`` (the last day
        before it with a result H1-H3, or null); the first days of a key have no row.
    """
    columns = (_short(key), "check_date", _had_result())
    linked = now.filter(pl.col(key).is_not_null()).select(columns).collect(engine="streaming")
    wanted = linked.lazy().select(pl.col("_key").unique())
    known = earlier.filter(pl.col(key).is_not_null()).select(columns).join(wanted, on="_key", how="semi")
    return (
        pl.concat([known, linked.lazy()])
        .group_by("_key", "check_date")
        .agg(pl.col("hit").any())
        .sort("_key", "check_date")
        .with_columns(
            (pl.col("_key") == pl.col("_key").shift(1)).alias("_again"),
            pl.when("hit").then("_key").forward_fill().shift(1).alias("_hit_key"),
            pl.when("hit").then("check_date").forward_fill().shift(1).alias("_hit"),
            pl.col("check_date").shift(1).alias("_seen"),
        )
        .filter("_again")
        .select("_key", "check_date", "_seen", pl.when(pl.col("_hit_key") == pl.col("_key")).then("_hit").alias("_hit"))
        .collect(engine="streaming")
    )


def with_repeats(
    now: pl.LazyFrame, seen: pl.DataFrame, *, key: str, windows: tuple[int, ...], data_from: date
) -> pl.LazyFrame:
    """Add one column ``{key}_{days}`` per window, from what ``seen_before`` found."""
    visible_from = pl.max_horizontal(pl.lit(data_from), pl.col("check_date").dt.truncate("1y"))
    return (
        now.with_columns(_short(key))
        .join(seen.lazy(), on=["_key", "check_date"], how="left")
        .with_columns(_category(key, window, visible_from) for window in windows)
        .drop("_key", "_seen", "_hit")
    )


def _short(key: str) -> pl.Expr:
    """A key as 64 bits. Two of a million different keys are taken for one with a probability of 3 in 100 million."""
    return pl.col(key).hash(_SEED).alias("_key")


def _had_result() -> pl.Expr:
    return pl.any_horizontal(pl.col("hit_class") == name for name in v.BROAD_HITS).fill_null(value=False).alias("hit")


def _category(key: str, window: int, visible_from: pl.Expr) -> pl.Expr:
    start = pl.col("check_date") - pl.duration(days=window)
    kind = pl.Enum(CATEGORIES)
    return (
        pl.when(pl.col(key).is_null() | (start < visible_from))
        .then(pl.lit("unlinked", dtype=kind))
        .when((pl.col("_hit") >= start).fill_null(value=False))
        .then(pl.lit("with_result", dtype=kind))
        .when((pl.col("_seen") >= start).fill_null(value=False))
        .then(pl.lit("without_result", dtype=kind))
        .otherwise(pl.lit("first", dtype=kind))
        .alias(f"{key}_{window}")
    )
