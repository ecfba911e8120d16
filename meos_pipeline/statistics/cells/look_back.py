"""What looks back over a calendar year: counted for several of its months in one pass over its checks.

Persons and vehicles are passes of their own, which can go side by side.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.held import registered
from meos_pipeline.statistics.cells.ordered import OrderedChecks, ordered_checks
from meos_pipeline.statistics.cells.repeats import RepeatTally, first_days_of, first_month, windows_of
from meos_pipeline.statistics.cells.year import YearTally, by_team


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """Checks of a year and of the days before it that windows look back upon, with what their months are counted by."""

    checks: pl.LazyFrame
    months: Sequence[date]
    teams: Sequence[str]
    first_days: Mapping[date, date]
    windows: Sequence[int]
    rows: int
    """Records, with those that are no registration."""

    def persons(self, tables: Mapping[str, type[YearTally]]) -> tuple[dict[str, pl.DataFrame], RepeatTally]:
        """Make these tables, and count repeated checks of persons."""
        repeats = self._repeats("person_key")
        tallies = {name: tally(self.months, self.teams) for name, tally in tables.items()}
        for part in self._parts(self.checks, "person_key"):
            repeats.add(part)
            of_teams = by_team(part, self.months, len(self.teams))
            for tally in tallies.values():
                tally.add(of_teams)
        return {name: tally.table() for name, tally in tallies.items()}, repeats

    def vehicles(self) -> RepeatTally:
        """Count repeated checks of vehicles."""
        repeats = self._repeats("vehicle_key")
        near = self.checks.filter(pl.col("month") >= first_month(self.months, self.windows))
        for part in self._parts(near, "vehicle_key"):
            repeats.add(part)
        return repeats

    def _parts(self, checks: pl.LazyFrame, key: str) -> Iterator[OrderedChecks]:
        return ordered_checks(checks, key, self.teams, self.months[0].year, rows=self.rows)

    def _repeats(self, key: str) -> RepeatTally:
        return RepeatTally(key, self.months, self.teams, windows=self.windows, first_days=self.first_days)


def open_year(checks: pl.LazyFrame, months: Sequence[date], *, policy: Policy) -> Year:
    """Look which teams and first days are among the records.

    Args:
        checks: Records of the calendar year up to the last of the months, and from ``first_month`` on.
        months: Months to count, all of one year.
        policy: Windows of repeats.
    """
    registrations, windows = registered(checks), windows_of(policy)
    reached = pl.date_range(first_month(months, windows), max(months), "1mo", eager=True).to_list()
    teams = checks.select("team").unique().sort("team").collect(engine="streaming")["team"].to_list()
    return Year(
        checks=registrations,
        months=months,
        teams=teams,
        first_days=first_days_of(registrations, reached),
        windows=windows,
        rows=checks.select(pl.len()).collect(engine="streaming").item(),
    )
