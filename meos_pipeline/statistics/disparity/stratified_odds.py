"""Odds of a result within the same team, ground and hour: a group beside its reference, and whether strata agree."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.contracts.fine_cells_disparity import PLACEBO_SPLIT, PLACEBOS
from meos_pipeline.statistics.disparity.groups import by_year, reference_groups
from meos_pipeline.statistics.disparity.labelling import quantile
from meos_pipeline.statistics.disparity.limits import limited
from meos_pipeline.statistics.disparity.placebo import Placebo, blocked, placebos
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.methods.stratified import association, homogeneity, log_odds_ratio
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "stratified_odds"
VERSION = 1
CAVEATS = ("inframarginal", "selective_registration", "not_why")
FEWEST_MONTHS = 6
"""Months from which the spread between them can be told."""
STRATA = ("team", "reason", "block")


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Mantel-Haenszel odds ratio of a strict result per group and year; a description, like the outcome gap."""
    cells = tables.get("group_cells")
    if cells is None or cells.is_empty():
        return findings([], statistic=NAME, version=VERSION)
    policy = context.policy
    parts, shams = [], []
    for of_period in by_year(cells, context.month):
        start = of_period["period_start"][0]
        end = date(start.year, 12, 31)
        found = [
            _rows(
                tables_of(of_period, kind, str(group), reference),
                f"{kind}={group}",
                f"{kind}={reference}",
                start,
                end,
                context,
            )
            for kind, reference in reference_groups(policy).items()
            for group in of_period.filter(pl.col("group_kind") == kind)["group"].unique().sort()
            if group not in (reference, "unknown")
        ]
        sham, fires = placebos(odds_placebos(of_period) if found else [], start, end, policy, unit=Unit.RATIO)
        shams += [] if sham is None else [sham]
        parts += [blocked(part) for part in found] if fires else found
    return pl.concat(
        [
            limited(findings(parts, statistic=NAME, version=VERSION), tables, context.policy),
            findings(shams, statistic=f"{NAME}_placebo", version=VERSION),
        ]
    )


def tables_of(
    cells: pl.DataFrame, kind: str, group: str, reference: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Two-by-two tables per stratum of checks with a known result: group and reference, with and without a hit."""
    is_group, is_hit = pl.col("group") == group, pl.col("hit") == "strict"
    counts = (
        cells.filter(
            pl.col("group_kind") == kind, is_group | (pl.col("group") == reference), pl.col("hit") != "unknown"
        )
        .group_by(STRATA, maintain_order=True)
        .agg(
            a=pl.col("n").filter(is_group & is_hit).sum(),
            b=pl.col("n").filter(is_group & ~is_hit).sum(),
            c=pl.col("n").filter(~is_group & is_hit).sum(),
            d=pl.col("n").filter(~is_group & ~is_hit).sum(),
        )
        .sort(STRATA)
    )
    return counts.select("a", "b", "c", "d").cast(pl.Float64).to_numpy().reshape(-1, 2, 2)


def _rows(
    counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    group: str,
    reference: str,
    start: date,
    end: date,
    context: Context,
) -> pl.DataFrame:
    policy = context.policy
    pooled, agree = log_odds_ratio(counts), homogeneity(counts)
    statistic, p_value = association(counts, corrected=True)
    (a, b), (c, d) = counts.sum(axis=0) if counts.size else np.zeros((2, 2))
    half = quantile(policy) * pooled.error
    reason = "smallest_ratio_events" if min(a, c) < policy.smallest_ratio_events else ""
    if not reason and not np.isfinite(pooled.error):
        reason = "no_variation"
    estimate, lower, upper = (float(np.exp(pooled.estimate + side * half)) for side in (0, -1, 1))
    label = (Label.TOO_FEW if reason else Label.DESCRIBED).value
    factor = policy.group_registration_ratio
    size = 3
    # More registered checks without a result mean lower odds of a result.
    values = np.array([estimate, estimate * factor, estimate / factor])
    nothing = [None, None]
    return rows(
        size,
        period_start=start,
        period_end=end,
        group=group,
        reference=reference,
        caveats=CAVEATS,
        series=["", "registration_low", "registration_high"],
        method="mantel_haenszel",
        unit=Unit.RATIO.value,
        estimate=values,
        lower=[lower, *nothing],
        upper=[upper, *nothing],
        events=a,
        n=a + b,
        reference_events=c,
        reference_n=c + d,
        label=label,
        label_reason=reason,
        needed=max(policy.smallest_ratio_events - min(a, c), 1) if reason == "smallest_ratio_events" else np.nan,
        detail=[
            *details(
                1,
                strata=agree.strata,
                breslow_day=agree.breslow_day,
                tarone=agree.tarone,
                strata_agree_p=agree.p_value,
                association=statistic,
                p_value=p_value,
                tipping_registration=estimate,
                residual_dof=agree.strata - 1,
            ),
            *details(2, residual_dof=agree.strata - 1),
        ],
    )


def odds_placebos(cells: pl.DataFrame) -> list[Placebo]:
    """Months and weekdays differ in how many results there are, for all groups alike: their error is between months."""
    found = []
    for kind in PLACEBOS:
        counts = tables_of(cells, kind, "a", "b")
        if not counts.size:
            continue
        pooled = log_odds_ratio(counts)
        error, degrees = pooled.error, np.inf
        if kind != PLACEBO_SPLIT:
            error, degrees = _between_months(cells, kind)
        found.append(
            Placebo(
                kind=kind,
                estimate=pooled.estimate,
                error=error,
                degrees=degrees,
                dof=float(homogeneity(counts).strata - 1),
                events=float(counts[:, :, 0].sum()),
                total=float(counts.sum()),
            )
        )
    return found


def _between_months(cells: pl.DataFrame, kind: str) -> tuple[float, float]:
    """Standard error by leaving out one month at a time (jackknife), and its degrees of freedom; nan for few months."""
    months = cells["month"].unique().sort()
    if len(months) < FEWEST_MONTHS:
        return np.nan, np.inf
    without = np.array(
        [log_odds_ratio(tables_of(cells.filter(pl.col("month") != month), kind, "a", "b")).estimate for month in months]
    )
    spread = float(((without - without.mean()) ** 2).sum() * (without.size - 1) / without.size)
    return float(np.sqrt(spread)), float(without.size - 1)


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Within the same team, ground and hour: do checks of a group lead to a result as often?",
    question_nl="Binnen hetzelfde team, dezelfde grond en hetzelfde uur: leiden controles van een groep even vaak tot een resultaat?",
    estimand="Odds of a result of class H1 among checks of the group over those of the reference, within strata.",
    assumptions="One odds ratio for all strata; the Breslow-Day test in the detail tells whether that holds.",
    misleads="Like any comparison of results: groups may differ in risk while officers treat them alike.",
    minimum="The smallest number of ratio events with a result in both groups.",
    source="Mantel & Haenszel (1959); Robins, Breslow & Greenland (1986); Tarone (1985).",
    inputs=("group_cells",),
    gate=Gate.MODEL,
    compute=compute,
    version=VERSION,
)
