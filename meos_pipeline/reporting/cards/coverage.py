"""Are all checks in MEOS?"""

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting.card import Card, Question, answer, beside
from meos_pipeline.reporting.claims import Sentence
from meos_pipeline.reporting.facts import absent, claimed, course_of_measure, shown, standing
from meos_pipeline.reporting.section import Report

NEARLY_ALL = 0.97
"""From this upper bound on the answer is not 'no'."""


def build(report: Report) -> Card:
    """Coverage of the last four quarters, and without a result by quarter."""
    whole = report.results.rolling("coverage")
    said, period = _answer(report)
    chart = course_of_measure(report, "coverage", "coverage")
    change = [f for f in report.results.all("coverage_change") if not f.series]
    return Card(
        name="coverage",
        answer=said,
        period=period,
        standing=standing(report, change[-1] if change and shown(whole) else whole),
        beside=beside(report, whole) if whole is not None and whole.is_shown else (),
        charts=(chart,) if chart else (),
        limits=(report.words("cards/questions/coverage/not"),),
    )


def _answer(report: Report) -> tuple[tuple[Sentence, ...], tuple | None]:  # type: ignore[type-arg]
    whole = shown(report.results.rolling("coverage"))
    if whole is None:
        found = report.results.rolling("coverage")
        claim = claimed(found) if found is not None else absent(report, "coverage")
        none = found is None or found.label == Label.MISSING_INPUT or found.label_reason == "no_sheets"
        return (answer(report, f"coverage/{'absent' if none else 'few'}", all=claim),), None
    all_ = claimed(whole)
    key = "nearly" if (whole.upper or 0.0) >= NEARLY_ALL else "some"
    said = [answer(report, f"coverage/{key}", all=all_)]
    parts = {s: shown(report.results.rolling("coverage", series=s)) for s in ("with_result", "without_result")}
    claims = {s.partition("_")[0]: claimed(f) for s, f in parts.items() if f is not None}
    if len(claims) == len(parts):
        said.append(answer(report, "coverage/parts", **claims))
    return tuple(said), all_.period


CARD = Question("coverage", build)
