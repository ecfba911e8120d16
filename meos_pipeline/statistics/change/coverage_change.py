"""Are more checks without a result recorded since an agreement began?"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import evidence, spoken
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.methods.evidence import around
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.walk import ON_RECORDING, actions_in, nearest_quarter

NAME = "coverage_change"
FEWEST_QUARTERS = 2
"""Complete quarters, from the one that begins nearest to the start, before anything is said."""


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per action on recording of a counted team: change of coverage without a result ('' ), and its levels 'before' and 'after'.

    From the day of the start, at most a window, against as much before it; the stratum is 'action=…'.
    """
    if "team_actions" not in tables:
        window = w.windows(context, "quarter")[1]
        return missing_input(
            context.teams,
            statistic=NAME,
            unit=Unit.DIFFERENCE,
            start=window.start,
            end=window.end,
            reason="acties.csv",
        )
    found = spoken.spoken(tables, context)
    rows = [
        row
        for team in found.teams
        if team and found.district is not None
        for action in actions_in(tables, team).filter(pl.col("aim").is_in(ON_RECORDING)).iter_rows(named=True)
        for row in _rows(found, found.district, team, action, context)
    ]
    if not rows:
        return stack([])
    frame = pl.DataFrame(rows, infer_schema_length=None)
    is_change = pl.col("series") == ""
    return stack(
        [
            findings_of(frame.filter(chosen), statistic=NAME, unit=unit, caveats=spoken.CAVEATS, method="evidence_grid")
            for chosen, unit in ((is_change, Unit.DIFFERENCE), (~is_change, Unit.SHARE))
        ]
    )


def _rows(
    found: spoken.Spoken, district: evidence.District, team: str, action: Mapping[str, object], context: Context
) -> list[dict[str, object]]:
    policy, quarters = context.policy, district.quarters
    starts = action["starts"]
    assert isinstance(starts, date)  # noqa: S101 - by its contract
    begun = nearest_quarter(starts)
    if starts <= quarters[0] or begun > w.add_months(quarters[-1], 3):
        return []
    most, one = policy.coverage_window_quarters, district.teams[team]
    year_on = w.last_day(w.add_months(w.quarter_start(starts), 3 * most - 1))
    same = found.rests_on(team) | {
        "stratum": f"action={action['action_id']}",
        "period_start": starts,
        "period_end": max(min(found.end, year_on), w.last_day(w.add_months(begun, 2))),
        "series": "",
    }
    if starts > found.end or sum(quarter >= begun for quarter in quarters) < FEWEST_QUARTERS:
        return [same | {"label": Label.NOT_YET_JUDGED.value, "label_reason": "too_young"}]
    before, after = around(one.walk.lengths, one.walk.begins.index(starts), quarters=most)
    if not all(one.sheets_by_step @ (side > 0) for side in (before, after)):
        return [same | {"label": Label.TOO_FEW.value, "label_reason": "no_sheets_on_a_side"}]
    levels = [one.seen.without_by_step @ side for side in (before, after)]
    difference = levels[1] - levels[0]
    tails = (1 - policy.coverage_certain, 1 - policy.coverage_fall_certain)
    rise = float(np.mean(difference > 0))
    label = Label.SIGNAL_HIGH if rise > 1 - tails[0] else Label.SIGNAL_LOW if rise < tails[1] else Label.UNDECIDED
    return [
        same | spoken.margins(difference, context, tails=tails) | {"label": label.value},
        same | {"series": "before"} | spoken.margins(levels[0], context),
        same | {"series": "after"} | spoken.margins(levels[1], context),
    ]


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Are more checks without a result in MEOS since the agreement began?",
    question_nl="Staan er sinds de afspraak meer controles zonder resultaat in MEOS?",
    estimand="Mean coverage without a result from the day of the start, over at most four quarters, less that of as many "
    "before that day; a sheet counts by its day. The margin leaves out 0 exactly when a change is said.",
    assumptions="Those of coverage; at the start coverage may jump by any amount.",
    misleads="What rose at the same time for another reason counts too. With two sheets a month a rise from 57% to "
    "75% is seen in about half of the cases, with four in four of five.",
    minimum="Two complete quarters from the one that begins nearest to the start, and sheets on either side.",
    source="The rule follows from measured errors: see the statistics appendix.",
    inputs=evidence.INPUTS,
    gate=Gate.MODEL,
    compute=compute,
)
