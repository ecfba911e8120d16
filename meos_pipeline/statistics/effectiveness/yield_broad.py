"""Broad yield, as recorded. What it would be with all checks is ``yield_corrected``."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.yields import yield_findings

MEASURE = share("yield_broad", "result", "H1", "H2", "H3", charted=True, aims=("yield",))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share with a result of class H1, H2 or H3 among proactive checks with a known result."""
    return yield_findings(tables, context, MEASURE)


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.EFFECTIVENESS,
    question="What share of proactive checks led to a crime, a wanted person, an open fine, or a traffic or by-law result?",
    question_nl="Welk deel van de proactieve controles leverde een resultaat op (ruim: ook signalering, openstaande boete, verkeer en APV)?",
    estimand="Share of registered proactive checks with a known result whose result is H1, H2 or H3.",
    assumptions="Registered checks stand for all checks only if registration does not depend on the result.",
    misleads="When checks without a result are registered less often, the yield is too high: 10% can look like 63%.",
    minimum="50 released checks with a known result.",
    source="Wilson (1927).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
