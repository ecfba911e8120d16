"""Sums of released cells over the month itself, and over a rolling window, per team and for all teams."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from meos_pipeline.contracts.availability import NEEDED, reason_of
from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.statistics.statistic import Context

COMPANION_OF_POPULATION = {
    "officers": "deployment",
    "shifts": "deployment",
    "queries": "queries",
    "complaints": "complaints",
    "activities": "activities",
    "second_register": "second_register",
}
"""Companion table a population is counted from; the others come from the checks themselves."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whole periods from ``start`` to ``end``, both included."""

    start: date
    end: date
    periods: int


def add_months(month: date, months: int) -> date:
    """First day of the month that many months later (or earlier)."""
    index = month.year * 12 + month.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def last_day(month: date) -> date:
    """Last day of the month."""
    return add_months(month, 1) - timedelta(days=1)


def quarter_start(day: date) -> date:
    """First day of the quarter."""
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def windows(context: Context, period: str = "month") -> tuple[Window, Window]:
    """The newest complete period up to the report month, and the rolling window that ends with it."""
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    end = add_months(context.month, 1)
    if period == "quarter":
        end = quarter_start(end)
    elif period == "year":
        end = date(end.year, 1, 1)
    rolling = max(1, context.policy.rolling_months // months)
    return (
        Window(add_months(end, -months), end - timedelta(days=1), 1),
        Window(add_months(end, -months * rolling), end - timedelta(days=1), rolling),
    )


def windows_of(partition: str, context: Context) -> tuple[Window, Window]:
    """The two windows of the period in which this partition is released."""
    return windows(context, PARTITIONS[partition].period)


def absent(cells: pl.DataFrame, partition: str) -> str:
    """Why no cell of the partition exists: the file, or the column of the export, that is not there; '' when there are."""
    if cells.filter(pl.col("partition") == partition).height:
        return ""
    companion = COMPANION_OF_POPULATION.get(PARTITIONS[partition].population)
    if companion:
        return COMPANION_FILES[companion]
    return (reason_of(partition, set(cells["partition"].unique())) if cells.height else "") or "cells"


def _near(cells: pl.DataFrame, partition: str, window: Window) -> pl.DataFrame:
    """Cells of the kind of period in which the partition is released, in the window."""
    return cells.filter(
        pl.col("period") == PARTITIONS[partition].period, pl.col("period_start").is_between(window.start, window.end)
    )


def lacking(cells: pl.DataFrame, partition: str, window: Window) -> dict[str, str]:
    """Return the teams that have checks in the window and no cell of the partition, each with the column that is not there.

    Such a team's exports lack a field; a team without any released month has no cells at all.
    """
    if partition not in NEEDED:
        return {}
    counted = _near(cells, partition, window).select("team", "partition").unique().group_by("team").agg("partition")
    found = {team: set(names) for team, names in counted.iter_rows() if partition not in names}
    return {team: reason for team, names in found.items() if (reason := reason_of(partition, names))}


def spanning(
    rows: pl.DataFrame, cells: pl.DataFrame, partition: str, window: Window, counted: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Say in ``period_start`` and ``period_end`` of which periods each team's figure is, where not of all its periods.

    A column or file that came halfway, or went, leaves periods without the figure while the team's others go on. A
    figure of all teams together ('') begins with the first of them and ends with the last. No figure begins before the
    first period of any team.

    Args:
        rows: One or more rows per team.
        cells: Released cells.
        partition: What the figure is made of.
        window: The periods that are asked for.
        counted: ``team`` and ``period_start`` of the periods that count; those with the partition when not given.
    """
    months = {"month": 1, "quarter": 3, "year": 12}[PARTITIONS[partition].period]
    within = _near(cells, partition, window).filter(pl.col("team") != "").select("team", "period_start", "partition")
    mine = within.filter(pl.col("partition") == partition) if counted is None else counted.filter(pl.col("team") != "")
    either = pl.concat([found.select("team", "period_start") for found in (within, mine)])
    begins = max(window.start, within["period_start"].min() or window.start)
    spans = _spans(either).join(_spans(mine), on="team", suffix="_own")
    differs = {name: pl.col(f"{name}_own") != pl.col(name) for name in ("first", "last")}
    end = pl.col("last_own").dt.offset_by(f"{months}mo").dt.offset_by("-1d")
    told = spans.select(
        "team",
        pl.when(differs["first"]).then("first_own").alias("_first"),
        pl.when(differs["last"]).then(end).alias("_last"),
    )
    return (
        rows.join(told, on="team", how="left", maintain_order="left")
        .with_columns(
            pl.col("_first").fill_null(begins).alias("period_start"),
            pl.col("_last").fill_null(window.end).alias("period_end"),
        )
        .drop("_first", "_last")
    )


def _spans(periods: pl.DataFrame) -> pl.DataFrame:
    """First and last period per team, and of all teams together ('')."""
    both = pl.concat([periods, periods.with_columns(pl.lit("").alias("team"))])
    return both.group_by("team").agg(first=pl.col("period_start").min(), last=pl.col("period_start").max())


def within(cells: pl.DataFrame, partition: str, window: Window) -> pl.DataFrame:
    """Return what figures of a partition need of the cells: its own in the window, and one of each other team-period.

    For who makes many figures of one partition; ``per_period`` and ``spanning`` give the same of both.

    Args:
        cells: Released cells.
        partition: What the figures are made of.
        window: The periods that are asked for.
    """
    near, is_own = _near(cells, partition, window), pl.col("partition") == partition
    return pl.concat([near.filter(is_own), near.filter(~is_own).unique(["team", "period_start"], maintain_order=True)])


def per_period(cells: pl.DataFrame, partition: str, window: Window, sums: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Counts per team and period: column ``total`` and one column per named list of categories.

    Returns:
        Columns team, period_start, total and the names, sorted; only team-periods that exist.
    """
    return (
        _near(cells, partition, window)
        .lazy()
        .filter(pl.col("partition") == partition)
        .group_by("team", "period_start", maintain_order=True)
        .agg(
            pl.col("n").sum().alias("total"),
            *(
                pl.col("n").filter(pl.col("category").is_in(list(categories))).sum().alias(name)
                for name, categories in sums.items()
            ),
        )
        .sort("team", "period_start")
        .collect()
    )


def over_window(per_period_counts: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Sum over the periods: one row per team of the context, and one ('') for all teams together.

    Returns:
        Columns team, periods (number of released team-periods behind it; 0 when none), and the sums.
    """
    names = [name for name in per_period_counts.columns if name not in {"team", "period_start"}]
    measures = [pl.len().cast(pl.Int64).alias("periods"), *(pl.col(name).sum() for name in names)]
    known = per_period_counts.filter(pl.col("team").is_in(list(context.teams)))
    summed = pl.concat(
        [
            known.group_by("team", maintain_order=True).agg(measures),
            known.select(pl.lit("").alias("team"), *measures),
        ]
    )
    teams = pl.DataFrame({"team": ["", *sorted(set(context.teams) - {""})]}, schema={"team": pl.String()})
    return teams.join(summed, on="team", how="left", maintain_order="left").with_columns(
        pl.col("periods", *names).fill_null(0)
    )


def runs(partition: str, categories: Sequence[str]) -> int:
    """Number of contiguous runs the categories form in the partition: each has one rounding error."""
    order = PARTITIONS[partition].categories
    if not order:
        return len(categories)
    member = [category in set(categories) for category in order]
    return max(1, sum(here and not before for before, here in zip([False, *member], member, strict=False)))
