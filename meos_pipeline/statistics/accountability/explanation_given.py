"""Was the reason told to the citizen."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = share("explanation_given", "explained", "yes", charted=True, aims=("explained",))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share explained."""
    return measured(tables, context, MEASURE, caveats=("officers_view",))


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.ACCOUNTABILITY,
    question="In what share of checks was the reason told to the citizen?",
    question_nl="Bij welk deel van de controles is de reden aan de burger verteld?",
    estimand="Share 'yes' among registered proactive checks where yes or no was recorded.",
    assumptions="Yes and no are recorded alike.",
    misleads="The officer's record. Citizens' own answers (86 percent, CBS) are another population and another view.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
