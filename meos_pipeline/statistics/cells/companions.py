"""Counts that come from the files beside the export."""

from collections.abc import Mapping
from datetime import date

import polars as pl


def companion_counts(companions: Mapping[str, pl.DataFrame], using: pl.DataFrame, *, month: date) -> list[pl.DataFrame]:
    """Rows team, partition, category, n of one month, for every companion that is there.

    Args:
        companions: Tables of ``contracts/companions.py`` by name; absent ones give no rows.
        using: Per team, number of officers with a registration; a team without keys is absent.
        month: First day of the month.
    """
    makers = {
        "deployment": lambda table: _deployment(table, using),
        "queries": _queries,
        "complaints": _complaints,
        "activities": _activities,
        "second_register": _second_register,
    }
    return [
        make(companions[name].filter(pl.col("month") == month)) for name, make in makers.items() if name in companions
    ]


def _long(frame: pl.DataFrame, partition: str, **counts: pl.Expr) -> pl.DataFrame:
    return (
        frame.select("team", **{name: count.cast(pl.Int64) for name, count in counts.items()})
        .unpivot(index="team", variable_name="category", value_name="n")
        .drop_nulls("n")
        .group_by("team", "category")
        .agg(pl.col("n").sum().clip(lower_bound=0))
        .select("team", pl.lit(partition).alias("partition"), "category", "n")
    )


def _deployment(table: pl.DataFrame, using: pl.DataFrame) -> pl.DataFrame:
    duty = table.drop_nulls("officers").join(using, on="team", how="inner")
    active = pl.min_horizontal("using", "officers")
    return pl.concat(
        [
            _long(table, "shifts", worked=pl.col("shifts")),
            _long(duty, "officers", using=active, not_using=pl.col("officers") - active),
        ]
    )


def _queries(table: pl.DataFrame) -> pl.DataFrame:
    known = pl.col("with_history").is_not_null()
    return _long(
        table,
        "queries",
        with_history=pl.col("with_history"),
        without_history=pl.when(known).then(pl.col("queries") - pl.col("with_history")),
        history_unknown=pl.when(~known).then(pl.col("queries")),
    )


def _complaints(table: pl.DataFrame) -> pl.DataFrame:
    return _long(
        table,
        "complaints",
        discrimination=pl.col("discrimination"),
        conduct=pl.col("conduct"),
        other=pl.max_horizontal(pl.col("complaints") - pl.col("conduct") - pl.col("discrimination"), pl.lit(0)),
    )


def _activities(table: pl.DataFrame) -> pl.DataFrame:
    return (
        table.group_by("team", pl.col("activity").cast(pl.String()).alias("category"))
        .agg(pl.col("times").sum().alias("n"))
        .select("team", pl.lit("activities").alias("partition"), "category", "n")
    )


def _second_register(table: pl.DataFrame) -> pl.DataFrame:
    result = pl.col("has_result")
    only = pl.col("in_second") - pl.col("in_both")
    return _long(
        table,
        "second_register",
        result_both=pl.when(result).then(pl.col("in_both")),
        result_second_only=pl.when(result).then(only),
        no_result_both=pl.when(~result).then(pl.col("in_both")),
        no_result_second_only=pl.when(~result).then(only),
    )
