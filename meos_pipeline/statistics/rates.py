"""A rate of released cells: one count over another that does not contain it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.contracts.findings import Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.methods.dispersion import rate_dispersion
from meos_pipeline.statistics.methods.proportion import rounding_variance
from meos_pipeline.statistics.methods.rate import rate_interval
from meos_pipeline.statistics.shares import not_delivered, shown_from
from meos_pipeline.statistics.statistic import Context


@dataclass(frozen=True, slots=True)
class Sum:
    """Categories of one partition that are counted together."""

    partition: str
    categories: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        """The categories; all of the partition when none are named."""
        return self.categories or PARTITIONS[self.partition].categories


def rate_findings(
    tables: Mapping[str, pl.DataFrame],
    context: Context,
    *,
    statistic: str,
    unit: Unit,
    events: Sum,
    exposure: Sum,
    per: float,
    minimum: int,
    stratum: str = "",
    caveats: Sequence[str] = (),
) -> pl.DataFrame:
    """``per`` times events over exposure, per team and for all, in the month and the rolling window.

    Periods count only when both sides are there: a month without shifts cannot lower the rate, and a month before the
    first or after the last of a companion file is none without complaints. Of which months a rate is, it says.

    Args:
        tables: Holds released ``cells``.
        context: Teams, report month, policy.
        statistic: Name of the statistic.
        unit: What an estimate of 1 means.
        events: Numerator.
        exposure: Denominator.
        per: 100 for a rate per 100.
        minimum: Released exposure below which no rate is shown.
        stratum: Kind of checks, as in the contract.
        caveats: Codes of fixed texts.
    """
    cells = tables["cells"]
    both = w.windows_of(events.partition, context)
    if reason := w.absent(cells, exposure.partition) or w.absent(cells, events.partition):
        return missing_input(
            context.teams,
            statistic=statistic,
            unit=unit,
            start=both[1].start,
            end=both[1].end,
            reason=reason,
            stratum=stratum,
        )
    variance = rounding_variance(context.policy.rounding_base)
    parts = []
    for window in both:
        counts = _counts(cells, events, exposure, window)
        summed = (
            w.over_window(counts, context)
            .join(rate_dispersion(counts, rounding=variance), on="team", how="left", maintain_order="left")
            .with_columns(pl.col("dispersion").fill_null(1.0))
        )
        periods = summed["periods"].to_numpy().astype(float)
        lower, upper = rate_interval(
            summed["events"].to_numpy(),
            summed["n"].to_numpy(),
            confidence_level=context.policy.confidence_level,
            event_noise=variance * periods * w.runs(events.partition, events.members),
            exposure_noise=variance * periods * w.runs(exposure.partition, exposure.members),
            dispersion=summed["dispersion"].to_numpy(),
        )
        rows = summed.with_columns(
            pl.when(pl.col("n") > 0).then(per * pl.col("events") / pl.col("n")).alias("estimate"),
            pl.Series("lower", lower * per, nan_to_null=True),
            pl.Series("upper", upper * per, nan_to_null=True),
            *shown_from(minimum),
            pl.struct(pl.col("dispersion").round(2)).struct.json_encode().alias("detail"),
        )
        parts.append(
            findings_of(
                w.spanning(
                    not_delivered(rows, _lacking(cells, counts, events, exposure, window)),
                    cells,
                    events.partition,
                    window,
                    counts,
                ),
                statistic=statistic,
                unit=unit,
                caveats=caveats,
                method="quasi_poisson_rounded",
                stratum=stratum,
            )
        )
    return stack(parts).unique(["team", "period_start", "period_end"], maintain_order=True)


def _counts(cells: pl.DataFrame, events: Sum, exposure: Sum, window: w.Window) -> pl.DataFrame:
    """Events and exposure (``n``) per team and period of the periods that both sides tell of."""
    top = w.per_period(cells, events.partition, window, {"events": events.members}).drop("total")
    bottom = w.per_period(cells, exposure.partition, window, {"n": exposure.members}).drop("total")
    if PARTITIONS[events.partition].population in {"checks", "proactive"}:
        return bottom.join(top, on=["team", "period_start"], how="inner")
    # A file of events names the months in which there were any: between its first and its last, none is none.
    told = cells.filter(
        pl.col("partition") == events.partition, pl.col("period") == PARTITIONS[events.partition].period
    )["period_start"]
    return (
        bottom.filter(pl.col("period_start").is_between(told.min(), told.max()))
        .join(top, on=["team", "period_start"], how="left")
        .with_columns(pl.col("events").fill_null(0))
    )


def _lacking(cells: pl.DataFrame, counts: pl.DataFrame, events: Sum, exposure: Sum, window: w.Window) -> dict[str, str]:
    """Return the teams with released periods in the window and none that counts, each with what is not there."""
    within = cells.filter(pl.col("period_start").is_between(window.start, window.end), pl.col("team") != "")
    absent = set(within["team"]) - set(counts["team"])
    absent |= {""} if absent and counts.is_empty() else set()
    names = [w.COMPANION_OF_POPULATION.get(PARTITIONS[side.partition].population) for side in (exposure, events)]
    file = next((COMPANION_FILES[name] for name in names if name), "")
    columns = w.lacking(cells, events.partition, window)
    return {team: columns.get(team) or file for team in absent if columns.get(team) or file}
