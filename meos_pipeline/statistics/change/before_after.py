"""What the measure of an action was before and after: a description, never its effect."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.change.actions import Action, actions_of
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.measures import missing_file, series
from meos_pipeline.statistics.methods.dispersion import rate_dispersion, share_dispersion
from meos_pipeline.statistics.methods.proportion import Floats, rounding_variance, share_interval
from meos_pipeline.statistics.methods.rate import rate_interval
from meos_pipeline.statistics.shares import shown_from
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "before_after"
MONTHS = 6
CAVEATS = ("before_after_is_not_effect",)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per action the six months before ('before') and up to six after its start ('after')."""
    return stack([_action(action, tables, context) for action in actions_of(tables, context) if action.measure])


def _action(action: Action, tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    measure = action.measure
    assert measure is not None  # noqa: S101 - narrows the type
    if reason := missing_file(tables["cells"], measure):
        return missing_input(
            [],
            statistic=NAME,
            unit=measure.unit,
            start=action.first_month,
            end=w.last_day(context.month),
            reason=reason,
        ).with_columns(pl.lit(action.team).alias("team"), pl.lit(action.stratum).alias("stratum"))
    counts = series(tables["cells"], measure, context).filter(pl.col("team") == action.team)
    start = action.starts.replace(day=1)
    spans = {
        "before": (w.add_months(start, -MONTHS), w.add_months(start, -1)),
        "after": (action.first_month, min(w.add_months(action.first_month, MONTHS - 1), action.last_month)),
    }
    parts = []
    for name, (first, last) in spans.items():
        inside = counts.filter(pl.col("period_start").is_between(first, last))
        variance = rounding_variance(context.policy.rounding_base)
        spread = rate_dispersion if measure.exposure else share_dispersion
        phi = spread(inside, rounding=variance * measure.noise[0]).filter(pl.col("team") == action.team)
        row = inside.select(pl.col("events").sum(), pl.col("n").sum(), pl.len().cast(pl.Int64).alias("periods"))
        noise = [variance * count * row["periods"].to_numpy() for count in measure.noise]
        interval = _interval(
            row, noise, float(phi["dispersion"].item()) if phi.height else 1.0, context, rate=bool(measure.exposure)
        )
        parts.append(
            findings_of(
                row.with_columns(
                    pl.when(pl.col("n") > 0).then(measure.per * pl.col("events") / pl.col("n")).alias("estimate"),
                    pl.Series("lower", interval[0] * measure.per, nan_to_null=True),
                    pl.Series("upper", interval[1] * measure.per, nan_to_null=True),
                    *shown_from(context.policy.smallest_rate_denominator),
                ),
                statistic=NAME,
                unit=measure.unit,
                caveats=CAVEATS,
                method="description",
                team=action.team,
                stratum=action.stratum,
                series=name,
                period_start=first,
                period_end=w.last_day(max(first, last)),
            )
        )
    return stack(parts)


def _interval(
    row: pl.DataFrame, noise: list[Floats], phi: float, context: Context, *, rate: bool
) -> tuple[Floats, Floats]:
    level = context.policy.confidence_level
    events, n = row["events"].to_numpy(), row["n"].to_numpy()
    if rate:
        return rate_interval(
            events, n, confidence_level=level, event_noise=noise[0], exposure_noise=noise[1], dispersion=phi
        )
    return share_interval(events, n, confidence_level=level, event_noise=noise[0], total_noise=noise[1], dispersion=phi)


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="What was the measure in the months before and after the action?",
    question_nl="Hoe stond het ervoor in de maanden voor en na de actie?",
    estimand="The measure over the six months before and up to six months after the start.",
    assumptions="None: it describes.",
    misleads="Trend, season and what happens everywhere also change it: read the effect of the action beside it.",
    minimum="50 released checks (or shifts) on the side shown.",
    source="Shadish, Cook & Campbell (2002) ch. 4 on what a before-after comparison cannot say.",
    inputs=("cells", "team_actions"),
    gate=Gate.RELEASED,
    compute=compute,
)
