"""Do we check the same people often?"""

from meos_pipeline.reporting.card import Card, Question, answer, beside
from meos_pipeline.reporting.claims import Says, Sentence
from meos_pipeline.reporting.facts import absent, claimed, shown, standing
from meos_pipeline.reporting.measures import basis_cell, basis_of, state_of, title_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Beside, Cell, Mark, State, Table

WINDOW = "window=30"


def build(report: Report) -> Card:
    """Follow-ups above chance in the last whole year; without that, repeats within thirty days."""
    words, results = report.words, report.results
    found = {m: shown(results.rolling(m, stratum=WINDOW)) for m in ("repeat_persons", "repeat_vehicles")}
    drawn = [f for f in found.values() if f is not None]
    excess, person = shown(results.rolling("repeat_excess")), found["repeat_persons"]
    headline = excess or person
    limits = (words("cards/questions/repeats/not"),)
    if headline is None:
        silent = results.rolling("repeat_excess") or results.rolling("repeat_persons", stratum=WINDOW)
        claim = claimed(silent) if silent is not None else absent(report, "repeat_persons")
        said = (answer(report, "repeats/unknown", r=claim),)
        return Card(name="repeats", answer=said, period=None, standing=standing(report, silent), limits=limits)
    return Card(
        name="repeats",
        answer=(_above_chance(report, excess) if excess else answer(report, "repeats/persons", r=claimed(headline)),),
        period=(headline.period_start, headline.period_end),
        standing=standing(report, headline),
        beside=beside(report, headline) if excess is None else (),
        charts=(_chart(report, drawn),) if drawn else (),
        limits=limits,
        link=(words("cards/questions/repeats/link"), "repeats"),
    )


def _above_chance(report: Report, excess: Finding) -> Sentence:
    """Follow-ups seen, by chance, and the difference with its margin."""
    more = state_of(excess) is State.SIGNAL
    claims = {"e": claimed(excess, says=Says.DIFFERENCE if more else Says.VALUE)}
    for series in ("seen", "chance"):
        part = report.results.rolling("repeat_excess", series=series)
        claims[series] = claimed(part) if part is not None else absent(report, "repeat_excess")
    return answer(report, f"repeats/{'more' if more else 'about_chance'}", **claims)


def _chart(report: Report, found: list[Finding]) -> Beside:
    words, hundred = report.words, report.words.notation.hundred
    title = words("charts/repeats/title")
    period = words.notation.period(found[0].period_start, found[0].period_end)
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
        caption=words("charts/repeats/caption", period=period),
        how_to_read=words("charts/repeats/caption", period=period),
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
