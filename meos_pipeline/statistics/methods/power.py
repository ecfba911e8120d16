"""How many checks would show a difference of a size that people chose beforehand: never that of the estimate.

A number that follows from the estimate itself (post-hoc power) promises what it cannot keep: with as many checks, half
of the questions were still open.
"""

import math

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods.proportion import normal_quantile

MOST = 1_000_000
"""A number above this is not told: it says 'never in practice'."""


def checks_for_visible(se: float, n: float, policy: Policy, *, fixed_se: float = 0.0) -> int | None:
    """Checks with which a difference of ``visible_ratio`` would be found as often as ``planner_power`` says.

    The standard error falls with the square root of n; ``fixed_se`` is the part that no number of checks lessens.

    Args:
        se: Standard error on the log scale by chance alone, now.
        n: Checks that it rests on.
        policy: Ratio, chance and level of confidence.
        fixed_se: Further standard error, such as that of a benchmark.

    Returns:
        Whole number from 1; None when no number in practice would do.
    """
    if not (n > 0 and math.isfinite(se) and se > 0):
        return None
    both = normal_quantile(policy.confidence_level) + normal_quantile(2 * policy.planner_power - 1)
    room = (math.log(policy.visible_ratio) / both) ** 2 - fixed_se**2
    if room <= 0:
        return None
    wanted = max(math.ceil(n * se**2 / room), 1)
    return wanted if wanted <= MOST else None


def checks_lacking(se: float, n: float, largest_se: float) -> int | None:
    """More checks of the same kind after which the standard error is small enough to say anything.

    Args:
        se: Standard error on the log scale, now.
        n: Checks that it rests on.
        largest_se: Largest with which anything is said.
    """
    if not (n > 0 and math.isfinite(se) and se > largest_se):
        return None
    more = math.ceil(n * ((se / largest_se) ** 2 - 1))
    return more if more <= MOST else None
