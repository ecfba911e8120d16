"""Labels of many estimates at once; and tests that share an error rate."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods.labels import Margins, comparison_label, pooled_label
from meos_pipeline.statistics.methods.power import checks_for_visible, checks_lacking
from meos_pipeline.statistics.methods.proportion import normal_quantile

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]


DIRECTED = (Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.INDICATION_HIGHER, Label.INDICATION_LOWER)
"""Labels that say that there is a difference, and in which direction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Label and reason, element by element."""

    label: Texts
    reason: Texts


def quantile(policy: Policy) -> float:
    """Standard normal quantile of an interval at the policy's confidence level."""
    return normal_quantile(policy.confidence_level)


def interval_labels(estimate: Floats, error: Floats, policy: Policy) -> Labels:
    """Label log ratios by their intervals; nan gives 'too few'."""
    margins = Margins.of(policy)
    return _labels([comparison_label(float(y), float(se), margins) for y, se in zip(estimate, error, strict=True)])


def posterior_labels(
    higher: Floats, lower: Floats, within: Floats, above: Floats, sd: Floats, policy: Policy
) -> Labels:
    """Label teams by where their deviation from all teams probably lies; nan gives 'too few'."""
    margins = Margins.of(policy)
    return _labels(
        [
            pooled_label(higher=h, lower=low, within=w, above=a, sd=s, margins=margins)
            for h, low, w, a, s in zip(*(part.tolist() for part in (higher, lower, within, above, sd)), strict=True)
        ]
    )


def _labels(pairs: list[tuple[Label, str]]) -> Labels:
    return Labels(
        label=np.array([label.value for label, _ in pairs], dtype="U40"),
        reason=np.array([reason for _, reason in pairs], dtype="U40"),
    )


def margin_labels(lower: Floats, upper: Floats, policy: Policy) -> Labels:
    """Label log ratios by the margin that is printed, and by nothing else; nan gives 'too few'."""
    relevant = np.log(policy.relevant_ratio)
    known = np.isfinite(lower) & np.isfinite(upper)
    rules = [
        (~known, Label.TOO_FEW, "no_estimate"),
        (lower > relevant, Label.CLEARLY_HIGHER, "interval_beyond_margin"),
        (upper < -relevant, Label.CLEARLY_LOWER, "interval_beyond_margin"),
        (lower > 0, Label.INDICATION_HIGHER, "interval_excludes_one"),
        (upper < 0, Label.INDICATION_LOWER, "interval_excludes_one"),
    ]
    holds = [rule[0] for rule in rules]
    return Labels(
        label=np.select(holds, [rule[1].value for rule in rules], Label.UNDECIDED.value).astype("U40"),
        reason=np.select(holds, [rule[2] for rule in rules], "interval_includes_one").astype("U40"),
    )


def within_margin(labels: Labels, lower: Floats, upper: Floats) -> Labels:
    """The labels, undecided where the printed margin holds no difference at all."""
    said = np.isin(labels.label, [label.value for label in DIRECTED])
    open_ = said & ~((lower > 0) | (upper < 0))
    return Labels(
        label=np.where(open_, Label.UNDECIDED.value, labels.label),
        reason=np.where(open_, "interval_includes_one", labels.reason),
    )


def needed(
    label: Texts,
    error: Floats,
    checks: Floats,
    policy: Policy,
    lacking: Floats | float = np.nan,
    fixed: Floats | float = 0.0,
) -> Floats:
    """Checks with which a difference of a fixed size would show, for 'undecided'; how many lack, for 'too few'.

    Args:
        label: As given.
        error: Standard errors of the log ratios by chance.
        checks: Checks behind each.
        policy: Size of the difference and chance to see it.
        lacking: Checks (of the rarest side) below a minimum of the method, where there is no estimate; else nan.
        fixed: Standard error that no number of checks lessens.
    """
    counts = [
        checks_for_visible(float(se), float(n), policy, fixed_se=float(more))
        if one == Label.UNDECIDED.value
        else checks_lacking(float(se), float(n), policy.largest_standard_error)
        if one == Label.TOO_FEW.value
        else None
        for one, se, n, more in zip(label, error, checks, np.broadcast_to(fixed, error.shape), strict=True)
    ]
    found = np.array([np.nan if count is None else float(count) for count in counts])
    few = (label == Label.TOO_FEW.value) & np.isnan(found) & (np.asarray(lacking) > 0)
    return np.where(few, np.ceil(lacking), found)


def holm(p_values: Floats) -> Floats:
    """Holm's adjusted p-values; nan stays nan and does not count as a test (Holm, Scand. J. Stat. 6, 1979)."""
    adjusted = np.full(p_values.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted
