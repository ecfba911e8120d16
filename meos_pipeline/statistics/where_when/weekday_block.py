"""On which weekdays and in which blocks of the day checks take place."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.where_when.distribution import spread

NAME = "weekday_block"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of the team's proactive checks per category."""
    return spread(tables, context, statistic=NAME, partition="weekday_block", names=("weekday", "block"))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.WHERE_WHEN,
    question="On which days and hours do proactive checks take place?",
    question_nl="Op welke dagen en uren vinden proactieve controles plaats?",
    estimand="Share of the team's registered proactive checks per weekday and four-hour block.",
    assumptions="Time and place are those of the check.",
    misleads="It follows when shifts are worked; it is no measure of effort.",
    minimum="50 released checks with a known category.",
    source="Shares of released counts; Wilson (1927).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
