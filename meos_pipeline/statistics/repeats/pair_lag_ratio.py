"""Is a check itself followed by more checks of the same person: a ratio that needs no population."""

import json
import math
from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.methods.labels import Margins, comparison_label
from meos_pipeline.statistics.methods.power import checks_needed
from meos_pipeline.statistics.methods.proportion import normal_quantile
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "pair_lag_ratio"
FEWEST_PAIRS = 40


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """(same-person pairs at 1-30 days / all pairs) over (the same at 121-365 days)."""
    window = w.windows(context)[1]
    counts = (
        tables["pair_lags"]
        .filter(pl.col("month").is_between(window.start, window.end), pl.col("team").is_in(list(context.teams)))
        .with_columns(pl.col("lag").cast(pl.String()))
    )
    rows = []
    for team in ("", *sorted(set(context.teams) - {""})):
        own = counts if team == "" else counts.filter(pl.col("team") == team)
        sums = {
            lag: tuple(own.filter(pl.col("lag") == lag).select(pl.col("n_same", "n_all").sum()).row(0))
            for lag in ("near", "far")
        }
        rows.append(_team(team, sums["near"], sums["far"], context))
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.RATIO,
        caveats=("does_not_say_why", "within_key_year"),
        method="pair_lag_ratio",
        reference="pairs_121_365_days",
        period_start=window.start,
        period_end=window.end,
    )


def _team(team: str, near: tuple[int, ...], far: tuple[int, ...], context: Context) -> dict[str, object]:
    same: dict[str, object] = {
        "team": team,
        "events": near[0],
        "n": near[1],
        "reference_events": far[0],
        "reference_n": far[1],
    }
    lacking = FEWEST_PAIRS - near[0] - far[0]
    if lacking > 0 or min(near[0], far[0]) == 0 or min(near[1], far[1]) == 0:
        return same | {
            "label": Label.TOO_FEW.value,
            "label_reason": "fewest_pairs",
            "needed": max(lacking, 1),
        }
    margins = Margins.of(context.policy)
    log_ratio = math.log(near[0] / near[1] / (far[0] / far[1]))
    se = math.sqrt(1 / near[0] + 1 / far[0])
    half = normal_quantile(context.policy.confidence_level) * se
    label, reason = comparison_label(log_ratio, se, margins)
    return same | {
        "estimate": math.exp(log_ratio),
        "lower": math.exp(log_ratio - half),
        "upper": math.exp(log_ratio + half),
        "label": label.value,
        "label_reason": reason,
        "needed": checks_needed(label, log_ratio, se, near[0] + far[0], margins),
        "detail": json.dumps({"se_log": round(se, 3), "residual_dof": near[0] + far[0] - 2}),
    }


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.REPEATS,
    question="Are persons checked again within a month more often than their own long-run level explains?",
    question_nl="Worden personen binnen een maand vaker opnieuw gecontroleerd dan hun eigen niveau op lange termijn verklaart?",
    estimand="Rate of same-person pairs 1-30 days apart over that 121-365 days apart, each relative to all pairs.",
    assumptions="Stable, even very unequal, exposure of persons gives 1; pseudonyms link within a calendar year.",
    misleads="Above 1 means that a check is followed by more checks: follow-up, one incident, or targeting. It does not say which.",
    minimum="40 same-person pairs at both distances together; standard error at most 0.30 on the log scale.",
    source="Knox (1964) pair counts; null and size by simulation.",
    inputs=("pair_lags",),
    gate=Gate.MODEL,
    compute=compute,
)
