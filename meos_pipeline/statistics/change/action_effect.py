"""Did an action do something: other teams as controls when there are enough, else the team's own series."""

import json
import math
from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.change.actions import Action, actions_of, break_near, log_scale, months_around
from meos_pipeline.statistics.findings import findings_of, stack
from meos_pipeline.statistics.measures import Measure, missing_file, series
from meos_pipeline.statistics.methods.interrupted import Effect, design, placebo_controls, reml_ar1
from meos_pipeline.statistics.methods.labels import Margins, comparison_label
from meos_pipeline.statistics.methods.power import checks_needed
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "action_effect"
FEWEST_BEFORE, FEWEST_AFTER, FEWEST_FOR_LABEL, FEWEST_FOR_SEASON = 12, 6, 36, 24
FEWEST_CONTROLS_FOR_LABEL = 8
REACH = 12
CAVEATS = ("other_causes_possible",)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per action the preferred estimate (''), and each method under its own name ('controls', 'single')."""
    actions = actions_of(tables, context)
    cache: dict[str, pl.DataFrame] = {}
    rows = []
    for action in actions:
        if action.measure and action.measure.name not in cache:
            cache[action.measure.name] = series(tables["cells"], action.measure, context)
        others = {other.team for other in actions if other.measure == action.measure} - {action.team}
        rows += _rows(action, tables, cache, context, others)
    if not rows:
        return stack([])
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.RATIO,
        caveats=CAVEATS,
        reference="before_the_action",
    )


def _rows(
    action: Action,
    tables: Mapping[str, pl.DataFrame],
    cache: Mapping[str, pl.DataFrame],
    context: Context,
    busy: set[str],
) -> list[dict[str, object]]:
    same: dict[str, object] = {
        "team": action.team,
        "stratum": action.stratum,
        "period_start": action.first_month,
        "period_end": w.last_day(context.month),
    }
    if action.measure is None:
        return [same | {"label": Label.NOT_COMPARABLE.value, "label_reason": "no_measure"}]
    if reason := missing_file(tables["cells"], action.measure):
        return [same | {"label": Label.MISSING_INPUT.value, "label_reason": reason}]
    if break_near(tables, action, months=3):
        return [same | {"label": Label.NOT_COMPARABLE.value, "label_reason": "break_near_start"}]
    counts = cache[action.measure.name]
    own = months_around(counts.filter(pl.col("team") == action.team), action)
    before = own.filter(pl.col("period_start") < action.first_month).height
    after = own.height - before
    same |= {"n": own.height, "detail": json.dumps({"before": before, "after": after, "measure": action.measure.name})}
    if before < FEWEST_BEFORE or after < FEWEST_AFTER:
        lacking = max(FEWEST_BEFORE - before, FEWEST_AFTER - after)
        return [same | {"label": Label.TOO_FEW.value, "label_reason": "fewest_months", "needed": lacking}]
    found = {"single": (_single(own, action.measure, before), own.height >= FEWEST_FOR_LABEL)}
    controls = _controls(counts, own, action, busy)
    if controls is not None:
        effect, teams = controls
        found = {"controls": (effect, teams >= FEWEST_CONTROLS_FOR_LABEL)} | found
    preferred = next((name for name, (_, enough) in found.items() if enough), next(iter(found)))
    rows = [_row(same, name, *found[name], context) | {"series": name} for name in found]
    return [_row(same, preferred, *found[preferred], context), *rows]


def _single(own: pl.DataFrame, measure: Measure, before: int) -> Effect:
    season = own["period_start"].dt.month().to_numpy() if own.height >= FEWEST_FOR_SEASON else None
    X = design(own.height, before, calendar_month=season, slope_change=own.height >= FEWEST_FOR_LABEL)
    return reml_ar1(log_scale(own, measure), X)


def _controls(counts: pl.DataFrame, own: pl.DataFrame, action: Action, busy: set[str]) -> tuple[Effect, int] | None:
    """Effect against teams without such an action that have every month the team has; None below three."""
    assert action.measure is not None  # noqa: S101 - narrows the type
    months = own["period_start"]
    window = counts.filter(pl.col("period_start").is_in(months.to_list()), ~pl.col("team").is_in(list(busy)))
    complete = (
        window.group_by("team", maintain_order=True)
        .agg(pl.len().alias("months"))
        .filter(pl.col("months") == len(months))["team"]
        .sort()
    )
    teams = [action.team, *(team for team in complete.to_list() if team != action.team)]
    if len(teams) < 4:
        return None
    matrix = np.vstack([log_scale(window.filter(pl.col("team") == team), action.measure) for team in teams])
    start = int((months < action.first_month).sum())
    return placebo_controls(matrix, 0, start, reach=REACH), len(teams)


def _row(same: Mapping[str, object], method: str, effect: Effect, enough: bool, context: Context) -> dict[str, object]:
    level = context.policy.confidence_level
    low, high = effect.interval(level)
    label, reason = Label.DESCRIBED, "no_label_below_minimum"
    if enough:
        label, reason = comparison_label(
            effect.estimate,
            effect.se,
            Margins.of(context.policy),
            critical=effect.critical(level),
            critical_90=effect.critical(0.90),
        )
    return dict(same) | {
        "method": {"single": "reml_ar1", "controls": "placebo_controls"}[method],
        "estimate": math.exp(effect.estimate),
        "lower": math.exp(low),
        "upper": math.exp(high),
        "label": label.value,
        "label_reason": reason,
        "needed": checks_needed(label, effect.estimate, effect.se, float(str(same["n"])), Margins.of(context.policy)),
    }


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Did the action change what it aimed at, beyond trend, season and what other teams did?",
    question_nl="Heeft de actie veranderd waar zij op gericht was, meer dan trend, seizoen en andere teams verklaren?",
    estimand="Ratio of the odds (or rate) after the start to those expected without the action.",
    assumptions="Controls: other teams show what would have happened. Single: trend and season would have gone on.",
    misleads="A single series cannot exclude anything else that began that month; with controls nothing that struck only this team.",
    minimum="12 months before and 6 after; a label from 8 teams with all months, or 36 months of the team itself.",
    source="Abadie, Diamond & Hainmueller (2010); Conley & Taber (2011); Harville (1977).",
    inputs=("cells", "team_actions"),
    gate=Gate.RELEASED,
    compute=compute,
)
