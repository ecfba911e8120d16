"""A group's share of the checks against its share of a benchmark, and how far the benchmark must be off."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meos_pipeline.statistics.methods.proportion import rounding_variance

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRatios:
    """Log ratios with their standard errors, element by element; nan where a count is zero."""

    estimate: Floats
    error: Floats


def log_rate_ratio(events: Floats, reference_events: Floats, log_exposure: Floats, rounding_base: int) -> LogRatios:
    """Log of (events per exposure) of a group over that of its reference.

    Given the two counts together, the first is binomial, so exposures need only be known up to a common factor
    (Gelman, Fagan & Kiss, JASA 102, 2007, equation 1). Released counts carry the noise of rounding: two
    neighbouring roundings each.

    Args:
        events: Counts of the group.
        reference_events: Counts of the reference group.
        log_exposure: Log of the group's exposure over the reference's.
        rounding_base: Base to which counts were rounded; 0 for exact counts.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.log(events) - np.log(reference_events) - log_exposure
        noise = rounding_variance(rounding_base) if rounding_base else 0.0
        variance = 1 / events + 1 / reference_events + noise / events**2 + noise / reference_events**2
    usable = (events > 0) & (reference_events > 0) & np.isfinite(log_exposure)
    return LogRatios(
        estimate=np.where(usable, estimate, np.nan), error=np.where(usable, np.sqrt(np.abs(variance)), np.nan)
    )


def pooled_log_ratio(events: Floats, reference_events: Floats, log_exposure: Floats) -> tuple[float, float, float]:
    """One log ratio for all teams, each against its own benchmark, with extra variance between teams.

    Binomial with a logit offset; the dispersion is Pearson's, never below 1.

    Args:
        events: Checks of the group, per team.
        reference_events: Checks of the reference group, per team.
        log_exposure: Log of the group's benchmark over that of the reference, per team.

    Returns:
        Estimate, standard error (with the dispersion in it) and dispersion; nan without events on both sides.
    """
    total = events + reference_events
    used = (total > 0) & np.isfinite(log_exposure)
    events, total, offset = events[used], total[used], log_exposure[used]
    if events.size == 0 or events.sum() == 0 or events.sum() == total.sum():
        return np.nan, np.nan, np.nan
    estimate = float(np.log(events.sum()) - np.log((total - events).sum()) - np.average(offset, weights=total))
    for _ in range(60):
        share = 1 / (1 + np.exp(-(offset + estimate)))
        information = float((total * share * (1 - share)).sum())
        step = float((events - total * share).sum()) / information
        estimate += np.clip(step, -1.0, 1.0)
        if abs(step) < 1e-12:
            break
    share = 1 / (1 + np.exp(-(offset + estimate)))
    information = float((total * share * (1 - share)).sum())
    dispersion = 1.0
    if events.size > 1:
        pearson = float(((events - total * share) ** 2 / (total * share * (1 - share))).sum())
        dispersion = max(1.0, pearson / (events.size - 1))
    return float(estimate), float(np.sqrt(dispersion / information)), dispersion


def tipping_factor(lower: Floats, upper: Floats) -> Floats:
    """How much the benchmark must be off before the interval holds 1; 1 where it already does.

    Args:
        lower: Lower bounds of the ratio, above 0.
        upper: Upper bounds of the ratio.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.maximum(np.maximum(lower, 1 / upper), 1.0)
    return np.where(np.isfinite(lower) & np.isfinite(upper), factor, np.nan)


def tipping_registration(ratio: Floats, selective: Floats) -> Floats:
    """How many times as often the group's checks without result must be registered to end the difference.

    Args:
        ratio: The ratio found, of checks of the group.
        selective: Share of the group's checks that could be registered selectively; only those carry the change.

    Returns:
        A factor above 0; nan where even not registering them at all would not end it.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = 1 + (1 / ratio - 1) / selective
    return np.where((factor > 0) & np.isfinite(factor), factor, np.nan)


def excess(events: Floats, total: Floats, log_odds_ratio: Floats) -> Floats:
    """Checks of the group above what they would be at an odds ratio of 1, the total unchanged.

    Args:
        events: Checks of the group.
        total: Checks of the group and its reference.
        log_odds_ratio: Estimate or bound.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        odds = events / (total - events) * np.exp(-log_odds_ratio)
        return events - total * np.where(np.isinf(odds), 1.0, odds / (1 + odds))
