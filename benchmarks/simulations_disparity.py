"""Small worlds with a known truth for the methods that compare groups, and for the placebos that guard them.

Each function draws ``replications`` worlds and returns the share of them for which something holds.
"""

import math
from datetime import date

import numpy as np
import polars as pl

from benchmarks.simulations import LEVEL, Random, autoregressive
from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import Unit
from meos_pipeline.contracts.fine_cells_disparity import HITS, PLACEBO_MONTH, PLACEBO_SPLIT, PLACEBO_WEEKDAY
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.checks_placebo import hit_placebos, rate_placebos
from meos_pipeline.statistics.disparity.internal_benchmark import composition_variance, spread_placebos, team_deviations
from meos_pipeline.statistics.disparity.placebo import Placebo, placebos
from meos_pipeline.statistics.disparity.stratified_odds import odds_placebos
from meos_pipeline.statistics.methods.benchmark import pooled_log_ratio
from meos_pipeline.statistics.methods.profiled_logistic import fit
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.methods.robust_test import robust_test
from meos_pipeline.statistics.methods.stratified import log_odds_ratio, risk_difference
from meos_pipeline.statistics.methods.veil import ClockCells, Clusters, veil

Z = 1.959963984540054
YEAR = date(2024, 1, 1)
_FIRST_DAY, _DAYS = 19_358, 731
"""1 January 2023, and two years from there."""


def evening(
    random: Random, *, checks: int, effect: float = 0.0, season: float = 0.0, day_sd: float = 0.0, teams: int = 1
) -> ClockCells:
    """Checks between 17:00 and 23:00; light until a sunset that moves with the year, twilight left out."""
    drawn = int(checks * 1.13)
    day, team, minute = (
        random.integers(0, _DAYS, drawn),
        random.integers(0, teams, drawn),
        random.integers(1020, 1380, drawn),
    )
    sunset = 1158 - 168 * np.cos(2 * np.pi * (day + 10) / 365.25)
    keep = (minute < sunset) | (minute >= sunset + 40)
    day, team, minute, is_light = day[keep], team[keep], minute[keep], (minute < sunset)[keep]
    linear = math.log(0.3 / 0.7) + season * np.cos(2 * np.pi * day / 365.25) + effect * is_light
    linear = linear + random.normal(0, day_sd, (teams, _DAYS))[team, day] if day_sd else linear
    return ClockCells(
        events=(random.random(linear.size) < 1 / (1 + np.exp(-linear))).astype(np.float64),
        total=np.ones(linear.size),
        minute=minute // 15 * 15 + 7.5,
        day=(day + _FIRST_DAY).astype(np.int64),
        is_light=is_light,
        stratum=team.astype(np.int64),
        team=team.astype(np.int64),
    )


def veil_coverage(
    random: Random, replications: int, *, checks: int, effect: float, season: float, day_sd: float
) -> float:
    """Interval of the veil of darkness."""
    inside = 0
    for _ in range(replications):
        found = veil(evening(random, checks=checks, effect=effect, season=season, day_sd=day_sd))
        inside += abs(found.estimate - effect) < Z * found.error
    return inside / replications


def veil_rejects(
    random: Random, replications: int, *, checks: int, effect: float, season: float, with_season: bool
) -> float:
    """Rejections of 'light makes no difference'."""
    rejected = 0
    for _ in range(replications):
        found = veil(evening(random, checks=checks, effect=effect, season=season), season=with_season)
        rejected += abs(found.estimate) > Z * found.error
    return rejected / replications


def internal(
    random: Random, replications: int, *, teams: int, share_error: float, effect: float = 0.0
) -> tuple[float, float, float]:
    """The internal benchmark where residents miss the street: cover, differences said of teams without one, and found.

    Teams of 1,500 checks in four areas whose composition explains who is checked; half of the error is shared by a
    team's areas. One team has odds exp(effect).
    """
    policy = Policy()
    covered, said, found = [], [], 0
    team, area = np.repeat(np.arange(teams), 4), np.arange(4 * teams)
    for _ in range(replications):
        street = 0.8 * random.standard_normal((teams, 4)) - 0.5
        off = share_error * math.sqrt(0.5) * (random.standard_normal((teams, 1)) + random.standard_normal((teams, 4)))
        differs = np.zeros(teams)
        differs[0] = effect
        total = (random.poisson(1_500 * random.dirichlet(np.full(4, 3.0), teams)) + 1).astype(np.float64)
        share = 1 / (1 + np.exp(-(street + differs[:, None])))
        events = random.binomial(total.astype(int), share).astype(np.float64)
        result = fit(events.ravel(), total.ravel(), np.zeros((4 * teams, 0)), team, offset=(street + off).ravel())
        unknown = composition_variance(
            events.ravel(), total.ravel(), team, area, policy.share_error_sd, policy.share_error_common
        )
        deviation, error = team_deviations(result, unknown)
        truth = differs - differs.mean()
        ordinary = slice(1 if effect else 0, None)
        covered.append(np.mean(np.abs(deviation - truth)[ordinary] <= Z * error[ordinary]))
        said.append(np.mean(np.abs(deviation)[ordinary] > Z * error[ordinary]))
        found += bool(deviation[0] > Z * error[0])
    return float(np.mean(covered)), float(np.mean(said)), found / replications


def benchmark_coverage(random: Random, replications: int, *, teams: int, spread: float) -> float:
    """Interval of the check-rate ratio of all teams together, teams that differ by ``spread`` among them."""
    inside = 0
    for _ in range(replications):
        offset = random.normal(-0.5, 0.4, teams)
        own = 0.3 + spread * random.standard_normal(teams)
        total = np.full(teams, 400)
        events = random.binomial(total, 1 / (1 + np.exp(-offset - own))).astype(np.float64)
        estimate, error, _ = pooled_log_ratio(events, total - events, offset)
        inside += abs(estimate - 0.3) < Z * error
    return inside / replications


def odds_coverage(random: Random, replications: int, *, strata: int, checks: int) -> float:
    """Interval of the Mantel-Haenszel odds ratio over strata that differ in how often there is a result."""
    inside = 0
    for _ in range(replications):
        base = random.normal(-1.5, 0.6, strata)
        n1, n0 = random.poisson(checks, strata), random.poisson(2 * checks, strata)
        a = random.binomial(n1, 1 / (1 + np.exp(-base - 0.3)))
        c = random.binomial(n0, 1 / (1 + np.exp(-base)))
        found = log_odds_ratio(np.stack([a, n1 - a, c, n0 - c], axis=1).reshape(-1, 2, 2).astype(np.float64))
        inside += abs(found.estimate - 0.3) < Z * found.error
    return inside / replications


def _checked(random: Random, people: int, risk: float, bar: float, signal: float) -> tuple[float, float]:
    """Checks and results among people whose risk officers guess from a signal, and check above a bar."""
    guilty = random.random(people) < risk
    seen = random.normal(np.where(guilty, signal, 0.0), 1.0)
    chosen = math.log(risk / (1 - risk)) + seen * signal - signal**2 / 2 > math.log(bar / (1 - bar))
    return float(chosen.sum()), float((chosen & guilty).sum())


def robust_fires(
    random: Random, replications: int, *, risk: float, bar: float, signal: float, only_outcome: bool
) -> float:
    """How often the robust test, or the outcome test alone, says that a group has a lower bar.

    40,000 people and 8,000 of the group; the others have risk .085, bar .10 and signal 1.5.
    """
    fires = 0
    for _ in range(replications):
        checks, hits = _checked(random, 40_000, 0.085, 0.10, 1.5)
        of_group, group_hits = _checked(random, 8_000, risk, bar, signal)
        gap = risk_difference(np.array([[[group_hits, of_group - group_hits], [hits, checks - hits]]]))
        rate = math.log(of_group / 8_000) - math.log(checks / 40_000)
        both = robust_test(rate, math.sqrt(1 / of_group + 1 / checks), gap.estimate, gap.error, tipping=1.0)
        outcome = gap.estimate < -1.645 * gap.error
        fires += outcome if only_outcome else both.lower_bar_for_group < 1 - LEVEL
    return fires / replications


def released_placebo_fires(random: Random, replications: int, *, of_results: bool) -> float:
    """How often a placebo of the methods on released cells fires: 12 teams whose months have their own luck."""
    policy = Policy()
    fires = 0
    for _ in range(replications):
        teams, months = 12, 12
        level = random.normal(0, 0.4, (teams, 1)) + 0.10 * random.standard_normal((1, months))
        n = random.poisson(120 * np.exp(level + autoregressive(random, (teams, months), 0.3, 0.12)))
        hit = 1 / (
            1 + np.exp(-(-1.6 + random.normal(0, 0.3, (teams, 1)) + 0.08 * random.standard_normal((teams, months))))
        )
        frame = _released(random, n, random.binomial(n, hit))
        make, unit = (hit_placebos, Unit.DIFFERENCE) if of_results else (rate_placebos, Unit.RATIO)
        found = make(frame, YEAR, date(2024, 12, 31), policy)
        fires += placebos(found, YEAR, date(2024, 12, 31), policy, unit=unit)[1]
    return fires / replications


def _released(
    random: Random,
    n: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    hits: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
) -> pl.DataFrame:
    rows = []
    for team, (counts, found) in enumerate(zip(n.tolist(), hits.tolist(), strict=True)):
        for month, (checks, results) in enumerate(zip(counts, found, strict=True)):
            start = date(2024, month + 1, 1)
            rows += [
                (f"t{team}", "month", start, "proactive", "proactive", checks),
                (f"t{team}", "month", start, "result", "H1", results),
                (f"t{team}", "month", start, "result", "nothing_found", checks - results),
            ]
        # Officers of a team plan their week: its weekdays vary around an equal share.
        weekdays = random.multinomial(sum(counts), random.dirichlet(np.full(7, 150.0)))
        rows += [
            (f"t{team}", "quarter", YEAR, "weekday_block", f"{day + 1}|12-16", int(size))
            for day, size in enumerate(weekdays)
        ]
    return pl.DataFrame(rows, schema=CELLS.schema, orient="row")


def fine_placebo_fires(random: Random, replications: int, *, of_results: bool) -> float:
    """How often a placebo of the internal benchmark, or of the stratified odds, fires: 12 teams, months with own luck."""
    policy = Policy()
    fires = 0
    for _ in range(replications):
        cells = _group_cells(random)
        found = odds_placebos(cells) if of_results else spread_placebos(cells, policy)
        fires += placebos(found, YEAR, date(2024, 12, 31), policy, unit=Unit.RATIO)[1]
    return fires / replications


def _group_cells(random: Random) -> pl.DataFrame:
    """Cells whose groups are weekdays, odd months and a random split; teams plan weeks and months of their own."""
    team, month, block, hit = (
        part.ravel() for part in np.meshgrid(range(12), range(12), range(2), range(2), indexing="ij")
    )
    luck = random.normal(0, 0.3, 12)[team] + 0.1 * random.standard_normal((12, 12))[team, month]
    yields = np.where(hit == 1, 0.17, 0.83) * np.exp(
        np.where(hit == 1, 0.08 * random.standard_normal((12, 12))[team, month], 0.0)
    )
    n = random.poisson(60 * np.exp(luck) * yields)
    weekday = random.binomial(n, 4 / 7)
    tuesday = random.binomial(weekday, random.beta(300, 300, 12)[team])
    split = random.binomial(n, 0.5)
    counts = {
        PLACEBO_WEEKDAY: (tuesday, weekday - tuesday),
        PLACEBO_MONTH: (np.where(month % 2 == 0, n, 0), np.where(month % 2 == 0, 0, n)),
        PLACEBO_SPLIT: (split, n - split),
    }
    head = pl.DataFrame(
        {
            "team": [f"t{one:02d}" for one in team],
            "month": [date(2024, one + 1, 1) for one in month.tolist()],
            "area": "",
            "block": [f"{one}" for one in block],
            "weekend": False,
            "reason": [v.GROUND_CLASSES.categories[0]] * n.size,
            "hit": pl.Series(np.where(hit == 1, "strict", "none")).cast(HITS),
        }
    )
    return pl.concat(
        [
            head.with_columns(pl.Series("n", size, dtype=pl.Int64), group_kind=pl.lit(kind), group=pl.lit(name))
            for kind, pair in counts.items()
            for name, size in zip("ab", pair, strict=True)
        ]
    )


def veil_placebo_fires(random: Random, replications: int) -> float:
    """How often a placebo of the veil fires: weekdays, odd months and a random split of checks without any effect."""
    policy = Policy()
    kinds: tuple[tuple[str, Clusters], ...] = (("weekday", "day"), ("month", "month"), ("split", "team-day"))
    fires = 0
    for _ in range(replications):
        cells = evening(random, checks=4_000, season=0.3, day_sd=0.3)
        months = cells.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12
        weekday = (cells.day + 3) % 7
        groups = {
            "weekday": np.isin(weekday, [1, 3]),
            "month": months % 2 == 0,
            "split": random.random(months.size) < 0.5,
        }
        keep = {"weekday": weekday < 4, "month": months >= 0, "split": months >= 0}
        found = []
        for kind, clusters in kinds:
            events = groups[kind].astype(np.float64)
            one = _with_events(cells, events).where(keep[kind])
            result = veil(one, weekdays=kind != "weekday", clusters=clusters)
            found.append((result.estimate, result.error, max(result.clusters - 1, 1)))
        fires += _fires(found, policy)
    return fires / replications


def _with_events(cells: ClockCells, events: Floats) -> ClockCells:
    return ClockCells(
        events=events,
        total=cells.total,
        minute=cells.minute,
        day=cells.day,
        is_light=cells.is_light,
        stratum=cells.stratum,
        team=cells.team,
    )


def _fires(found: list[tuple[float, float, int]], policy: Policy) -> bool:
    shams = [
        Placebo(kind=f"p{place}", estimate=one[0], error=one[1], degrees=one[2]) for place, one in enumerate(found)
    ]
    return placebos(shams, YEAR, YEAR, policy, unit=Unit.RATIO)[1]
