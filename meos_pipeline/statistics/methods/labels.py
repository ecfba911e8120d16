"""What may be said of a comparison: one rule, tied to its interval, in a fixed order.

Order: too few, not comparable (decided by the method), clearly, no relevant difference, indication,
undecided. "Undecided" is never "no difference".
"""

import math
from dataclasses import dataclass

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods.proportion import normal_quantile

_NO_ERROR = 1e-9
"""A smaller standard error comes from numbers that never vary: then nothing is known of chance."""


@dataclass(frozen=True, slots=True)
class Margins:
    """Lines that a comparison is held against, on the log scale."""

    relevant: float
    equivalent: float
    largest_se: float
    confidence_level: float

    @classmethod
    def of(cls, policy: Policy) -> "Margins":
        """Margins as the policy sets them."""
        return cls(
            math.log(policy.relevant_ratio),
            math.log(policy.equivalent_ratio),
            policy.largest_standard_error,
            policy.confidence_level,
        )


def comparison_label(
    estimate: float, se: float, margins: Margins, *, critical: float | None = None, critical_90: float | None = None
) -> tuple[Label, str]:
    """Label of a log ratio and the code of the rule that decided it.

    Args:
        estimate: Log ratio; nan or infinite is too few.
        se: Its standard error; one of nothing is too few, as numbers that never vary say nothing of chance.
        margins: Lines on the log scale.
        critical: Quantile of the interval; the normal one when none is given.
        critical_90: Quantile of the 90% interval of the equivalence test.
    """
    if not (math.isfinite(estimate) and math.isfinite(se)) or se > margins.largest_se:
        return Label.TOO_FEW, "largest_standard_error"
    if se < _NO_ERROR:
        return Label.TOO_FEW, "no_variation"
    half = (critical or normal_quantile(margins.confidence_level)) * se
    half_90 = (critical_90 or normal_quantile(0.90)) * se
    return _first_that_holds(
        (estimate - half > margins.relevant, Label.CLEARLY_HIGHER, "interval_beyond_margin"),
        (estimate + half < -margins.relevant, Label.CLEARLY_LOWER, "interval_beyond_margin"),
        (abs(estimate) + half_90 < margins.equivalent, Label.NO_RELEVANT_DIFFERENCE, "interval_within_margin"),
        (estimate - half > 0, Label.INDICATION_HIGHER, "interval_excludes_one"),
        (estimate + half < 0, Label.INDICATION_LOWER, "interval_excludes_one"),
        otherwise="interval_includes_one",
    )


def pooled_label(
    *, higher: float, lower: float, within: float, above: float, sd: float, margins: Margins
) -> tuple[Label, str]:
    """The same rule for a team in a partially pooled family, from posterior probabilities.

    Args:
        higher: P(team - mean > relevant margin).
        lower: P(team - mean < -relevant margin).
        within: P(|team - mean| < equivalence margin).
        above: P(team - mean > 0).
        sd: Posterior standard deviation of the difference.
        margins: Lines on the log scale.
    """
    certain = margins.confidence_level
    beyond = 1 - (1 - certain) / 2
    if not math.isfinite(sd) or sd > margins.largest_se:
        return Label.TOO_FEW, "largest_standard_error"
    return _first_that_holds(
        (higher > certain, Label.CLEARLY_HIGHER, "probability_beyond_margin"),
        (lower > certain, Label.CLEARLY_LOWER, "probability_beyond_margin"),
        (within > certain, Label.NO_RELEVANT_DIFFERENCE, "probability_within_margin"),
        (above > beyond, Label.INDICATION_HIGHER, "probability_above_mean"),
        (above < 1 - beyond, Label.INDICATION_LOWER, "probability_below_mean"),
        otherwise="probability_open",
    )


def _first_that_holds(*rules: tuple[bool, Label, str], otherwise: str) -> tuple[Label, str]:
    return next(((label, reason) for holds, label, reason in rules if holds), (Label.UNDECIDED, otherwise))
