"""Are all checks in MEOS? Coverage, completeness and volume, in that order."""

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
YEARLY = ("registrations_per_100_shifts", "zero_result_share", "timeliness")


def build(report: Report) -> Block:
    """Registrations by month, what stays empty, and all measures of use."""
    results = report.results
    said: list[str] = []
    charts = [c for c in (trend(report, "registrations_per_100_shifts", "use"), _completeness(report)) if c is not None]
    if len(charts) > 1 and isinstance(charts[1], Bars) and (most := _emptiest(charts[1])):
        said.append(
            report.say(
                "use/emptiest",
                field=report.words.capital(most.label),
                value=report.words.notation.of_hundred(1 - (most.value or 0)),
            )
        )
    return Block(
        name="use",
        heading=report.say("use/heading"),
        sentences=tuple(said),
        charts=tuple(charts),
        tables=(measure_table(report, "use", MEASURES), *yearly_table(report, "use", YEARLY)),
        notes=caveats([results.rolling("registrations_per_100_shifts"), results.rolling("coverage")], report.words),
        terms=("coverage", "margin", "proactive"),
    )


def _emptiest(chart: Bars) -> Mark | None:
    shown = [m for m in chart.marks if m.value is not None]
    return min(shown, key=lambda m: m.value or 0.0) if shown else None


def _completeness(report: Report) -> Bars | None:
    words = report.words
    strata = sorted({f.stratum for f in report.results.all("completeness") if f.stratum})
    found = [(s, report.results.rolling("completeness", stratum=s)) for s in strata]
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
