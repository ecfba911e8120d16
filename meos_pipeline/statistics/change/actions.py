"""Actions of teams as the statistics of change see them: what they aim at, and which months are before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.policy import Policy
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.measures import Measure, measure_of_aim
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.statistic import Context

COVERAGE = "coverage_no_result"
"""Aim that sheets tell of, not records: the statistics of coverage say whether it changed."""
ONE_OFF_KINDS = ("training", "area_search")
ONE_OFF_WAYS = ("vr", "dialogue", "ride_along")
"""What is done once, and is to show afterwards; an agreement holds while it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a team."""

    action_id: str
    team: str
    kind: str
    aim: str
    """'' when the action aims at nothing that is measured."""
    starts: date
    before: tuple[date, date]
    """First and last month before, the guard left out: a team often begins after a bad quarter, and gets better anyway."""
    after: tuple[date, date]
    """First and last month after: of what is done once, the months after its end."""
    measure: Measure | None
    """None when the action aims at nothing that records tell of."""

    @property
    def stratum(self) -> str:
        """As in findings."""
        return f"action={self.action_id}"


def actions_of(tables: Mapping[str, pl.DataFrame], context: Context) -> list[Action]:
    """Actions of the teams of the context that started by the report month, in order of their number."""
    rows = tables["team_actions"].filter(
        pl.col("team").is_in(list(context.teams)), pl.col("starts") <= w.last_day(context.month)
    )
    return [_action(row, context.policy) for row in rows.sort("action_id").iter_rows(named=True)]


def _action(row: Mapping[str, object], policy: Policy) -> Action:
    starts, ends = row["starts"], row["ends"]
    assert isinstance(starts, date)  # noqa: S101 - the contract promises it; narrows the type
    aim = str(row["aim"] or "")
    one_off = str(row["kind"]) in ONE_OFF_KINDS or str(row["way"]) in ONE_OFF_WAYS
    begin = starts.replace(day=1)
    over = _first_whole_month(starts)
    if one_off and isinstance(ends, date) and ends > starts:
        over = w.add_months(ends.replace(day=1), 1)
    last = w.add_months(over, policy.action_after_months - 1)
    if not one_off and isinstance(ends, date):
        stops = w.add_months(ends.replace(day=1), 0 if ends == w.last_day(ends.replace(day=1)) else -1)
        last = min(last, stops)
    guard = policy.action_gap_months
    return Action(
        action_id=str(row["action_id"]),
        team=str(row["team"]),
        kind=str(row["kind"]),
        aim=aim,
        starts=starts,
        before=(w.add_months(begin, -guard - policy.action_before_months), w.add_months(begin, -guard - 1)),
        after=(over, last),
        measure=measure_of_aim(aim),
    )


def _first_whole_month(day: date) -> date:
    return day if day.day == 1 else w.add_months(day.replace(day=1), 1)


def log_scale(counts: pl.DataFrame, measure: Measure) -> Floats:
    """Log rate, or logit of a share, with half an event more."""
    events, n = counts["events"].to_numpy().astype(float), counts["n"].to_numpy().astype(float)
    rest = n if measure.exposure else np.maximum(n - events, 0) + 0.5
    return np.asarray(np.log((events + 0.5) / rest), dtype=np.float64)
