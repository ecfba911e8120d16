"""D1. How often a group is checked for every check of the reference group, at equal numbers of people."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics.disparity.groups import beside_reference, group_counts, team_exposure
from meos_pipeline.statistics.disparity.labelling import checks_needed, interval_labels, quantile
from meos_pipeline.statistics.disparity.rows import details, findings, rows
from meos_pipeline.statistics.methods.benchmark import (
    excess,
    log_rate_ratio,
    pooled_log_ratio,
    registered_otherwise,
    tipping_factor,
    tipping_registration,
)
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "benchmark_ratio"
VERSION = 1
CAVEATS = ("benchmark_not_street", "selective_registration", "not_why")
DIFFERS = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.INDICATION_HIGHER, Label.INDICATION_LOWER)


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Ratios per team and for all teams together, for each benchmark apart."""
    counts = beside_reference(group_counts(tables), context.policy)
    families = _compared(counts, team_exposure(tables, counts)).partition_by(
        "period_start", "kind", "group", "benchmark", maintain_order=True
    )
    return findings([_family(family, context) for family in families], statistic=NAME, version=VERSION)


def _compared(counts: pl.DataFrame, exposure: pl.DataFrame) -> pl.DataFrame:
    keys = ["team", "period_start", "benchmark", "kind"]
    of_reference = exposure.select(*keys, reference=pl.col("group"), reference_people=pl.col("people"))
    return (
        counts.join(exposure, on=["team", "period_start", "kind", "group"])
        .join(of_reference, on=[*keys, "reference"])
        .sort("kind", "group", "benchmark", "period_start", "team")
    )


def _family(family: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Rows of one group, benchmark and period: every team, and all together (team '')."""
    policy = context.policy
    events, reference_events, people, reference_people, known, hits = (
        family[name].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("checks", "reference_checks", "people", "reference_people", "known", "broad")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        log_exposure = np.log(people) - np.log(reference_people)
    ratios = log_rate_ratio(events, reference_events, log_exposure, policy.rounding_base)
    few = np.minimum(events, reference_events) < policy.smallest_ratio_events
    pooled, pooled_error, dispersion = pooled_log_ratio(events, reference_events, log_exposure)
    theta = np.append(np.where(few, np.nan, ratios.estimate), pooled)
    error = np.append(np.where(few, np.nan, ratios.error), pooled_error)
    half = quantile(policy.confidence_level) * error
    labels = interval_labels(theta, error, theta - half, theta + half, policy)
    ratio, lower, upper = np.exp(theta), np.exp(theta - half), np.exp(theta + half)
    tipping = tipping_factor(lower, upper)
    ordinary = np.isin(labels.label, DIFFERS) & (tipping <= policy.tipping_ratio)
    events, reference_events, people, reference_people, known, hits = (
        np.append(values, values.sum()) for values in (events, reference_events, people, reference_people, known, hits)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        without_result = events * (1 - hits / known)
    size = theta.size
    head = {
        "team": [*family["team"], ""],
        "period_start": family["period_start"][0],
        "period_end": family["period_end"][0],
        "stratum": f"benchmark={family['benchmark'][0]}",
        "group": f"{family['kind'][0]}={family['group'][0]}",
        "reference": f"{family['kind'][0]}={family['reference'][0]}",
        "method": "conditional_binomial",
        "caveats": CAVEATS,
    }
    main = rows(
        size,
        **head,
        unit=Unit.RATIO.value,
        estimate=ratio,
        lower=lower,
        upper=upper,
        events=events,
        n=people,
        reference_events=reference_events,
        reference_n=reference_people,
        label=np.where(ordinary, Label.DESCRIBED.value, labels.label),
        label_reason=np.select(
            [np.append(few, False), ordinary], ["smallest_ratio_events", "tipping_ratio"], labels.reason
        ),
        needed=checks_needed(events + reference_events, error, policy),
        detail=details(
            size,
            tipping=tipping,
            tipping_registration=tipping_registration(events, without_result, ratio),
            figures_year=int(family["figures_year"][0]),
            dispersion=np.append(np.full(size - 1, np.nan), dispersion),
        ),
    )
    shown = np.where(np.isfinite(theta), Label.DESCRIBED.value, Label.TOO_FEW.value)
    more, most, least = (
        excess(events, events + reference_events, value) for value in (theta, theta + half, theta - half)
    )
    parts = [
        main,
        rows(size, **head, series="excess", unit=Unit.COUNT.value, estimate=more, lower=least, upper=most, label=shown),
    ]
    factor = policy.group_registration_ratio
    for series, times in (("registration_low", 1 / factor), ("registration_high", factor)):
        otherwise = registered_otherwise(events, without_result, ratio, times)
        parts.append(
            rows(
                size,
                **head,
                series=series,
                unit=Unit.RATIO.value,
                estimate=otherwise,
                label=np.where(np.isfinite(otherwise), Label.DESCRIBED.value, Label.TOO_FEW.value),
            )
        )
    return pl.concat(parts, how="diagonal_relaxed")


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.DISPARITY,
    question="How often is a group checked, compared with how many of them there are?",
    question_nl="Hoe vaak wordt een groep gecontroleerd, vergeleken met hoeveel mensen er zijn?",
    estimand="Checks per person of the group, over checks per person of the reference group, in the team's areas.",
    assumptions="The benchmark holds the people who could be checked; both groups are registered equally well.",
    misleads="Residents are not the people on the street; a benchmark that is 30 % off is ordinary.",
    minimum="At least the smallest number of ratio events in both groups; all areas of the team have figures.",
    source="Gelman, Fagan & Kiss, Journal of the American Statistical Association 102 (2007) 813-823.",
    inputs=("cells", "population", "organisation"),
    gate=Gate.RELEASED,
    compute=compute,
    version=VERSION,
)
