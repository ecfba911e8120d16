"""How many checks follow an earlier check of the same person within a month, above what chance gives."""

import json
from collections.abc import Mapping
from datetime import date

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.methods.proportion import normal_quantile
from meos_pipeline.statistics.methods.repeat_excess import Pairs, excess
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "repeat_excess"
FEWEST_FAR, FEWEST_PAIRS = 20, 40
COLUMNS = {
    "checks": "checks",
    "near": "near_same",
    "far": "far_same",
    "all_near": "near_all",
    "all_far": "far_all",
    "near_square": "near_square",
    "far_square": "far_square",
    "cross": "cross",
}
"""Field of ``Pairs``, and its column."""
DIGITS = 1
"""As pages write them: the difference is that of the two numbers beside it."""
NOTHING = Pairs(**dict.fromkeys(COLUMNS, 0))


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per team and all together, over the newest year that is over: excess (''), 'seen' and 'chance' per 100 checks."""
    year = context.month.year - (context.month.month < 12)
    spread = tables["pair_spread"].filter(
        pl.col("month").dt.year() == year, pl.col("month").dt.month() == 12, pl.col("team").is_in(list(context.teams))
    )
    found = {
        str(row["team"]): Pairs(**{field: row[column] for field, column in COLUMNS.items()})
        for row in spread.iter_rows(named=True)
    }
    everyone = sum(found.values(), NOTHING)
    teams = sorted(set(context.teams) - {""})
    rows = [
        row for team in ("", *teams) for row in _team(team, found.get(team, NOTHING) if team else everyone, context)
    ]
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.PER_100_CHECKS,
        caveats=("does_not_say_why", "within_key_year", "stable_presence"),
        method="near_against_far_pairs",
        reference="pairs_far_apart",
        period_start=date(year, 1, 1),
        period_end=date(year, 12, 31),
    )


def _team(team: str, pairs: Pairs, context: Context) -> list[dict[str, object]]:
    same: dict[str, object] = {
        "team": team,
        "events": int(pairs.near),
        "n": int(pairs.checks),
        "reference_events": int(pairs.far),
    }
    lacking = max(FEWEST_FAR - pairs.far, FEWEST_PAIRS - pairs.near - pairs.far)
    if lacking > 0 or not (pairs.all_far and pairs.checks):
        few = {"label": Label.TOO_FEW.value, "label_reason": "fewest_pairs", "needed": int(max(lacking, 1))}
        return [same | few]
    result = excess(pairs)
    # The margin that the rule asks: one of 95 % would leave out chance where the verdict is that it may be chance.
    half = normal_quantile(context.policy.repeat_certain) * result.error
    more, above = result.excess > half, round(result.excess, DIGITS)
    seen = round(result.seen, DIGITS)
    detail = json.dumps({"residual_dof": int(pairs.near + pairs.far - 2)})
    headline = same | {
        "estimate": above,
        "lower": result.excess - half,
        "upper": result.excess + half,
        "label": (Label.SIGNAL_HIGH if more else Label.DESCRIBED).value,
        "label_reason": "more_than_chance" if more else "chance_possible",
        "detail": detail,
    }
    parts = [
        same | {"series": series, "estimate": value, "detail": detail}
        for series, value in (("seen", seen), ("chance", seen - above))
    ]
    return [headline, *parts]


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.REPEATS,
    question="Are persons checked again within a month more often than chance gives?",
    question_nl="Worden personen binnen een maand vaker opnieuw gecontroleerd dan toeval geeft?",
    estimand="Pairs of checks of one person at most 30 days apart, less those expected from pairs 121 days or more apart, "
    "per 100 checks of a calendar year; the margin is of 99 %, which the rule asks.",
    assumptions="Persons are about as often where the team checks all year, however unequal they are; pseudonyms link "
    "within a calendar year.",
    misleads="Who moves away or comes for a season makes follow-ups that are none; it says nothing about why.",
    minimum="20 pairs far apart, 40 pairs in all, in a calendar year that is over.",
    source="Knox (1964) pairs near in time; Liang & Zeger (1986) for persons as clusters.",
    inputs=("pair_spread",),
    gate=Gate.MODEL,
    compute=compute,
)
