"""Has a group a larger share of the checks in daylight than in the dark, at the same clock time and season?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Unit
from meos_pipeline.contracts.fine_cells_disparity import PLACEBO_MONTH, PLACEBO_SPLIT, PLACEBO_WEEKDAY, PLACEBOS
from meos_pipeline.statistics.disparity.family import (
    PRIMARY_METHODS,
    Family,
    adjusted,
    family_rows,
    series_rows,
    stands,
)
from meos_pipeline.statistics.disparity.groups import reference_groups
from meos_pipeline.statistics.disparity.labelling import quantile
from meos_pipeline.statistics.disparity.limits import limited
from meos_pipeline.statistics.disparity.placebo import Placebo, blocked, placebos
from meos_pipeline.statistics.disparity.rows import details, findings
from meos_pipeline.statistics.methods.veil import MORNING_KNOTS, ClockCells, Clusters, Veil, veil
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.windows import add_months

NAME = "veil_of_darkness"
VERSION = 1
CAVEATS = ("street_lighting", "null_is_no_proof", "selective_registration", "not_why")
CHECKS_PER_AREA = 100
"""An area with fewer checks shares the level of the rest of its team."""
HALF_YEARS = 4
"""The newest complete half-years that are used together; a half-year is never looked into before it is whole."""
NOON = 48
"""Clock bin that parts the morning from the evening."""

Floats = npt.NDArray[np.float64]
_PLACEBO_CLUSTERS: dict[str, Clusters] = {PLACEBO_WEEKDAY: "day", PLACEBO_MONTH: "month", PLACEBO_SPLIT: "team-day"}
"""What a placebo group is the same for: whole days, whole months, or nothing but its own checks."""


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Odds ratios of light against dark over the newest half-years, with variants; and the same for placebos."""
    cells = tables.get("clock_cells")
    if cells is None or cells.is_empty():
        return findings([], statistic=NAME, version=VERSION)
    start, end = _period(cells, context.month)
    inside = cells.filter(pl.col("date").is_between(start, end))
    references = reference_groups(context.policy)
    families = [
        (partial(_variants, of_group), _family(of_group, kind, group, references[kind], start, end))
        for kind, group, of_group in _compared(inside, references)
    ]
    parts = []
    of_groups = [family for _, family in families]
    standing = stands(of_groups, PRIMARY_METHODS)
    for (variants, family), p_value, stand in zip(families, adjusted(of_groups), standing, strict=True):
        parts += [family_rows(family, context.policy, float(p_value), stand), *variants(family, context)]
    sham, fires = placebos(_placebos(inside), start, end, context.policy, unit=Unit.RATIO)
    found = findings([blocked(part) for part in parts] if fires else parts, statistic=NAME, version=VERSION)
    shams = findings([sham] if sham is not None and families else [], statistic=f"{NAME}_placebo", version=VERSION)
    return pl.concat([limited(found, tables, context.policy), shams])


def _period(cells: pl.DataFrame, month: date) -> tuple[date, date]:
    """The newest complete half-years up to the month, as far as there are cells."""
    after = add_months(month, 1)
    end = date(after.year, 7 if after.month >= 7 else 1, 1)
    start = date(end.year - HALF_YEARS // 2, end.month, 1)
    first = cells["date"].min()
    if isinstance(first, date) and first > start:
        start = min(date(first.year, 1 if first.month < 7 else 7, 1), end - timedelta(days=1))
    return start, end - timedelta(days=1)


def _compared(cells: pl.DataFrame, references: dict[str, str]) -> list[tuple[str, str, ClockCells]]:
    found = []
    for kind, reference in references.items():
        of_kind = cells.filter(pl.col("group_kind") == kind)
        found += [
            (kind, str(group), _clock_cells(of_kind, str(group), reference))
            for group in of_kind["group"].unique().sort()
            if group not in (reference, "unknown")
        ]
    return found


def _clock_cells(of_kind: pl.DataFrame, group: str, reference: str) -> ClockCells:
    is_group = pl.col("group") == group
    counts = (
        of_kind.filter(is_group | (pl.col("group") == reference))
        .group_by("team", "area", "date", "clock_bin", "light", maintain_order=True)
        .agg(events=pl.col("n").filter(is_group).sum(), total=pl.col("n").sum())
        .sort("team", "area", "date", "clock_bin", "light")
        .with_columns(
            area=pl.when(pl.col("total").sum().over("team", "area") >= CHECKS_PER_AREA)
            .then("area")
            .otherwise(pl.lit(""))
        )
    )
    return ClockCells(
        events=counts["events"].cast(pl.Float64).to_numpy(),
        total=counts["total"].cast(pl.Float64).to_numpy(),
        minute=(counts["clock_bin"].cast(pl.Float64) * 15 + 7.5).to_numpy(),
        day=counts["date"].to_physical().cast(pl.Int64).to_numpy(),
        is_light=(counts["light"] == "day").to_numpy(),
        stratum=counts.select(pl.struct("team", "area").rank("dense").cast(pl.Int64) - 1).to_series().to_numpy(),
        team=counts["team"].rank("dense").cast(pl.Int64).to_numpy() - 1,
        team_names=tuple(counts["team"].unique().sort()),
    )


def _evening(cells: ClockCells) -> ClockCells:
    return cells.where(cells.minute >= NOON * 15)


def _family(cells: ClockCells, kind: str, group: str, reference: str, start: date, end: date) -> Family:
    evening = _evening(cells)
    together = veil(evening)
    apart = [veil(evening.where(evening.team == team)) for team in range(len(cells.team_names))]
    everything = [*apart, together]
    return Family(
        period_start=start,
        period_end=end,
        group=f"{kind}={group}",
        reference=f"{kind}={reference}",
        method="logistic_day_clusters",
        caveats=CAVEATS,
        teams=cells.team_names,
        estimate=_column(apart, "estimate"),
        error=_column(apart, "error"),
        reason=tuple(one.reason for one in apart),
        estimate_all=together.estimate,
        error_all=together.error,
        reason_all=together.reason,
        events=np.array(
            [evening.events[(evening.team == team) & evening.is_light].sum() for team in range(len(apart))]
        ),
        total=np.array([evening.total[(evening.team == team) & evening.is_light].sum() for team in range(len(apart))]),
        selective=np.ones(len(everything)),
        lacking=_column(everything, "lacking"),
        dof=_column(everything, "dof"),
        detail={
            "checks": _column(everything, "checks"),
            "clock_bins": _column(everything, "bins"),
            "days": _column(everything, "days"),
            "model_error": _column(everything, "model_error"),
            "condition": _column(everything, "condition"),
        },
    )


def _column(found: list[Veil], name: str) -> Floats:
    return np.array([getattr(one, name) for one in found], dtype=np.float64)


def _variants(cells: ClockCells, family: Family, context: Context) -> list[pl.DataFrame]:
    """The specification curve, all teams together: what other defensible choices would have given."""
    evening = _evening(cells)
    without_area = evening.with_strata(evening.team)
    specifications = {
        "without_season": veil(evening, season=False),
        "clock_change": veil(evening, season=False, change_windows=True),
        "clock_change_season": veil(evening, change_windows=True),
        "without_area": veil(without_area),
        "clusters_by_day": veil(evening, clusters="day"),
        "morning": veil(cells.where(cells.minute < NOON * 15), knots=MORNING_KNOTS),
    }
    z = quantile(context.policy)
    together = replace(family, teams=(), dof=None, events=np.zeros(0), total=np.zeros(0))
    return [
        series_rows(
            together, name, *(np.exp(np.array([one.estimate + side * z * one.error])) for side in (0, -1, 1))
        ).with_columns(
            events=pl.lit(one.events), n=pl.lit(one.checks), detail=pl.Series(details(1, residual_dof=one.dof))
        )
        for name, one in specifications.items()
    ]


def _placebos(cells: pl.DataFrame) -> list[Placebo]:
    found = []
    for kind in PLACEBOS:
        of_kind = cells.filter(pl.col("group_kind") == kind)
        if of_kind.is_empty():
            continue
        evening = _evening(_clock_cells(of_kind, "a", "b"))
        one = veil(evening, weekdays=kind != PLACEBO_WEEKDAY, clusters=_PLACEBO_CLUSTERS[kind])
        found.append(
            Placebo(
                kind=kind,
                estimate=one.estimate,
                error=one.error,
                degrees=max(one.clusters - 1, 1),
                dof=one.dof,
                events=float(evening.events.sum()),
                total=float(evening.total.sum()),
            )
        )
    return found


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Is a group checked relatively more when it can be seen?",
    question_nl="Wordt een groep naar verhouding vaker gecontroleerd als die te zien is?",
    estimand="Odds that a check concerns the group, in daylight over darkness, at the same clock time and season.",
    assumptions="Darkness hides who someone is; who is outside at a clock time changes with season as one yearly wave.",
    misleads="Street lighting hides a difference; hours of a group that move with the season imitate one.",
    minimum="20 checks of the group in light and in dark, 4 clock bins seen in both, 60 days, standard error 0.30.",
    source="Grogger & Ridgeway, Journal of the American Statistical Association 101 (2006) 878-887.",
    inputs=("clock_cells",),
    gate=Gate.MODEL,
    compute=compute,
    version=VERSION,
)
