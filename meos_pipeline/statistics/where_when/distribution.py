"""How the checks of a team are spread over the categories of one partition."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.shares import shown_from
from meos_pipeline.statistics.statistic import Context


def spread(
    tables: Mapping[str, pl.DataFrame], context: Context, *, statistic: str, partition: str, names: tuple[str, ...]
) -> pl.DataFrame:
    """Share of the team's checks in every category that is known, over both windows.

    A description of all registered checks of the window: no interval, because nothing was sampled.

    Args:
        tables: Holds released ``cells``.
        context: Teams, report month, policy.
        statistic: Name of the statistic.
        partition: Partition whose categories are shown; unknown ones are left out.
        names: Name of each part of a category, for the stratum.
    """
    both = w.windows_of(partition, context)
    if reason := w.absent(tables["cells"], partition):
        return missing_input(
            context.teams, statistic=statistic, unit=Unit.SHARE, start=both[1].start, end=both[1].end, reason=reason
        )
    parts = []
    for window in both:
        rows = category_counts(tables["cells"], partition, window, context)
        parts.append(
            findings_of(
                rows.with_columns(
                    pl.when(pl.col("n") > 0).then(pl.col("events") / pl.col("n")).alias("estimate"),
                    *shown_from(context.policy.smallest_rate_denominator),
                    stratum_of("category", names).alias("stratum"),
                ),
                statistic=statistic,
                unit=Unit.SHARE,
                method="share_of_all",
                period_start=window.start,
                period_end=window.end,
            )
        )
    return stack(parts)


def category_counts(cells: pl.DataFrame, partition: str, window: w.Window, context: Context) -> pl.DataFrame:
    """team, category, events, n (known in all), periods; every team that has checks, and '' for all together."""
    known = cells.filter(
        pl.col("partition") == partition,
        pl.col("period_start").is_between(window.start, window.end),
        pl.col("team").is_in(list(context.teams)),
        ~pl.col("category").str.contains("unknown", literal=True),
    ).select("team", "category", "n", "period_start")
    both = pl.concat([known, known.with_columns(pl.lit("").alias("team"))])
    return (
        both.group_by("team", "category", maintain_order=True)
        .agg(pl.col("n").sum().alias("events"))
        .join(
            both.group_by("team", maintain_order=True).agg(
                pl.col("n").sum(), pl.col("period_start").n_unique().alias("periods")
            ),
            on="team",
        )
        .sort("team", "category")
    )


def stratum_of(column: str, names: tuple[str, ...]) -> pl.Expr:
    """'weekday=5|block=20-24' from '5|20-24'."""
    pieces = pl.col(column).str.split("|")
    return pl.concat_str(
        *(pl.concat_str(pl.lit(f"{name}="), pieces.list.get(place)) for place, name in enumerate(names)), separator="|"
    )
