"""Teams against the mean of teams, each borrowing strength from the others."""

import json
from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.methods.labels import Margins, pooled_label
from meos_pipeline.statistics.methods.pooling import Pooled, pool_binomial
from meos_pipeline.statistics.methods.power import checks_for_visible, checks_lacking
from meos_pipeline.statistics.methods.proportion import normal_quantile
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.teams.family import OF_A_TEAM, Family, families

NAME = "team_comparison"
DIRECTED = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.INDICATION_HIGHER, Label.INDICATION_LOWER)
FAMILY_GATE = 0.9
"""When P(teams differ by less than 5%) is above this, no team gets a label of its own."""
CAVEATS = ("no_ranking", "not_adjusted_for_area")


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Odds ratio of each team to the mean of teams, and the pooled share (series 'pooled')."""
    found, missing = families(tables, context)
    window = w.windows(context)[1]
    absent = [
        missing_input(
            context.teams,
            statistic=NAME,
            unit=Unit.RATIO,
            start=window.start,
            end=window.end,
            reason=reason,
            stratum=f"measure={name}",
        )
        for name, reason in missing.items()
    ]
    return stack([*(_measure(family, context) for family in found), *absent])


def _measure(family: Family, context: Context) -> pl.DataFrame:
    policy, margins = context.policy, Margins.of(context.policy)
    if family.teams.height < policy.fewest_pooled_teams:
        short = family.rows.select("team").with_columns(
            pl.lit(Label.NOT_COMPARABLE.value).alias("label"), pl.lit("fewest_pooled_teams").alias("label_reason")
        )
        return _findings(short, family)
    pooled = pool_binomial(
        family.events,
        family.n,
        confidence_level=policy.confidence_level,
        relevant=margins.relevant,
        equivalent=margins.equivalent,
    )
    gated = pooled.no_spread > FAMILY_GATE
    gap = pooled.mean - pooled.mu
    half = normal_quantile(policy.confidence_level) * pooled.difference_sd
    labels = [
        _label(pooled, place, margins) if abs(gap[place]) > half[place] else _open(pooled, place, margins)
        for place in range(family.teams.height)
    ]
    beyond = 1 - np.maximum(pooled.higher, pooled.lower_than)
    given = [label in {Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER} for label, _ in labels]
    detail = json.dumps(
        {
            "teams": family.teams.height,
            "visible_ratio": policy.visible_ratio,
            "tau": round(pooled.tau, 3),
            "no_spread": round(pooled.no_spread, 3),
            "labels_given": 0 if gated else sum(given),
            "labels_expected_by_chance": 0.0 if gated else round(float(beyond[np.array(given)].sum()), 2),
        }
    )
    needed = [
        checks_for_visible(float(family.se[i]), float(family.teams["n"][i]), policy)
        if label == Label.UNDECIDED
        else checks_lacking(float(pooled.difference_sd[i]), float(family.teams["n"][i]), margins.largest_se)
        if label == Label.TOO_FEW
        else None
        for i, (label, _) in enumerate(labels)
    ]
    compared = family.teams.select(*OF_A_TEAM, "events", "n").with_columns(
        pl.Series("estimate", np.exp(gap)),
        pl.Series("lower", np.exp(gap - half)),
        pl.Series("upper", np.exp(gap + half)),
        pl.Series("label", [Label.DESCRIBED.value if gated else label.value for label, _ in labels]),
        pl.Series("label_reason", ["family_gate" if gated else reason for _, reason in labels]),
        pl.Series("needed", [None if gated else more for more in needed], dtype=pl.Int64),
    )
    shares = family.teams.select(*OF_A_TEAM, "events", "n").with_columns(
        pl.Series("estimate", 1 / (1 + np.exp(-pooled.mean))),
        pl.Series("lower", 1 / (1 + np.exp(-pooled.lower))),
        pl.Series("upper", 1 / (1 + np.exp(-pooled.upper))),
    )
    rest = family.rows.join(family.teams, on="team", how="anti").filter(pl.col("team") != "")
    spread = pl.DataFrame({"team": [""], "estimate": [pooled.tau], "label_reason": ["family_gate" if gated else ""]})
    return stack(
        [
            _findings(compared, family, detail=detail),
            _findings(rest.drop("estimate", "lower", "upper", "detail"), family),
            _findings(shares, family, series="pooled", unit=Unit.SHARE),
            _findings(spread, family, series="spread", unit=Unit.STANDARD_DEVIATIONS, detail=detail),
        ]
    )


def _label(pooled: Pooled, place: int, margins: Margins) -> tuple[Label, str]:
    return pooled_label(
        higher=float(pooled.higher[place]),
        lower=float(pooled.lower_than[place]),
        within=float(pooled.within[place]),
        above=float(pooled.above[place]),
        sd=float(pooled.difference_sd[place]),
        margins=margins,
    )


def _open(pooled: Pooled, place: int, margins: Margins) -> tuple[Label, str]:
    """The label of a team whose margin holds the mean team: no difference may be said."""
    label, reason = _label(pooled, place, margins)
    return (label, reason) if label not in DIRECTED else (Label.UNDECIDED, "interval_includes_one")


def _findings(
    rows: pl.DataFrame, family: Family, *, series: str = "", unit: Unit = Unit.RATIO, detail: str = "{}"
) -> pl.DataFrame:
    return findings_of(
        rows,
        statistic=NAME,
        unit=unit,
        caveats=CAVEATS,
        method="hb_grid",
        stratum=f"measure={family.measure.name}",
        reference="mean_of_teams" if unit == Unit.RATIO else "",
        series=series,
        detail=detail,
        period_start=family.window.start,
        period_end=family.window.end,
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.TEAMS,
    question="Does my team differ from the mean of teams by more than chance and more than ten percent?",
    question_nl="Verschilt mijn team meer dan toeval en meer dan tien procent van het gemiddelde team?",
    estimand="Ratio of the team's long-run odds to those of the mean team; 'pooled' is the share itself.",
    assumptions="Teams are exchangeable: none is known beforehand to differ because of area or task.",
    misleads="A city team and a rural team are not exchangeable. 'Undecided' is not 'no difference'.",
    minimum="6 teams with 50 released checks; posterior standard deviation at most 0.30 for a label.",
    source="Gelman et al. (2013) 5.4; Gelman, Hill & Yajima (2012) for what pooling does to many comparisons.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
