"""Does the record make the yield look higher or lower than it is?"""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import Label, Unit
from meos_pipeline.statistics import evidence, spoken
from meos_pipeline.statistics.findings import findings_of
from meos_pipeline.statistics.methods.evidence import Direction
from meos_pipeline.statistics.statistic import Context, Gate, Statistic, Theme

NAME = "coverage_direction"
LABELS = {
    Direction.TOO_HIGH: Label.SIGNAL_HIGH,
    Direction.TOO_LOW: Label.SIGNAL_LOW,
    Direction.ALIKE: Label.USUAL,
    Direction.UNKNOWN: Label.NOT_YET_JUDGED,
}


def compute(tables: Mapping[str, pl.DataFrame], context: Context) -> pl.DataFrame:
    """Ratio of coverage with a result to coverage without; its label says which way the recorded yield errs.

    A direction that is not there when watching is taken off is not said. Sheets that are still needed are told while
    there are fewer than a plan asks for: above that, what is not said is small.
    """
    found = spoken.spoken(tables, context)
    needed = spoken.sheets_wanted(found, context)[0]
    rows = found.silent_rows(needed)
    for team in found.teams:
        assert found.district is not None  # noqa: S101 - there are teams
        window, tail = found.district.window(team), 1 - found.district.certain(context)
        seen = found.district.direction(team, context)
        survives = seen is found.district.direction(team, context, unwatched=True)
        label = LABELS[seen] if survives else Label.NOT_YET_JUDGED
        sheets = found.district.rests_on(team)[3]
        is_open = label is Label.NOT_YET_JUDGED
        reason = "" if not is_open else "not_sure" if seen is Direction.UNKNOWN else "not_when_watched"
        rows.append(
            found.rests_on(team)
            | spoken.margins(window.with_result / window.without_result, context, tails=(tail, tail))
            | {"label": label.value, "label_reason": reason, "needed": needed if is_open and sheets < needed else None}
        )
    return findings_of(
        pl.DataFrame(rows, infer_schema_length=None),
        statistic=NAME,
        unit=Unit.RATIO,
        caveats=spoken.CAVEATS,
        method="evidence_grid",
        reference="without_result",
    )


STATISTIC = Statistic(
    name=NAME,
    theme=Theme.EFFECTIVENESS,
    question="Is the recorded yield too high or too low?",
    question_nl="Is de opbrengst in MEOS te hoog of te laag?",
    estimand="Coverage with a result divided by coverage without, over the window; the margin leaves out 1 exactly when "
    "one of the two is surely higher by the rule.",
    assumptions="Those of coverage. A side is named when it has more than 95% probability (97.5% with fewer than "
    "four counted teams), also when watched officers close 30% of the gap.",
    misleads="'Not yet judged' is not 'about equal': with few sheets a large difference goes unseen.",
    minimum="As for coverage.",
    source="The rule follows from measured errors: see the statistics appendix.",
    inputs=evidence.INPUTS,
    gate=Gate.MODEL,
    compute=compute,
)
