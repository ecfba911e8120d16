"""The yield of all checks, recorded or not; what the record shows stands beside it."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import evidence, spoken
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.methods.evidence import outer_bound
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme
from meos_pipeline.statistics.yields import CAVEAT, REASON

NAME = "yield_corrected"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Yield of all checks (''), of recorded ones ('recorded'), with watching taken off ('watched'), and 'outer'.

    'outer' has bounds and no estimate: nothing within them is likelier. Results that were left empty widen each interval:
    it holds that all of them were a result, and that none was. With too many of them only 'outer' is there.
    """
    found = spoken.spoken(tables, context)
    rows = [
        row | {"caveats": list(spoken.CAVEATS)} for row in found.silent_rows(spoken.sheets_wanted(found, context)[1])
    ]
    for team in found.teams:
        assert found.district is not None  # noqa: S101 - there are teams
        rows += _of_team(team, found, found.district, context)
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None), statistic=NAME, unit=Unit.SHARE, method="evidence_grid"
    )


def _of_team(team: str, found: spoken.Spoken, district: evidence.District, context: Context) -> list[dict[str, object]]:
    window, (fewest, most) = district.window(team), district.bounds(team)
    share = district.left_empty(team)
    caveats = [*spoken.CAVEATS, *([CAVEAT] if share else [])]
    same = found.rests_on(team) | {"caveats": caveats}
    lower, upper = outer_bound(window, fewest, most, context.policy.confidence_level)
    outer = same | {"series": "outer", "lower": lower, "upper": upper}
    if share > context.policy.result_empty_bounds:
        return [same | {"label": Label.NOT_COMPARABLE.value, "label_reason": REASON}, outer]
    unwatched = district.window(team, unwatched=True)
    few, many = district.bounds(team, unwatched=True)

    def between(middle: Floats, low: Floats, high: Floats) -> dict[str, object]:
        lowest, highest = (spoken.margins(draws, context) for draws in (low, high))
        return spoken.margins(middle, context) | {"lower": lowest["lower"], "upper": highest["upper"]}

    return [
        same | between(window.corrected_yield, fewest.corrected_yield, most.corrected_yield),
        same | {"series": "recorded"} | between(window.recorded_yield, fewest.recorded_yield, most.recorded_yield),
        same | {"series": "watched"} | between(unwatched.corrected_yield, few.corrected_yield, many.corrected_yield),
        outer,
    ]


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.EFFECTIVENESS,
    question="What share of all checks had a result, those that are not in MEOS included?",
    question_nl="Welk deel van alle controles leverde een resultaat op, ook van die niet in MEOS staan?",
    estimand="Checks with a result H1, H2 or H3 as a share of all proactive checks that took place in the window.",
    assumptions="Those of coverage. The bound 'outer' does not assume anything of the checks that are missing.",
    misleads="With few sheets the interval is wide; it is never narrower than what was counted on the street allows.",
    minimum="As for coverage: without sheets no yield is shown at all.",
    source="Manski (1990) for the outer bound; the model of coverage for the rest.",
    inputs=evidence.INPUTS,
    gate=Gate.MODEL,
    compute=compute,
)
