"""A family: one method, group and period over all teams. It gets its labels, excess counts and bounds in one place."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.labelling import (
    DIRECTED,
    Labels,
    holm,
    interval_labels,
    margin_labels,
    needed,
    posterior_labels,
    quantile,
    within_margin,
)
from meos_pipeline.statistics.disparity.rows import details, rows
from meos_pipeline.statistics.disparity.teams import Shrunk, shrink
from meos_pipeline.statistics.methods.benchmark import excess, tipping_registration

Floats = npt.NDArray[np.float64]

FAMILY_ERROR = 0.05
"""Chance that a difference is said of any group of a team that differs in none."""
PRIMARY_METHODS = 3
"""Benchmark, veil and robust test: the methods whose results for all teams together share one error rate."""
TEAMS_ALIKE = 0.90
"""From this probability that teams hardly differ, none is labelled apart."""
NOT_COMPARABLE = frozenset(
    {"collinear", "no_overlap", "balance", "no_area_share", "no_comparison", "separation", "missing_groups"}
)
"""Reasons that more checks do not mend."""


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
    fixed: Floats | float = 0.0
    """Part of ``error``, per team, that no number of checks lessens."""
    ordinary: float = 1.0
    """A tipping factor up to this is ordinary: then the label is 'described'."""


def adjusted(families: list[Family]) -> Floats:
    """Holm's p-values of the families' results for all teams together, over groups and primary methods."""
    from scipy.special import ndtr

    z = np.array([abs(family.estimate_all) / family.error_all for family in families])
    return np.minimum(holm(2 * ndtr(-z)) * PRIMARY_METHODS, 1.0) if families else np.zeros(0)


def family_rows(family: Family, policy: Policy, adjusted_p: float, standing: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Headline ('') of every team and of all (team ''), excess counts, and teams against all teams.

    A team's headline is its own ratio, drawn towards the others where there are teams enough; ``versus_teams`` is
    that ratio over the one of all teams, with the label that comparison earns. A difference of a team is said where
    it stands (``standing``, as of ``stands``) beside the team's other groups and the other primary methods.
    """
    shrunk = shrink(family.estimate, family.error, policy)
    z = quantile(policy)
    raw = (family.estimate, family.error, family.estimate - z * family.error, family.estimate + z * family.error)
    own = raw if shrunk is None else (shrunk.mean, _spread(shrunk, z), shrunk.lower, shrunk.upper)
    theta = np.append(own[0], family.estimate_all)
    error = np.append(own[1], family.error_all)
    lower = np.append(own[2], family.estimate_all - z * family.error_all)
    upper = np.append(own[3], family.estimate_all + z * family.error_all)
    labels = within_margin(interval_labels(theta, error, policy), lower, upper)
    label, reason = _refused(labels, (*family.reason, family.reason_all), theta)
    events, total = (np.append(values, values.sum()) for values in (family.events, family.total))
    if adjusted_p > 1 - policy.confidence_level and label[-1] in DIRECTED:
        label[-1], reason[-1] = Label.UNDECIDED.value, "several_tests"
    alone = np.isin(label, DIRECTED) & ~np.append(standing, True)
    label, reason = np.where(alone, Label.UNDECIDED.value, label), np.where(alone, "several_tests", reason)
    by_chance = np.append(family.error, family.error_all)
    more = needed(label, _judged_by(label, error, by_chance), total, policy, family.lacking)
    tipping = np.maximum(np.maximum(np.exp(lower), np.exp(-upper)), 1.0)
    ordinary = np.isin(label, DIRECTED) & (tipping <= family.ordinary) & (family.ordinary > 1)
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
            visible_ratio=policy.visible_ratio,
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


def stands(families: list[Family], methods: int = 1) -> list[npt.NDArray[np.bool_]]:
    """Per family and team: whether its estimate stands beside those of the team's other groups (Holm, 5 %).

    Args:
        families: All families of a method.
        methods: Methods that share the error rate.
    """
    from scipy.special import ndtr

    teams = sorted({team for family in families for team in family.teams})
    p_values = np.full((len(families), len(teams)), np.nan)
    for place, family in enumerate(families):
        with np.errstate(invalid="ignore"):
            p_values[place, np.searchsorted(teams, family.teams)] = 2 * ndtr(-np.abs(family.estimate / family.error))
    adjusted_p = np.apply_along_axis(holm, 0, p_values) if families else p_values
    return [
        adjusted_p[place, np.searchsorted(teams, one.teams)] < FAMILY_ERROR / methods
        for place, one in enumerate(families)
    ]


def deviation_rows(family: Family, policy: Policy, standing: npt.NDArray[np.bool_], families: int = 1) -> pl.DataFrame:
    """Headline, excess counts and bounds of estimates that already are deviations from the mean team.

    There is no row for all together, as deviations add up to nothing; the head of the family is in the detail of
    every row. The label follows from the printed margin, which holds all that is not known; a difference is said
    where it also stands beside the team's other groups. Nothing is drawn towards the mean team: with a margin of
    which most is the error of residents, that would hide a threefold difference in two of three cases.
    """
    z = quantile(policy)
    theta, lower, upper = family.estimate, family.estimate - z * family.error, family.estimate + z * family.error
    label, reason = _refused(margin_labels(lower, upper, policy), family.reason, theta)
    alone = np.isin(label, DIRECTED) & ~standing
    label, reason = np.where(alone, Label.UNDECIDED.value, label), np.where(alone, "several_tests", reason)
    size = theta.size
    head = _head(family, size)
    shown = np.where(np.isin(label, [Label.TOO_FEW, Label.NOT_COMPARABLE]), label, Label.DESCRIBED.value)
    why = np.where(shown == Label.DESCRIBED.value, "", reason)
    counted = [excess(family.events, family.total, bound) for bound in (theta, lower, upper)]
    chance = np.sqrt(np.maximum(family.error**2 - family.fixed**2, 0.0))
    main = rows(
        size,
        **head,
        unit=Unit.RATIO.value,
        estimate=np.exp(theta),
        lower=np.exp(lower),
        upper=np.exp(upper),
        label=label,
        label_reason=reason,
        needed=needed(label, chance, family.total, policy, family.lacking, family.fixed),
        detail=details(
            size,
            error=family.error,
            visible_from=np.exp(z * family.error),
            visible_ratio=policy.visible_ratio,
            tipping_factor=np.maximum(np.maximum(np.exp(lower), np.exp(-upper)), 1.0),
            tipping_registration=tipping_registration(np.exp(theta), family.selective),
            **_head_count(family, label, families),
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
    labels = within_margin(
        posterior_labels(shrunk.higher, shrunk.lower_than, shrunk.within, shrunk.above, shrunk.deviation_error, policy),
        shrunk.deviation_lower,
        shrunk.deviation_upper,
    )
    label, reason = _refused(labels, family.reason, shrunk.deviation)
    if shrunk.spread_small > TEAMS_ALIKE:
        apart = np.isin(label, DIRECTED)
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
            label,
            _judged_by(label, shrunk.deviation_error, family.error),
            family.total,
            policy,
            _of_teams(family.lacking, size),
        ),
        detail=details(
            size,
            visible_ratio=policy.visible_ratio,
            higher=shrunk.higher,
            lower=shrunk.lower_than,
            within=shrunk.within,
            tipping_registration=tipping_registration(np.exp(shrunk.deviation), family.selective[:size]),
            **_dof(family, size),
        ),
    )


def _judged_by(label: npt.NDArray[np.str_], error: Floats, by_chance: Floats) -> Floats:
    """The error that made 'too few', else that by chance: more checks lessen the latter only."""
    return np.where(label == Label.TOO_FEW.value, error, by_chance)


def _of_teams(values: Floats | float, size: int) -> Floats | float:
    return values[:size] if isinstance(values, np.ndarray) else values


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


def _head_count(family: Family, label: npt.NDArray[np.str_], families: int) -> dict[str, object]:
    """Teams, differences said, and how many would be said if none differed: 5 % of the teams over all families."""
    compared = int(np.isfinite(family.estimate).sum())
    return {
        "teams": compared,
        "labels_given": int(np.isin(label, DIRECTED).sum()),
        "labels_expected_by_chance": FAMILY_ERROR * compared / families,
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
