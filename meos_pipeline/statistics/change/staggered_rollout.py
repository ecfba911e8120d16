"""Did something that teams began at different times work: untreated teams and months predict the treated ones."""

import json
import math
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.change.actions import Action, actions_of
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.measures import missing_file, series
from meos_pipeline.statistics.methods.interrupted import imputed_effect
from meos_pipeline.statistics.methods.labels import Margins, comparison_label
from meos_pipeline.statistics.methods.power import checks_needed
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "staggered_rollout"
FEWEST_UNTREATED, FEWEST_STARTS, FEWEST_BEFORE = 8, 2, 6
LEADS_AND_LAGS = 12
CAVEATS = ("volunteers_first",)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """One estimate per kind of action and measure that began in at least two different months."""
    groups: dict[tuple[str, str], list[Action]] = defaultdict(list)
    for action in actions_of(tables, context):
        if action.measure is not None:
            groups[action.kind, action.measure.name].append(action)
    return stack(
        [
            _roll_out(kind, actions, tables, context)
            for (kind, _), actions in sorted(groups.items())
            if len({action.first_month for action in actions}) >= FEWEST_STARTS
        ]
    )


def _roll_out(kind: str, actions: list[Action], tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    measure = actions[0].measure
    assert measure is not None  # noqa: S101 - narrows the type
    stratum = f"roll_out={kind}|{measure.name}"
    starts = {action.team: action.first_month for action in sorted(actions, key=lambda a: a.first_month, reverse=True)}
    end = w.last_day(context.month)

    def findings(rows: pl.DataFrame) -> pl.DataFrame:
        return findings_of(
            rows,
            statistic=NAME,
            unit=Unit.RATIO,
            caveats=CAVEATS,
            method="poisson_imputation",
            stratum=stratum,
            reference="untreated_teams",
            period_start=min(starts.values()),
            period_end=end,
        )

    if reason := missing_file(tables["cells"], measure):
        return findings(pl.DataFrame({"label": [Label.MISSING_INPUT.value], "label_reason": [reason]}))
    counts = series(tables["cells"], measure, context)
    months = counts["period_start"].unique().sort()
    complete = (
        counts.group_by("team", maintain_order=True)
        .agg(pl.len().alias("months"))
        .filter(pl.col("months") == len(months))
    )
    teams = complete["team"].sort().to_list()
    first = np.array([starts.get(team, context.month.replace(year=context.month.year + 100)) for team in teams])
    treated = np.array([[month >= begin for month in months] for begin in first], dtype=bool)
    treated = treated.reshape(len(teams), len(months))
    untreated = int((~treated).sum(axis=0).min()) if treated.size else 0
    before = int((~treated[treated.any(axis=1)]).sum(axis=1).min()) if treated.any() else 0
    if untreated < FEWEST_UNTREATED or before < FEWEST_BEFORE or treated.any(axis=1).sum() < FEWEST_STARTS:
        return findings(
            pl.DataFrame({"label": [Label.NOT_COMPARABLE.value], "label_reason": ["fewest_untreated_teams"]})
        )
    wide = counts.filter(pl.col("team").is_in(teams)).sort("team", "period_start")
    shape = (len(teams), len(months))
    effect, course = imputed_effect(
        wide["events"].to_numpy().reshape(shape), treated, wide["n"].to_numpy().reshape(shape)
    )
    low, high = effect.interval(context.policy.confidence_level)
    label, reason = comparison_label(
        effect.estimate,
        effect.se,
        Margins.of(context.policy),
        critical=effect.critical(context.policy.confidence_level),
        critical_90=effect.critical(0.90),
    )
    headline = {
        "series": "",
        "estimate": math.exp(effect.estimate),
        "lower": math.exp(low),
        "upper": math.exp(high),
        "label": label.value,
        "label_reason": reason,
        "n": len(teams),
        "needed": checks_needed(label, effect.estimate, effect.se, float(len(teams)), Margins.of(context.policy)),
        "detail": json.dumps({"treated_teams": int(treated.any(axis=1).sum()), "untreated_teams": untreated}),
    }
    leads = [
        {"series": f"event_time={time:+03d}", "estimate": math.exp(value), "label": Label.DESCRIBED.value}
        for time, value in course
        if abs(time) <= LEADS_AND_LAGS
    ]
    return findings(pl.DataFrame([headline, *leads], infer_schema_length=None))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Did what teams began at different times change what it aimed at?",
    question_nl="Heeft wat teams op verschillende momenten zijn begonnen, veranderd waar het op gericht was?",
    estimand="Ratio of events after the start to those that teams and months without it predict, over all treated months.",
    assumptions="Without it teams would have moved in parallel; months before the start (event time below 0) show whether.",
    misleads="When volunteers begin first, they were changing already: event times below 0 that rise say so.",
    minimum="8 teams without it in every month, two different starts, 6 months before each.",
    source="Borusyak, Jaravel & Spiess (2024); Wooldridge (2023).",
    inputs=("cells", "team_actions"),
    gate=Gate.RELEASED,
    compute=compute,
)
