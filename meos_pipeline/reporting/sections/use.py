"""Are all checks in MEOS? Coverage, completeness and volume, in that order."""

import dataclasses

from meos_pipeline.reporting.claims import Says, Sentence, say
from meos_pipeline.reporting.facts import claimed
from meos_pipeline.reporting.measures import (
    basis_cell,
    basis_of,
    caveats,
    margin_text,
    measure_table,
    state_of,
    trend,
    value_text,
    why_silent,
)
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Bars, Block, Cell, Mark, Scale, Table
from meos_pipeline.reporting.yearly import yearly_table

MEASURES = (
    ("coverage", "", ""),
    ("coverage", "", "with_result"),
    ("coverage", "", "without_result"),
    ("registrations_per_100_shifts", "", ""),
    ("registrations_per_query", "", ""),
    ("zero_result_share", "", ""),
    ("timeliness", "", ""),
    ("history_consulted", "", ""),
    ("several_persons", "", ""),
    ("officers_using", "", ""),
)
FILLED = 0.9995
"""From this share on no check is left empty, as pages write it."""
YEARLY = ("registrations_per_100_shifts", "zero_result_share", "timeliness")


def build(report: Report) -> Block:
    """Registrations by month, what stays empty, and all measures of use."""
    results = report.results
    charts = [c for c in (trend(report, "registrations_per_100_shifts", "use"), _completeness(report)) if c is not None]
    return Block(
        name="use",
        heading=report.say("use/heading"),
        sentences=_emptiest(report),
        charts=tuple(charts),
        tables=(measure_table(report, "use", MEASURES), *yearly_table(report, "use", YEARLY)),
        notes=caveats([results.rolling("registrations_per_100_shifts"), results.rolling("coverage")], report.words),
        terms=("coverage", "margin", "proactive"),
    )


def _fields(report: Report) -> list[tuple[str, Finding | None]]:
    strata = sorted({f.stratum for f in report.results.all("completeness") if f.stratum})
    return [(s, report.results.rolling("completeness", stratum=s)) for s in strata]


def _emptiest(report: Report) -> tuple[Sentence, ...]:
    """Which field is left empty most often; nothing where every field is filled."""
    shown = [f for _, f in _fields(report) if f is not None and f.is_shown and f.estimate is not None]
    least = min(shown, key=lambda f: f.estimate or 0.0, default=None)
    if least is None or least.estimate is None or least.estimate >= FILLED:
        return ()
    claim = claimed(least, says=Says.MOST)
    empty = dataclasses.replace(claim, value=1 - least.estimate, lower=None, upper=None, part=f"{claim.part}|empty")
    name = report.words.capital(report.words.code(*least.kind))
    return (say(report.words, "team/sections/use/emptiest", {"field": name}, e=empty),)


def _completeness(report: Report) -> Bars | None:
    words, found = report.words, _fields(report)
    marks = [
        Mark(
            label=words.code("field", s.partition("=")[2]),
            value=f.estimate if f and f.is_shown else None,
            state=state_of(f),
            low=f.lower if f and f.is_shown else None,
            high=f.upper if f and f.is_shown else None,
            note="" if f and f.is_shown else why_silent(f, words),
            basis=basis_of(f, report),
        )
        for s, f in found
    ]
    if not marks:
        return None
    rows = tuple(
        (
            Cell(text=m.label, is_header=True),
            Cell(text=value_text(f, words), value=f.estimate) if f and f.is_shown else Cell(text=m.note, state=m.state),
            Cell(text=margin_text(f, words) if f else "–"),
            basis_cell(f, report),
        )
        for m, (_, f) in zip(marks, found, strict=True)
    )
    table = Table(
        key="use-completeness",
        caption=report.say("use/completeness/table"),
        columns=tuple(words(f"page/columns/{c}") for c in ("field", "filled", "margin", "basis")),
        rows=rows,
        numeric=frozenset({1}),
    )
    return Bars(
        key="use-completeness",
        title=report.say("use/completeness/title"),
        description=report.say("use/completeness/description"),
        caption=report.say("use/completeness/caption"),
        how_to_read=words("charts/bars/how"),
        table=table,
        marks=tuple(marks),
        scale=Scale.SHARE,
    )


SECTION = Section("use", build)
