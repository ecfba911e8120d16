"""Does a measure rise or fall from year to year, apart from the season."""

import json
import math
from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.change.actions import log_scale
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.measures import Measure, break_days, charted, missing_file, series
from meos_pipeline.statistics.methods.interrupted import Effect, reml_ar1
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "trend"
YEAR, FEWEST_FOR_SEASON, NEWEST = 12, 36, 60
FEWEST = 2 * YEAR
SMALLEST_MEAN = 10.0
"""Events a month, on either side of a share, below which half an event more decides the line."""
CAVEATS = ("no_causal_claim",)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Ratio of the odds (or rate) to those a year before, per measure and team, and for all teams together."""
    parts = []
    for measure in charted():
        if reason := missing_file(tables["cells"], measure):
            parts.append(
                missing_input(
                    context.teams,
                    statistic=NAME,
                    unit=Unit.RATIO,
                    start=context.month,
                    end=w.last_day(context.month),
                    reason=reason,
                    stratum=f"measure={measure.name}",
                )
            )
            continue
        parts.append(_measure(measure, tables, context))
    return stack(parts)


def _measure(measure: Measure, tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """All teams of one measure. It describes: which line has a signal is for the control chart alone to say."""
    counts = series(tables["cells"], measure, context, months=NEWEST)
    together = (
        counts.group_by("period_start", maintain_order=True).agg(pl.col("events", "n").sum()).sort("period_start")
    )
    known = {str(key[0]): part for key, part in counts.partition_by("team", as_dict=True).items()}
    names = ["", *sorted(set(context.teams) - {""})]
    found = []
    for team in names:
        own = together if team == "" else known.get(team, counts.clear())
        past = [day for day in break_days(tables, team or "all") if day <= context.month]
        found.append(_fitted(own.filter(pl.col("period_start") >= past[-1]) if past else own, measure))
    rows = [
        {"team": team, **_row(effect, months, context.policy)}
        for team, (effect, months) in zip(names, found, strict=True)
    ]
    last = w.last_day(context.month)
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        period_start=pl.col("period_start").fill_null(context.month), period_end=pl.lit(last)
    )
    return findings_of(
        frame,
        statistic=NAME,
        unit=Unit.RATIO,
        caveats=CAVEATS,
        method="reml_ar1_trend",
        stratum=f"measure={measure.name}",
        reference="a_year_before",
    )


def _fitted(own: pl.DataFrame, measure: Measure) -> tuple[Effect | str, pl.DataFrame]:
    """The trend per year, or why there is none; and the months it is of."""
    # Whole years, so that without season terms no month counts more often than another.
    kept = own if own.height >= FEWEST_FOR_SEASON else own.tail(FEWEST)
    if kept.height < FEWEST:
        return "fewest_months", kept
    sides = [kept["events"]] if measure.exposure else [kept["events"], kept["n"] - kept["events"]]
    if min(float(side.sum()) for side in sides) < SMALLEST_MEAN * kept.height:
        return "mean_too_small", kept
    first = kept["period_start"][0]
    starts = kept["period_start"]
    time = ((starts.dt.year() - first.year) * YEAR + starts.dt.month() - first.month).to_numpy().astype(float) / YEAR
    columns = [np.ones(kept.height), time - time.mean()]
    if kept.height >= FEWEST_FOR_SEASON:
        angle = 2 * np.pi * starts.dt.month().to_numpy() / YEAR
        columns += [np.sin(angle), np.cos(angle)]
    return reml_ar1(log_scale(kept, measure), np.column_stack(columns)), kept


def _row(effect: Effect | str, months: pl.DataFrame, policy: Policy) -> dict[str, object]:
    row: dict[str, object] = {
        "period_start": months["period_start"].min() if months.height else None,
        "events": int(months["events"].sum()),
        "n": int(months["n"].sum()),
    }
    if isinstance(effect, str):
        lacking = {"fewest_months": max(FEWEST - months.height, 1)}.get(effect)
        return row | {"label": Label.TOO_FEW.value, "label_reason": effect, "needed": lacking}
    low, high = effect.interval(policy.confidence_level)
    return row | {
        "estimate": math.exp(effect.estimate),
        "lower": math.exp(low),
        "upper": math.exp(high),
        "detail": json.dumps({"months": months.height, "season": months.height >= FEWEST_FOR_SEASON}),
    }


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Does the measure rise or fall from year to year, apart from the season?",
    question_nl="Stijgt of daalt het cijfer van jaar op jaar, los van het seizoen?",
    estimand="Ratio of the odds (or rate) to those twelve months before, along one line since the newest break.",
    assumptions="One line for all years; months are related as AR(1); each season is like the season before.",
    misleads="A line through a step looks like a trend, and a trend is not the effect of anything that was done.",
    minimum="24 months since the newest break (season from 36), 10 events a month on either side.",
    source="Harville (1977), residual maximum likelihood.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
    version=2,
)
