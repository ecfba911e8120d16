"""Was the person or plate queried before the stop."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "history_consulted"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share queried before the stop."""
    return share_findings(
        tables,
        context,
        statistic=NAME,
        partition="queried_before",
        events=("yes",),
    )


STATISTIC = Statistic(
    name=NAME,
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
