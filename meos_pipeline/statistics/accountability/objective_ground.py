"""Can the ground be stated without reference to the person."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = share(
    "objective_ground",
    "ground",
    "behaviour",
    "circumstances",
    "information",
    "whole_group",
    charted=True,
    aims=("reason",),
)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share with an objective ground."""
    return measured(tables, context, MEASURE)


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.ACCOUNTABILITY,
    question="What share of checks has an objective ground: behaviour, circumstances, information, or a whole group?",
    question_nl="Welk deel van de controles heeft een objectieve grond: gedrag, omstandigheden, informatie, of iedereen (aselect)?",
    estimand="Share with an objective ground among registered proactive checks with a known ground.",
    assumptions="The best ground among the recorded reasons is the ground of the check.",
    misleads="It says what was recorded, not what moved the officer; 'other' and empty are left out, see completeness.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="handelingskader professioneel controleren; Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
