"""A share of released cells: the shape most statistics have, computed in one place."""

from collections.abc import Mapping, Sequence

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.measures import Measure
from meos_pipeline.statistics.methods.dispersion import share_dispersion
from meos_pipeline.statistics.methods.proportion import effective_trials, rounding_variance, share_interval
from meos_pipeline.statistics.statistic import Context


def share_findings(
    tables: Mapping[str, pl.DataFrame],
    context: Context,
    *,
    statistic: str,
    partition: str,
    events: Sequence[str],
    among: Sequence[str] = (),
    stratum: str = "",
    series: str = "",
    caveats: Sequence[str] = (),
) -> pl.DataFrame:
    """Share of ``events`` among ``among``, per team and for all, in the newest period and the rolling window.

    A window begins for a team with the first period in which its exports have the field, and ends with the last.

    Args:
        tables: Holds released ``cells``.
        context: Teams, report month, policy.
        statistic: Name of the statistic.
        partition: Partition that both counts come from.
        events: Categories counted in the numerator.
        among: Categories of the denominator; by default all but 'unknown'.
        stratum: Kind of checks, as in the contract.
        series: Part of a result, as in the contract.
        caveats: Codes of fixed texts.
    """
    cells = tables["cells"]
    both = w.windows_of(partition, context)
    if reason := w.absent(cells, partition):
        return missing_input(
            context.teams,
            statistic=statistic,
            unit=Unit.SHARE,
            start=both[1].start,
            end=both[1].end,
            reason=reason,
            stratum=stratum,
        )
    base = tuple(among) or tuple(c for c in PARTITIONS[partition].categories if c != "unknown")
    noise = (w.runs(partition, events), w.runs(partition, base))
    parts = []
    for window in both:
        counts = w.per_period(cells, partition, window, {"events": events, "n": base})
        rows = not_delivered(share_rows(counts, context, noise=noise), w.lacking(cells, partition, window))
        rows = w.spanning(rows, cells, partition, window)
        # A field that came in the newest period: the window is that period.
        rows = rows.filter((pl.col("period_start") < both[0].start) | (window == both[0]))
        parts.append(
            findings_of(
                rows,
                statistic=statistic,
                unit=Unit.SHARE,
                caveats=caveats,
                method="wilson_rounded",
                stratum=stratum,
                series=series,
            )
        )
    return stack(parts)


def measured(
    tables: Mapping[str, pl.DataFrame], context: Context, measure: Measure, *, caveats: Sequence[str] = ()
) -> pl.DataFrame:
    """Return the findings of a measure that is a share; see ``share_findings``."""
    return share_findings(
        tables,
        context,
        statistic=measure.name,
        partition=measure.partition,
        events=measure.events,
        among=measure.among,
        caveats=caveats,
    )


def not_delivered(rows: pl.DataFrame, lacking: Mapping[str, str]) -> pl.DataFrame:
    """Say of teams whose exports lack a column which one, instead of that no month may be shown."""
    if not lacking:
        return rows
    reason = pl.col("team").replace_strict(lacking, default=None, return_dtype=pl.String)
    is_lacking = reason.is_not_null() & (pl.col("label") == Label.WITHHELD.value)
    return rows.with_columns(
        pl.when(is_lacking).then(pl.lit(Label.MISSING_INPUT.value)).otherwise("label").alias("label"),
        pl.when(is_lacking).then(reason).otherwise("label_reason").alias("label_reason"),
        pl.when(~is_lacking).then("needed").alias("needed"),
    )


def share_rows(counts: pl.DataFrame, context: Context, *, noise: tuple[int, int]) -> pl.DataFrame:
    """Estimate, interval, label of ``events / n`` summed over periods; overdispersed by month when months allow.

    Column ``effective`` holds the number of binomial trials with the same variance, for models.

    Args:
        counts: Per team and period: events, n.
        context: Teams and policy.
        noise: Rounding errors per period in ``events`` and in ``n``.
    """
    policy = context.policy
    summed = w.over_window(counts, context)
    dispersion = share_dispersion(counts, rounding=rounding_variance(policy.rounding_base) * noise[0])
    summed = summed.join(dispersion, on="team", how="left", maintain_order="left").with_columns(
        pl.col("dispersion").fill_null(1.0)
    )
    variance = rounding_variance(policy.rounding_base)
    periods = summed["periods"].to_numpy().astype(float)
    events, n = summed["events"].to_numpy(), summed["n"].to_numpy()
    noises = {"event_noise": variance * noise[0] * periods, "total_noise": variance * noise[1] * periods}
    dispersions = summed["dispersion"].to_numpy()
    effective = effective_trials(events, n, dispersion=dispersions, **noises)
    lower, upper = share_interval(events, n, confidence_level=policy.confidence_level, dispersion=dispersions, **noises)
    return summed.with_columns(
        pl.when(pl.col("n") > 0).then(pl.col("events") / pl.col("n")).alias("estimate"),
        pl.Series("lower", lower, nan_to_null=True),
        pl.Series("upper", upper, nan_to_null=True),
        pl.Series("effective", effective, nan_to_null=True),
        *shown_from(policy.smallest_rate_denominator),
        pl.struct(pl.col("dispersion").round(2)).struct.json_encode().alias("detail"),
    )


def shown_from(minimum: int) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Label, its reason, and how many more are needed, from ``periods`` and ``n``."""
    withheld, few = pl.col("periods") == 0, pl.col("n") < minimum
    return (
        pl.when(withheld)
        .then(pl.lit(Label.WITHHELD.value))
        .when(few)
        .then(pl.lit(Label.TOO_FEW.value))
        .otherwise(pl.lit(Label.DESCRIBED.value))
        .alias("label"),
        pl.when(withheld)
        .then(pl.lit("no_released_period"))
        .when(few)
        .then(pl.lit("smallest_denominator"))
        .otherwise(pl.lit(""))
        .alias("label_reason"),
        pl.when(~withheld & few).then(minimum - pl.col("n")).alias("needed"),
    )
