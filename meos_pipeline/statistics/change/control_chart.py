"""Is a team's own monthly level still what it was: per measure a line, and for a few of them a verdict."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.measures import Measure, break_days, charted, measures, missing_file, series
from meos_pipeline.statistics.methods import control_chart as cc
from meos_pipeline.statistics.methods.proportion import Floats, normal_quantile, rounding_variance
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "control_chart"
SHOWN_MONTHS = 24
SMALLEST_MEAN = 5.0
VISIBLE_MONTHS = 6
"""Months within which a change is told to show."""
BAND_SD = 3.0
"""Reach of the band of usual months: one month alone seldom leaves it, and is no signal by itself."""
CAVEATS = ("look_here_not_verdict",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """One measure of all teams: arrays have one row per team and one column per month, nan where there is none."""

    measure: Measure
    teams: tuple[str, ...]
    months: tuple[date, ...]
    events: Floats
    n: Floats
    x: Floats
    """On the log or logit scale."""
    variance: Floats
    stretch: NDArray[np.int64]
    """Number of the stretch between two breaks; -1 for a month in which one falls."""


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per measure, team and month: 'point', and where the line is judged 'centre', 'low', 'high'; alarms to expect."""
    cells = tables["cells"]
    parts = []
    for measure in dict.fromkeys((*(measures()[name] for name in context.policy.judged_charts), *charted())):
        if reason := missing_file(cells, measure):
            parts.append(
                missing_input(
                    context.teams,
                    statistic=NAME,
                    unit=measure.unit,
                    start=context.month,
                    end=w.last_day(context.month),
                    reason=reason,
                    stratum=f"measure={measure.name}",
                ).with_columns(pl.lit("point").alias("series"))
            )
            continue
        found = lines(tables, measure, context)
        if measure.name in context.policy.judged_charts:
            parts += _judged(found, context)
        else:
            parts.append(_drawn(found, context))
        parts.append(_short(found, context))
    return stack(parts)


def lines(tables: Mapping[str, pl.DataFrame], measure: Measure, context: Context) -> Lines:
    """Every team's months of a measure, in order, with the stretches that breaks part them in."""
    counts = series(tables["cells"], measure, context)
    is_share = not measure.exposure
    if is_share:
        counts = counts.filter(pl.col("n") >= context.policy.smallest_shown_count)
    teams = tuple(sorted(set(context.teams) - {""}))
    known_months = counts["period_start"].to_list()
    months = [min(known_months, default=context.month)]
    while months[-1] < context.month:
        months.append(w.add_months(months[-1], 1))
    of_team, of_month = ({key: number for number, key in enumerate(keys)} for keys in (teams, months))
    team = np.array([of_team[name] for name in counts["team"]], dtype=np.int64)
    place = np.array([of_month[start] for start in known_months], dtype=np.int64)
    events, n = (np.full((len(teams), len(months)), np.nan) for _ in range(2))
    events[team, place], n[team, place] = counts["events"].to_numpy(), counts["n"].to_numpy()
    known = np.isfinite(n)
    x, variance = (np.full(n.shape, np.nan) for _ in range(2))
    x[known], variance[known] = cc.log_scale(
        events[known], n[known], is_share=is_share, noise=rounding_variance(context.policy.rounding_base)
    )
    stretch = np.array([_stretches(months, break_days(tables, team)) for team in teams], dtype=np.int64)
    return Lines(
        measure=measure,
        teams=teams,
        months=tuple(months),
        events=events,
        n=n,
        x=x,
        variance=variance,
        stretch=stretch.reshape(n.shape),
    )


def _stretches(months: Sequence[date], breaks: Sequence[date]) -> list[int]:
    """Number of breaks before each month; -1 for a month that a break parts in two."""
    return [
        -1 if any(start < day <= w.last_day(start) for day in breaks) else sum(day <= start for day in breaks)
        for start in months
    ]


def _judged(found: Lines, context: Context) -> list[pl.DataFrame]:
    measure, policy = found.measure, context.policy
    rules = cc.Rules.of(policy, is_share=not measure.exposure)
    chart = cc.monitor(found.x, found.variance, found.stretch, [start.month for start in found.months], rules)
    enough = _means(found) >= SMALLEST_MEAN
    judged = chart.judged(rules) & enough[:, None]
    standing = _standing(np.where(judged, chart.alarm, 0), policy.chart_signal_months)
    label = np.select(
        [~judged, standing > 0, standing < 0],
        [Label.NOT_YET_JUDGED.value, Label.SIGNAL_HIGH.value, Label.SIGNAL_LOW.value],
        Label.USUAL.value,
    )
    reason = np.where(judged, "", np.where(enough[:, None], "first_months", "mean_too_small"))
    wait = np.where(judged | ~enough[:, None], 0, rules.first_month - 1 - chart.months_before)
    visible = _visible(found, chart, rules, context)
    rows = _points(found, label, reason).with_columns(
        detail=pl.Series(
            [
                json.dumps(
                    {"judged_from": w.add_months(start, months).isoformat()}
                    if months > 0
                    else {"visible_change": visible[team]}
                    if start == context.month and is_judged and visible[team] is not None
                    else {}
                )
                for start, months, team, is_judged in zip(
                    _starts(found),
                    wait[_known(found)].tolist(),
                    np.nonzero(_known(found))[0].tolist(),
                    judged[_known(found)].tolist(),
                    strict=True,
                )
            ],
            dtype=pl.String,
        )
    )
    reach = BAND_SD * chart.sd
    parts = [_findings(_shown(rows, context), measure)]
    for name, level in (("centre", chart.centre), ("low", chart.centre - reach), ("high", chart.centre + reach)):
        line = _line(found, name, _back(level, measure)).filter(pl.col("estimate").is_finite())
        parts.append(_findings(_shown(line, context), measure))
    return [*parts, _expected(measure, int(judged[:, -1].sum()), len(found.teams), context)]


def _visible(found: Lines, chart: cc.Chart, rules: cc.Rules, context: Context) -> list[float | None]:
    """Per team the rise that the line would show within ``VISIBLE_MONTHS``: part of a rate, or points of a share."""
    shift = cc.visible_shift(chart, rules, months=VISIBLE_MONTHS, power=context.policy.planner_power)
    level = chart.centre[:, -1]
    rise = (
        np.exp(shift) - 1
        if found.measure.exposure
        else _back(level + shift, found.measure) - _back(level, found.measure)
    )
    return [round(float(size), 2) if np.isfinite(size) else None for size in rise]


def _means(found: Lines) -> Floats:
    """Mean number of events a month, of a share on its rarer side."""
    rare = found.events if found.measure.exposure else np.fmin(found.events, found.n - found.events)
    there = np.maximum(np.isfinite(found.n).sum(axis=1), 1)
    return np.asarray(np.nansum(rare, axis=1) / there)


def _standing(alarm: NDArray[np.int64], months: int) -> NDArray[np.int64]:
    """The newest alarm of the last ``months`` months."""
    standing = alarm.copy()
    for back in range(1, min(months, alarm.shape[1])):
        earlier = np.zeros_like(alarm)
        earlier[:, back:] = alarm[:, :-back]
        standing = np.where(standing == 0, earlier, standing)
    return standing


def _drawn(found: Lines, context: Context) -> pl.DataFrame:
    """A line without a verdict: each month with the interval that chance and rounding give it."""
    half = normal_quantile(context.policy.confidence_level) * np.sqrt(found.variance)
    label = np.full(found.x.shape, Label.DESCRIBED.value)
    low, high = (pl.Series(_back(found.x + side * half, found.measure)[_known(found)]) for side in (-1, 1))
    rows = _points(found, label, np.full(found.x.shape, "drawn_only")).with_columns(
        lower=pl.min_horizontal(low, "estimate"), upper=pl.max_horizontal(high, "estimate")
    )
    return _findings(_shown(rows, context), found.measure)


def _known(found: Lines) -> NDArray[np.bool_]:
    return np.isfinite(found.n)


def _starts(found: Lines) -> list[date]:
    return [found.months[place] for place in np.nonzero(_known(found))[1].tolist()]


def _line(found: Lines, name: str, values: Floats) -> pl.DataFrame:
    """One row per month that there is, of all teams."""
    known = _known(found)
    team = np.nonzero(known)[0]
    return pl.DataFrame(
        {
            "team": np.array(found.teams, dtype=object)[team] if len(found.teams) else [],
            "period_start": pl.Series(_starts(found), dtype=pl.Date),
            "estimate": values[known],
            "events": found.events[known],
            "n": found.n[known],
        },
        schema_overrides={"team": pl.String},
    ).with_columns(pl.lit(name).alias("series"))


def _points(found: Lines, label: NDArray[np.str_], reason: NDArray[np.str_]) -> pl.DataFrame:
    known = _known(found)
    return _line(found, "point", found.events / found.n * found.measure.per).with_columns(
        label=pl.Series(label[known].tolist(), dtype=pl.String),
        label_reason=pl.Series(reason[known].tolist(), dtype=pl.String),
    )


def _back(level: Floats, measure: Measure) -> Floats:
    """From the log or logit scale to a share or rate."""
    with np.errstate(over="ignore"):
        return np.exp(level) * measure.per if measure.exposure else 1 / (1 + np.exp(-level))


def _shown(rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    first = w.add_months(context.month, 1 - SHOWN_MONTHS)
    return rows.filter(pl.col("period_start") >= first).with_columns(
        pl.col("period_start").dt.month_end().alias("period_end")
    )


def _short(found: Lines, context: Context) -> pl.DataFrame:
    """Teams without a single month that may be shown."""
    there = _known(found).any(axis=1)
    teams = [found.teams[place] for place in np.flatnonzero(~there)]
    rows = pl.DataFrame({"team": teams}, schema={"team": pl.String})
    return findings_of(
        rows,
        statistic=NAME,
        unit=found.measure.unit,
        method="none",
        stratum=f"measure={found.measure.name}",
        series="point",
        label=Label.TOO_FEW.value,
        label_reason="fewest_months",
        period_start=context.month,
        period_end=w.last_day(context.month),
    )


def _expected(measure: Measure, judged: int, teams: int, context: Context) -> pl.DataFrame:
    """How many lines are judged this month, and the new alarms that ordinary months would give over all of them."""
    fewest, usual, most = (judged * alarms / 12 for alarms in cc.ALARMS_A_YEAR)
    rows = pl.DataFrame(
        {
            "estimate": [usual],
            "lower": [fewest],
            "upper": [most],
            "detail": [json.dumps({"judged": judged, "lines": teams})],
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
        method="self_starting_cusum",
        stratum=f"measure={measure.name}",
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Did my team's own level change, beyond what its months usually vary?",
    question_nl="Is het eigen niveau van mijn team veranderd, meer dan maanden gewoonlijk schommelen?",
    estimand="A lasting shift of the team's monthly level from the mean of its months before, since the newest break.",
    assumptions="Months of one team are weakly related (autocorrelation about 0.3); a break is listed when one happens.",
    misleads="An action or a new release also shifts the level: an alarm says where to look, not why. A line without "
    "a verdict is not ordinary: nobody judged it.",
    minimum="6 months before, since the start or newest break, and 5 events a month on either side.",
    source="Page (1954); Hawkins & Olwell (1998) 7: sums that start themselves, season and spread from the district.",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
    version=3,
)
