"""The people and vehicles of the district: who can be met, with what chance, and under which numbers.

Person numbers pass the check of a citizen service number and start with 9, as sets of test numbers do; names,
plates and numbers belong to nobody.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.synthetic import world as w
from meos_pipeline.synthetic.names import FIRST_NAMES, LAST_NAMES
from meos_pipeline.synthetic.words import spelled
from meos_pipeline.synthetic.world import Floats, World

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

MOST_PEOPLE = 6_000_000
"""Fewer than there are plates of our form (6.35 million) and person numbers that start with 9 (9 million)."""
_PLATE_LETTERS = list("BDFGHJKLNPRSTVXZ")
"""Without M: so no clean plate looks like a date to a Dutch spreadsheet."""
_PAIRS = pl.Enum([a + b for a in _PLATE_LETTERS for b in _PLATE_LETTERS if a + b not in ("SS", "SD", "HF", "ZZ")])
_DIGIT_PAIRS = pl.Enum([f"{i:02d}" for i in range(100)])


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everyone who can be met, team after team."""

    first: Ints
    """Index of the first person per team, and the total at the end."""
    age: Bytes
    sex: Bytes
    origin: Bytes
    cumulated: tuple[Floats, Floats]
    """By day and in the dark: running chance of being the one who is checked, offset by the team's number."""
    weight: Floats
    """Teams by light: total chance, relative to daylight."""
    hit: Floats
    """Teams by groups by light: chance that a check has a result."""
    chance: Floats
    """Teams by groups by light: chance that an encounter becomes a check."""
    presence: Floats
    """Teams by groups: share of encounters."""

    def group(self, person: Ints) -> Ints:
        """Return the group number (age, sex, origin) of each person."""
        return group_number(self.age[person], self.sex[person], self.origin[person])

    def draw(self, rng: np.random.Generator, team: Ints, dark: npt.NDArray[np.bool_]) -> Ints:
        """Draw the person of each check."""
        at = team + rng.random(len(team))
        found = np.where(dark, np.searchsorted(self.cumulated[1], at), np.searchsorted(self.cumulated[0], at))
        return np.clip(found, self.first[team], self.first[team + 1] - 1).astype(np.int64)


def group_number(age: Bytes, sex: Bytes, origin: Bytes) -> Ints:
    """Number a combination of age band, sex and origin."""
    return (age.astype(np.int64) * len(w.SEXES) + sex) * len(w.ORIGINS) + origin


def draw_people(world: World) -> People:
    """Draw who lives in and visits each team area, and what follows for checks."""
    rng = np.random.default_rng([world.seed, 1])
    size = np.clip(world.checks_per_month * 7, 1_500, min(250_000, MOST_PEOPLE / world.teams)).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    age = rng.choice(len(w.AGES), size=first[-1], p=w.AGE_SHARES).astype(np.uint8)
    sex = rng.choice(len(w.SEXES), size=first[-1], p=w.SEX_SHARES).astype(np.uint8)
    shift, veil, street = _group_laws()
    chance = np.empty((world.teams, w.GROUPS, 2))
    hit = np.empty_like(chance)
    for dark in (0, 1):
        threshold = world.threshold[:, None] + (shift * (1 - veil * dark)).sum(axis=0)[None, :]
        guilty = world.guilt[:, None] * _above(threshold - w.SIGNAL_OF_GUILT)
        chance[:, :, dark] = guilty + (1 - world.guilt[:, None]) * _above(threshold)
        hit[:, :, dark] = guilty / chance[:, :, dark]
    origin = np.empty(first[-1], dtype=np.uint8)
    cumulated = (np.empty(first[-1]), np.empty(first[-1]))
    weight = np.empty((world.teams, 2))
    presence = np.empty((world.teams, w.GROUPS))
    for team in range(world.teams):
        own = slice(first[team], first[team + 1])
        origin[own] = rng.choice(len(w.ORIGINS), size=size[team], p=world.origin_shares[team])
        group = group_number(age[own], sex[own], origin[own])
        met = rng.gamma(0.8, 1.0, size[team]) * street[group]
        presence[team] = np.bincount(group, met, w.GROUPS) / met.sum()
        for dark in (0, 1):
            running = np.cumsum(met * chance[team, group, dark])
            weight[team, dark] = running[-1]
            cumulated[dark][own] = team + running / running[-1]
    return People(
        first=first,
        age=age,
        sex=sex,
        origin=origin,
        cumulated=cumulated,
        weight=weight / weight[:, :1],
        hit=hit,
        chance=chance,
        presence=presence,
    )


def _above(threshold: Floats) -> Floats:
    """Chance that a standard normal signal passes the threshold."""
    return np.array([math.erfc(x / math.sqrt(2)) / 2 for x in threshold.ravel()]).reshape(threshold.shape)


def _group_laws() -> tuple[Floats, Floats, Floats]:
    numbers = np.arange(w.GROUPS)
    parts = {
        "age_band": numbers // (len(w.SEXES) * len(w.ORIGINS)),
        "sex": numbers // len(w.ORIGINS) % len(w.SEXES),
        "origin": numbers % len(w.ORIGINS),
    }
    shift = np.stack([np.array(w.THRESHOLD_SHIFT[kind])[part] for kind, part in parts.items()])
    veil = np.stack([np.full(w.GROUPS, w.VEIL[kind]) for kind in parts])
    street = np.prod([np.array(w.STREET[kind])[part] for kind, part in parts.items()], axis=0)
    return shift, veil, street


def person_numbers(person: Ints) -> Ints:
    """Return a number of nine digits that passes the test of eleven, different for each person.

    The first seven digits come from ``person // 9``; of the ten eighth digits, the one whose check digit would be 10
    (at most one) is skipped.
    """
    front = 9_000_000 + person // 9
    total = np.zeros_like(person)
    for place, factor in enumerate((9, 8, 7, 6, 5, 4, 3)):
        total += front // 10 ** (6 - place) % 10 * factor
    skipped = (10 - total) * 6 % 11
    eighth = person % 9
    eighth = eighth + (eighth >= skipped)
    return front * 100 + eighth * 10 + (total + 2 * eighth) % 11


def plates(vehicle: Ints) -> pl.Expr:
    """Return the licence plate of each vehicle, in the form XX-99-XX, different for each."""
    pairs = len(_PAIRS.categories)
    scrambled = vehicle * 7_919 % (pairs * 100 * pairs)
    return pl.concat_str(
        pl.lit(spelled(scrambled % pairs, _PAIRS)),
        pl.lit("-"),
        pl.lit(spelled(scrambled // pairs % 100, _DIGIT_PAIRS)),
        pl.lit("-"),
        pl.lit(spelled(scrambled // (100 * pairs), _PAIRS)),
    )


def full_names(person: Ints) -> pl.Expr:
    """Return the name of each person: initials that vary, and a last name that says it is made up."""
    firsts, lasts = pl.Enum(FIRST_NAMES), pl.Enum(LAST_NAMES)
    second = pl.Enum([f"van {name}" for name in LAST_NAMES])
    return pl.concat_str(
        pl.lit(spelled(person * 13 % len(FIRST_NAMES), firsts)),
        pl.lit(" "),
        pl.lit(spelled(person // 20 % len(LAST_NAMES), second)),
        pl.lit("-"),
        pl.lit(spelled(person // 320 % len(LAST_NAMES), lasts)),
    )
