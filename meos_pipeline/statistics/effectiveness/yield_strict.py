"""Strict yield, as recorded. What it would be with all checks is ``yield_corrected``."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.yields import yield_findings

MEASURE = share("yield_strict", "result", "H1", charted=True)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share with a result of class H1 among proactive checks with a known result."""
    return yield_findings(tables, context, MEASURE)


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.EFFECTIVENESS,
    question="What share of proactive checks led to a crime result?",
    question_nl="Welk deel van de proactieve controles leverde een strafbaar feit op?",
    estimand="Share of registered proactive checks with a known result whose result is H1.",
    assumptions="Registered checks stand for all checks only if registration does not depend on the result.",
    misleads="When checks without a result are registered less often, the yield is too high: 10% can look like 63%.",
    minimum="50 released checks with a known result.",
    source="Wilson (1927).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
