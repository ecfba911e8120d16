"""How many queries in MEOS end in a registered check."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Unit
from meos_pipeline.statistics.rates import Sum, rate_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "registrations_per_query"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Registered checks over queries."""
    return rate_findings(
        tables,
        context,
        statistic=NAME,
        unit=Unit.RATIO,
        events=Sum("proactive"),
        exposure=Sum("queries"),
        per=1,
        minimum=context.policy.smallest_rate_denominator,
        caveats=("trend_only",),
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="How many checks were registered per query in MEOS?",
    question_nl="Hoeveel controles zijn er per bevraging in MEOS vastgelegd?",
    estimand="Registered checks over queries of persons and plates.",
    assumptions="The share of queries that belong to a check changes slowly.",
    misleads="Queries also occur without a check, and one check can take several queries: only its course says something.",
    minimum="50 released queries; the spread between months from 6 months on.",
    source="Garwood (1936); quasi-Poisson spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
