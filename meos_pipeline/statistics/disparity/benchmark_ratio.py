"""How often a group is checked for every check of the reference group, at equal numbers of people."""

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.checks_placebo import rate_placebos
from meos_pipeline.statistics.disparity.family import PRIMARY_METHODS, Family, adjusted, family_rows, stands
from meos_pipeline.statistics.disparity.groups import beside_reference, group_counts, team_exposure
from meos_pipeline.statistics.disparity.labelling import quantile
from meos_pipeline.statistics.disparity.limits import limited
from meos_pipeline.statistics.disparity.placebo import blocked, placebos
from meos_pipeline.statistics.disparity.rows import findings
from meos_pipeline.statistics.methods.benchmark import log_rate_ratio, pooled_log_ratio
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "benchmark_ratio"
VERSION = 1
CAVEATS = ("benchmark_not_street", "selective_registration", "not_why")

Floats = npt.NDArray[np.float64]


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Ratios per team and for all teams together, for each benchmark apart; and the same for placebos."""
    counts = beside_reference(group_counts(tables, context.month), context.policy)
    compared = _compared(counts, team_exposure(tables, counts))
    parts, shams = [], []
    for of_period in compared.partition_by("period_start", "period_end", maintain_order=True):
        start, end = of_period["period_start"][0], of_period["period_end"][0]
        found = rate_placebos(tables["cells"], start, end, context.policy) if "cells" in tables else []
        sham, fires = placebos(found, start, end, context.policy, unit=Unit.RATIO)
        shams += [] if sham is None else [sham]
        families = [
            _family(rows, context) for rows in of_period.partition_by("kind", "group", "benchmark", maintain_order=True)
        ]
        found_rows = [
            family_rows(family, context.policy, float(p_value), stand)
            for family, p_value, stand in zip(
                families, adjusted(families), stands(families, PRIMARY_METHODS), strict=True
            )
        ]
        parts += [blocked(part) for part in found_rows] if fires else found_rows
    return pl.concat(
        [
            limited(findings(parts, statistic=NAME, version=VERSION), tables, context.policy),
            findings(shams, statistic=f"{NAME}_placebo", version=VERSION),
        ]
    )


def _compared(counts: pl.DataFrame, exposure: pl.DataFrame) -> pl.DataFrame:
    keys = ["team", "period_start", "benchmark", "kind"]
    of_reference = exposure.select(*keys, reference=pl.col("group"), reference_people=pl.col("people"))
    return (
        counts.join(exposure, on=["team", "period_start", "kind", "group"])
        .join(of_reference, on=[*keys, "reference"])
        .sort("period_start", "kind", "group", "benchmark", "team")
    )


def _family(rows: pl.DataFrame, context: Context) -> Family:
    policy = context.policy
    events, reference_events, people, reference_people, known, hits = (
        rows[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("checks", "reference_checks", "people", "reference_people", "known", "broad")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        log_exposure = np.where(np.minimum(people, reference_people) > 0, np.log(people / reference_people), np.nan)
        without_result = 1 - _and_all(hits) / _and_all(known)
    few = np.minimum(events, reference_events) < policy.smallest_ratio_events
    reason = np.select([~np.isfinite(log_exposure), few], ["no_exposure", "smallest_ratio_events"], "")
    ratios = log_rate_ratio(events, reference_events, log_exposure, policy.rounding_base)
    estimate, error, dispersion = pooled_log_ratio(events, reference_events, log_exposure)
    enough = min(events.sum(), reference_events.sum()) >= policy.smallest_ratio_events
    return Family(
        period_start=rows["period_start"][0],
        period_end=rows["period_end"][0],
        stratum=f"benchmark={rows['benchmark'][0]}",
        group=f"{rows['kind'][0]}={rows['group'][0]}",
        reference=f"{rows['kind'][0]}={rows['reference'][0]}",
        method="conditional_binomial",
        caveats=CAVEATS,
        teams=tuple(rows["team"]),
        estimate=np.where(reason == "", ratios.estimate, np.nan),
        error=np.where(reason == "", ratios.error, np.nan),
        reason=tuple(reason),
        estimate_all=estimate if enough else np.nan,
        error_all=error if enough else np.nan,
        reason_all="" if enough else "smallest_ratio_events",
        events=events,
        total=events + reference_events,
        lacking=policy.smallest_ratio_events - np.minimum(_and_all(events), _and_all(reference_events)),
        selective=np.where(np.isfinite(without_result), without_result, 1.0),
        columns={
            "n": _and_all(people),
            "reference_events": _and_all(reference_events),
            "reference_n": _and_all(reference_people),
        },
        detail={
            "figures_year": int(rows["figures_year"][0]),
            "dispersion": np.append(np.full(events.size, np.nan), dispersion),
        },
        ordinary=_ordinary(rows["benchmark"][0], policy),
    )


def _ordinary(benchmark: str, policy: Policy) -> float:
    """How far this benchmark is off in 95 % of areas; residents by as much as the comparison of teams reckons with."""
    off = math.exp(quantile(policy) * policy.share_error_sd) if benchmark == "residents" else 1.0
    return max(policy.tipping_ratio, off)


def _and_all(values: Floats) -> Floats:
    return np.append(values, np.nansum(values))


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="How often is a group checked, compared with how many of them there are?",
    question_nl="Hoe vaak wordt een groep gecontroleerd, vergeleken met hoeveel mensen er zijn?",
    estimand="Checks per person of the group, over checks per person of the reference group, in the team's areas.",
    assumptions="The benchmark holds the people who could be checked; both groups are registered equally well.",
    misleads="Residents are not the people on the street; residents are off by up to 2.2 times.",
    minimum="At least the smallest number of ratio events in both groups; all areas of the team have figures.",
    source="Gelman, Fagan & Kiss, Journal of the American Statistical Association 102 (2007) 813-823.",
    inputs=("cells", "population", "organisation"),
    gate=Gate.RELEASED,
    compute=compute,
    version=VERSION,
)
