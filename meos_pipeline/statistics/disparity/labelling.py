"""Labels of many estimates at once, by the one rule of ``methods.labels``; and tests that share an error rate."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods.labels import Margins, comparison_label, pooled_label
from meos_pipeline.statistics.methods.power import checks_needed
from meos_pipeline.statistics.methods.proportion import normal_quantile

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]


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


def needed(
    label: Texts, estimate: Floats, error: Floats, checks: Floats, policy: Policy, lacking: Floats | float = np.nan
) -> Floats:
    """Further checks that would settle each 'too few' or 'undecided'; nan for other labels.

    Args:
        label: As given.
        estimate: Log ratios.
        error: Their standard errors.
        checks: Checks behind each.
        policy: Margins.
        lacking: Checks (of the rarest side) below a minimum of the method, where there is no estimate; else nan.
    """
    margins = Margins.of(policy)
    counts = [
        checks_needed(Label(str(one)), float(y), float(se), float(n), margins)
        for one, y, se, n in zip(label, estimate, error, checks, strict=True)
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
