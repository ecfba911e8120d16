"""Yield per time block, so that kinds of checks that rarely yield can be seen."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.effectiveness.strata import yield_by
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "yield_by_block"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Yield per time block."""
    return yield_by(tables, context, statistic=NAME, partition="block_hit", kind="block")


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.EFFECTIVENESS,
    question="What do checks yield per time block?",
    question_nl="Wat leveren controles op per tijdvak?",
    estimand="Per time block: share of registered proactive checks with a known result that have one (broad; strict as a series).",
    assumptions="Teams are alike enough to borrow from each other within a time block (series 'pooled').",
    misleads="Blocks differ in kinds of checks as much as in yield. Registration that depends on the result lifts all of it.",
    minimum="50 released checks of the kind for a share; 20, and 6 teams, for a pooled one.",
    source="Gelman et al. (2013) 5.4 for partial pooling.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
