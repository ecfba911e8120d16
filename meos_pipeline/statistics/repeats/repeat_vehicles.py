"""The same vehicle again, without a result the time before."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.measures import Measure
from meos_pipeline.statistics.repeats.by_window import by_window
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = Measure(
    name="repeat_vehicles",
    partition="repeat_vehicle_30",
    events=("without_result",),
    among=("without_result", "with_result", "first"),
    aims=("repeat_vehicle",),
)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share of repeats without a result, one stratum per window."""
    return by_window(tables, context, MEASURE)


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.REPEATS,
    question="How often was the same vehicle checked again within 30 and 90 days, without a result then?",
    question_nl="Hoe vaak is hetzelfde voertuig binnen 30 en 90 dagen opnieuw gecontroleerd, zonder resultaat de vorige keer?",
    estimand="Share of linked registered proactive checks whose vehicle was seen on an earlier day in the window, by any team, without a result H1-H3.",
    assumptions="The pseudonym links all checks of one vehicle within a calendar year; checks whose window reaches before the year or the data are left out.",
    misleads="Unregistered checks are invisible, so real repeats are more; a shared vehicle is not one driver; the start of a year has no figure for 90 days.",
    minimum="50 released linked checks with a full look-back.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
