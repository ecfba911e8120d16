"""Are more checks without a result recorded since an agreement began?"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import evidence, spoken
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of, missing_input, stack
from meos_pipeline.statistics.methods.evidence import change
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "coverage_change"
AIMS = ("coverage_no_result", "registrations")
"""Aims of actions that are to change what is recorded."""
FEWEST_QUARTERS = 2
"""Complete quarters since the start before anything is said."""


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Per action on recording of a counted team: change of coverage without a result ('' ), and its levels 'before' and 'after'.

    Quarters after the start, at most a window, against as many before; the stratum is 'action=…'.
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
        for action in evidence.actions_in(tables, team).filter(pl.col("aim").is_in(AIMS)).iter_rows(named=True)
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
    begun = evidence.nearest_quarter(action["starts"])  # type: ignore[arg-type]
    if begun <= quarters[0] or begun > w.add_months(quarters[-1], 3):
        return []
    same = found.rests_on(team) | {
        "stratum": f"action={action['action_id']}",
        "period_start": begun,
        "period_end": max(found.end, w.last_day(w.add_months(begun, 2))),
        "series": "",
    }
    start = quarters.index(begun) if begun in quarters else len(quarters)
    most = policy.coverage_window_quarters
    one = district.teams[team]
    after, before = slice(start, start + most), slice(max(0, start - most), start)
    wait = {"label": Label.NOT_YET_JUDGED.value, "label_reason": "too_young"}
    if len(quarters) - start < FEWEST_QUARTERS:
        return [same | wait]
    if not sum(one.sheets[after]) or not sum(one.sheets[before]):
        return [same | {"label": Label.TOO_FEW.value, "label_reason": "no_sheets_on_a_side"}]
    coverage = one.seen.without_result
    difference = change(coverage, start, quarters=most)
    rise = float(np.mean(difference > 0))
    label = (
        Label.SIGNAL_HIGH
        if rise > policy.coverage_certain
        else Label.SIGNAL_LOW
        if rise < 1 - policy.coverage_fall_certain
        else Label.UNDECIDED
    )
    return [
        same | spoken.margins(difference, context) | {"label": label.value},
        same | {"series": "before"} | spoken.margins(coverage[:, before].mean(1), context),
        same | {"series": "after"} | spoken.margins(coverage[:, after].mean(1), context),
    ]


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.CHANGE,
    question="Are more checks without a result in MEOS since the agreement began?",
    question_nl="Staan er sinds de afspraak meer controles zonder resultaat in MEOS?",
    estimand="Mean coverage without a result over at most four quarters from the start, less that of as many before.",
    assumptions="Those of coverage; at the start coverage may jump by any amount.",
    misleads="What rose at the same time for another reason counts too. With two sheets a month a rise from 57% to "
    "75% is seen in about half of the cases, with four in four of five.",
    minimum="Two complete quarters since the start, and sheets on either side.",
    source="The rule follows from measured errors: see the statistics appendix.",
    inputs=evidence.INPUTS,
    gate=Gate.MODEL,
    compute=compute,
)
