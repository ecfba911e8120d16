"""Was the person or plate queried before the stop."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = share("history_consulted", "queried_before", "yes", aims=("history",))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share queried before the stop."""
    return measured(tables, context, MEASURE)


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.USE,
    question="Before what share of checks was the person or plate queried?",
    question_nl="Bij welk deel van de controles is vooraf bevraagd?",
    estimand="Share of registered checks with a query before the stop, among those where this is known.",
    assumptions="The field is filled whether or not there was a query.",
    misleads="A query can be made by the control room; the field then says no.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
