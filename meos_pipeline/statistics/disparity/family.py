"""A family: one method, group and period over all teams. It gets its labels, excess counts and bounds in one place."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.labelling import (
    Labels,
    holm,
    interval_labels,
    needed,
    posterior_labels,
    quantile,
)
from meos_pipeline.statistics.disparity.rows import details, rows
from meos_pipeline.statistics.disparity.teams import Shrunk, shrink
from meos_pipeline.statistics.methods.benchmark import excess, tipping_registration
from meos_pipeline.statistics.methods.power import MOST

Floats = npt.NDArray[np.float64]

PRIMARY_METHODS = 3
"""Benchmark, veil and robust test: the methods whose results for all teams together share one error rate."""
TEAMS_ALIKE = 0.90
"""From this probability that teams hardly differ, none is labelled apart."""
NOT_COMPARABLE = frozenset(
    {"collinear", "no_overlap", "balance", "no_area_share", "no_comparison", "separation", "missing_groups"}
)
"""Reasons that more checks do not mend."""
CLEARLY = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER)
DIFFERS = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.INDICATION_HIGHER, Label.INDICATION_LOWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Log ratios of all teams; arrays over teams, ``…_all`` for all together."""

    period_start: date
    period_end: date
    group: str
    reference: str
    method: str
    caveats: tuple[str, ...]
    teams: tuple[str, ...]
    estimate: Floats
    error: Floats
    reason: tuple[str, ...]
    """Per team why there is no estimate; ''."""
    estimate_all: float
    error_all: float
    reason_all: str
    events: Floats
    """Checks of the group, per team."""
    total: Floats
    """Checks of the group and its reference, per team."""
    stratum: str = ""
    dof: Floats | None = None
    """Residual degrees of freedom, per team and then all together; None for what is no model."""
    columns: dict[str, Floats] = field(default_factory=dict)
    """Further columns of findings for the headline rows, per team and then all together."""
    detail: dict[str, object] = field(default_factory=dict)
    """Arrays per team and then all together, or one value."""
    selective: Floats
    """Share of the group's checks that could be registered selectively, per team and then all together: those
    without a result where results are known, else 1."""
    lacking: Floats | float = np.nan
    """Checks below a minimum of the method, per team and then all together; of the rarest side."""
    fragile: Floats | float = 0.0
    """Further error, per team, that no count can show."""
    ordinary: float = 1.0
    """A tipping factor up to this is ordinary: then the label is 'described'."""


def adjusted(families: list[Family]) -> Floats:
    """Holm's p-values of the families' results for all teams together, over groups and primary methods."""
    from scipy.special import ndtr

    z = np.array([abs(family.estimate_all) / family.error_all for family in families])
    return np.minimum(holm(2 * ndtr(-z)) * PRIMARY_METHODS, 1.0) if families else np.zeros(0)


def family_rows(family: Family, policy: Policy, adjusted_p: float) -> pl.DataFrame:
    """Headline ('') of every team and of all (team ''), excess counts, and teams against all teams.

    A team's headline is its own ratio, drawn towards the others where there are teams enough; ``versus_teams`` is
    that ratio over the one of all teams, with the label that comparison earns.
    """
    shrunk = shrink(family.estimate, family.error, policy)
    z = quantile(policy)
    raw = (family.estimate, family.error, family.estimate - z * family.error, family.estimate + z * family.error)
    own = raw if shrunk is None else (shrunk.mean, _spread(shrunk, z), shrunk.lower, shrunk.upper)
    theta = np.append(own[0], family.estimate_all)
    error = np.append(own[1], family.error_all)
    lower = np.append(own[2], family.estimate_all - z * family.error_all)
    upper = np.append(own[3], family.estimate_all + z * family.error_all)
    labels = interval_labels(theta, error, policy)
    label, reason = _refused(labels, (*family.reason, family.reason_all), theta)
    events, total = (np.append(values, values.sum()) for values in (family.events, family.total))
    more = needed(label, theta, error, total, policy, family.lacking)
    if adjusted_p > 1 - policy.confidence_level and label[-1] in DIFFERS:
        label[-1], reason[-1] = Label.UNDECIDED.value, "several_tests"
        more[-1] = _for_several_tests(theta[-1], error[-1], total[-1], adjusted_p, policy)
    tipping = np.maximum(np.maximum(np.exp(lower), np.exp(-upper)), 1.0)
    ordinary = np.isin(label, DIFFERS) & (tipping <= family.ordinary) & (family.ordinary > 1)
    label = np.where(ordinary, Label.DESCRIBED.value, label)
    reason = np.where(ordinary, "tipping_ratio", reason)
    size = theta.size
    head = _head(family, size)
    main = rows(
        size,
        **head,
        unit=Unit.RATIO.value,
        estimate=np.exp(theta),
        lower=np.exp(lower),
        upper=np.exp(upper),
        label=label,
        label_reason=reason,
        needed=more,
        detail=details(
            size,
            error=error,
            adjusted_p=np.append(np.full(size - 1, np.nan), adjusted_p),
            tipping_factor=tipping,
            tipping_registration=tipping_registration(np.exp(theta), family.selective),
            **_chance(family, shrunk, policy),
            **_dof(family, size),
            **family.detail,
        ),
    ).with_columns(pl.Series(name, values) for name, values in family.columns.items())
    shown = np.where(np.isin(label, [Label.TOO_FEW, Label.NOT_COMPARABLE]), label, Label.DESCRIBED.value)
    counted = [excess(events, total, bound) for bound in (theta, lower, upper)]
    parts = [
        main,
        rows(
            size,
            **head,
            series="excess",
            unit=Unit.COUNT.value,
            estimate=counted[0],
            lower=counted[1],
            upper=counted[2],
            label=shown,
            label_reason=np.where(shown == Label.DESCRIBED.value, "", reason),
            detail=details(size, **_dof(family, size)),
        ),
    ]
    for series, factor in _registered(policy):
        values = np.exp(theta) * (1 + (factor - 1) * family.selective)
        parts.append(series_rows(family, series, np.where(shown == Label.DESCRIBED.value, values, np.nan)))
    if shrunk is not None:
        parts.append(_versus_teams(family, shrunk, policy))
    return pl.concat(parts, how="diagonal_relaxed")


def deviation_rows(family: Family, policy: Policy) -> pl.DataFrame:
    """Headline, excess counts and bounds of estimates that already are deviations from the mean team.

    There is no row for all together, as deviations add up to nothing; the head of the family is in the detail of
    every row. A clear label is softened to an indication when ``fragile`` error would undo it.
    """
    shrunk, z = shrink(family.estimate, family.error, policy), quantile(policy)
    if shrunk is None:
        theta, error = family.estimate, family.error
        lower, upper = theta - z * error, theta + z * error
        labels = interval_labels(theta, error, policy)
        chances: dict[str, object] = {}
    else:
        theta, error = shrunk.deviation, shrunk.deviation_error
        lower, upper = shrunk.deviation_lower, shrunk.deviation_upper
        labels = posterior_labels(shrunk.higher, shrunk.lower_than, shrunk.within, shrunk.above, error, policy)
        chances = {"higher": shrunk.higher, "lower": shrunk.lower_than, "within": shrunk.within}
    label, reason = _refused(labels, family.reason, theta)
    widened = np.sqrt(error**2 + family.fragile**2)
    undone = np.isin(label, CLEARLY) & (np.abs(theta) < z * widened)
    label = np.where(undone, np.where(theta > 0, Label.INDICATION_HIGHER.value, Label.INDICATION_LOWER.value), label)
    reason = np.where(undone, "composition_error", reason)
    if shrunk is not None and shrunk.spread_small > TEAMS_ALIKE:
        apart = np.isin(label, DIFFERS)
        label, reason = np.where(apart, Label.DESCRIBED.value, label), np.where(apart, "teams_alike", reason)
    size = theta.size
    head = _head(family, size)
    shown = np.where(np.isin(label, [Label.TOO_FEW, Label.NOT_COMPARABLE]), label, Label.DESCRIBED.value)
    why = np.where(shown == Label.DESCRIBED.value, "", reason)
    counted = [excess(family.events, family.total, bound) for bound in (theta, lower, upper)]
    main = rows(
        size,
        **head,
        unit=Unit.RATIO.value,
        estimate=np.exp(theta),
        lower=np.exp(lower),
        upper=np.exp(upper),
        label=label,
        label_reason=reason,
        needed=needed(label, theta, error, family.total, policy, family.lacking),
        detail=details(
            size,
            error=family.error,
            tipping_factor=np.maximum(np.maximum(np.exp(lower), np.exp(-upper)), 1.0),
            tipping_registration=tipping_registration(np.exp(theta), family.selective),
            **_chance(family, shrunk, policy),
            **chances,
            **_dof(family, size),
            **family.detail,
        ),
    )
    parts = [
        main,
        rows(
            size,
            **head,
            series="excess",
            unit=Unit.COUNT.value,
            estimate=counted[0],
            lower=counted[1],
            upper=counted[2],
            label=shown,
            label_reason=why,
            detail=details(size, **_dof(family, size)),
        ),
        rows(
            size,
            **head,
            series="composition_error",
            unit=Unit.RATIO.value,
            estimate=np.exp(theta),
            lower=np.exp(theta - z * widened),
            upper=np.exp(theta + z * widened),
            label=shown,
            label_reason=why,
            detail=details(size, **_dof(family, size)),
        ),
    ]
    for series, factor in _registered(policy):
        values = np.exp(theta) * (1 + (factor - 1) * family.selective)
        parts.append(
            rows(
                size,
                **head,
                series=series,
                unit=Unit.RATIO.value,
                estimate=values,
                label=shown,
                label_reason=why,
                detail=details(size, **_dof(family, size)),
            )
        )
    return pl.concat(parts, how="diagonal_relaxed")


def series_rows(
    family: Family, series: str, values: Floats, lower: Floats | float = np.nan, upper: Floats | float = np.nan
) -> pl.DataFrame:
    """A further series of ratios (bounds, variants) without a label of its own, per team and then all together."""
    label = np.where(np.isfinite(values), Label.DESCRIBED.value, Label.TOO_FEW.value)
    return rows(
        values.size,
        **_head(family, values.size),
        series=series,
        unit=Unit.RATIO.value,
        estimate=values,
        lower=lower,
        upper=upper,
        label=label,
        label_reason=np.where(np.isfinite(values), "", "no_estimate"),
        detail=details(values.size, **_dof(family, values.size)),
    )


def _registered(policy: Policy) -> tuple[tuple[str, float], ...]:
    factor = policy.group_registration_ratio
    return (("registration_low", 1 / factor), ("registration_high", factor))


def _versus_teams(family: Family, shrunk: Shrunk, policy: Policy) -> pl.DataFrame:
    labels = posterior_labels(
        shrunk.higher, shrunk.lower_than, shrunk.within, shrunk.above, shrunk.deviation_error, policy
    )
    label, reason = _refused(labels, family.reason, shrunk.deviation)
    if shrunk.spread_small > TEAMS_ALIKE:
        apart = np.isin(label, DIFFERS)
        label = np.where(apart, Label.DESCRIBED.value, label)
        reason = np.where(apart, "teams_alike", reason)
    size = len(family.teams)
    return rows(
        size,
        **_head(family, size) | {"reference": "teams"},
        series="versus_teams",
        unit=Unit.RATIO.value,
        estimate=np.exp(shrunk.deviation),
        lower=np.exp(shrunk.deviation_lower),
        upper=np.exp(shrunk.deviation_upper),
        label=label,
        label_reason=reason,
        needed=needed(
            label, shrunk.deviation, shrunk.deviation_error, family.total, policy, _of_teams(family.lacking, size)
        ),
        detail=details(
            size,
            higher=shrunk.higher,
            lower=shrunk.lower_than,
            within=shrunk.within,
            tipping_registration=tipping_registration(np.exp(shrunk.deviation), family.selective[:size]),
            **_dof(family, size),
        ),
    )


def _of_teams(values: Floats | float, size: int) -> Floats | float:
    return values[:size] if isinstance(values, np.ndarray) else values


def _for_several_tests(theta: float, error: float, total: float, adjusted_p: float, policy: Policy) -> float:
    """More checks after which the result would stand beside the others too, if the estimate stays (Holm)."""
    from scipy.special import ndtr, ndtri

    tests = adjusted_p / max(2 * float(ndtr(-abs(theta) / error)), 1e-300)
    goal = abs(theta) / -float(ndtri((1 - policy.confidence_level) / (2 * tests)))
    more = total * ((error / goal) ** 2 - 1)
    return float(np.clip(np.ceil(more), 1, None)) if more <= MOST else np.nan


def _chance(family: Family, shrunk: Shrunk | None, policy: Policy) -> dict[str, object]:
    """What the head of the family says: teams, their spread, labels given, and how many of those chance would give."""
    if shrunk is None:
        return {"teams": int(np.isfinite(family.estimate).sum())}
    sure = np.maximum(shrunk.higher, shrunk.lower_than)
    given = sure > policy.confidence_level
    return {
        "teams": int(np.isfinite(shrunk.deviation).sum()),
        "spread": shrunk.spread,
        "teams_alike": shrunk.spread_small,
        "labels_given": int(given.sum()),
        "labels_expected_by_chance": float((1 - sure[given]).sum()),
    }


def _refused(
    labels: Labels, reasons: tuple[str, ...], theta: Floats
) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.str_]]:
    why = np.array(reasons, dtype="U40")
    label = np.where(np.isin(why, list(NOT_COMPARABLE)), Label.NOT_COMPARABLE.value, labels.label).astype("U40")
    known = (why != "") & (np.isin(why, list(NOT_COMPARABLE)) | ~np.isfinite(theta))
    return label, np.where(known, why, labels.reason).astype("U40")


def _spread(shrunk: Shrunk, z: float) -> Floats:
    return np.asarray((shrunk.upper - shrunk.lower) / (2 * z))


def _dof(family: Family, size: int) -> dict[str, object]:
    return {} if family.dof is None else {"residual_dof": family.dof[:size]}


def _head(family: Family, size: int) -> dict[str, object]:
    """What all rows of the family share; the last of ``size`` is all together when there is one more than teams."""
    together = size > len(family.teams)
    head: dict[str, object] = {
        "team": [*family.teams, ""] if together else list(family.teams),
        "period_start": family.period_start,
        "period_end": family.period_end,
        "stratum": family.stratum,
        "group": family.group,
        "reference": family.reference,
        "method": family.method,
        "caveats": family.caveats,
    }
    for name, values in (("events", family.events), ("n", family.total)):
        head[name] = np.append(values, values.sum()) if together else values
    return head
