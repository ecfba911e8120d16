"""Are the fields filled that let a check be explained."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.findings import stack
from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "completeness"
FIELDS = ("reason", "legal_basis", "result", "explained", "time", "area")


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share filled, one stratum per field."""
    return stack(
        [
            share_findings(
                tables,
                context,
                statistic=NAME,
                partition=f"field_{field}",
                events=("filled",),
                among=("filled", "empty"),
                stratum=f"field={field}",
            )
            for field in FIELDS
        ]
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="How complete are the fields that let a check be explained?",
    question_nl="Hoe volledig zijn de velden waarmee een controle is te verantwoorden?",
    estimand="Per field, share of registered proactive checks in which it is filled.",
    assumptions="An empty field was not filled, rather than lost on the way.",
    misleads="A filled field can be filled without thought; 'unknown' is a value in some exports and empty here.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
