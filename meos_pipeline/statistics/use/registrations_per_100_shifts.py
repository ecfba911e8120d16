"""How many checks are registered per 100 shifts."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.statistics.measures import Measure
from meos_pipeline.statistics.rates import Sum, rate_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

MEASURE = Measure(
    name="registrations_per_100_shifts",
    partition="proactive",
    events=PARTITIONS["proactive"].categories,
    among=("worked",),
    exposure="shifts",
    charted=True,
    aims=("registrations",),
)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Registered checks over shifts worked."""
    return rate_findings(
        tables,
        context,
        statistic=MEASURE.name,
        unit=MEASURE.unit,
        events=Sum(MEASURE.partition),
        exposure=Sum(MEASURE.exposure),
        per=MEASURE.per,
        minimum=context.policy.smallest_rate_denominator,
        caveats=("more_is_not_better", "registration_not_behaviour"),
    )


STATISTIC = Statistic(
    name=MEASURE.name,
    measure=MEASURE,
    theme=Theme.USE,
    question="How many checks were registered per 100 shifts?",
    question_nl="Hoeveel controles zijn er per 100 diensten vastgelegd?",
    estimand="Expected registered checks per 100 shifts of the team, in the month and over the rolling window.",
    assumptions="Shifts are those in which checks could be made; months vary around one level (quasi-Poisson).",
    misleads="Registration drives it as much as behaviour: read it beside coverage. More checks is not better.",
    minimum="50 released shifts; the spread between months from 6 months on.",
    source="McCullagh & Nelder (1989) 6.2 for the quasi-Poisson variance; Garwood (1936) for the interval.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
