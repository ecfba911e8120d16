"""What checks yield, never without coverage beside it and the direction of the bias in words."""

from datetime import date

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.reporting.measures import (
    basis_cell,
    basis_of,
    caveats,
    count_cell,
    margin_text,
    measure_table,
    state_of,
    value_text,
    why_silent,
)
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.silence import drawn_and_silent
from meos_pipeline.reporting.spec import Bars, Block, Cell, Forest, Mark, Scale, State, Table
from meos_pipeline.reporting.views import one_of, stepped
from meos_pipeline.reporting.yearly import yearly_table

MEASURES = (
    ("coverage", "", ""),
    ("coverage", "", "without_result"),
    ("yield_corrected", "", ""),
    ("yield_corrected", "", "recorded"),
    ("yield_strict", "", ""),
    ("yield_broad", "", ""),
    ("related_hits", "", ""),
    ("information_only", "", ""),
    ("warning_heeded", "", ""),
)
SPLITS = (("yield_by_reason", "reason"), ("yield_by_block", "block"), ("yield_by_legal_basis", "legal_basis"))


def build(report: Report) -> Block:
    """Strict and broad yield, the band, results, and yield per reason."""
    results = report.results
    said = [report.say("effectiveness/recorded")]
    splits = [c for c in (_split(report, *split) for split in SPLITS) if c is not None]
    named = [(report.words(f"page/columns/{c.key.rpartition('-')[2]}"), c) for c in splits]
    charts = [c for c in (_results(report), one_of(named)) if c is not None]
    return Block(
        name="effectiveness",
        heading=report.say("effectiveness/heading"),
        sentences=tuple(said),
        charts=tuple(charts),
        tables=(measure_table(report, "effectiveness", MEASURES), *_yearly(report), *(c.table for c in splits[1:])),
        notes=caveats(
            [results.rolling("yield_strict"), results.rolling("yield_broad"), results.rolling("related_hits")],
            report.words,
        ),
        terms=("yield", "coverage", "margin"),
    )


def _yearly(report: Report) -> tuple[Table, ...]:
    """Yields from year to year, with the reminder that they are of what was recorded."""
    beside = report.say("effectiveness/recorded")
    return yearly_table(report, "effectiveness", ("yield_broad", "yield_strict"), note=beside)


def _results(report: Report) -> Bars | None:
    """Results of the report month; alive, month after month."""
    months = {c.period_start for c in report.results.counts.get("result", ())}
    if report.month not in months:
        return None
    return stepped(
        (month for month in months if month <= report.month),
        lambda month: _results_of(report, month),
        report.words.notation.month,
    )


def _results_of(report: Report, month: date) -> Bars:
    words = report.words
    counts = {c.category: c for c in report.results.at("result", month)}
    ordered = [counts[c] for c in PARTITIONS["result"].categories if c in counts]
    marks = tuple(
        Mark(
            label=words.code("result", c.category),
            value=None if c.is_small else c.n,
            reference=c.reference,
            state=State.SMALL if c.is_small else State.ORDINARY,
        )
        for c in ordered
    )
    rows = tuple(
        (Cell(text=m.label, is_header=True), count_cell(c, report)) for m, c in zip(marks, ordered, strict=True)
    )
    table = Table(
        key="effectiveness-results",
        caption=report.say("effectiveness/results/table"),
        rows=rows,
        columns=(words("page/columns/result"), words("page/columns/checks")),
        numeric=frozenset({1}),
    )
    return Bars(
        key="effectiveness-results",
        title=report.say("effectiveness/results/title"),
        marks=marks,
        table=table,
        description=report.say("effectiveness/results/description"),
        how_to_read=words("charts/bars/how"),
        caption=report.say("effectiveness/results/caption", month=words.notation.month(month)),
    )


def _split(report: Report, statistic: str, kind: str) -> Forest | None:
    words = report.words
    strata = sorted({f.stratum for f in report.results.all(statistic) if f.stratum})
    found = [(s, report.results.rolling(statistic, stratum=s)) for s in strata]
    kept = [(s, f) for s, f in found if f is not None and (f.is_shown or (f.n or 0) > 0 or kind != "legal_basis")]
    if not any(f.is_shown for _, f in kept):
        return None
    marks = tuple(
        Mark(
            label=words.code(f.kind[0], f.kind[1]),
            value=f.estimate if f.is_shown else None,
            state=state_of(f),
            low=f.lower if f.is_shown else None,
            high=f.upper if f.is_shown else None,
            note="" if f.is_shown else words(f"charts/states/{state_of(f)}"),
            x=float(f.n or 0) if f.is_shown else None,
            basis=basis_of(f, report),
        )
        for _, f in kept
    )
    rows = tuple(
        (
            Cell(text=m.label, is_header=True),
            Cell(text=value_text(f, words), value=f.estimate) if f.is_shown else Cell(text="–", state=state_of(f)),
            Cell(text=margin_text(f, words) if f.is_shown else why_silent(f, words)),
            basis_cell(f, report),
        )
        for m, (_, f) in zip(marks, kept, strict=True)
    )
    drawn, silent = drawn_and_silent(marks)
    where = f"effectiveness/{kind}"
    table = Table(
        key=f"effectiveness-{kind}",
        caption=report.say(f"{where}/table"),
        rows=rows,
        numeric=frozenset({1}),
        columns=tuple(words(f"page/columns/{c}") for c in (kind, "yield", "margin", "basis")),
    )
    return Forest(
        key=f"effectiveness-{kind}",
        title=report.say(f"{where}/title"),
        description=report.say(f"{where}/description"),
        caption=report.say(f"{where}/caption"),
        how_to_read=words("charts/forest/how_share"),
        table=table,
        marks=drawn,
        scale=Scale.SHARE,
        axis=words("charts/forest/axis_share"),
        silent=silent,
    )


SECTION = Section("effectiveness", build)
