"""The fictional district and everything planted in it: drawn once from the seed, before the first check.

Law of a check (statistics design, section 9): a team meets people; each carries a signal, standard normal, with
mean 2 when there is something to find; the officer checks when the signal passes a threshold of the team, lower for
some groups (the planted disparity), and, by daylight only, where the group is seen (the veil). Poisson encounters
thinned by an independent decision are Poisson, so checks are drawn straight from the thinned process: same law, no
rejected encounters to store.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from meos_pipeline.contracts import values as v
from meos_pipeline.synthetic import names

Floats = npt.NDArray[np.float64]

AREAS_PER_TEAM = 3
AGES = tuple(v.AGE_BANDS.categories.to_list())
SEXES = ("male", "female", "other")
ORIGINS = ("Nederland", "Europa (exclusief Nederland)", "Buiten Europa")
AGE_SHARES = (0.11, 0.07, 0.12, 0.18, 0.14, 0.13, 0.11, 0.14)
SEX_SHARES = (0.498, 0.497, 0.005)
ORIGIN_SHARES = (0.68, 0.12, 0.20)
STREET = {"age_band": (0.02, 0.6, 1.5, 1.3, 1.0, 0.8, 0.6, 0.35), "sex": (1.35, 0.65, 1.0), "origin": (1.0, 1.0, 1.0)}
"""How often a group is on the street, relative: availability, not selection."""
THRESHOLD_SHIFT = {
    "age_band": (0.0, 0.0, -0.22, -0.05, 0.0, 0.0, 0.0, 0.0),
    "sex": (-0.10, 0.0, 0.0),
    "origin": (0.0, 0.0, -0.18),
}
"""Planted disparity: how much lower the threshold is for a group, in standard deviations of the signal."""
VEIL = {"age_band": 0.7, "sex": 0.0, "origin": 0.7}
"""Share of the shift that darkness takes away."""
GROUPS = len(AGES) * len(SEXES) * len(ORIGINS)
SIGNAL_OF_GUILT = 2.0
RETARGET_SHARE = 0.07
"""Share of checks after which the same person is sought out again."""
RETARGET_DAYS = 14.0
OWN_VEHICLE, SAME_VEHICLE = 0.85, 0.80
"""Chance that a person drives the usual vehicle; that somebody sought again drives the same."""
STRICT_SHARE = 0.42
"""Share of results that are crimes (H1); the others are H2 or H3."""
REACTIVE_SHARE = 0.14
REACTIVE_HIT = 0.60
ACTION_EFFECT = 0.9
"""Log odds of registering a check without result, added for the second team from its action on."""
BREAK_EFFECT = -0.15
"""Log odds of registering, added for all from the new app version on."""
DARK_SHARE = 0.55
"""About the share of encounters in the dark; only to aim at a number of checks."""
SEASON = 0.12
_WITH_RESULT = 0.25
"""About the share of checks with a result; only to aim at a number of rows."""
SECOND_REGISTER = (0.15, 0.70)
"""Probability that the second register has the check, without and with a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything drawn before the first check. Arrays are by team unless said otherwise."""

    seed: int
    names: tuple[str, ...]
    slugs: tuple[str, ...]
    months: tuple[date, ...]
    checks_per_month: Floats
    """Expected checks per month, registered or not."""
    threshold: Floats
    guilt: Floats
    """Probability that an encounter holds something to find."""
    register_without: Floats
    """Log odds of registering a check without a result (typical officer)."""
    register_with: Floats
    """Log odds with a result."""
    month_effect: Floats
    """Teams by months: factor on the number of checks (season, persistence, shifts)."""
    shifts: npt.NDArray[np.int64]
    """Teams by months."""
    officers: npt.NDArray[np.int64]
    explained: Floats
    """Log odds that the reason was told."""
    empty_field: Floats
    """Log odds that a field is left empty, on top of the field's own."""
    origin_shares: Floats
    """Teams by origins."""
    latitude: Floats
    longitude: Floats
    residents: npt.NDArray[np.int64]
    """Teams by areas."""
    action_team: int
    action_month: int
    training_team: int
    training_month: int
    break_month: int

    @property
    def teams(self) -> int:
        """Number of teams."""
        return len(self.names)

    @property
    def unmoved_team(self) -> int:
        """Team whose agreement changes nothing."""
        return 3 % self.teams

    @property
    def young_team(self) -> int:
        """Team whose agreement begins in the last month: too young to say."""
        return 0

    @property
    def uncounted_team(self) -> int:
        """Team in which nobody counts along; -1 in a district of fewer than four."""
        return 2 if self.teams > 3 else -1

    def registration_shift(self, month: int) -> tuple[Floats, Floats]:
        """Log odds added to registering without and with a result, per team, in month number ``month``."""
        both = np.full(self.teams, BREAK_EFFECT if month >= self.break_month else 0.0)
        without = both.copy()
        if month >= self.action_month:
            without[self.action_team] += ACTION_EFFECT
        return without, both


def expit(x: Floats) -> Floats:
    """Probability of a log odds."""
    return np.asarray(1 / (1 + np.exp(-x)), dtype=np.float64)


def draw_world(*, seed: int, teams: int, months: int, first_month: date, rows: int | None) -> World:
    """Draw the district; with ``rows``, the expected number of registered checks over all files is that."""
    rng = np.random.default_rng([seed, 0])
    team_names = names.team_names(teams)
    register_without = np.log(0.55 / 0.45) + np.clip(rng.normal(0, 0.5, teams), -0.9, 0.9)
    register_with = register_without + np.clip(rng.normal(1.2, 0.2, teams), 0.7, 1.7)
    size = np.exp(rng.uniform(np.log(280), np.log(480), teams))
    persistence = np.zeros((teams, months))
    shock = rng.normal(0, 0.08, (teams, months))
    for month in range(months):
        persistence[:, month] = 0.3 * (persistence[:, month - 1] if month else 0) + shock[:, month]
    list_of_months = names.months_from(first_month, months)
    season = np.array([1 + SEASON * np.sin(2 * np.pi * (m.month - 4) / 12) for m in list_of_months])
    shifts = rng.poisson(np.maximum(40, size * 0.7)[:, None] * np.ones((1, months))).astype(np.int64)
    worked = shifts / np.maximum(40, size * 0.7)[:, None]
    month_effect = np.exp(persistence) * season[None, :] * worked
    if rows is not None:
        size = size * rows / float((size[:, None] * month_effect).sum())
    usual = np.where(np.arange(months) >= months // 3, BREAK_EFFECT, 0.0)[None, :]
    registered_share = (
        (1 - _WITH_RESULT) * expit(register_without[:, None] + usual)
        + _WITH_RESULT * expit(register_with[:, None] + usual)
    ).mean(axis=1)
    return World(
        seed=seed,
        names=tuple(team_names),
        slugs=tuple(names.slug(name) for name in team_names),
        months=tuple(list_of_months),
        checks_per_month=size / registered_share,
        threshold=0.9 + np.clip(rng.normal(0, 0.12, teams), -0.25, 0.25),
        guilt=np.clip(0.055 * np.exp(rng.normal(0, 0.25, teams)), 0.03, 0.10),
        register_without=register_without,
        register_with=register_with,
        month_effect=month_effect,
        shifts=shifts,
        officers=rng.integers(30, 61, teams),
        explained=1.5 + rng.normal(0, 0.4, teams),
        empty_field=rng.normal(0, 0.4, teams),
        origin_shares=rng.dirichlet(np.array(ORIGIN_SHARES) * 25, teams),
        latitude=52.40 + rng.uniform(-0.25, 0.25, teams),
        longitude=5.00 + rng.uniform(-0.35, 0.35, teams),
        residents=rng.integers(9_000, 27_000, (teams, AREAS_PER_TEAM)),
        action_team=1 % teams,
        action_month=months // 2,
        training_team=2 % teams,
        training_month=months // 2,
        break_month=months // 3,
    )
