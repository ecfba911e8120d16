"""Which blocks of the week an ambassador could join to see most checks."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.where_when.distribution import category_counts, stratum_of

NAME = "shift_to_join"
BLOCKS = 3


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """The three weekday blocks with most checks, as many as are large enough to show ('choice_1' …)."""
    window = w.windows_of("weekday_block", context)[1]
    if reason := w.absent(tables["cells"], "weekday_block"):
        return missing_input(
            context.teams, statistic=NAME, unit=Unit.SHARE, start=window.start, end=window.end, reason=reason
        )
    counts = category_counts(tables["cells"], "weekday_block", window, context).filter(pl.col("team") != "")
    smallest = context.policy.smallest_shown_count
    chosen = (
        counts.filter(pl.col("events") >= smallest)
        .sort("team", pl.col("events").neg(), "category")
        .with_columns(pl.int_range(1, pl.len() + 1).over("team").alias("place"))
        .filter(pl.col("place") <= BLOCKS)
        .with_columns(
            (pl.col("events") / pl.col("n")).alias("estimate"),
            stratum_of("category", ("weekday", "block")).alias("stratum"),
            pl.concat_str(pl.lit("choice_"), "place").alias("series"),
        )
    )
    teams = pl.DataFrame({"team": sorted(set(context.teams) - {""})}, schema={"team": pl.String()})
    without = teams.join(chosen, on="team", how="anti").with_columns(
        pl.lit(Label.TOO_FEW.value).alias("label"), pl.lit("smallest_shown_count").alias("label_reason")
    )
    return findings_of(
        pl.concat([chosen, without], how="diagonal"),
        statistic=NAME,
        unit=Unit.SHARE,
        caveats=("where_most_checks_are_seen",),
        method="largest_blocks",
        period_start=window.start,
        period_end=window.end,
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.WHERE_WHEN,
    question="Which shift should I join to see checks?",
    question_nl="Met welke dienst kan ik het best meedraaien om controles te zien?",
    estimand="The weekday blocks of four hours with most registered proactive checks over the rolling window.",
    assumptions="The coming month is like the last twelve.",
    misleads="Blocks where checks are not registered are not found this way: join other blocks now and then.",
    minimum="10 released checks in a block.",
    source="Shares of released counts; Wilson (1927).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
