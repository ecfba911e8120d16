"""What share of all checks is in MEOS, with and without a result, over a year and per quarter."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import evidence, spoken
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "coverage"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Coverage ('', 'with_result', 'without_result') over the window, and of each team per quarter.

    A quarter in which nobody counted is bridged by its neighbours: it has its interval, and no verdict.
    """
    found = spoken.spoken(tables, context)
    rows = found.silent_rows(spoken.sheets_wanted(found, context)[1])
    for team in found.teams:
        assert found.district is not None  # noqa: S101 - there are teams
        window = found.district.window(team)
        rows += [
            found.rests_on(team) | {"series": series} | spoken.margins(getattr(window, name), context)
            for series, name in SERIES.items()
        ]
        if team:
            rows += _quarters(found, found.district, team, context)
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.SHARE,
        caveats=spoken.CAVEATS,
        method="evidence_grid",
    )


SERIES = {"": "coverage", "with_result": "with_result", "without_result": "without_result"}


def _quarters(
    found: spoken.Spoken, district: evidence.District, team: str, context: Context
) -> list[dict[str, object]]:
    one, last = district.teams[team], len(district.quarters) - 1
    rows: list[dict[str, object]] = []
    if last == district.first:
        return rows
    for place, start in enumerate(district.quarters):
        totals = one.seen.window(place, place)
        if not totals.all_with.any():
            continue
        label = Label.DESCRIBED if one.sheets[place] else Label.NOT_YET_JUDGED
        same = found.rests_on(team) | {
            "period_start": start,
            "period_end": w.last_day(w.add_months(start, 2)),
            "label": label.value,
            "label_reason": "" if one.sheets[place] else "no_sheets_in_quarter",
        }
        rows += [
            same | {"series": series} | spoken.margins(getattr(totals, name), context)
            for series, name in SERIES.items()
        ]
    return rows


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.USE,
    question="What share of all checks is in MEOS, with and without a result?",
    question_nl="Welk deel van alle controles staat in MEOS, met en zonder resultaat?",
    estimand="Recorded checks as a share of all checks that took place, over the last four complete quarters and per "
    "quarter; the same for checks with and without a result.",
    assumptions="Joined shifts are like other shifts of their block; sheets are complete; coverage drifts slowly, but "
    "may jump where an action begins or the series breaks.",
    misleads="An officer who is watched records more: 'watched' among the yields shows how much that could matter. "
    "Shifts chosen by hand spoil the level, and no model repairs it.",
    minimum="20 checks seen on 12 sheets of the team's own, and 10 with and 10 without a result in the district.",
    source="Zeger, Liang & Albert (1988); Carter & Kohn (1994); Gelman et al. (2013) 5.4; grids as in the method.",
    inputs=evidence.INPUTS,
    gate=Gate.MODEL,
    compute=compute,
)
