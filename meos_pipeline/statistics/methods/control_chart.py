"""Is a team's own monthly level still what it was: judged from the seventh month after a start or a break.

What one team cannot know in a few months, its district knows: the season, and how much months of a team vary beyond
chance. Each month is judged by the months before it only, so a verdict that was given never changes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods.proportion import Floats, normal_quantile

Whole = NDArray[np.int64]
CORRELATION = 0.3
"""Between a team's neighbouring months: widens what is known of its mean by (1 + rho) / (1 - rho)."""
CLIP = 1.5
"""A month enters the running mean at most this many deviations from it, so that a shift does not vanish into it."""
CLIPPED_SQUARE = 0.7785
"""Mean square of a standard normal number cut at ``CLIP``."""
SEASON = 0.12
"""Amplitude of the season on the log scale that is thought of before the district has shown its own."""
SHARED_SD = 0.03
"""Months that all teams have in common vary by this: many teams do not make the season exact."""
CALMEST = 0.4
"""A district never seems calmer than this part of the spread that is thought of beforehand."""
LOGIT_PER_LOG = 1.5
"""Extra variation of a share on the logit scale, for that of a count on the log scale."""
ALARMS_A_YEAR = (0.01, 0.05, 0.10)
"""New false alarms of one judged line in a year: fewest, usual and most, over the simulated worlds of the appendix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Numbers of the policy that a chart needs."""

    slack: float
    """Deviations that a month may lie off the mean without adding to a sum."""
    limits: tuple[float, float]
    """A sum above this is an alarm: with a year of months before it, and with three years or more."""
    head_start: float
    """Part of the limit at which the sum that gave an alarm begins again; the other begins at none."""
    first_month: int
    """Number of the month, from a start or break, that is judged first."""
    prior_months: int
    """Months of its own that what the district knows is worth to a team."""
    extra_sd: float
    """Spread of months beyond chance that is thought of before the district has shown its own."""

    @classmethod
    def of(cls, policy: Policy, *, is_share: bool) -> "Rules":
        """Rules as the policy sets them; a share is on the logit scale."""
        first = policy.cusum_limits[min(len(policy.judged_charts), len(policy.cusum_limits)) - 1]
        return cls(
            slack=policy.cusum_slack,
            limits=(first, first + policy.cusum_limit_rise),
            head_start=policy.cusum_head_start,
            first_month=policy.chart_first_month,
            prior_months=policy.chart_prior_months,
            extra_sd=policy.chart_extra_cv * (LOGIT_PER_LOG if is_share else 1.0),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Charts of all teams of a district; every array has one row per team and one column per month."""

    z: Floats
    """Distance from the mean of the months before, in its own deviations; nan for a first month."""
    centre: Floats
    """That mean with the season of the month put back."""
    sd: Floats
    """Deviation of a month that is not there yet: chance, extra variation, and what is not known of mean and season."""
    months_before: Whole
    """Months since the start or break that the mean rests on."""
    alarm: Whole
    """1 a rise, -1 a fall, 0 none; never in a month that is not judged."""

    def judged(self, rules: Rules) -> NDArray[np.bool_]:
        """Which months are judged."""
        return np.isfinite(self.z) & (self.months_before >= rules.first_month - 1)


def visible_shift(chart: Chart, rules: Rules, *, months: int, power: float) -> Floats:
    """Lasting shift after the newest month that would be signalled within ``months``, in ``power`` of the cases.

    Per month a shift d adds d - slack to the sum, less what the mean takes over of it; over some months that must reach
    the limit, with room for chance: d = limit / m + slack + z sqrt((1 + rho) / (1 - rho) / m) + clip (m - 1) / 2 / (k + m / 2).

    Args:
        chart: Of all teams.
        rules: Limits.
        months: m, months from the shift on.
        power: Share of lines in which it is found.

    Returns:
        Per team, on the scale of the chart, upwards or downwards; nan where the newest month has no deviation.
    """
    before = chart.months_before[:, -1].astype(float)
    limit = np.interp(before, (12, 36), rules.limits)
    chance = normal_quantile(2 * power - 1) * np.sqrt((1 + CORRELATION) / (1 - CORRELATION) / months)
    taken_over = CLIP * (months - 1) / 2 / np.maximum(before + months / 2, 1)
    return np.asarray((limit / months + rules.slack + chance + taken_over) * chart.sd[:, -1])


def log_scale(events: ArrayLike, n: ArrayLike, *, is_share: bool, noise: float) -> tuple[Floats, Floats]:
    """Log of a rate, or logit of a share, with half an event more, and its variance by chance and rounding.

    Args:
        events: Counts.
        n: Shifts or the like; for a share all checks.
        is_share: Whether ``events`` is a part of ``n``.
        noise: Variance that rounding gives a count.
    """
    k, size = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    rest = np.maximum(size - k, 0) + 0.5 if is_share else size
    sides = (k + 0.5, rest) if is_share else (k + 0.5,)
    variance = sum(1 / side + noise / np.maximum(side, 5.0) ** 2 for side in sides)
    return np.log((k + 0.5) / rest), np.asarray(variance, dtype=float)


def monitor(x: Floats, variance: Floats, stretch: Whole, calendar_month: ArrayLike, rules: Rules) -> Chart:
    """Chart every team of a district, each month by the months before it.

    z = (x - mean) / sd with sd² = tau² + v + [tau² (1 + rho) / (1 - rho) + v̄] / k + season's uncertainty; tau² is the
    team's own extra variance and the district's, the latter worth ``prior_months``. Two sums C = max(0, C ± z - slack)
    alarm above the limit and begin again, the one that gave the alarm with a head start: what lasts is signalled again
    within months, what was chance is not. The limit rises with the months that the mean rests on, from twelve to
    thirty-six, for then a shift is found soon enough and false alarms are spared.
    Sources: Page (1954); Lucas & Crosier (1982) for head starts; Hawkins & Olwell (1998) 7 for charts that start themselves.

    Args:
        x: Teams by months on the log or logit scale; nan where a month is missing.
        variance: Of ``x`` by chance and rounding.
        stretch: Number of the stretch between two breaks; -1 for a month that belongs to none.
        calendar_month: 1 to 12, per month.
        rules: Limits.
    """
    teams, months = x.shape
    angle = 2 * np.pi * np.asarray(calendar_month, dtype=float) / 12
    wave = np.column_stack([np.cos(angle), np.sin(angle)])
    usable = np.isfinite(x) & (stretch >= 0)
    z, centre, sd = (np.full(x.shape, np.nan) for _ in range(3))
    before, alarm = np.zeros(x.shape, dtype=np.int64), np.zeros(x.shape, dtype=np.int64)
    mean, own, chance = np.zeros(teams), np.zeros(teams), np.zeros(teams)
    waves, count, current = np.zeros((teams, 2)), np.zeros(teams, dtype=np.int64), np.full(teams, -1, dtype=np.int64)
    sums = np.zeros((teams, 2))
    for month in range(months):
        use = usable[:, month]
        begins = use & (stretch[:, month] != current)
        for values in (mean, own, chance, waves, count, sums):
            values[begins] = 0
        current[begins] = stretch[begins, month]
        season, unsure, district = _district(x, variance, stretch, usable, wave, month, rules)
        size = np.maximum(count, 1)
        more = np.maximum(own / np.maximum(count - 1, 1) / CLIPPED_SQUARE - chance / size, 0)
        tau = (rules.prior_months * district + (count - 1) * more) / (rules.prior_months + np.maximum(count - 1, 0))
        tau = np.where(count > 1, tau, district)
        of_month = wave[month] @ season
        level = mean - waves @ season
        of_mean = (tau * (1 + CORRELATION) / (1 - CORRELATION) + chance / size) / size
        spread = np.sqrt(tau + variance[:, month] + of_mean + wave[month] @ unsure @ wave[month])
        away = x[:, month] - of_month - level
        known = use & (count > 0)
        before[:, month] = count
        z[known, month], sd[known, month] = (away / spread)[known], spread[known]
        centre[known, month] = (level + of_month)[known]
        ready = known & (count >= rules.first_month - 1)
        sums[ready] = np.maximum(0, sums[ready] + np.outer(z[ready, month], [1, -1]) - rules.slack)
        limit = np.interp(count, (12, 36), rules.limits)
        hit = ready & (sums.max(axis=1) > limit)
        is_rise = sums[:, 0] >= sums[:, 1]
        alarm[hit, month] = np.where(is_rise, 1, -1)[hit]
        sums[hit] = (rules.head_start * limit[:, None] * np.column_stack([is_rise, ~is_rise]))[hit]
        step = np.where(count > 0, np.clip(away / spread, -CLIP, CLIP) * spread, 0.0)
        entered = np.where(count > 0, level + step + of_month, x[:, month])
        count = count + use
        share = np.where(use, 1 / np.maximum(count, 1), 0.0)
        mean = np.where(use, mean + (np.nan_to_num(entered) - mean) * share, mean)
        waves = waves + (wave[month] - waves) * share[:, None]
        own = np.where(known, own + np.nan_to_num(step) ** 2 * (1 - share), own)
        chance = np.where(use, chance + np.nan_to_num(variance[:, month]), chance)
    return Chart(z=z, centre=centre, sd=sd, months_before=before, alarm=alarm)


def _district(
    x: Floats, variance: Floats, stretch: Whole, usable: NDArray[np.bool_], wave: Floats, month: int, rules: Rules
) -> tuple[Floats, Floats, float]:
    """What the months before tell of all teams: season, its covariance, and the variance of months beyond chance.

    The season is a wave of a year fitted to the district's mean month, drawn towards none. Extra variance is that of
    teams around their own mean and the season, the prior worth ``prior_months``; far months are cut.
    """
    prior_tau, prior_season = rules.extra_sd**2, np.eye(2) * SEASON**2 / 2
    use = usable[:, :month]
    if month < 2 or not use.any():
        return np.zeros(2), prior_season, prior_tau
    team, place = np.nonzero(use)
    of_stretch = np.unique(stretch[:, :month][use] * len(x) + team, return_inverse=True)[1]
    values, chance, waves = x[:, :month][use], variance[:, :month][use], wave[place]
    size = np.bincount(of_stretch)

    def centred(column: Floats) -> Floats:
        return np.asarray(column - (np.bincount(of_stretch, weights=column) / size)[of_stretch])

    away, waves = centred(values), np.column_stack([centred(column) for column in waves.T])
    there = np.bincount(place, minlength=month)
    number = np.maximum(there, 1)

    def monthly(column: Floats) -> Floats:
        return np.asarray(np.bincount(place, weights=column, minlength=month) / number)

    noise = (prior_tau + monthly(chance)) / number * (1 + CORRELATION) / (1 - CORRELATION) + SHARED_SD**2
    weight = (there > 0) / noise
    design = np.column_stack([monthly(column) for column in waves.T])
    covariance = np.linalg.inv(design.T @ (design * weight[:, None]) + np.linalg.inv(prior_season))
    season = covariance @ (design.T @ (weight * monthly(away)))
    rest = away - waves @ season
    cut = 2.5 * np.sqrt(prior_tau + chance)
    squares = float((np.clip(rest, -cut, cut) ** 2).sum() - (chance * (1 - 1 / size[of_stretch])).sum())
    free = float(size.sum() - len(size))
    tau = (rules.prior_months * prior_tau + squares) / (rules.prior_months + free)
    return season, covariance, max(tau, (CALMEST * rules.extra_sd) ** 2)
