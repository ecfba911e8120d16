"""In which kinds of shift checks take place."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.where_when.distribution import spread

NAME = "shift_kind_share"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of the team's proactive checks per category."""
    return spread(tables, context, statistic=NAME, partition="shift_kind", names=("shift_kind",))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.WHERE_WHEN,
    question="In which kinds of shift do proactive checks take place?",
    question_nl="In welke soorten diensten vinden proactieve controles plaats?",
    estimand="Share of the team's registered proactive checks per kind of shift.",
    assumptions="Time and place are those of the check.",
    misleads="Kinds of shift differ in number: a share is no rate.",
    minimum="50 released checks with a known category.",
    source="Shares of released counts; Wilson (1927).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
