"""Can we explain every check? File complete and reason told, this month."""

from meos_pipeline.reporting.card import Card, Question, answer, beside
from meos_pipeline.reporting.claims import Claim, Said
from meos_pipeline.reporting.facts import absent, claimed, course_of_measure, judged_of_month, shown, standing
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report

MEASURES = ("dossier_complete", "explanation_given")


def build(report: Report) -> Card:
    """Two shares of the month; the line is of the reason told."""
    said: list[Said] = []
    first: Finding | None = None
    for measure in MEASURES:
        found = of_month(report, measure)
        first = first or found
        claim: Claim = claimed(found) if found is not None else _silent(report, measure)
        key = measure if found is not None else f"{measure}_silent"
        said.append(answer(report, f"explain/{key}", s=claim))
    told = of_month(report, "explanation_given")
    chart = course_of_measure(report, "explain", "explanation_given")
    return Card(
        name="explain",
        answer=tuple(said),
        period=(first.period_start, first.period_end) if first is not None else None,
        standing=standing(report, judged_of_month(report, "explanation_given")),
        beside=beside(report, told) if told is not None else (),
        charts=(chart,) if chart else (),
        limits=(report.words("cards/questions/explain/not"),),
        link=(report.words("cards/questions/explain/link"), "accountability"),
    )


def of_month(report: Report, measure: str) -> Finding | None:
    """The figure of the report month, when it may be shown."""
    found = report.results.newest(measure)
    return shown(found) if found is not None and found.period_start == report.month else None


def _silent(report: Report, measure: str) -> Claim:
    found = report.results.newest(measure)
    return claimed(found) if found is not None and not found.is_shown else absent(report, measure)


CARD = Question("explain", build)
