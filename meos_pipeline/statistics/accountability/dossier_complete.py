"""Are ground, legal basis and result all recorded."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = share("dossier_complete", "dossier", "complete", charted=True, aims=("dossier",))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of proactive checks with all three recorded."""
    return measured(tables, context, MEASURE, caveats=("officers_record_alike",))


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.ACCOUNTABILITY,
    question="For what share of checks are ground, legal basis and result all recorded?",
    question_nl="Van welk deel van de controles zijn aanleiding, grondslag en resultaat alle drie vastgelegd?",
    estimand="Share of registered proactive checks with all three recorded.",
    assumptions="Checks are recorded independently; how far that is wrong is in 'dossier_by_officer'.",
    misleads="Recorded is not the same as right: see plausibility. Officers differ, so the interval is too narrow for the long run.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
