"""The checks of one month, registered or not: what really happened, before anybody wrote it down."""

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from meos_pipeline.synthetic import world as w
from meos_pipeline.synthetic.daylight import is_spring_change, light_minutes
from meos_pipeline.synthetic.names import next_month
from meos_pipeline.synthetic.people import Ints, People
from meos_pipeline.synthetic.world import Floats, World

Flags = npt.NDArray[np.bool_]

_HOURS = np.array([5, 4, 3, 2, 1.5, 1, 1, 1.5, 2, 2.5, 3, 3, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 6.5, 7, 7, 6])
"""Relative number of encounters per hour of the clock."""
_WEEKDAYS = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.2, 0.95])
MINUTES_PER_DAY = 1440
MISSING_HOUR = 2
"""The hour that one spring night lacks."""


@dataclass(frozen=True, slots=True)
class Checks:
    """One entry per check. ``minute`` counts from the first day of the world's first month."""

    team: Ints
    minute: Ints
    person: Ints
    vehicle: Ints
    dark: Flags
    repeat: Flags
    """Made because the person was checked before."""
    proactive: Flags
    hit: Flags
    """Has a result of class H1, H2 or H3."""
    strict: Flags
    """Has a result of class H1."""
    officer: Ints
    registered: Flags

    def take(self, which: Flags | Ints) -> "Checks":
        """Return the chosen checks, in that order."""
        return Checks(*(getattr(self, item.name)[which] for item in fields(self)))

    def __len__(self) -> int:
        """Number of checks."""
        return len(self.team)


@dataclass(frozen=True, slots=True)
class FollowUps:
    """Checks still to come: somebody is looked for again."""

    team: Ints
    minute: Ints
    person: Ints
    vehicle: Ints

    @classmethod
    def none(cls) -> "FollowUps":
        """Return no follow-ups."""
        empty = np.zeros(0, dtype=np.int64)
        return cls(empty, empty, empty, empty)

    def take(self, which: Flags) -> "FollowUps":
        """Return the chosen ones."""
        return FollowUps(self.team[which], self.minute[which], self.person[which], self.vehicle[which])

    def join(self, other: "FollowUps") -> "FollowUps":
        """Return both."""
        return FollowUps(*(np.concatenate([getattr(self, f.name), getattr(other, f.name)]) for f in fields(self)))


class Streets:
    """Simulates checks, month after month, for some of the teams."""

    def __init__(self, world: World, people: People) -> None:
        """Prepare the tables that every month uses."""
        self.world, self.people = world, people
        rng = np.random.default_rng([world.seed, 2])
        self.first_officer = np.concatenate([[0], np.cumsum(world.officers)]).astype(np.int64)
        activity = np.exp(rng.normal(0, 0.8, self.first_officer[-1]))
        self.officer_running = np.empty_like(activity)
        for team in range(world.teams):
            own = slice(self.first_officer[team], self.first_officer[team + 1])
            running = np.cumsum(activity[own])
            self.officer_running[own] = team + running / running[-1]
        self.diligence = rng.normal(0, 0.4, self.first_officer[-1])
        self.origin_day = world.months[0]

    def month(self, month: int, teams: range, waiting: FollowUps, rng: np.random.Generator) -> tuple[Checks, FollowUps]:
        """Return the checks of a month by the teams in ``teams``, and the follow-ups that fall after it."""
        first = self.world.months[month]
        days = [first + timedelta(days=i) for i in range((next_month(first) - first).days)]
        start = (first - self.origin_day).days * MINUTES_PER_DAY
        end = start + len(days) * MINUTES_PER_DAY
        light = np.stack([light_minutes(days, self.world.latitude[team], self.world.longitude[team]) for team in teams])
        team, minute, dark = self._times(month, teams, days, light, rng)
        person = self.people.draw(rng, team, dark)
        vehicle = np.where(rng.random(len(team)) < w.OWN_VEHICLE, person, self._other(rng, team))
        fresh = met = FollowUps(team, minute, person, vehicle)
        later = waiting.take(waiting.minute >= end)
        due = waiting.take(waiting.minute < end)
        while len(fresh.team) or len(due.team):
            met = met.join(due)
            again = self._follow_ups(fresh.join(due), rng)
            due, later = again.take(again.minute < end), later.join(again.take(again.minute >= end))
            fresh = FollowUps.none()
        local = met.minute - start
        at = light[met.team - teams.start, local // MINUTES_PER_DAY]
        dark = is_dark(local % MINUTES_PER_DAY, at)
        repeat = np.arange(len(met.team)) >= len(team)
        return self._decide(month, met, dark, repeat, rng), later

    def _times(
        self, month: int, teams: range, days: list[date], light: Ints, rng: np.random.Generator
    ) -> tuple[Ints, Ints, Flags]:
        own = slice(teams.start, teams.stop)
        expected = self.world.checks_per_month[own] * self.world.month_effect[own, month] * (1 - w.RETARGET_SHARE)
        expected = expected / (1 - w.DARK_SHARE + w.DARK_SHARE * self.people.weight[own, 1])
        lift = np.maximum(1.0, self.people.weight[own, 1])
        tried = rng.poisson(expected * lift)
        team = np.repeat(np.arange(teams.start, teams.stop), tried)
        n = len(team)
        weekday = np.array([day.weekday() for day in days])
        day = _pick(rng, _WEEKDAYS[weekday], n)
        hour = _pick(rng, _HOURS, n)
        clock = hour * 60 + rng.integers(0, 60, n)
        for number, item in enumerate(days):
            if is_spring_change(item):
                clock = np.where((day == number) & (hour == MISSING_HOUR), clock + 60, clock)
        at = light[team - teams.start, day]
        dark = is_dark(clock, at)
        chance = self.people.weight[team, dark.astype(np.int64)] / lift[team - teams.start]
        kept = rng.random(n) < chance
        start = (days[0] - self.origin_day).days * MINUTES_PER_DAY
        return team[kept], (start + day * MINUTES_PER_DAY + clock)[kept], dark[kept]

    def _other(self, rng: np.random.Generator, team: Ints) -> Ints:
        first, after = self.people.first[team], self.people.first[team + 1]
        return (first + rng.random(len(team)) * (after - first)).astype(np.int64)

    def _follow_ups(self, checks: FollowUps, rng: np.random.Generator) -> FollowUps:
        chosen = checks.take(rng.random(len(checks.team)) < w.RETARGET_SHARE)
        n = len(chosen.team)
        days = np.minimum(rng.exponential(w.RETARGET_DAYS, n), 120).astype(np.int64) + 1
        clock = _pick(rng, _HOURS, n) * 60 + rng.integers(0, 60, n)
        clock = np.where(clock // 60 == MISSING_HOUR, clock + 60, clock)
        minute = (chosen.minute // MINUTES_PER_DAY + days) * MINUTES_PER_DAY + clock
        vehicle = np.where(rng.random(n) < w.SAME_VEHICLE, chosen.vehicle, self._other(rng, chosen.team))
        return FollowUps(chosen.team, minute, chosen.person, vehicle)

    def _decide(self, month: int, met: FollowUps, dark: Flags, repeat: Flags, rng: np.random.Generator) -> Checks:
        team, minute, person, vehicle = met.team, met.minute, met.person, met.vehicle
        n = len(team)
        proactive = repeat | (rng.random(n) >= w.REACTIVE_SHARE)
        group = self.people.group(person)
        chance = np.where(proactive, self.people.hit[team, group, dark.astype(np.int64)], w.REACTIVE_HIT)
        hit = rng.random(n) < chance
        strict = hit & (rng.random(n) < w.STRICT_SHARE)
        drawn = np.searchsorted(self.officer_running, team + rng.random(n))
        officer = np.clip(drawn, self.first_officer[team], self.first_officer[team + 1] - 1).astype(np.int64)
        without, with_result = self.world.registration_shift(month)
        logit = np.where(
            hit,
            (self.world.register_with + with_result)[team],
            (self.world.register_without + without)[team],
        )
        registered = rng.random(n) < w.expit(logit + self.diligence[officer])
        return Checks(team, minute, person, vehicle, dark, repeat, proactive, hit, strict, officer, registered)


def is_dark(clock: Ints, light: Ints) -> Flags:
    """Tell whether the minute of the day is before dawn or after dusk."""
    return (clock < light[:, 0]) | (clock > light[:, 1])


def _pick(rng: np.random.Generator, weights: Floats, n: int) -> Ints:
    running = np.cumsum(weights) / weights.sum()
    return np.minimum(np.searchsorted(running, rng.random(n), side="right"), len(weights) - 1).astype(np.int64)
