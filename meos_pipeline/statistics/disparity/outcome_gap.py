"""Share of checks with a result: a group beside its reference. A description, never a verdict.

In a fair world where a group has a lower risk, an outcome test accuses in 70 % of the cases; this finding has
therefore no label but 'described'. The robust test (D5) is the one that may say more.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics.disparity.checks_placebo import hit_placebos
from meos_pipeline.statistics.disparity.groups import beside_reference, group_counts
from meos_pipeline.statistics.disparity.labelling import quantile
from meos_pipeline.statistics.disparity.limits import limited, read_enough
from meos_pipeline.statistics.disparity.placebo import blocked, placebos
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.methods.proportion import difference_interval
from meos_pipeline.statistics.methods.stratified import risk_difference
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "outcome_gap"
VERSION = 1
CAVEATS = ("inframarginal", "selective_registration", "not_why")
HITS = {"strict": "", "broad": "hit=broad"}
"""Counts of results, and the stratum they are printed under; a result that the officer decides (a fine) says less."""


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Differences per team, and over teams each within itself; and the same for placebos."""
    counts = beside_reference(group_counts(tables, context.month), context.policy).filter(pl.col("known").is_not_null())
    parts, shams = [], []
    for of_period in counts.partition_by("period_start", "period_end", maintain_order=True):
        start, end = of_period["period_start"][0], of_period["period_end"][0]
        sham, fires = placebos(
            hit_placebos(tables["cells"], start, end, context.policy),
            start,
            end,
            context.policy,
            unit=Unit.DIFFERENCE,
        )
        shams += [] if sham is None else [sham]
        families = of_period.partition_by("kind", "group", maintain_order=True)
        found = [_family(family, hit, context) for family in families for hit in HITS]
        parts += [blocked(part) for part in found] if fires else found
    return pl.concat(
        [
            limited(
                read_enough(findings(parts, statistic=NAME, version=VERSION), tables, context.policy),
                tables,
                context.policy,
            ),
            findings(shams, statistic=f"{NAME}_placebo", version=VERSION),
        ]
    )


def _family(family: pl.DataFrame, hit: str, context: Context) -> pl.DataFrame:
    policy = context.policy
    events, total, reference_events, reference_total = (
        family[name].cast(pl.Float64).to_numpy() for name in (hit, "known", f"reference_{hit}", "reference_known")
    )
    lower, upper = difference_interval(events, total, reference_events, reference_total, policy.confidence_level)
    with np.errstate(invalid="ignore", divide="ignore"):
        gap = events / total - reference_events / reference_total
    pooled = risk_difference(
        np.stack([events, total - events, reference_events, reference_total - reference_events], axis=1).reshape(
            -1, 2, 2
        )
    )
    half = quantile(policy) * pooled.error
    gap = np.append(gap, pooled.estimate)
    lower = np.append(lower, pooled.estimate - half)
    upper = np.append(upper, pooled.estimate + half)
    checks, reference_checks = (family[name].cast(pl.Float64).to_numpy() for name in ("checks", "reference_checks"))
    events, total, reference_events, reference_total, checks, reference_checks = (
        np.append(values, values.sum())
        for values in (events, total, reference_events, reference_total, checks, reference_checks)
    )
    # Of results left empty all may have been a hit in one group and none in the other.
    with np.errstate(invalid="ignore", divide="ignore"):
        share, reference_share = events / total, reference_events / reference_total
        empty, reference_empty = 1 - total / checks, 1 - reference_total / reference_checks
        lower = lower - empty * share - reference_empty * (1 - reference_share)
        upper = upper + empty * (1 - share) + reference_empty * reference_share
    with np.errstate(invalid="ignore", divide="ignore"):
        odds_ratio = events / (total - events) / (reference_events / (reference_total - reference_events))
    fewest = np.minimum(total, reference_total)
    few = fewest < policy.smallest_rate_denominator  # of a team, and of all teams together
    gap, lower, upper = (np.where(few, np.nan, values) for values in (gap, lower, upper))
    needed = np.where(few, policy.smallest_rate_denominator - fewest, np.nan)
    tipping = np.where(np.isfinite(odds_ratio) & (odds_ratio > 0), odds_ratio, np.nan)
    size = gap.size
    head = {
        "team": [*family["team"], ""],
        "period_start": family["period_start"][0],
        "period_end": family["period_end"][0],
        "stratum": HITS[hit],
        "group": f"{family['kind'][0]}={family['group'][0]}",
        "reference": f"{family['kind'][0]}={family['reference'][0]}",
        "unit": Unit.DIFFERENCE.value,
        "method": [*["newcombe"] * (size - 1), "mantel_haenszel_difference"],
        "caveats": CAVEATS,
        "label": np.where(np.isfinite(gap), Label.DESCRIBED.value, Label.TOO_FEW.value),
        "label_reason": np.where(np.isfinite(gap), "", "smallest_rate_denominator"),
        "needed": np.where(np.isfinite(gap), np.nan, needed),
    }
    parts = [
        rows(
            size,
            **head,
            estimate=gap,
            lower=lower,
            upper=upper,
            events=events,
            n=total,
            reference_events=reference_events,
            reference_n=reference_total,
            detail=details(size, tipping_registration=tipping),
        )
    ]
    factor = policy.group_registration_ratio
    for series, times in (("registration_low", 1 / factor), ("registration_high", factor)):
        with np.errstate(invalid="ignore", divide="ignore"):
            shift = events / (events + times * (total - events)) - events / total
        parts.append(rows(size, **head, series=series, estimate=gap + shift))
    return pl.concat(parts, how="diagonal_relaxed")


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="Do checks of a group lead to a result as often as checks of the reference group?",
    question_nl="Leiden controles van een groep even vaak tot een resultaat als controles van de vergelijkingsgroep?",
    estimand="Share of checks with a result among those of the group, minus that among those of the reference group.",
    assumptions="None; it describes. As a test of equal thresholds it would need equal risk at the margin.",
    misleads="Groups may differ in risk while officers treat them alike, and the reverse: this cannot tell.",
    minimum="At least the smallest rate denominator of checks with a known result in both groups.",
    source="Newcombe, Statistics in Medicine 17 (1998) 873-890; Simoiu, Corbett-Davies & Goel, AOAS 11 (2017).",
    inputs=("cells",),
    gate=Gate.RELEASED,
    compute=compute,
    version=VERSION,
)
