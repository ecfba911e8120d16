"""Is a team's own monthly level still what it was: per measure a chart, with few false alarms."""

import json
from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.measures import CHARTED, MEASURES, Measure, break_days, missing_file, series
from meos_pipeline.statistics.methods import control_chart as cc
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "control_chart"
SHOWN_MONTHS = 24
SMALLEST_MEAN = 5.0
CAVEATS = ("look_here_not_verdict",)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per measure, team and month: 'point', 'centre', 'low', 'high'; and per measure the alarms to expect."""
    cells = tables["cells"]
    parts = []
    for measure in (MEASURES[name] for name in CHARTED):
        if reason := missing_file(cells, measure):
            parts.append(
                missing_input(
                    context.teams,
                    statistic=NAME,
                    unit=measure.unit,
                    start=context.month,
                    end=w.last_day(context.month),
                    reason=reason,
                ).with_columns(pl.lit(f"measure={measure.name}").alias("stratum"))
            )
            continue
        counts = series(cells, measure, context)
        charted = 0
        for team in sorted(set(context.teams) - {""}):
            rows, has_baseline = _team(
                counts.filter(pl.col("team") == team), measure, context, break_days(tables, team)
            )
            charted += has_baseline
            parts.append(_findings(rows.with_columns(pl.lit(team).alias("team")), measure))
        parts.append(_expected(measure, charted, context))
    return stack(parts)


def _team(counts: pl.DataFrame, measure: Measure, context: Context, breaks: list[date]) -> tuple[pl.DataFrame, bool]:
    """Chart of one team from its newest break on; lines without alarm while the baseline is short."""
    policy = context.policy
    past = [day for day in breaks if day <= context.month]
    if past:
        counts = counts.filter(pl.col("period_start") >= past[-1])
    if not measure.exposure:
        counts = counts.filter(pl.col("n") >= policy.smallest_shown_count)
    if counts.height < 3:
        return _short(context, counts.height), False
    events, n = counts["events"].to_numpy().astype(float), counts["n"].to_numpy().astype(float)
    ready = counts.height > policy.baseline_months and float(events.mean()) >= SMALLEST_MEAN
    baseline = min(policy.baseline_months, counts.height)
    stable = cc.stable_rate(events, n) if measure.exposure else cc.stable_share(events, n)
    found = cc.chart(
        stable,
        baseline=baseline,
        weight=policy.ewma_lambda,
        moving_limit_sd=policy.ewma_limit_sd,
        point_limit_sd=policy.chart_limit_sd,
    )
    reach = policy.chart_limit_sd * found.sd
    lines = {"point": events / n, "centre": _back(found.centre, events, n, measure)}
    lines |= {
        "low": _back(found.centre - reach, events, n, measure),
        "high": _back(found.centre + reach, events, n, measure),
    }
    reason = "" if ready else ("baseline_too_short" if counts.height <= policy.baseline_months else "mean_too_small")
    labels = [_label(int(alarm), ready=ready, judged=place >= baseline) for place, alarm in enumerate(found.alarm)]
    frames = [
        counts.select("period_start", "events", "n").with_columns(
            pl.Series("estimate", values * measure.per),
            pl.lit(name).alias("series"),
            pl.Series("label", labels if name == "point" else [Label.DESCRIBED.value] * counts.height),
            pl.lit(reason if name == "point" else "").alias("label_reason"),
            pl.lit(json.dumps({"baseline_months": baseline, "after_break": bool(past)})).alias("detail"),
        )
        for name, values in lines.items()
    ]
    first = w.add_months(context.month, 1 - SHOWN_MONTHS)
    shown = pl.concat(frames).filter(pl.col("period_start") >= first)
    return shown.with_columns(pl.col("period_start").dt.month_end().alias("period_end")), ready


def _label(alarm: int, *, ready: bool, judged: bool) -> str:
    if not ready or not judged:
        return Label.DESCRIBED.value
    return {1: Label.SIGNAL_HIGH, -1: Label.SIGNAL_LOW}.get(alarm, Label.USUAL).value


def _back(level: float, events: Floats, n: Floats, measure: Measure) -> Floats:
    """From the stable scale to a share or rate, at each month's own n."""
    if measure.exposure:
        count = np.maximum(level / 2, 0) ** 2 - 0.375
        return np.full(len(n), max(float(count), 0.0) / float(n.mean()))
    angle = np.arcsin(np.sqrt(np.clip((events + 0.375) / (n + 0.75), 0, 1)))
    middle = float((angle * n).sum() / n.sum())
    at = np.clip(middle + level / (2 * np.sqrt(n)), 0, np.pi / 2)
    return np.asarray(np.sin(at) ** 2)


def _short(context: Context, months: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "period_start": [context.month],
            "period_end": [w.last_day(context.month)],
            "series": ["point"],
            "label": [Label.TOO_FEW.value],
            "label_reason": ["fewest_months"],
            "needed": [3 - months],
        }
    )


def _expected(measure: Measure, charted: int, context: Context) -> pl.DataFrame:
    """Alarms that ordinary months would give in this month, over all charted teams."""
    rows = pl.DataFrame(
        {
            "estimate": [charted * cc.USUAL_ALARMS_24_MONTHS / 24],
            "lower": [charted * cc.FEWEST_ALARMS_24_MONTHS / 24],
            "upper": [charted * cc.MOST_ALARMS_24_MONTHS / 24],
            "n": [charted],
        }
    )
    return findings_of(
        rows,
        statistic=NAME,
        unit=Unit.COUNT,
        method="simulated_false_alarms",
        stratum=f"measure={measure.name}",
        series="expected_alarms",
        period_start=context.month,
        period_end=w.last_day(context.month),
    )


def _findings(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    return findings_of(
        rows,
        statistic=NAME,
        unit=measure.unit,
        caveats=CAVEATS,
        method="ewma_and_point",
        stratum=f"measure={measure.name}",
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Did my team's own level change, beyond what its months usually vary?",
    question_nl="Is het eigen niveau van mijn team veranderd, meer dan maanden gewoonlijk schommelen?",
    estimand="A lasting shift of the team's monthly level from that of its first 24 months (after the newest break).",
    assumptions="Months of one team are weakly related (autocorrelation up to 0.4); a break is listed when one happens.",
    misleads="A season, an action or a new release also shifts the level: an alarm says where to look, not why.",
    minimum="24 months of baseline and a mean of 5; with less a line without alarms.",
    source="Montgomery (2012) 6.4, 9.2; Anscombe (1948) and Freeman & Tukey (1950) scales.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
)
