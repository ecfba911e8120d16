"""Yield per reason, so that kinds of checks that rarely yield can be seen."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.effectiveness.strata import yield_by
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "yield_by_reason"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Yield per reason."""
    return yield_by(tables, context, statistic=NAME, partition="reason_hit", kind="reason")


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.EFFECTIVENESS,
    question="What do checks yield per reason?",
    question_nl="Wat leveren controles op per aanleiding?",
    estimand="Per reason: share of registered proactive checks with a known result that have one (broad; strict as a series).",
    assumptions="Teams are alike enough to borrow from each other within a reason (series 'pooled').",
    misleads="Only the first reason counts; a reason can be recorded after the result is known. Registration that depends on the result lifts all of it.",
    minimum="50 released checks of the kind for a share; 20, and 6 teams, for a pooled one.",
    source="Gelman et al. (2013) 5.4 for partial pooling.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
