"""Writes a fictional district: exports, companion files, settings, and the truth that was planted in them.

An export holds everything entered since the one before, as of the third of the next month at 06:00: checks of its
month, and late entries of earlier ones. A last one may follow with what was entered by a later day (``until``). Work goes month by month and in blocks of teams, so memory does not depend
on the number of rows or months. The same arguments give the same bytes.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from meos_pipeline.storage.durable import write_text
from meos_pipeline.synthetic import truth as t
from meos_pipeline.synthetic.companion_files import Companions
from meos_pipeline.synthetic.encounters import MINUTES_PER_DAY, FollowUps, Streets
from meos_pipeline.synthetic.names import next_month
from meos_pipeline.synthetic.people import Ints, draw_people
from meos_pipeline.synthetic.records import EXPORT_DAY, EXPORT_MINUTE, Desk
from meos_pipeline.synthetic.settings_file import settings_text
from meos_pipeline.synthetic.traps import plant
from meos_pipeline.synthetic.truth import Truth
from meos_pipeline.synthetic.world import World, draw_world

FIRST_MONTH = date(2024, 11, 1)
CHECKS_PER_BLOCK = 200_000
"""Teams are simulated together up to about this many checks, to bound memory."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the export with the minute at which each was entered, in that order."""

    frame: pl.DataFrame
    entered: Ints

    def split(self, minute: int) -> tuple["Rows", "Rows"]:
        """Return what was entered before ``minute``, and the rest."""
        before = self.entered < minute
        mask = pl.Series(before)
        return Rows(self.frame.filter(mask), self.entered[before]), Rows(
            self.frame.filter(~mask), self.entered[~before]
        )


def generate(
    target: Path,
    *,
    seed: int = 1,
    teams: int = 4,
    months: int = 24,
    first_month: date = FIRST_MONTH,
    rows: int | None = None,
    origin: bool = False,
    traps: bool = False,
    settings_folder: Path | None = None,
    until: date | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """Write a fictional district into ``target`` and return what was planted.

    Args:
        target: Folder for exports and companion files (a landing folder); made when missing.
        seed: Start of every random draw.
        teams: Number of teams, 1 to 240.
        months: Number of months, from 1.
        first_month: First day of the first month.
        rows: Expected number of registered checks over all months; by default what such teams would register.
        origin: Add a column ``herkomst`` and the statistics office's table.
        traps: Also plant the traps of the bad-input catalogue.
        settings_folder: Where ``meos.toml`` and ``truth.json`` go; ``target`` when left out.
        until: Day of one more export, with the late entries since the last one; none when left out.
        progress: Called with the months done and the months in all.
    """
    target.mkdir(parents=True, exist_ok=True)
    beside = settings_folder or target
    beside.mkdir(parents=True, exist_ok=True)
    world = draw_world(seed=seed, teams=teams, months=months, first_month=first_month.replace(day=1), rows=rows)
    run = Run(world, origin=origin)
    files: dict[str, int] = {}
    for month, parts in enumerate(run.exports()):
        made = export_day(world.months[month])
        path = target / export_name(world.months[month])
        files[path.name] = write_parts(path, parts)
        _date(path, made)
        if progress:
            progress(month + 1, months)
    if until is not None:
        late = list(run.late_entries(until))
        if any(part.height for part in late):  # without late entries there is no such export
            path = target / export_name(world.months[-1], until)
            files[path.name] = write_parts(path, iter(late))
            _date(path, until)
    run.companions.write(target, run.tally, np.random.default_rng([seed, 3]))
    planted = run.truth(files)
    if traps:
        planted = replace(planted, defects=plant(target, sorted(files), seed=seed))
    planted.write(beside / "truth.json")
    write_text(
        beside / "meos.toml",
        settings_text(latitude=float(world.latitude.mean()), longitude=float(world.longitude.mean()), origin=origin),
    )
    return planted


class Run:
    """One simulation: yields each month's export and keeps what must be known afterwards."""

    def __init__(self, world: World, *, origin: bool) -> None:
        """Draw the people and open the desks."""
        self.world = world
        self.people = draw_people(world)
        self.tally = t.Tally(world)
        self.companions = Companions(world, origin=origin)
        self.desk = Desk(Streets(world, self.people), origin=origin)
        self.origin = origin
        self._blocks = team_blocks(world)
        self._carried: list[Rows] = []

    def exports(self) -> Iterator[Iterator[pl.DataFrame]]:
        """Yield, per month, the frames that together are its export; each must be used up before the next."""
        waiting = [FollowUps.none() for _ in self._blocks]
        carried: list[Rows] = []
        number = 1
        for month in range(len(self.world.months)):
            late: list[Rows] = []

            def parts(
                month: int = month, late: list[Rows] = late, earlier: list[Rows] = carried
            ) -> Iterator[pl.DataFrame]:
                nonlocal number
                export_minute = self._export_minute(month)
                for rows in earlier:
                    now, later = rows.split(export_minute)
                    late.append(later)
                    yield now.frame
                for place, block in enumerate(self._blocks):
                    rng = np.random.default_rng([self.world.seed, 4, month, place])
                    checks, waiting[place] = self.desk.streets.month(month, block, waiting[place], rng)
                    self.tally.add(month, checks)
                    self.companions.add(month, block, checks, rng)
                    if self.origin:
                        self.companions.add_origins(month, checks, self.people.origin)
                    written = self.desk.write(checks, number, month, rng)
                    number += written.rows.height
                    now, later = Rows(written.rows, written.entered).split(export_minute)
                    late.append(later)
                    yield now.frame

            yield parts()
            carried = [rows for rows in late if rows.frame.height]
        self._carried = carried

    def late_entries(self, until: date) -> Iterator[pl.DataFrame]:
        """Yield what was entered after the last export and before that day at six in the morning."""
        minute = (until - self.world.months[0]).days * MINUTES_PER_DAY + EXPORT_MINUTE
        split = [rows.split(minute) for rows in self._carried]
        self._carried = [later for _, later in split]
        yield from (now.frame for now, _ in split)

    def truth(self, files: dict[str, int]) -> Truth:
        """Return what was planted, after the last export."""
        return Truth(
            seed=self.world.seed,
            first_month=self.world.months[0],
            months=len(self.world.months),
            rows=sum(files.values()),
            undelivered=sum(rows.frame.height for rows in self._carried),
            files=files,
            teams=t.team_truths(self.world, self.tally),
            team_months=self.tally.rows(),
            groups=t.group_truths(self.world, self.people),
            team_groups=t.team_group_truths(self.world, self.people),
            effects=t.effects_of(self.world),
            canaries=t.canaries_of(self.world, self.desk.identifiers),
        )

    def _export_minute(self, month: int) -> int:
        after = next_month(self.world.months[month])
        days = (after - self.world.months[0]).days + EXPORT_DAY - 1
        return days * MINUTES_PER_DAY + EXPORT_MINUTE


def team_blocks(world: World) -> list[range]:
    """Divide the teams into runs of at most ``CHECKS_PER_BLOCK`` expected checks a month (or one team)."""
    blocks: list[range] = []
    start, load = 0, 0.0
    for team in range(world.teams):
        if load and load + world.checks_per_month[team] > CHECKS_PER_BLOCK:
            blocks.append(range(start, team))
            start, load = team, 0.0
        load += float(world.checks_per_month[team])
    return [*blocks, range(start, world.teams)]


def export_name(month: date, made: date | None = None) -> str:
    """Return the name of a month's export: the month, and when it was made."""
    return f"controles_{month:%Y-%m}_{made or export_day(month):%Y%m%d}T0600.csv"


def export_day(month: date) -> date:
    """Return the day on which the export of a month is made."""
    return next_month(month).replace(day=EXPORT_DAY)


def _date(path: Path, made: date) -> None:
    """Give the file the time of its export, so that nobody takes it for one that still grows."""
    moment = datetime(made.year, made.month, made.day, EXPORT_MINUTE // 60, tzinfo=UTC).timestamp()
    os.utime(path, (moment, moment))


def write_parts(path: Path, parts: Iterator[pl.DataFrame]) -> int:
    """Write frames one under the other as one CSV with ``;``; return the number of rows."""
    written = 0
    with path.open("wb") as stream:
        for place, frame in enumerate(parts):
            frame.write_csv(stream, separator=";", include_header=place == 0)
            written += frame.height
    return written
