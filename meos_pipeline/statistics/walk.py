"""The calendar of the walk of coverage: quarters, cut on the day on which something was agreed of what is recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.methods.proportion import Floats

ON_RECORDING = ("coverage_no_result", "registrations")
"""Aims of actions that are to change what is recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """Steps of one team."""

    begins: tuple[date, ...]
    """First days: of the quarters, and of what was agreed inside one."""
    lengths: Floats
    """Steps by quarters: the part of each quarter that a step is."""
    gates: frozenset[int]
    """Steps into which coverage may jump: an action of the team begins there, or the series breaks."""

    def step_of(self, days: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Step in which each day falls; no day may lie before the first."""
        begins = np.array(self.begins, dtype="datetime64[D]")
        return np.searchsorted(begins, days.to_numpy().astype("datetime64[D]"), side="right") - 1


def walk_of(quarters: Sequence[date], agreed: Iterable[date], jumps: Iterable[date]) -> Walk:
    """Cut these quarters.

    Args:
        quarters: First days of quarters in a row.
        agreed: Days on which something was agreed of what is recorded: a step begins there, so that before and after
            hold no sheet of the other side.
        jumps: Other days on which coverage may jump; it does so where the nearest quarter begins.
    """
    end = w.add_months(quarters[-1], 3)
    begins = sorted({*quarters, *(day for day in agreed if quarters[0] < day < end)})
    lengths = np.zeros((len(begins), len(quarters)))
    for number, (start, until) in enumerate(zip(begins, [*begins[1:], end], strict=True)):
        quarter = w.quarter_start(start)
        lengths[number, quarters.index(quarter)] = (until - start) / (w.add_months(quarter, 3) - quarter)
    opened = {*agreed, *map(nearest_quarter, jumps)}
    gates = frozenset(number for number, day in enumerate(begins) if number and day in opened)
    return Walk(begins=tuple(begins), lengths=lengths, gates=gates)


def walk_in(tables: Mapping[str, pl.DataFrame], team: str, quarters: Sequence[date]) -> Walk:
    """Steps of a team, by what it agreed and where its series breaks."""
    actions = actions_in(tables, team).with_columns(
        is_of_record=pl.col("aim").is_in(ON_RECORDING).fill_null(value=False)
    )
    agreed, jumps = (
        actions.filter(chosen)["starts"].to_list() for chosen in (pl.col("is_of_record"), ~pl.col("is_of_record"))
    )
    if "breaks" in tables:
        jumps += tables["breaks"].filter(pl.col("scope").is_in(["all", team]))["break_date"].to_list()
    return walk_of(quarters, agreed, jumps)


def nearest_quarter(day: date) -> date:
    """First day of the quarter that begins nearest to the day."""
    this = w.quarter_start(day)
    following = w.add_months(this, 3)
    return this if (day - this) < (following - day) else following


def actions_in(tables: Mapping[str, pl.DataFrame], team: str) -> pl.DataFrame:
    """Rows of the team's actions in order of their start; none without the table."""
    if "team_actions" not in tables:
        return pl.DataFrame(schema={"starts": pl.Date, "aim": pl.String, "action_id": pl.String})
    return tables["team_actions"].filter(pl.col("team") == team).sort("starts", "action_id")
