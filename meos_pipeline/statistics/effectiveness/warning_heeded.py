"""The app warned of a repeat and the check went on: with a reason?"""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "warning_heeded"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share that went on with a reason."""
    return share_findings(
        tables,
        context,
        statistic=NAME,
        partition="warning",
        events=("with_reason",),
        among=("with_reason", "without_reason"),
        caveats=("avoided_not_measurable",),
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.EFFECTIVENESS,
    question="When a check went on after a repeat warning, how often was a reason recorded?",
    question_nl="Hoe vaak is een reden vastgelegd als een controle na een herhaalmelding toch doorging?",
    estimand="Share with a recorded reason among registered proactive checks that went on after a repeat warning.",
    assumptions="The warning is logged with the check.",
    misleads="Warnings after which no check followed are not in the records: how many repeats were avoided cannot be measured from them.",
    minimum="50 released checks with a warning.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
