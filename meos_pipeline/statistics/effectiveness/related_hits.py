"""Does the result fit the reason."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "related_hits"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of fitting results."""
    return share_findings(
        tables,
        context,
        statistic=NAME,
        partition="related_hit",
        events=("yes",),
        caveats=("coverage",),
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.EFFECTIVENESS,
    question="In what share of checks did the result fit the reason?",
    question_nl="Bij welk deel van de controles past het resultaat bij de aanleiding?",
    estimand="Share of registered proactive checks with a result that fits the reason by the configured map, among those where both are known.",
    assumptions="The map from reason to fitting results is agreed on beforehand.",
    misleads="Reasons without a fitting result count as no; registration that depends on the result lifts it as it lifts yield.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
