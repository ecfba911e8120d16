"""Share of checks on the most checked persons, only ever beside its chance value."""

import json
from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.methods.concentration import equal_chance, top_share
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "concentration"
TOP = 0.05
DRAWS = 200
FEWEST_PERSONS = 200


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share on the top 5% of persons this calendar year, and the same under equal chance ('expected')."""
    start = context.month.replace(month=1)
    counts = tables["check_frequency"].filter(
        pl.col("month") == context.month, pl.col("team").is_in(list(context.teams))
    )
    rows = []
    for team in sorted(set(context.teams) - {""}):
        rows += _team(team, counts.filter(pl.col("team") == team).sort("times"), context)
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None) if rows else pl.DataFrame(schema={"team": pl.String()}),
        statistic=NAME,
        unit=Unit.SHARE,
        caveats=("beside_chance", "no_person_shown"),
        method="top_share_zero_truncated_poisson",
        period_start=start,
        period_end=w.last_day(context.month),
    )


def _team(team: str, counts: pl.DataFrame, context: Context) -> list[dict[str, object]]:
    persons = int(counts["persons"].sum())
    checks = int((counts["persons"] * counts["times"]).sum())
    same: dict[str, object] = {
        "team": team,
        "n": checks,
        "detail": json.dumps({"top": TOP, "residual_dof": persons - 1}),
    }
    if persons < FEWEST_PERSONS:
        lacking = FEWEST_PERSONS - persons
        return [same | {"label": Label.TOO_FEW.value, "label_reason": "fewest_persons", "needed": lacking}]
    times, expected = equal_chance(counts["times"], counts["persons"])
    observed = top_share(counts["times"], counts["persons"], TOP)
    random = np.random.default_rng(context.policy.seed)
    chance = [top_share(times, draw, TOP) for draw in random.multinomial(persons, expected / expected.sum(), DRAWS)]
    own = [
        top_share(counts["times"], draw, TOP)
        for draw in random.multinomial(persons, counts["persons"].to_numpy() / persons, DRAWS)
    ]
    tail = (1 - context.policy.confidence_level) / 2
    found = []
    for series, estimate, draws in (("", observed, own), ("expected", top_share(times, expected, TOP), chance)):
        low, high = np.quantile(draws, [tail, 1 - tail])
        found.append(
            same
            | {
                "series": series,
                "estimate": estimate,
                "events": round(estimate * checks),
                "lower": min(float(low), estimate),
                "upper": max(float(high), estimate),
            }
        )
    return found


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.REPEATS,
    question="Do checks concentrate on few persons more than chance alone gives?",
    question_nl="Komen controles vaker bij weinig personen terecht dan toeval alleen zou geven?",
    estimand="Share of linked checks since January on the 5% of persons who were checked most.",
    assumptions="Under equal chance the number of checks of a person is Poisson, seen from one check on.",
    misleads="With few checks per person a high share arises from chance: without 'expected' the number says nothing.",
    minimum="200 linked persons in the calendar year.",
    source="zero-truncated Poisson after van der Heijden et al. (2003).",
    inputs=("check_frequency",),
    gate=Gate.MODEL,
    compute=compute,
)
