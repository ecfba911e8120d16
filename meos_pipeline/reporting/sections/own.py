"""Figures that the site declared itself (``house/own/``): the same charts, the same released numbers."""

import dataclasses
from datetime import date

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.reporting.facts import course_of_measure
from meos_pipeline.reporting.measures import caveats, count_cell, measure_table
from meos_pipeline.reporting.own import Kind, OwnFigure, with_leads
from meos_pipeline.reporting.results import Count
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Bars, Block, Cell, Chart, Mark, State, Table
from meos_pipeline.reporting.views import stepped
from meos_pipeline.reporting.workbench import category_name, partition_name

NAME = "own"


def build(report: Report) -> Block | None:
    """Every own figure of which this team has a number; nothing when the site declared none."""
    if not report.own:
        return None
    charts = [chart for figure in report.own if (chart := _chart(figure, report)) is not None]
    tables = [_table(figure, report) for figure in report.own if figure.kind is Kind.TABLE]
    measures = [name for figure in report.own if figure.kind is not Kind.BARS for name in figure.shows]
    return Block(
        name=NAME,
        heading=report.say(f"{NAME}/heading"),
        sentences=(report.say(f"{NAME}/note"),) if charts or tables else (report.say(f"{NAME}/nothing"),),
        open_tables=tuple(tables),
        charts=tuple(charts),
        notes=caveats([report.results.rolling(name) for name in measures], report.words),
        terms=("coverage", "margin", "rounded"),
    )


def _chart(figure: OwnFigure, report: Report) -> Chart | None:
    if figure.kind is Kind.BARS:
        counts = report.results.counts.get(figure.shows[0], ())
        return stepped(
            (count.period_start for count in counts),
            lambda start: _bars(figure, report, start),
            lambda start: _period(figure, report, start),
        )
    if figure.kind is Kind.LINE:
        line = course_of_measure(report, f"{NAME}-{figure.name}", figure.shows[0])
        if line is None:
            return None
        title = figure.title[report.words.language]
        table = dataclasses.replace(line.table, caption=title)
        caption = f"{line.title}. {line.caption}"
        return dataclasses.replace(line, title=title, caption=caption, table=table)
    return None


def _period(figure: OwnFigure, report: Report, start: date) -> str:
    notation = report.words.notation
    if PARTITIONS[figure.shows[0]].period == "month":
        return notation.month(start)
    return notation.period(start, date(start.year, start.month + 2, 1))


def _bars(figure: OwnFigure, report: Report, start: date) -> Bars:
    (partition,), words = figure.shows, report.words
    order = PARTITIONS[partition].categories
    counts = report.results.at(partition, start)
    ordered = sorted(counts, key=lambda c: (order.index(c.category) if c.category in order else len(order), c.category))
    marks = tuple(_mark(count, report) for count in ordered)
    title = figure.title[words.language]
    key = f"{NAME}-{figure.name}"
    table = Table(
        key=key,
        caption=title,
        columns=(partition_name(partition, words), words("workbench/sheet/counts")),
        rows=tuple(
            (Cell(text=mark.label, is_header=True), count_cell(count, report))
            for mark, count in zip(marks, ordered, strict=True)
        ),
        numeric=frozenset({1}),
    )
    what, period = partition_name(partition, words), _period(figure, report, start)
    return Bars(
        key=key,
        title=title,
        description=report.say(f"{NAME}/bars/description", what=what),
        caption=report.say(f"{NAME}/bars/caption", what=words.capital(what), period=period),
        how_to_read=words("charts/bars/how"),
        table=table,
        marks=marks,
    )


def _mark(count: Count, report: Report) -> Mark:
    label = category_name(count.partition, count.category, report.words)
    if count.partition == "area":
        label = report.area(count.category)
    return Mark(
        label=report.words.capital(label),
        value=None if count.is_small else count.n,
        state=State.SMALL if count.is_small else State.ORDINARY,
        reference=count.reference,
    )


def _table(figure: OwnFigure, report: Report) -> Table:
    rows = tuple((name, "", "") for name in with_leads(figure.shows))
    made = measure_table(report, NAME, rows)
    return dataclasses.replace(made, key=f"{NAME}-{figure.name}", caption=figure.title[report.words.language])


SECTION = Section(NAME, build)
