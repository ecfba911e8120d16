"""Do we check the same people often?"""

from meos_pipeline.reporting.card import Card, Question, answer, beside
from meos_pipeline.reporting.claims import Says, Sentence, margin, number
from meos_pipeline.reporting.facts import absent, claimed, shown, standing
from meos_pipeline.reporting.measures import basis_cell, basis_of, state_of, title_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Beside, Cell, Mark, State, Table

ABOVE, WINDOW = "repeat_excess", "window=30"
PARTS = ("seen", "chance")
"""Series of the excess, in the order in which they are told."""


def build(report: Report) -> Card:
    """Follow-ups above chance in the last whole year; without that, repeats within thirty days."""
    words, results = report.words, report.results
    found = {m: shown(results.rolling(m, stratum=WINDOW)) for m in ("repeat_persons", "repeat_vehicles")}
    drawn = [f for f in found.values() if f is not None]
    excess, person = shown(results.rolling(ABOVE)), found["repeat_persons"]
    headline = excess or person
    limits = (words("cards/questions/repeats/not"),)
    if headline is None:
        silent = results.rolling(ABOVE) or results.rolling("repeat_persons", stratum=WINDOW)
        claim = claimed(silent) if silent is not None else absent(report, "repeat_persons")
        said = (answer(report, "repeats/unknown", r=claim),)
        return Card(name="repeats", answer=said, period=None, standing=standing(report, silent), limits=limits)
    return Card(
        name="repeats",
        answer=(_above_chance(report, excess) if excess else answer(report, "repeats/persons", r=claimed(headline)),),
        period=(headline.period_start, headline.period_end),
        standing=standing(report, headline),
        beside=beside(report, headline) if excess is None else (),
        charts=_charts(report, excess, drawn),
        limits=limits,
        link=(words("cards/questions/repeats/link"), "repeats"),
    )


def _above_chance(report: Report, excess: Finding) -> Sentence:
    """Follow-ups seen, by chance, and the difference with its margin."""
    more = state_of(excess) is State.SIGNAL
    claims = {"e": claimed(excess, says=Says.DIFFERENCE if more else Says.VALUE)}
    parts = _parts(report)
    for series in PARTS:
        claims[series] = claimed(parts[series]) if series in parts else absent(report, ABOVE)
    return answer(report, f"repeats/{'more' if more else 'about_chance'}", **claims)


def _parts(report: Report) -> dict[str, Finding]:
    """Repeats seen and by chance, per 100 checks."""
    found = {series: shown(report.results.rolling(ABOVE, series=series)) for series in PARTS}
    return {series: f for series, f in found.items() if f is not None}


def _charts(report: Report, excess: Finding | None, repeats: list[Finding]) -> tuple[Beside, ...]:
    """The figures that the answer tells: seen beside chance, or without those the repeats of persons and vehicles."""
    words = report.words
    if excess is None:
        marks = [(title_of(f.statistic, words), f, f.estimate) for f in repeats]
        return (_chart(report, "caption", marks),) if marks else ()
    marks = [(words(f"charts/repeats/{s}"), f, (f.estimate or 0.0) / 100) for s, f in _parts(report).items()]
    return (_chart(report, "chance_caption", marks),) if marks else ()


def _chart(report: Report, caption: str, found: list[tuple[str, Finding, float | None]]) -> Beside:
    """One row per figure: its name, the finding, and its value of one."""
    words = report.words
    title, first = words("charts/repeats/title"), found[0][1]
    told = words(f"charts/repeats/{caption}", period=words.notation.period(first.period_start, first.period_end))
    rows = tuple(
        (
            Cell(text=name, is_header=True),
            Cell(text=number(claimed(f), words), value=value),
            Cell(text=margin(claimed(f), words).strip(" ()") or "–"),
            basis_cell(f, report),
        )
        for name, f, value in found
    )
    return Beside(
        key="repeats",
        title=title,
        description=words("charts/repeats/description"),
        caption=told,
        how_to_read=told,
        table=Table(
            key="repeats",
            caption=title,
            columns=tuple(words(f"page/columns/{c}") for c in ("measure", "value", "margin", "basis")),
            rows=rows,
            numeric=frozenset({1}),
        ),
        marks=tuple(
            Mark(
                label=name,
                value=value,
                low=f.lower,
                high=f.upper,
                basis=basis_of(f, report),
            )
            for name, f, value in found
        ),
        others=tuple(() for _ in found),
    )


CARD = Question("repeats", build)
