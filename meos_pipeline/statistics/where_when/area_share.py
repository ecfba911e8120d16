"""In which areas checks take place."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.where_when.distribution import spread

NAME = "area_share"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of the team's proactive checks per category."""
    return spread(tables, context, statistic=NAME, partition="area", names=("area",))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.WHERE_WHEN,
    question="In which areas do proactive checks take place?",
    question_nl="In welke wijken vinden proactieve controles plaats?",
    estimand="Share of the team's registered proactive checks per area.",
    assumptions="Time and place are those of the check.",
    misleads="Areas differ in size, in people on the street and in incidents: a share is no rate.",
    minimum="50 released checks with a known category.",
    source="Shares of released counts; Wilson (1927).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
