"""Actions of teams as the statistics of change see them: first full month, measure, months before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.measures import MEASURE_OF_AIM, MEASURES, Measure, break_days
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.statistic import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action of a team that aims at a measure."""

    action_id: str
    team: str
    kind: str
    starts: date
    """First day."""
    first_month: date
    """First month that lies wholly after the start."""
    last_month: date
    """Last month that counts: the report month, or the month before the action ended."""
    measure: Measure | None
    """None when the action aims at nothing that is measured."""

    @property
    def stratum(self) -> str:
        """As in findings."""
        return f"action={self.action_id}"


def actions_of(tables: Mapping[str, pl.DataFrame], context: Context) -> list[Action]:
    """Actions of the teams of the context that started by the report month, in order of their number."""
    rows = tables["team_actions"].filter(
        pl.col("team").is_in(list(context.teams)), pl.col("starts") <= w.last_day(context.month)
    )
    return [_action(row, context) for row in rows.sort("action_id").iter_rows(named=True)]


def _action(row: Mapping[str, object], context: Context) -> Action:
    starts, ends = row["starts"], row["ends"]
    assert isinstance(starts, date)  # noqa: S101 - the contract promises it; narrows the type
    month = starts.replace(day=1)
    last = context.month
    if isinstance(ends, date) and ends < w.last_day(context.month):
        last = w.add_months(ends.replace(day=1), 0 if ends == w.last_day(ends.replace(day=1)) else -1)
    name = MEASURE_OF_AIM.get(str(row["aim"]))
    return Action(
        action_id=str(row["action_id"]),
        team=str(row["team"]),
        kind=str(row["kind"]),
        starts=starts,
        first_month=month if starts.day == 1 else w.add_months(month, 1),
        last_month=last,
        measure=MEASURES[name] if name else None,
    )


def log_scale(counts: pl.DataFrame, measure: Measure) -> Floats:
    """Log rate, or logit of a share, with half an event more."""
    events, n = counts["events"].to_numpy().astype(float), counts["n"].to_numpy().astype(float)
    rest = n if measure.exposure else np.maximum(n - events, 0) + 0.5
    return np.asarray(np.log((events + 0.5) / rest), dtype=np.float64)


def months_around(counts: pl.DataFrame, action: Action) -> pl.DataFrame:
    """Months before the action and after its start; the month of a start halfway counts on neither side."""
    return counts.filter(
        (pl.col("period_start") < action.starts.replace(day=1)) | (pl.col("period_start") >= action.first_month),
        pl.col("period_start") <= action.last_month,
    )


def break_near(tables: Mapping[str, pl.DataFrame], action: Action, *, months: int) -> bool:
    """Whether the series also changed for another reason within that many months of the start."""
    low, high = w.add_months(action.first_month, -months), w.add_months(action.first_month, months)
    return any(low <= day < high for day in break_days(tables, action.team))
