"""Counts that come from the files beside the export: what their contracts declare, and officers on duty."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from meos_pipeline.contracts.companions import COMPANIONS


def companion_counts(companions: Mapping[str, pl.DataFrame], using: pl.DataFrame, *, month: date) -> list[pl.DataFrame]:
    """Rows team, partition, category, n of one month, for every companion that is there.

    Args:
        companions: Tables of ``contracts/companions.py`` by name; absent ones give no rows.
        using: Per team, number of officers with a registration; a team without keys is absent.
        month: First day of the month.
    """
    of_month = {
        table.name: companions[table.name].filter(pl.col(table.dated_by).dt.month_start() == month)
        for table in COMPANIONS
        if table.counts and table.name in companions
    }
    found = [
        _long(of_month[table.name], counts.partition, counts.categories)
        for table in COMPANIONS
        if table.name in of_month
        for counts in table.counts
    ]
    if "deployment" in of_month:
        found.append(_officers(of_month["deployment"], using))
    return found


def _officers(deployment: pl.DataFrame, using: pl.DataFrame) -> pl.DataFrame:
    """Officers on duty, by whether they registered anything: of the records as well, so no contract can declare it."""
    duty = deployment.drop_nulls("officers").join(using, on="team", how="inner")
    active = pl.min_horizontal("using", "officers")
    return _long(duty, "officers", {"using": active, "not_using": pl.col("officers") - active})


def _long(frame: pl.DataFrame, partition: str, counts: Mapping[str, pl.Expr]) -> pl.DataFrame:
    return (
        frame.select("team", **{name: count.cast(pl.Int64) for name, count in counts.items()})
        .unpivot(index="team", variable_name="category", value_name="n")
        .drop_nulls("n")
        .group_by("team", "category")
        .agg(pl.col("n").sum().clip(lower_bound=0))
        .select("team", pl.lit(partition).alias("partition"), "category", "n")
    )
