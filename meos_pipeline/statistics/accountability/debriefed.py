"""Was the check discussed afterwards."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = share("debriefed", "debriefed", "yes", aims=("debriefed",))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share debriefed."""
    return measured(tables, context, MEASURE)


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.ACCOUNTABILITY,
    question="What share of checks was discussed afterwards?",
    question_nl="Welk deel van de controles is nabesproken?",
    estimand="Share 'yes' among registered proactive checks where yes or no was recorded.",
    assumptions="Debriefing is recorded when it happens.",
    misleads="Talks that are not recorded do not count; the field is often filled at once, before any talk.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
