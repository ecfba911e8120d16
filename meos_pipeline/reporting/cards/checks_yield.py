"""What do checks bring? The corrected yield leads; what MEOS alone says stands beside it; without coverage neither."""

from meos_pipeline.contracts.findings import Label
from meos_pipeline.reporting.card import Card, Question, answer, beside
from meos_pipeline.reporting.claims import Claim, Says, Sentence
from meos_pipeline.reporting.facts import absent, claimed, shown, standing
from meos_pipeline.reporting.measures import DIRECTIONS, basis_cell, basis_of
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Cell, Table, YieldBar


def build(report: Report) -> Card:
    """The yield after correction, with its bounds and what being watched would change."""
    results = report.results
    true, direction = shown(results.rolling("yield_corrected")), results.rolling("coverage_direction")
    if true is None:
        found = results.rolling("yield_corrected")
        claim = claimed(found) if found is not None else absent(report, "coverage")
        outer = _outer(report)
        said = answer(report, f"checks_yield/{'left_empty' if outer else 'unknown'}", y=claim)
        limits = (report.words("cards/questions/checks_yield/not"),)
        return Card(
            name="checks_yield",
            answer=(said,),
            period=None,
            standing=standing(report, found),
            more=outer,
            limits=limits,
        )
    chart = yield_bar(report, "checks_yield", report.results)
    return Card(
        name="checks_yield",
        answer=(_answer(report, true, direction),),
        period=(true.period_start, true.period_end),
        standing=standing(report, direction or true),
        beside=beside(report, true),
        charts=(chart,) if chart else (),
        more=_more(report),
        limits=(report.words("cards/questions/checks_yield/not"),),
    )


def _answer(report: Report, true: Finding, direction: Finding | None) -> Sentence:
    """Rules R1 to R4: one direction for sentence, figure and note."""
    recorded = shown(report.results.rolling("yield_corrected", series="recorded"))
    claims = {"y": claimed(true)}
    if recorded is not None:
        claims["recorded"] = claimed(recorded)
    label = Label(direction.label) if direction is not None else Label.UNDECIDED
    rule = DIRECTIONS.get(label, "open") if recorded is not None else "alone"
    if rule in {"too_high", "too_low"} and direction is not None:
        claims["direction"] = claimed(direction, says=Says.DIFFERENCE)
    elif direction is not None:
        claims["direction"] = Claim(
            measure="coverage_direction",
            population="seen",
            period=(direction.period_start, direction.period_end),
            verdict=claimed(direction).verdict,
            says=Says.STATE,
            team=direction.team,
        )
    return answer(report, f"checks_yield/{rule}", **claims)


def _more(report: Report) -> tuple[Sentence, ...]:
    """The coverage that was reckoned with, the outer bound, and the line on being watched."""
    results = report.results
    said: list[Sentence] = []
    without = shown(results.rolling("coverage", series="without_result"))
    claim = claimed(without) if without is not None else absent(report, "coverage")
    said.append(answer(report, f"checks_yield/{'coverage' if without is not None else 'no_coverage'}", c=claim))
    said += _outer(report)
    watched = shown(results.rolling("yield_corrected", series="watched"))
    if watched is not None:
        said.append(answer(report, "checks_yield/watched", y=claimed(watched)))
    direction = results.rolling("coverage_direction")
    if direction is not None and direction.needed and direction.label not in DIRECTIONS:
        extra = {"needed": report.words.notation.number(direction.needed)}
        said.append(answer(report, "checks_yield/needed", extra))
    return tuple(said)


def _outer(report: Report) -> tuple[Sentence, ...]:
    outer = report.results.rolling("yield_corrected", series="outer")
    if outer is None or outer.lower is None or outer.upper is None:
        return ()
    return (answer(report, "checks_yield/outer", bound=claimed(outer)),)


def yield_bar(report: Report, key: str, results: object = None) -> YieldBar | None:
    """The bar of one team's yield; nothing without coverage."""
    from meos_pipeline.reporting.results import TeamResults

    found = results if isinstance(results, TeamResults) else report.results
    true = shown(found.rolling("yield_corrected"))
    if true is None or true.estimate is None or true.lower is None or true.upper is None:
        return None
    words = report.words
    recorded = shown(found.rolling("yield_corrected", series="recorded"))
    outer = found.rolling("yield_corrected", series="outer")
    bounds = (outer.lower, outer.upper) if outer and outer.lower is not None and outer.upper is not None else None
    hundred = words.notation.hundred
    parts = [("likely", true), *([("recorded", recorded)] if recorded is not None else [])]
    rows = [
        (
            Cell(text=words(f"charts/yield_bar/rows/{name}"), is_header=True),
            Cell(text=hundred(f.estimate or 0.0), value=f.estimate),
            Cell(text="–" if f.lower is None or f.upper is None else f"{hundred(f.lower)}–{hundred(f.upper)}"),
            basis_cell(f, report),
        )
        for name, f in parts
    ]
    if bounds:
        text = f"{hundred(bounds[0])}–{hundred(bounds[1])}"
        name = Cell(text=words("charts/yield_bar/rows/outer"), is_header=True)
        rows.append((name, Cell(text="–"), Cell(text=text), basis_cell(outer, report)))
    title = words("charts/yield_bar/title")
    return YieldBar(
        key=key,
        title=title,
        description=words(
            "charts/yield_bar/description",
            middle=hundred(true.estimate),
            low=hundred(true.lower),
            high=hundred(true.upper),
            recorded=hundred(recorded.estimate or 0.0) if recorded else "–",
        ),
        caption=words("charts/yield_bar/caption"),
        how_to_read=words("charts/yield_bar/caption"),
        table=Table(
            key=key,
            caption=title,
            columns=tuple(words(f"page/columns/{c}") for c in ("measure", "value", "margin", "basis")),
            rows=tuple(rows),
            numeric=frozenset({1}),
        ),
        outer=bounds,
        likely=(true.lower, true.estimate, true.upper),
        recorded=recorded.estimate if recorded else None,
        basis=basis_of(true, report),
    )


CARD = Question("checks_yield", build)
