"""Are checks without a result registered too."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.yields import yield_findings

MEASURE = share("zero_result_share", "result", "nothing_found", charted=True)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of checks with nothing found."""
    return yield_findings(
        tables,
        context,
        MEASURE,
        caveats=("zero_result_two_readings",),
    )


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.USE,
    question="What share of registered checks with a known result had nothing to note?",
    question_nl="Welk deel van de controles met een bekend resultaat was zonder bijzonderheden?",
    estimand="Share of 'nothing found' among registered proactive checks with a known result.",
    assumptions="Officers record 'nothing found' rather than leave the result empty.",
    misleads="A low share can mean well chosen checks, or that only hits are registered: coverage without result decides which.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
