"""The measures that are compared over time and between teams; each is declared in the file of its statistic."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.findings import Unit
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.statistic import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A share within one partition, or a rate over another."""

    name: str
    partition: str
    events: tuple[str, ...]
    among: tuple[str, ...]
    """Denominator within the partition; for a rate, categories of ``exposure``."""
    exposure: str = ""
    """Partition of the denominator of a rate; '' for a share."""
    charted: bool = False
    """Whether it has a control chart: every further one brings its own false alarms."""
    aims: tuple[str, ...] = ()
    """Aims of actions that it measures. Coverage itself comes from sheets; what records show of it is their number."""

    @property
    def unit(self) -> Unit:
        """What an estimate of 1 means."""
        return Unit.PER_100_SHIFTS if self.exposure else Unit.SHARE

    @property
    def per(self) -> float:
        """Factor from a plain ratio to the unit."""
        return 100.0 if self.exposure else 1.0

    @property
    def unread(self) -> tuple[str, ...]:
        """Categories of checks whose result was left empty: with too many of them the share is not compared."""
        return ("unknown",) if self.partition == "result" and not self.exposure else ()

    @property
    def noise(self) -> tuple[int, int]:
        """Rounding errors per period in numerator and denominator."""
        return w.runs(self.partition, self.events), w.runs(self.exposure or self.partition, self.among)


def share(name: str, partition: str, *events: str, charted: bool = False, aims: tuple[str, ...] = ()) -> Measure:
    """Return the share of ``events`` among all categories of the partition but 'unknown'."""
    among = tuple(category for category in PARTITIONS[partition].categories if category != "unknown")
    return Measure(name=name, partition=partition, events=events, among=among, charted=charted, aims=aims)


@cache
def measures() -> dict[str, Measure]:
    """Return the measures of all statistics that have one, by name."""
    from meos_pipeline.statistics import all_statistics

    return {name: one.measure for name, one in all_statistics().items() if one.measure}


def charted() -> tuple[Measure, ...]:
    """Return the measures with a control chart, by name."""
    return tuple(measure for measure in measures().values() if measure.charted)


def measure_of_aim(aim: str) -> Measure | None:
    """Return the measure of records that an action with this aim is followed by; None when there is none."""
    return next((measure for measure in measures().values() if aim in measure.aims), None)


def series(cells: pl.DataFrame, measure: Measure, context: Context, *, months: int | None = None) -> pl.DataFrame:
    """Events and n per team and month up to the report month, for the teams of the context.

    Args:
        cells: Released cells.
        measure: What to count.
        context: Teams and report month.
        months: Newest months to keep; all when None.

    Returns:
        Columns team, period_start, events, n; sorted; only months that are released, and of a share of results only
        those in which not too many results were left empty.
    """
    end = w.last_day(context.month)
    window = w.Window(date.min if months is None else w.add_months(context.month, 1 - months), end, 1)
    if measure.exposure:
        top = w.per_period(cells, measure.partition, window, {"events": measure.events}).drop("total")
        bottom = w.per_period(cells, measure.exposure, window, {"n": measure.among}).drop("total")
        counts = top.join(bottom, on=["team", "period_start"], how="inner")
    else:
        sums = {"events": measure.events, "n": measure.among, "empty": measure.unread}
        is_read = pl.col("empty") <= context.policy.result_empty_bounds * (pl.col("empty") + pl.col("n"))
        counts = w.per_period(cells, measure.partition, window, sums).filter(is_read).drop("total", "empty")
    return counts.filter(pl.col("team").is_in(list(context.teams)), pl.col("n") > 0).sort("team", "period_start")


def missing_file(cells: pl.DataFrame, measure: Measure) -> str:
    """File without which the measure cannot be computed; '' when it can."""
    return w.absent(cells, measure.exposure or measure.partition) or w.absent(cells, measure.partition)


def break_days(tables: Mapping[str, pl.DataFrame], team: str) -> list[date]:
    """Days on which the team's series changed for another reason than behaviour, in order."""
    if "breaks" not in tables or not tables["breaks"].height:
        return []
    return tables["breaks"].filter(pl.col("scope").is_in(["all", team]))["break_date"].unique().sort().to_list()
