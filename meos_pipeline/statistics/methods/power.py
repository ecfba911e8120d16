"""How many more checks would settle a question."""

import math

from meos_pipeline.contracts.findings import Label
from meos_pipeline.statistics.methods.labels import Margins
from meos_pipeline.statistics.methods.proportion import normal_quantile

MOST = 1_000_000
"""A need above this is not told: it says 'never in practice'."""


def checks_needed(label: Label, estimate: float, se: float, n: float, margins: Margins) -> int | None:
    """More checks of the same kind after which the label would be another, if the estimate stays.

    The standard error falls with the square root of n. 'Too few' is settled at the largest allowed
    standard error; 'undecided' when the interval leaves 1, or its 90% form fits within the
    equivalence margin, whichever takes fewer.

    Args:
        label: Label as it is now.
        estimate: Estimate on the log scale.
        se: Its standard error.
        n: Checks that it rests on.
        margins: Margins of relevance and equivalence.

    Returns:
        Whole number from 1; None for other labels, and when no number in practice would do.
    """
    if label not in {Label.TOO_FEW, Label.UNDECIDED} or not (n > 0 and math.isfinite(se) and se > 0):
        return None
    goals = [margins.largest_se]
    if label == Label.UNDECIDED:
        distance = abs(estimate)
        goals = [distance / normal_quantile(margins.confidence_level)]
        if distance < margins.equivalent:
            goals.append((margins.equivalent - distance) / normal_quantile(0.90))
    more = max(math.ceil(n * ((se / max(goals)) ** 2 - 1)), 1)
    return more if more <= MOST else None


def exaggeration(true_log_ratio: float, se: float, confidence_level: float = 0.95) -> float:
    """Average factor by which a significant estimate overstates the log ratio (type M; Gelman & Carlin 2014).

    E(|x| given |x| > z·se) / true, for x normal around the true log ratio.

    Args:
        true_log_ratio: Log of the true ratio, not 0.
        se: Standard error of the estimate.
        confidence_level: Share of intervals that hold the truth, in (0, 1).
    """
    from scipy.stats import norm

    z = normal_quantile(confidence_level)
    mean = true_log_ratio / se
    upper, lower = z - mean, -z - mean
    power = norm.sf(upper) + norm.cdf(lower)
    total = mean * norm.sf(upper) + norm.pdf(upper) - mean * norm.cdf(lower) + norm.pdf(lower)
    return float(total / power / mean)
