"""Checks that only recorded information; never counted as a hit."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.yields import yield_findings

MEASURE = share("information_only", "result", "information_only")


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share with information only."""
    return yield_findings(
        tables,
        context,
        MEASURE,
        caveats=("information_is_no_hit",),
    )


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.EFFECTIVENESS,
    question="What share of checks only led to recorded information?",
    question_nl="Welk deel van de controles leverde alleen vastgelegde informatie op?",
    estimand="Share of 'information only' among registered proactive checks with a known result.",
    assumptions="'Information only' is chosen when nothing else resulted.",
    misleads="Information is not a hit: counting it as one lets yield rise by writing more.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
