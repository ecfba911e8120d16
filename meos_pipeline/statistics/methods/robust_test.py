"""The robust test: checked more often, and with less result. Only both together say something."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustTest:
    """P-values of both directions; each is the larger of two one-sided p-values (intersection-union)."""

    lower_bar_for_group: float
    """The group is checked more (beyond the tipping ratio) and its checks have less result."""
    lower_bar_for_reference: float
    """The group is checked less and its checks have more result."""


def robust_test(
    log_rate_ratio: float, rate_error: float, hit_difference: float, hit_error: float, *, tipping: float
) -> RobustTest:
    """Intersection-union of a benchmark test and an outcome test.

    When risk is distributed with a monotone likelihood ratio between groups, at least one of the two tests is
    right, so where they agree they are right (Gaebler & Goel 2024). A less informative signal for one group also
    makes them agree: the test cannot tell a lower bar from poorer information.

    Args:
        log_rate_ratio: Log of check rate of the group over the reference.
        rate_error: Its standard error.
        hit_difference: Hit rate of the group minus the reference.
        hit_error: Its standard error.
        tipping: How much the benchmark may be off; the rate test is against this ratio, not against 1.

    Returns:
        Two p-values; nan where an input is.
    """
    from scipy.special import ndtr

    margin = np.log(tipping)
    with np.errstate(invalid="ignore", divide="ignore"):
        more = 1 - ndtr(np.divide(log_rate_ratio - margin, rate_error))
        less = ndtr(np.divide(log_rate_ratio + margin, rate_error))
        fewer_hits = ndtr(np.divide(hit_difference, hit_error))
    return RobustTest(
        lower_bar_for_group=float(np.maximum(more, fewer_hits)),
        lower_bar_for_reference=float(np.maximum(less, 1 - fewer_hits)),
    )
