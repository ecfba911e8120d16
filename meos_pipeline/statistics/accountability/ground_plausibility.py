"""Does the legal basis fit the other fields."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.statistics.findings import stack
from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "ground_plausibility"
CAVEATS = ("question_to_the_record",)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share plausible, and one stratum per rule."""
    overall = share_findings(
        tables, context, statistic=NAME, partition="basis_plausible", events=("plausible",), caveats=CAVEATS
    )
    return stack(
        [
            overall,
            *(
                share_findings(
                    tables,
                    context,
                    statistic=NAME,
                    partition="implausible_rule",
                    events=(rule,),
                    stratum=f"rule={rule}",
                    caveats=CAVEATS,
                )
                for rule in PARTITIONS["implausible_rule"].categories
                if rule != "none"
            ),
        ]
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.ACCOUNTABILITY,
    question="In what share of checks does the legal basis fit the other fields, and which rule fails most?",
    question_nl="Bij welk deel van de controles past de grondslag bij de andere velden, en welke regel faalt het vaakst?",
    estimand="Share of checks that break no plausibility rule among those with a legal basis; per rule, share of all proactive checks whose first broken rule it is.",
    assumptions="The rules state what the articles demand; age bands stand for ages, so only checks of children under twelve break the rule on fourteen years.",
    misleads="A broken rule is a question to the record: the wrong code may have been chosen for a lawful check.",
    minimum="50 released checks; the spread between months from 6 months on.",
    source="Wilson (1927) at the effective number of checks; quasi-binomial spread between months (McCullagh & Nelder 1989, 4.5).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
