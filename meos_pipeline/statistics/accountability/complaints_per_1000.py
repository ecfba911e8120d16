"""Complaints in context, never as a measure of satisfaction."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Unit
from meos_pipeline.statistics.rates import Sum, rate_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "complaints_per_1000"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Complaints over registered checks."""
    return rate_findings(
        tables,
        context,
        statistic=NAME,
        unit=Unit.PER_1000_CHECKS,
        events=Sum("complaints"),
        exposure=Sum("proactive"),
        per=1000,
        minimum=context.policy.smallest_rate_denominator,
        caveats=("most_do_not_complain",),
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.ACCOUNTABILITY,
    question="How many complaints about checks were there per 1,000 registered checks?",
    question_nl="Hoeveel klachten over controles waren er per 1.000 vastgelegde controles?",
    estimand="Complaints about checks over registered checks, times 1,000.",
    assumptions="Complaints are booked at the team and month of the check.",
    misleads="Most people who feel wronged do not complain; better registration lowers it without fewer complaints.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Garwood (1936); quasi-Poisson spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
