"""Are checks entered soon after they took place."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import share
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = share("timeliness", "timeliness", "timely", charted=True, aims=("timeliness",))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share entered in time."""
    return measured(tables, context, MEASURE)


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.USE,
    question="What share of checks was entered within the agreed time?",
    question_nl="Welk deel van de controles is binnen de afgesproken tijd vastgelegd?",
    estimand="Share of registered checks entered within policy.timely_minutes of the check, among those with both times.",
    assumptions="The clock of entry is the system's, the clock of the check the officer's.",
    misleads="A check time that was filled in at entry looks timely; checks that were never entered are not in it.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
