"""For which teams coverage and yield may be told, what that rests on, and how many sheets it would take."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.evidence import District, district_of
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.methods.sampling_plan import sheets_for_direction, sheets_for_width
from meos_pipeline.statistics.statistic import Context

CAVEATS = ("sample_shifts", "observed_behaviour")
PARAMETERS = 2
"""Coverages that a team's sheets estimate: with and without a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Which teams something may be said of, and why not of the others; one answer for all statistics of coverage."""

    district: District | None
    teams: tuple[str, ...]
    """Teams with a statement; '' first, when there is one."""
    silent: tuple[tuple[str, str], ...]
    """Other teams and the reason: 'no_sheets' or 'few_sheets'."""
    start: date
    end: date

    def silent_rows(self, needed: int) -> list[dict[str, object]]:
        """A row for every team without a statement."""
        return [
            {
                "team": team,
                "period_start": self.start,
                "period_end": self.end,
                "label": Label.TOO_FEW.value,
                "label_reason": reason,
                "needed": needed,
            }
            for team, reason in self.silent
        ]

    def rests_on(self, team: str) -> dict[str, object]:
        """Columns of a finding that say what it rests on: checks seen, recorded checks, sheets."""
        assert self.district is not None  # noqa: S101 - only asked for teams with a statement
        seen_with, seen_without, recorded, sheets = self.district.rests_on(team)
        return {
            "team": team,
            "period_start": self.start,
            "period_end": self.end,
            "n": seen_with + seen_without,
            "reference_n": recorded,
            "detail": json.dumps({"residual_dof": sheets - PARAMETERS}),
        }


def spoken(tables: Mapping[str, pl.DataFrame], context: Context) -> Spoken:
    """Draws, and for whom they may speak: for nobody without sheets, for no team with too few of its own."""
    district = district_of(tables, context)
    everyone = ["", *sorted(set(context.teams) - {""})]
    policy = context.policy
    if district is None:
        window = w.windows(context, "quarter")[1]
        silent = tuple((team, "no_sheets") for team in everyone)
        return Spoken(district=None, teams=(), silent=silent, start=window.start, end=window.end)
    said: list[str] = []
    unsaid: list[tuple[str, str]] = []
    for team in everyone:
        if team and team not in district.teams:
            unsaid.append((team, "no_sheets"))
            continue
        seen_with, seen_without, _, sheets = district.rests_on(team)
        is_enough = (
            district.is_enough(context)
            and seen_with + seen_without >= policy.model_events
            and sheets - PARAMETERS >= policy.model_residual_dof
        )
        if is_enough:
            said.append(team)
        else:
            unsaid.append((team, "few_sheets"))
    return Spoken(district=district, teams=tuple(said), silent=tuple(unsaid), start=district.start, end=district.end)


def margins(draws: Floats, context: Context, *, tails: tuple[float, float] | None = None) -> dict[str, object]:
    """Columns estimate, lower and upper.

    Args:
        draws: Of one figure.
        context: The policy has the level of confidence.
        tails: Parts of the draws below and above the margin, where a rule of its own names a side: then the margin
            leaves out 'no difference' exactly when a side is named.
    """
    tail = (1 - context.policy.confidence_level) / 2
    below, above = tails or (tail, tail)
    low, middle, high = np.quantile(draws, [below, 0.5, 1 - above])
    return {"estimate": float(middle), "lower": float(low), "upper": float(high)}


def sheets_wanted(spoken_for: Spoken, context: Context) -> tuple[int, int]:
    """Sheets a year for the direction and for the width that the policy plans for, in tens upwards.

    From fixed coverages, never from what was found: what a plan asks does not depend on luck. Only the checks on a
    sheet, their share with a result, and the spread between sheets are of this district.
    """
    policy, district = context.policy, spoken_for.district
    few = district is None or len(district.teams) < policy.coverage_few_teams
    with_result, without_result = policy.planner_coverages
    checks, share = policy.planner_checks_per_sheet, policy.planner_share_with_result
    habit = policy.planner_habit_sd
    if district is not None:
        seen_with, seen_without, _, sheets = district.rests_on("")
        seen = seen_with + seen_without
        checks, share = max(1.0, seen / sheets), min(max(seen_with / seen, 0.05), 0.95)
        habit = district.habit
    direction_of = sheets_for_direction(
        with_result,
        without_result,
        certain=policy.coverage_certain_few_teams if few else policy.coverage_certain,
        power=policy.planner_power,
        share_with_result=share,
        checks_per_sheet=checks,
    )
    width = sheets_for_width(
        policy.planner_half_width,
        coverage=without_result,
        share_with_result=share,
        checks_per_sheet=checks,
        habit=habit,
        confidence_level=policy.confidence_level,
    )
    return tens(direction_of), tens(width)


def tens(number: float) -> int:
    """Upwards to a multiple of ten."""
    return math.ceil(number / 10) * 10
