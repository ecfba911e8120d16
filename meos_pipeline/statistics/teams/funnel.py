"""Is a team outside the spread of ordinary teams."""

import json
from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.methods import funnel
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.teams.family import OF_A_TEAM, Family, families

NAME = "funnel"
CAVEATS = ("no_ranking", "question_not_verdict")


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Share per team and measure with the limits at its own size, and whether it is usual or a signal."""
    found, missing = families(tables, context)
    window = w.windows(context)[1]
    absent = [
        missing_input(
            context.teams,
            statistic=NAME,
            unit=Unit.SHARE,
            start=window.start,
            end=window.end,
            reason=reason,
            stratum=f"measure={name}",
        )
        for name, reason in missing.items()
    ]
    return stack([*(_measure(family, context) for family in found), *absent])


def _measure(family: Family, context: Context) -> pl.DataFrame:
    rows = family.rows
    if family.teams.height < context.policy.fewest_funnel_teams:
        return _findings(rows.with_columns(_few_teams()), family)
    spread, signal = funnel.outside(family.logit, family.se)
    direction = np.where(signal, np.sign(family.logit - spread.centre), 0).astype(int)
    labelled = rows.join(
        family.teams.select("team", pl.Series("direction", direction)), on="team", how="left", maintain_order="left"
    ).with_columns(
        pl.when(pl.col("direction") > 0)
        .then(pl.lit(Label.SIGNAL_HIGH.value))
        .when(pl.col("direction") < 0)
        .then(pl.lit(Label.SIGNAL_LOW.value))
        .when(pl.col("direction") == 0)
        .then(pl.lit(Label.USUAL.value))
        .otherwise(pl.col("label"))
        .alias("label"),
        pl.when(pl.col("direction") != 0)
        .then(pl.lit("outside_998_and_false_discovery"))
        .otherwise(pl.col("label_reason"))
        .alias("label_reason"),
    )
    detail = json.dumps(
        {
            "teams": family.teams.height,
            "dispersion": round(spread.dispersion, 2),
            "tau": round(float(np.sqrt(spread.tau_squared)), 3),
            "signals": int(signal.sum()),
            "any_by_chance": round(funnel.chance_of_any(spread, family.se, seed=context.policy.seed), 3),
        }
    )
    parts = [_findings(labelled, family, detail=detail)]
    for series, level, side in (
        ("limit95_low", 0.95, 0),
        ("limit95_high", 0.95, 1),
        ("limit998_low", 0.998, 0),
        ("limit998_high", 0.998, 1),
    ):
        limit = 1 / (1 + np.exp(-funnel.limits(spread, family.se, level)[side]))
        parts.append(_findings(_line(family, limit), family, series=series, detail=detail))
    centre = np.full(family.teams.height, 1 / (1 + np.exp(-spread.centre)))
    parts.append(_findings(_line(family, centre), family, series="centre", detail=detail))
    return stack(parts)


def _line(family: Family, values: Floats) -> pl.DataFrame:
    return family.teams.select(*OF_A_TEAM, "n", pl.Series("estimate", values))


def _few_teams() -> pl.Expr:
    """Too few teams for limits: the interval is shown, nothing is said of it."""
    described = pl.col("label") == Label.DESCRIBED.value
    return (
        pl.when(described).then(pl.lit("fewest_funnel_teams")).otherwise(pl.col("label_reason")).alias("label_reason")
    )


def _findings(rows: pl.DataFrame, family: Family, *, series: str = "", detail: str = "{}") -> pl.DataFrame:
    return findings_of(
        rows.drop("detail", strict=False),
        statistic=NAME,
        unit=Unit.SHARE,
        caveats=CAVEATS,
        method="funnel_winsorised_tau",
        stratum=f"measure={family.measure.name}",
        series=series,
        detail=detail,
        period_start=family.window.start,
        period_end=family.window.end,
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.TEAMS,
    question="Where does my team stand among the spread of ordinary teams?",
    question_nl="Waar staat mijn team binnen de spreiding van gewone teams?",
    estimand="Share per team against limits that hold chance and the ordinary spread between teams.",
    assumptions="Most teams are ordinary: the middle 80 percent set the spread.",
    misleads="Teams differ in area and task; outside the limits is a question for the meeting, not a verdict. No ranks.",
    minimum="12 teams with 50 released checks; with fewer teams intervals only.",
    source="Spiegelhalter (2005; 2012); Benjamini & Hochberg (1995) over the teams of a measure.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
