"""The yield of all checks, recorded or not; what the record shows stands beside it."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import evidence, spoken
from meos_pipeline.statistics.effectiveness import left_empty
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.methods.evidence import outer_bound
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "yield_corrected"


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Yield of all checks (''), of recorded ones ('recorded'), with watching taken off ('watched'), and 'outer'.

    'outer' has bounds and no estimate: nothing within them is likelier.
    """
    found = spoken.spoken(tables, context)
    rows = found.silent_rows(spoken.sheets_wanted(found, context)[1])
    for team in found.teams:
        assert found.district is not None  # noqa: S101 - there are teams
        if found.district.left_empty(team) > context.policy.result_empty_bounds:
            rows.append(found.rests_on(team) | {"label": Label.NOT_COMPARABLE.value, "label_reason": left_empty.REASON})
            continue
        window = found.district.window(team)
        same = found.rests_on(team)
        middle = spoken.margins(window.corrected_yield, context)
        lower, upper = outer_bound(window, context.policy.confidence_level)
        unwatched = found.district.window(team, unwatched=True).corrected_yield
        rows += [
            same | middle,
            same | {"series": "recorded"} | spoken.margins(window.recorded_yield, context),
            same | {"series": "watched"} | spoken.margins(unwatched, context),
            same | {"series": "outer", "lower": lower, "upper": upper},
        ]
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.SHARE,
        caveats=spoken.CAVEATS,
        method="evidence_grid",
    )


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
