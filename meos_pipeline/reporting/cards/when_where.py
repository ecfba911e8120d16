"""When and where do we check, and which shift is joined next? Never the busiest: shifts are drawn by lot."""

from datetime import date, timedelta

from meos_pipeline.contracts.findings import Unit, Verdict
from meos_pipeline.reporting.card import Card, Question, answer
from meos_pipeline.reporting.claims import Claim, Says, Sentence
from meos_pipeline.reporting.facts import absent
from meos_pipeline.reporting.results import Count
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.sections.where_when import UNKNOWN, areas, heatmap
from meos_pipeline.reporting.spec import State


def build(report: Report) -> Card:
    """The moment and the area with most checks; the heat map and the areas."""
    words, results = report.words, report.results
    blocks = [c for c in results.latest("weekday_block") if UNKNOWN not in c.category]
    places = [c for c in results.latest("area") if c.category != UNKNOWN]
    said: list[Sentence] = []
    if top := _most(blocks):
        day, _, block = top.category.partition("|")
        extra = {"day": words.code("weekday", day), "block": words.code("block", block)}
        said.append(answer(report, "when_where/moment", extra, m=_claim(top)))
    else:
        said.append(answer(report, "when_where/no_moment", m=absent(report, "weekday_block")))
    if place := _most(places):
        said.append(answer(report, "when_where/place", {"area": report.area(place.category)}, a=_claim(place)))
    charts = [c for c in (heatmap(report), areas(report)) if c is not None]
    first = top or _most(places)
    counted = bool(first)
    state = State.NOT_YET if counted else State.TOO_FEW
    text = words("cards/questions/when_where/counted") if counted else words(f"charts/states/{state}")
    return Card(
        name="when_where",
        answer=(*said, words("cards/questions/when_where/join")),
        period=(first.period_start, _end(first.period_start)) if first else None,
        standing=(state, text),
        charts=tuple(charts),
        more=_drawn(report),
        limits=(words("cards/questions/when_where/not"),),
    )


def _drawn(report: Report) -> tuple[str, ...]:
    """The shifts that were drawn, or how to get them; and why nobody picks them."""
    words = report.words
    why = words("cards/questions/when_where/why_drawn")
    if not report.drawn:
        return (words("cards/questions/when_where/ask"), why)
    shifts = [
        words(
            "cards/questions/when_where/shift", day=words.notation.day(s.day), block=words.code("shift_block", s.block)
        )
        for s in sorted(report.drawn, key=lambda s: (s.day, s.block))
    ]
    return (words("cards/questions/when_where/drawn", shifts="; ".join(shifts)), why)


def _most(counts: list[Count]) -> Count | None:
    shown = [c for c in counts if not c.is_small and c.n > 0]
    return min(shown, key=lambda c: (-c.n, c.category)) if shown else None


def _end(start: date) -> date:
    months = start.year * 12 + start.month + 2
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _claim(count: Count) -> Claim:
    return Claim(
        measure=count.partition,
        population="proactive",
        period=(count.period_start, _end(count.period_start)),
        verdict=Verdict.NOT_YET,
        says=Says.MOST,
        team=count.team,
        part=count.category,
        unit=Unit.COUNT,
        value=float(count.n),
        n=count.n,
    )


CARD = Question("when_where", build)
