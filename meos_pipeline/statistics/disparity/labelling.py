"""Which label an interval of a log ratio earns, and how many more checks would settle it.

Source: statistics specification 2.3. 'No relevant difference' is a finding of its own (two one-sided tests),
never the absence of one.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Label and reason, element by element."""

    label: Texts
    reason: Texts


def quantile(level: float) -> float:
    """Standard normal quantile of a two-sided interval of that level."""
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))


def interval_labels(estimate: Floats, error: Floats, lower: Floats, upper: Floats, policy: Policy) -> Labels:
    """Label log ratios by their intervals.

    Args:
        estimate: Log ratios; nan gives 'too few'.
        error: Standard errors; above the policy's largest gives 'too few'.
        lower: Lower bounds at the policy's confidence level.
        upper: Upper bounds.
        policy: Margins.
    """
    relevant, equivalent = np.log(policy.relevant_ratio), np.log(policy.equivalent_ratio)
    one_sided = quantile(0.90)
    unusable = ~np.isfinite(estimate) | ~np.isfinite(error)
    with np.errstate(invalid="ignore"):
        conditions = [
            unusable,
            error > policy.largest_standard_error,
            lower > relevant,
            upper < -relevant,
            np.abs(estimate) + one_sided * error < equivalent,
            lower > 0,
            upper < 0,
        ]
    label = np.select(
        conditions,
        [
            Label.TOO_FEW, Label.TOO_FEW, Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.NO_RELEVANT_DIFFERENCE,
            Label.INDICATION_HIGHER, Label.INDICATION_LOWER,
        ],
        Label.UNDECIDED,
    )  # fmt: skip
    reason = np.select(
        conditions,
        ["no_estimate", "largest_standard_error", "relevant", "relevant", "equivalent", "excludes_one", "excludes_one"],
        "interval",
    )
    return Labels(label=label.astype(np.str_), reason=reason.astype(np.str_))


def posterior_labels(
    deviation: Floats, spread: Floats, higher: Floats, lower: Floats, within: Floats, policy: Policy
) -> Labels:
    """Label teams by where their deviation from all teams probably lies; shrinkage carries the multiplicity.

    Args:
        deviation: Posterior mean of team minus all teams, log scale.
        spread: Its posterior standard deviation.
        higher: Probability of lying above the relevance margin.
        lower: Probability of lying below its inverse.
        within: Probability of lying within the equivalence margin.
        policy: Confidence level and largest spread.
    """
    sure = policy.confidence_level
    reach = quantile(sure) * spread
    unusable = ~np.isfinite(deviation) | ~np.isfinite(spread)
    with np.errstate(invalid="ignore"):
        conditions = [
            unusable,
            spread > policy.largest_standard_error,
            higher > sure,
            lower > sure,
            within > sure,
            deviation - reach > 0,
            deviation + reach < 0,
        ]
    label = np.select(
        conditions,
        [
            Label.TOO_FEW, Label.TOO_FEW, Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER, Label.NO_RELEVANT_DIFFERENCE,
            Label.INDICATION_HIGHER, Label.INDICATION_LOWER,
        ],
        Label.UNDECIDED,
    )  # fmt: skip
    reason = np.select(
        conditions,
        ["no_estimate", "largest_standard_error", "relevant", "relevant", "equivalent", "excludes_one", "excludes_one"],
        "interval",
    )
    return Labels(label=label.astype(np.str_), reason=reason.astype(np.str_))


def checks_needed(checks: Floats, error: Floats, policy: Policy) -> Floats:
    """Further checks until the interval could fit within the equivalence margin; nan where it already could.

    The standard error falls with the root of the number of checks.
    """
    target = np.log(policy.equivalent_ratio) / quantile(0.90)
    with np.errstate(invalid="ignore", divide="ignore"):
        needed = np.ceil(checks * ((error / target) ** 2 - 1))
    return np.where(np.isfinite(needed) & (needed > 0), needed, np.nan)


def holm(p_values: Floats) -> Floats:
    """Holm's adjusted p-values; nan stays nan and does not count as a test (Holm, Scand. J. Stat. 6, 1979)."""
    adjusted = np.full(p_values.shape, np.nan)
    tested = np.flatnonzero(np.isfinite(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted
