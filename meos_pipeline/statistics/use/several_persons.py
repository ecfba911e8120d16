"""How many persons are in a check: figures count checks, and a check may be of more persons."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "several_persons"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of checks with two persons or more."""
    return share_findings(tables, context, statistic=NAME, partition="persons", events=("two", "three_or_more"))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="What share of checks was of more than one person?",
    question_nl="Welk deel van de controles was van meer dan één persoon?",
    estimand="Share with two persons or more among registered proactive checks whose number of persons is known.",
    assumptions="Every person of a check is in the export, as a row of the check or in its number of persons.",
    misleads="It counts checks: how many persons were checked is more, and a person can be in several checks.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
