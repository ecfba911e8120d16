"""The measures that are compared over time and between teams: one definition of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

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


def _share(name: str, partition: str, events: tuple[str, ...]) -> Measure:
    among = tuple(category for category in PARTITIONS[partition].categories if category != "unknown")
    return Measure(name=name, partition=partition, events=events, among=among)


def _repeats(kind: str, days: int) -> Measure:
    return Measure(
        name=f"repeat_{kind}s",
        partition=f"repeat_{kind}_{days}",
        events=("without_result",),
        among=("without_result", "with_result", "first"),
    )


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure(
            name="registrations_per_100_shifts",
            partition="proactive",
            events=PARTITIONS["proactive"].categories,
            among=("worked",),
            exposure="shifts",
        ),
        _share("yield_strict", "result", ("H1",)),
        _share("yield_broad", "result", ("H1", "H2", "H3")),
        _share("zero_result_share", "result", ("nothing_found",)),
        _share("objective_ground", "ground", ("behaviour", "circumstances", "information", "whole_group")),
        _share("dossier_complete", "dossier", ("complete",)),
        _share("explanation_given", "explained", ("yes",)),
        _share("timeliness", "timeliness", ("timely",)),
        _share("debriefed", "debriefed", ("yes",)),
        _share("reason_text_usable", "reason_text", ("usable",)),
        _share("history_consulted", "queried_before", ("yes",)),
        _repeats("person", 30),
        _repeats("vehicle", 30),
    )
}
"""By the name of the statistic that describes it."""

CHARTED = (
    "registrations_per_100_shifts",
    "yield_strict",
    "yield_broad",
    "zero_result_share",
    "objective_ground",
    "dossier_complete",
    "explanation_given",
    "timeliness",
)
"""Measures with a control chart: every further one brings its own false alarms."""

MEASURE_OF_AIM = {
    "coverage_no_result": "registrations_per_100_shifts",
    "registrations": "registrations_per_100_shifts",
    "yield": "yield_broad",
    "reason": "objective_ground",
    "dossier": "dossier_complete",
    "explained": "explanation_given",
    "timeliness": "timeliness",
    "debriefed": "debriefed",
    "reason_text": "reason_text_usable",
    "history": "history_consulted",
    "repeat": "repeat_persons",
    "repeat_vehicle": "repeat_vehicles",
}
"""Measure of records that an action aims at. Coverage itself comes from sheets; what records show of it is their number."""


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
