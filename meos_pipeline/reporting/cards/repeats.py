"""Do we check the same people often?"""

from meos_pipeline.reporting.card import Card, Question, answer, beside
from meos_pipeline.reporting.facts import absent, claimed, shown, standing
from meos_pipeline.reporting.measures import basis_cell, basis_of, title_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Beside, Cell, Mark, Table

WINDOW = "window=30"


def build(report: Report) -> Card:
    """Repeats within thirty days, of persons and of vehicles."""
    words, results = report.words, report.results
    person = shown(results.rolling("repeat_persons", stratum=WINDOW))
    limits = (words("cards/questions/repeats/not"),)
    if person is None:
        found = results.rolling("repeat_persons", stratum=WINDOW)
        claim = claimed(found) if found is not None else absent(report, "repeat_persons")
        said = (answer(report, "repeats/unknown", r=claim),)
        return Card(name="repeats", answer=said, period=None, standing=standing(report, found), limits=limits)
    vehicle = shown(results.rolling("repeat_vehicles", stratum=WINDOW))
    excess = shown(results.rolling("repeat_excess"))
    more = [answer(report, "repeats/excess", e=claimed(excess))] if excess is not None else []
    return Card(
        name="repeats",
        answer=(answer(report, "repeats/persons", r=claimed(person)),),
        period=(person.period_start, person.period_end),
        standing=standing(report, excess or person),
        beside=beside(report, person),
        charts=(_chart(report, [f for f in (person, vehicle) if f is not None]),),
        more=tuple(more),
        limits=limits,
        link=(words("cards/questions/repeats/link"), "repeats"),
    )


def _chart(report: Report, found: list[Finding]) -> Beside:
    words, hundred = report.words, report.words.notation.hundred
    title = words("charts/repeats/title")
    rows = tuple(
        (
            Cell(text=title_of(f.statistic, words), is_header=True),
            Cell(text=hundred(f.estimate or 0.0), value=f.estimate),
            Cell(text=f"{hundred(f.lower or 0.0)}–{hundred(f.upper or 0.0)}"),
            basis_cell(f, report),
        )
        for f in found
    )
    return Beside(
        key="repeats",
        title=title,
        description=words("charts/repeats/description"),
        caption=words("charts/repeats/caption"),
        how_to_read=words("charts/repeats/caption"),
        table=Table(
            key="repeats",
            caption=title,
            columns=tuple(words(f"page/columns/{c}") for c in ("measure", "value", "margin", "basis")),
            rows=rows,
            numeric=frozenset({1}),
        ),
        marks=tuple(
            Mark(
                label=title_of(f.statistic, words),
                value=f.estimate,
                low=f.lower,
                high=f.upper,
                basis=basis_of(f, report),
            )
            for f in found
        ),
        others=tuple(() for _ in found),
    )


CARD = Question("repeats", build)
