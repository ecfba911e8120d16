"""Small worlds with a known truth: how often does each method keep what it promises there.

Each function draws ``replications`` worlds and returns the share of them (or the mean number) for which
something holds. They are as simple as the claim allows; the row simulator of ``synthetic`` tests the whole path.
"""

import math
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods import control_chart, coverage_correction, funnel, interrupted
from meos_pipeline.statistics.methods.capture import coverage_under_dependence
from meos_pipeline.statistics.methods.dispersion import rate_dispersion, share_dispersion
from meos_pipeline.statistics.methods.labels import Margins, pooled_label
from meos_pipeline.statistics.methods.pooling import pool_binomial
from meos_pipeline.statistics.methods.proportion import (
    Floats,
    clustered_share,
    difference_interval,
    rounding_variance,
    share_interval,
    wilson,
)
from meos_pipeline.statistics.methods.rate import rate_interval

LEVEL = 0.95
MARGINS = Margins.of(Policy())
Random: TypeAlias = np.random.Generator
Whole: TypeAlias = NDArray[np.int64]


def rounded(random: Random, *cells: Whole) -> list[Whole]:
    """Counts of one block rounded systematically to fives with one random offset per block."""
    stacked = np.cumsum(np.stack(np.broadcast_arrays(*cells)), axis=0)
    steps = (stacked + random.integers(0, 5, stacked.shape[1:])) // 5 * 5
    return list(np.diff(np.concatenate([np.zeros_like(steps[:1]), steps]), axis=0))


def share_coverage(random: Random, replications: int, *, share: float, n: int, months: int, spread: float) -> float:
    """Interval of a share of rounded monthly counts whose logit varies between months."""
    hits = 0
    for _ in range(replications):
        logit = math.log(share / (1 - share)) + spread * random.standard_normal(months)
        k = random.binomial(n, 1 / (1 + np.exp(-logit)))
        events, rest = rounded(random, k, n - k)
        counts = pl.DataFrame({"team": "a", "period_start": np.arange(months), "events": events, "n": events + rest})
        phi = share_dispersion(counts, rounding=rounding_variance(5)).filter(pl.col("team") == "a")["dispersion"]
        low, high = share_interval(
            events.sum(),
            (events + rest).sum(),
            confidence_level=LEVEL,
            event_noise=4 * months,
            total_noise=4 * months,
            dispersion=float(phi.item()),
        )
        truth = float(
            np.mean(1 / (1 + np.exp(-(math.log(share / (1 - share)) + spread * random.standard_normal(4000)))))
        )
        hits += float(low) <= truth <= float(high)
    return hits / replications


def rate_coverage(random: Random, replications: int, *, mean: float, months: int, spread: float) -> float:
    """Interval of a rate of rounded monthly counts with extra variation between months."""
    hits = 0
    for _ in range(replications):
        k = random.poisson(mean * np.exp(spread * random.standard_normal(months) - spread**2 / 2))
        (events,) = rounded(random, k)
        counts = pl.DataFrame({"team": "a", "period_start": np.arange(months), "events": events, "n": 100})
        phi = rate_dispersion(counts, rounding=4.0).filter(pl.col("team") == "a")["dispersion"]
        low, high = rate_interval(
            events.sum(), 100 * months, confidence_level=LEVEL, event_noise=4 * months, dispersion=float(phi.item())
        )
        hits += float(low) <= mean / 100 <= float(high)
    return hits / replications


def cluster_coverage(random: Random, replications: int, *, officers: int, clustered: bool) -> float:
    """Interval of a share when officers differ (Beta(4, 2)): over officers, or wrongly over rows."""
    hits = 0
    for _ in range(replications):
        n = 1 + random.poisson(20, officers)
        k = random.binomial(n, random.beta(4, 2, officers))
        low, high = clustered_share(k, n, LEVEL)[1:3] if clustered else wilson(k.sum(), n.sum(), LEVEL)
        hits += float(low) <= 4 / 6 <= float(high)
    return hits / replications


def difference_coverage(random: Random, replications: int, *, n: int) -> float:
    """Newcombe's interval of the difference of .30 among n and .25 among 4n."""
    k, reference = random.binomial(n, 0.30, replications), random.binomial(4 * n, 0.25, replications)
    low, high = difference_interval(k, n, reference, 4 * n, LEVEL)
    return float(np.mean((low <= 0.05) & (high >= 0.05)))


def pooled_coverage(random: Random, replications: int, *, teams: int, hits: float, tau: float) -> float:
    """Interval of a team after partial pooling, hit rate .20."""
    inside = []
    for _ in range(replications):
        logit = math.log(0.25) + tau * random.standard_normal(teams)
        n = np.maximum(random.poisson(hits / 0.2, teams), 1)
        k = random.binomial(n, 1 / (1 + np.exp(-logit)))
        pooled = pool_binomial(k, n, confidence_level=LEVEL, relevant=MARGINS.relevant, equivalent=MARGINS.equivalent)
        inside.append(np.mean((pooled.lower <= logit) & (logit <= pooled.upper)))
    return float(np.mean(inside))


def label_errors(random: Random, replications: int, *, teams: int, tau: float) -> float:
    """Share of 'clearly' labels whose team does not differ by more than ten percent on that side."""
    wrong, given = 0, 0
    for _ in range(replications):
        logit = math.log(0.25) + tau * random.standard_normal(teams)
        outside = random.random(teams) < 0.1
        logit = logit + np.where(outside, random.choice([-0.5, 0.5], teams), 0)
        k = random.binomial(n := np.exp(random.uniform(4, 8, teams)).astype(int), 1 / (1 + np.exp(-logit)))
        p = pool_binomial(k, n, confidence_level=LEVEL, relevant=MARGINS.relevant, equivalent=MARGINS.equivalent)
        for place in range(teams):
            label, _ = pooled_label(
                higher=p.higher[place],
                lower=p.lower_than[place],
                within=p.within[place],
                above=p.above[place],
                sd=p.difference_sd[place],
                margins=MARGINS,
            )
            gap = logit[place] - math.log(0.25)
            given += label in {Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER}
            wrong += (label == Label.CLEARLY_HIGHER and gap < MARGINS.relevant) or (
                label == Label.CLEARLY_LOWER and gap > -MARGINS.relevant
            )
    return wrong / max(given, 1)


def funnel_any(random: Random, replications: int, *, teams: int, tau: float) -> float:
    """Share of analyses of ordinary teams only in which any team gets a signal."""
    found = 0
    for _ in range(replications):
        se = random.uniform(0.05, 0.30, teams)
        estimate = tau * random.standard_normal(teams) + se * random.standard_normal(teams)
        spread = funnel.extra_variance(estimate, se)
        low, high = funnel.limits(spread, se, 0.998)
        outside = (estimate < low) | (estimate > high)
        found += bool((outside & funnel.false_discovery(funnel.two_sided_p(spread, estimate, se))).any())
    return found / replications


def autoregressive(random: Random, shape: tuple[int, ...], rho: float, sd: float) -> Floats:
    """Stationary AR(1) series along the last axis."""
    noise = random.standard_normal(shape) * sd
    series = np.empty(shape)
    series[..., 0] = noise[..., 0]
    for month in range(1, shape[-1]):
        series[..., month] = rho * series[..., month - 1] + math.sqrt(1 - rho**2) * noise[..., month]
    return series


def single_rejects(random: Random, replications: int, *, months: int, before: int, rho: float, effect: float) -> float:
    """Rejections by one team's own series (REML AR(1), trend, change of trend, season), mean 150 a month."""
    X = interrupted.design(months, before, calendar_month=np.arange(months) % 12 + 1, slope_change=True)
    rejected = 0
    step = (np.arange(months) >= before) * effect
    for _ in range(replications):
        y = random.poisson(150 * np.exp(autoregressive(random, (months,), rho, 0.1) + step))
        rejected += interrupted.reml_ar1(np.log(y + 0.5), X).p < 0.05
    return rejected / replications


def controls_reject(random: Random, replications: int, *, teams: int, effect: float) -> float:
    """Rejections with other teams as controls: 36 months, action from month 24, rho .3, sd .1."""
    rejected = 0
    for _ in range(replications):
        rate = autoregressive(random, (teams, 36), 0.3, 0.1)
        rate[0, 24:] += effect
        y = np.log(random.poisson(150 * np.exp(rate)) + 0.5)
        rejected += interrupted.placebo_controls(y, 0, 24).p < 0.05
    return rejected / replications


def rollout(random: Random, replications: int, *, growing: bool) -> tuple[float, float, float]:
    """Bias, coverage and rejections of the imputed effect: 24 teams, 16 in four waves, 36 months."""
    starts = np.array([12 + 4 * (team // 4) if team < 16 else 99 for team in range(24)])
    time = np.arange(36)[None, :] - starts[:, None]
    treated = time >= 0
    effect = np.where(treated, 0.04 * (time + 1), 0.0) if growing else np.zeros(treated.shape)
    estimates, covered, rejected, truths = [], 0, 0, []
    for _ in range(replications):
        base = autoregressive(random, (24, 36), 0.3, 0.1) + 0.3 * random.standard_normal((24, 1))
        y = random.poisson(100 * np.exp(base + effect))
        found, _ = interrupted.imputed_effect(y, treated)
        without = np.exp(base)[treated].sum()
        truth = math.log(np.exp(base + effect)[treated].sum() / without)
        low, high = found.interval(LEVEL)
        estimates.append(found.estimate)
        truths.append(truth)
        covered += low <= truth <= high
        rejected += found.p < 0.05
    return float(np.mean(np.array(estimates) - truths)), covered / replications, rejected / replications


def chart_alarms(random: Random, replications: int, *, mean: float, cv: float, rho: float, rise: float) -> float:
    """New alarms per team in 24 months after a baseline of 24; with a rise, share found within 12 months."""
    policy = Policy()
    total = 0
    for _ in range(replications):
        level = autoregressive(random, (48,), rho, cv)
        level[24:] += math.log(1 + rise)
        y = random.poisson(mean * np.exp(level - cv**2 / 2))
        alarm = control_chart.chart(
            control_chart.stable_count(y),
            baseline=24,
            weight=policy.ewma_lambda,
            moving_limit_sd=policy.ewma_limit_sd,
            point_limit_sd=policy.chart_limit_sd,
        ).alarm[24:]
        if rise:
            total += bool((alarm[:12] > 0).any())
        else:
            total += int(((alarm != 0) & (np.concatenate([[0], alarm[:-1]]) != alarm)).sum())
    return total / replications


def registers_band(random: Random, replications: int, *, odds: float) -> float:
    """Share of worlds whose true coverage lies within the band of two registers that depend by ``odds``."""
    inside = 0
    low, high = Policy().coverage_dependence
    for _ in range(replications):
        a, b = 0.6, 0.3
        both = _dependent(a, b, odds)
        cells = random.multinomial(3000, [both, a - both, b - both, 1 - a - b + both])
        bounds = [coverage_under_dependence(cells[0], cells[1], cells[2], psi) for psi in (high, low)]
        inside += bounds[0] <= (cells[0] + cells[1]) / 3000 <= bounds[1]
    return inside / replications


def corrected_coverage(random: Random, replications: int, *, with_result: float, without: float) -> float:
    """Interval of the corrected yield, true yield .10, a sample of 300 observed checks."""
    hits = 0
    for world in range(replications):
        true = 0.10
        result = random.binomial(3000, true)
        rest = 3000 - result
        registered, other = random.binomial(result, with_result), random.binomial(rest, without)
        seen_result = random.binomial(300, true)
        sample = random.binomial(seen_result, with_result), random.binomial(300 - seen_result, without)
        draws_with, draws_without, _ = coverage_correction.dependence_draws(
            (sample[0], seen_result - sample[0]), (sample[1], 300 - seen_result - sample[1]), draws=2000, seed=world
        )
        observed = random.beta(registered + 0.5, other + 0.5, 2000)
        corrected = coverage_correction.corrected_yield(observed, draws_with / draws_without)
        low, high = np.quantile(corrected, [0.025, 0.975])
        hits += low <= true <= high
    return hits / replications


def pair_lag_rejects(random: Random, replications: int, *, shape: float, follow_up: float) -> float:
    """Rejections of 'no follow-up' with 2,000 checks a year of persons with gamma exposure."""
    rejected = 0
    for _ in range(replications):
        weights = random.gamma(shape, size=1500)
        day = random.integers(0, 365, 2000)
        person = random.choice(1500, 2000, p=weights / weights.sum())
        again = random.random(2000) < follow_up
        day = np.concatenate([day, (day + 1 + random.exponential(14, 2000).astype(int))[again]])
        person = np.concatenate([person, person[again]])
        keep = day < 365
        daily = np.bincount(day[keep], minlength=365).astype(float)
        every = np.array([float((daily[lag:] * daily[: 365 - lag]).sum()) for lag in range(1, 365)])
        order = np.lexsort((day[keep], person[keep]))
        same = _lags(person[keep][order], day[keep][order])
        near, far = int(((same >= 1) & (same <= 30)).sum()), int((same >= 121).sum())
        if min(near, far) == 0:
            continue
        log_ratio = math.log(near / every[:30].sum() / (far / every[120:].sum()))
        rejected += abs(log_ratio) > 1.96 * math.sqrt(1 / near + 1 / far)
    return rejected / replications


def _lags(person: Whole, day: Whole) -> Whole:
    """Days between all pairs of one person, both sorted."""
    found = []
    for step in range(1, 60):
        match = person[step:] == person[:-step]
        if not match.any():
            break
        found.append((day[step:] - day[:-step])[match])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _dependent(a: float, b: float, odds: float) -> float:
    """Probability of both with margins a and b and that odds ratio (Plackett)."""
    if odds == 1:
        return a * b
    s = 1 + (a + b) * (odds - 1)
    return (s - math.sqrt(s**2 - 4 * odds * (odds - 1) * a * b)) / (2 * (odds - 1))
