"""Is there an explanation that somebody else can follow."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = share("reason_text_usable", "reason_text", "usable", aims=("reason_text",))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share with a usable text."""
    return measured(tables, context, MEASURE, caveats=("length_only",))


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.ACCOUNTABILITY,
    question="What share of checks has an explanation in words of usable length?",
    question_nl="Welk deel van de controles heeft een bruikbare toelichting?",
    estimand="Share of registered proactive checks whose free-text explanation is of usable length.",
    assumptions="Length stands for use: the text itself never enters the pipeline.",
    misleads="A long text can be boilerplate, and a short one can suffice.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
