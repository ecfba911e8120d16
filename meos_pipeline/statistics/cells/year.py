"""Fine cells that look back over the calendar year of the keys: pairs of checks, and how often persons were checked.

Several months of a year are counted in one pass over its rows, which are put in order of person, team and day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import polars as pl

from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, PAIR_SPREAD
from meos_pipeline.statistics.cells.ordered import (
    DAY_BITS,
    DAY_MASK,
    DAYS,
    Integers,
    OrderedChecks,
    begins,
    months_of_days,
    starts_of,
)

NEAR, FAR = 30, 121
"""Days between two checks: at most, to be a follow-up; at least, to tell what chance gives."""
_LAST = 12


@dataclass(frozen=True, slots=True)
class TeamChecks:
    """Proactive checks of persons, in order of person, team and day."""

    number: Integers
    """Person, team and day of each check."""
    team_bits: int

    def teams(self, number: Integers) -> Integers:
        """Place in the list of teams, of some of the numbers."""
        return (number >> DAY_BITS) & ((1 << self.team_bits) - 1)


class YearTally(Protocol):
    """What is counted of the checks of a year, added up over its parts."""

    def __init__(self, months: Sequence[date], teams: Sequence[str]) -> None:
        """Start at nothing, for months of one year and all teams of its records."""

    def add(self, checks: TeamChecks) -> None:
        """Count checks, which hold their persons whole; none of them is after the last of the months."""

    def table(self) -> pl.DataFrame:
        """Return the rows of these months."""


def by_team(checks: OrderedChecks, months: Sequence[date], teams: int) -> TeamChecks:
    """Take the proactive checks up to the end of the last month, and put those of a person in order of team."""
    last = max(months)
    days = (date(last.year + last.month // 12, last.month % 12 + 1, 1) - date(last.year, 1, 1)).days
    bits = max(teams - 1, 0).bit_length()
    at = np.flatnonzero(checks.is_proactive & ((checks.team_day & DAY_MASK) < days))
    in_order = checks.number[at] >> DAY_BITS
    in_order <<= bits + DAY_BITS
    in_order |= checks.team_day[at]
    return TeamChecks(pl.Series(in_order).sort().to_numpy(), bits)


class PairSpread:
    """``PAIR_SPREAD``: pairs of days of one person near and far apart, with their squares over persons."""

    def __init__(self, months: Sequence[date], teams: Sequence[str]) -> None:
        """Start at nothing."""
        self._december, self._teams = next((month for month in months if month.month == _LAST), None), teams
        bits = max(len(teams) - 1, 0).bit_length()
        self._per_day = np.zeros(1 << bits + DAY_BITS, dtype=np.int64)
        self._sums = np.zeros((5, len(teams)))

    def add(self, checks: TeamChecks) -> None:
        """Put each day of a person beside the first after it, then the second, and so on."""
        if self._december is None or not checks.number.size:
            return
        number = checks.number[starts_of(checks.number)]
        self._per_day += np.bincount(number & ((1 << checks.team_bits + DAY_BITS) - 1), minlength=self._per_day.size)
        begin = begins(number >> DAY_BITS)
        person = np.cumsum(begin) - 1
        near, far = np.zeros(person[-1] + 1), np.zeros(person[-1] + 1)
        earlier, ahead = np.arange(number.size - 1), 1
        while earlier.size:
            between = number[earlier + ahead] - number[earlier]
            at = np.flatnonzero(between < DAYS)
            earlier, between = earlier[at], between[at]
            near += np.bincount(person[earlier], weights=between <= NEAR, minlength=near.size)
            far += np.bincount(person[earlier], weights=between >= FAR, minlength=far.size)
            ahead += 1
            earlier = earlier[: np.searchsorted(earlier, number.size - ahead)]
        team = checks.teams(number[begin])
        for place, values in enumerate((near, far, near**2, far**2, near * far)):
            self._sums[place] += np.bincount(team, weights=values, minlength=len(self._teams))

    def table(self) -> pl.DataFrame:
        """Pairs of the year, when December is among the months."""
        if self._december is None:
            return PAIR_SPREAD.empty()
        per_day = self._per_day.reshape(-1, 1 << DAY_BITS)[: len(self._teams), :DAYS]
        lag = np.arange(DAYS)[:, None] - np.arange(DAYS)[None, :]
        near_all, far_all = (
            (per_day * (per_day @ chosen.T)).sum(axis=1) for chosen in ((lag >= 1) & (lag <= NEAR), lag >= FAR)
        )
        near, far, near_square, far_square, cross = np.rint(self._sums).astype(np.int64)
        return PAIR_SPREAD.require(
            pl.DataFrame(
                {
                    "team": self._teams,
                    "month": [self._december] * len(self._teams),
                    "checks": per_day.sum(axis=1),
                    "near_same": near,
                    "far_same": far,
                    "near_all": near_all,
                    "far_all": far_all,
                    "near_square": near_square,
                    "far_square": far_square,
                    "cross": cross,
                },
                schema=PAIR_SPREAD.schema,
            )
            .filter(pl.col("checks") > 0)
            .sort(PAIR_SPREAD.key)
        )


class CheckFrequency:
    """``CHECK_FREQUENCY``: persons by number of checks from January up to and including each month."""

    def __init__(self, months: Sequence[date], teams: Sequence[str]) -> None:
        """Start at nothing."""
        self._months, self._teams = months, teams
        self._month_of = months_of_days(months[0].year)
        self._found = [CHECK_FREQUENCY.empty()]

    def add(self, checks: TeamChecks) -> None:
        """Count a person at each number of checks, from the month that brings it to the month that brings one more."""
        if not checks.number.size:
            return
        every = np.arange(checks.number.size)
        begin = begins(checks.number >> DAY_BITS)
        before = every - np.maximum.accumulate(every * begin)
        since = self._month_of[checks.number & DAY_MASK]
        until = np.append(np.where(begin[1:], 12, since[1:]), 12)
        at = np.flatnonzero(until > since)
        before, since, until = before[at], since[at], until[at]
        cell = checks.teams(checks.number[at]) + before * len(self._teams)
        if int(cell.max()) < cell.size:
            cells = np.arange(int(cell.max()) + 1)
        else:
            cells, cell = np.unique(cell, return_inverse=True)
        more, fewer = (np.bincount(cell * 13 + month, minlength=cells.size * 13) for month in (since, until))
        persons = (more - fewer).reshape(cells.size, 13).cumsum(axis=1)
        for month in self._months:
            there = np.flatnonzero(persons[:, month.month - 1])
            times, team = np.divmod(cells[there], len(self._teams))
            self._found.append(
                pl.DataFrame(
                    {
                        "team": pl.Series(self._teams, dtype=pl.String).gather(team),
                        "month": pl.repeat(month, there.size, dtype=pl.Date, eager=True),
                        "times": times + 1,
                        "persons": persons[there, month.month - 1],
                    },
                    schema=CHECK_FREQUENCY.schema,
                )
            )

    def table(self) -> pl.DataFrame:
        """Persons by team, month and number of checks."""
        return CHECK_FREQUENCY.require(
            pl.concat(self._found)
            .group_by("team", "month", "times")
            .agg(pl.col("persons").sum())
            .select(CHECK_FREQUENCY.names)
            .sort(CHECK_FREQUENCY.key)
        )
