"""Small worlds with a known truth: how often does each method keep what it promises there.

Each function draws ``replications`` worlds and returns the share of them (or the mean number) for which
something holds. They are as simple as the claim allows; the row simulator of ``synthetic`` tests the whole path.
"""

import math
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.ordered import DAY_BITS
from meos_pipeline.statistics.cells.year import NEAR, PairSpread, TeamChecks
from meos_pipeline.statistics.methods import control_chart, funnel
from meos_pipeline.statistics.methods.dispersion import rate_dispersion, share_dispersion
from meos_pipeline.statistics.methods.event_study import Contrast, event_study
from meos_pipeline.statistics.methods.labels import Margins, pooled_label
from meos_pipeline.statistics.methods.pooling import pool_binomial
from meos_pipeline.statistics.methods.proportion import (
    Floats,
    clustered_share,
    difference_interval,
    normal_quantile,
    rounding_variance,
    share_interval,
    wilson,
)
from meos_pipeline.statistics.methods.rate import rate_interval
from meos_pipeline.statistics.methods.repeat_excess import Pairs, excess
from meos_pipeline.statistics.repeats.repeat_excess import COLUMNS

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
        found += bool(funnel.outside(estimate, se)[1].any())
    return found / replications


def autoregressive(random: Random, shape: tuple[int, ...], rho: float, sd: float) -> Floats:
    """Stationary AR(1) series along the last axis."""
    noise = random.standard_normal(shape) * sd
    series = np.empty(shape)
    series[..., 0] = noise[..., 0]
    for month in range(1, shape[-1]):
        series[..., month] = rho * series[..., month - 1] + math.sqrt(1 - rho**2) * noise[..., month]
    return series


def actions_judged(
    random: Random, replications: int, *, teams: int, acting: int, effect: float, after_worst: bool = False
) -> tuple[float, float]:
    """How often an effect is said of teams that began something, and how often its interval holds the truth.

    48 months of 200 checks, a share near .60; months of a team vary by .15 on the logit, rho .3; all teams share a
    season and a drift. Teams begin in three waves, or each after its worst quarter.
    """
    said, covered = 0, 0
    months = np.arange(48)
    for _ in range(replications):
        shared = 0.12 * np.cos(2 * np.pi * months / 12) + np.cumsum(0.08 / math.sqrt(12) * random.standard_normal(48))
        level = autoregressive(random, (teams, 48), 0.3, 0.15) + shared + 0.3 * random.standard_normal((teams, 1))
        n = random.poisson(200, level.shape)
        start = np.array([18 + 6 * (team % 3) for team in range(acting)])
        hits = random.binomial(n, 1 / (1 + np.exp(-(0.4 + level))))
        if after_worst:
            away = hits / n - (hits / n).mean(axis=0)
            quarters = np.stack([away[:, month - 3 : month].mean(axis=1) for month in range(18, 34)], axis=1)
            start = 18 + quarters[:acting].argmin(axis=1)
        if effect:
            for team in range(acting):
                level[team, start[team] :] += effect
            hits = random.binomial(n, 1 / (1 + np.exp(-(0.4 + level))))
        events, rest = rounded(random, hits, n - hits)
        x = control_chart.log_scale(events, events + rest, is_share=True, noise=rounding_variance(5))[0]
        contrasts = []
        for team in range(acting):
            begin = int(start[team])
            free = [t for t in range(teams) if t != team and (t >= acting or start[t] >= begin + 6)]
            if len(free) > 1:
                before, after = np.arange(begin - 15, begin - 3), np.arange(begin, begin + 6)
                contrasts.append(Contrast(team=team, before=before, after=after, controls=np.array(free)))
        if contrasts:
            found = event_study(x, contrasts)
            said += abs(found.estimate) > found.half(LEVEL)
            covered += abs(found.estimate - effect) <= found.half(LEVEL)
    return said / replications, covered / replications


def page_alarms(random: Random, replications: int, *, mean: float, cv: float, rho: float) -> float:
    """Share of years in which a page with two judged lines has any false signal: 4 teams, 54 months, own season."""
    found = []
    for _ in range(replications):
        alarms = [_alarms(random, 54, is_share=is_share, mean=mean, cv=cv, rho=rho) != 0 for is_share in (False, True)]
        either = (alarms[0] | alarms[1])[:, 6:]
        found.append(float(either.reshape(len(either), -1, 12).any(axis=2).mean()))
    return float(np.mean(found))


def line_found(
    random: Random,
    replications: int,
    *,
    mean: float,
    before: int,
    shift: float,
    is_share: bool,
    after: int = 12,
    lately: int = 12,
) -> float:
    """Share of lines whose lasting change is signalled, in its direction, in the last ``lately`` of ``after`` months."""
    found = 0.0
    for _ in range(replications):
        alarm = _alarms(random, before + after, is_share=is_share, mean=mean, cv=0.12, rho=0.3, shift=shift, at=before)
        found += float((alarm[:, before:][:, -lately:] == np.sign(shift)).any(axis=1).mean())
    return found / replications


def _alarms(
    random: Random,
    months: int,
    *,
    is_share: bool,
    mean: float,
    cv: float,
    rho: float,
    shift: float = 0.0,
    at: int = 10**6,
) -> Whole:
    """Alarms of four teams with a season of .12; a shift is relative for a count, and in points for a share of .60."""
    place = np.arange(months)
    season = 0.12 * np.cos(2 * np.pi * place / 12 + random.uniform(0, 2 * np.pi))
    level = autoregressive(random, (4, months), rho, cv)
    later = place >= at
    if is_share:
        share = 1 / (1 + np.exp(-(math.log(1.5) + 1.5 * level + season))) + shift * later
        n = random.poisson(mean, level.shape)
        hits = random.binomial(n, np.clip(share, 0.01, 0.99))
        events, rest = rounded(random, hits, n - hits)
        size = (events + rest).astype(float)
    else:
        (events,) = rounded(random, random.poisson(mean * np.exp(level + season + math.log1p(shift) * later)))
        size = np.full(events.shape, 100.0)
    x, variance = control_chart.log_scale(events, size, is_share=is_share, noise=rounding_variance(5))
    rules = control_chart.Rules.of(Policy(), is_share=is_share)
    return control_chart.monitor(x, variance, np.zeros(x.shape, dtype=np.int64), place % 12 + 1, rules).alarm


def repeat_years(random: Random, replications: int, *, follow_up: float, checks: int = 3_000) -> tuple[float, float]:
    """Years of checks of persons with gamma presence: how often 'more than chance' is said, and how often covered.

    A follow-up comes 1 day later and on average 14 more; the truth is the follow-ups within 30 days per 100 checks.
    """
    said, covered = 0, 0
    for _ in range(replications):
        row, truth = pairs_of_year(random, follow_up=follow_up, checks=checks)
        found = excess(Pairs(**{field: row[column] for field, column in COLUMNS.items()}))
        said += found.excess > normal_quantile(Policy().repeat_certain) * found.error
        covered += abs(found.excess - truth) <= 1.96 * found.error
    return said / replications, covered / replications


def pairs_of_year(random: Random, *, follow_up: float, checks: float) -> tuple[dict[str, Any], float]:
    """A year of checks of one team: its row of ``PAIR_SPREAD``, and the true follow-ups per 100 checks."""
    first = random.poisson(checks * (1 - follow_up))
    presence = random.gamma(0.5, 2.0, 6_000)
    busy = np.exp(0.2 * random.standard_normal(365) + 0.12 * np.cos(2 * np.pi * np.arange(365) / 365))
    person = random.choice(6_000, first, p=presence / presence.sum())
    day = random.choice(365, first, p=busy / busy.sum())
    of = random.integers(0, first, random.poisson(checks * follow_up))
    again = day[of] + 1 + random.exponential(14, of.size).astype(int)
    inside = again < 365
    number = np.sort((np.append(person, person[of][inside]) + 1 << DAY_BITS) | np.append(day, again[inside]))
    tally = PairSpread([date(2025, 12, 1)], ["a"])
    tally.add(TeamChecks(number, 0))
    row = tally.table().row(0, named=True)
    return row, 100 * float((again[inside] - day[of][inside] <= NEAR).sum()) / row["checks"]
