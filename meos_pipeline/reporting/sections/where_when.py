"""When and where checks take place, and so which shift to join next month."""

import math
from datetime import date

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import PARTITIONS, WEEKDAYS
from meos_pipeline.reporting.measures import count_cell
from meos_pipeline.reporting.results import Count
from meos_pipeline.reporting.section import Report, Section
from meos_pipeline.reporting.spec import Bars, Block, Cell, Heatmap, Mark, State, Table, Tiles
from meos_pipeline.reporting.views import stepped

UNKNOWN = "unknown"


def build(report: Report) -> Block:
    """Heatmap of weekday and block, kinds of shift, areas."""
    charts = [c for c in (heatmap(report), _shift_kinds(report), areas(report)) if c is not None]
    said = [] if charts else [report.say("where_when/nothing")]
    return Block(
        name="where_when",
        heading=report.say("where_when/heading"),
        sentences=tuple(said),
        charts=tuple(charts),
        notes=(report.say("where_when/note"),),
        terms=("quarter",),
    )


def _mark(count: Count | None, label: str) -> Mark:
    if count is None or count.is_small:
        return Mark(
            label=label,
            value=None,
            state=State.SMALL if count else State.TOO_FEW,
            reference=count.reference if count else "",
        )
    return Mark(label=label, value=count.n, reference=count.reference)


def heatmap(report: Report) -> Heatmap | None:
    """Weekday by block of hours, with the number of checks; alive, quarter after quarter."""
    return stepped(
        (c.period_start for c in report.results.counts.get("weekday_block", ())),
        lambda start: _heatmap(report, start),
        lambda start: quarter(report, start),
    )


def _heatmap(report: Report, start: date) -> Heatmap:
    counts = {c.category: c for c in report.results.at("weekday_block", start)}
    words = report.words
    blocks = v.TIME_BLOCKS.categories.to_list()
    days = tuple(words.code("weekday", d) for d in WEEKDAYS)
    marks = tuple(tuple(_mark(counts.get(f"{d}|{b}"), b) for b in blocks) for d in WEEKDAYS)
    rows = tuple(
        (
            Cell(text=day, is_header=True),
            *(
                count_cell(counts[f"{d}|{b}"], report) if f"{d}|{b}" in counts else Cell(text="–", state=State.TOO_FEW)
                for b in blocks
            ),
        )
        for d, day in zip(WEEKDAYS, days, strict=True)
    )
    table = Table(
        key="where_when-blocks",
        caption=report.say("where_when/blocks/table"),
        rows=rows,
        columns=(words("page/columns/day"), *(words.code("block", b) for b in blocks)),
        numeric=frozenset(range(1, len(blocks) + 1)),
    )
    return Heatmap(
        key="where_when-blocks",
        title=report.say("where_when/blocks/title"),
        rows=days,
        columns=tuple(blocks),
        marks=marks,
        description=report.say("where_when/blocks/description"),
        how_to_read=words("charts/heatmap/how"),
        table=table,
        caption=report.say("where_when/blocks/caption", quarter=quarter(report, start)),
    )


def quarter(report: Report, start: date) -> str:
    """Name of the quarter that starts on that day."""
    return report.words.notation.period(start, date(start.year, min(start.month + 2, 12), 1))


def _shift_kinds(report: Report) -> Bars | None:
    counts = {c.category: c for c in report.results.latest("shift_kind")}
    words = report.words
    ordered = [counts[c] for c in PARTITIONS["shift_kind"].categories if c in counts]
    if not ordered:
        return None
    marks = tuple(_mark(c, words.code("shift_kind", c.category)) for c in ordered)
    rows = tuple(
        (Cell(text=m.label, is_header=True), count_cell(c, report)) for m, c in zip(marks, ordered, strict=True)
    )
    table = Table(
        key="where_when-shifts",
        caption=report.say("where_when/shifts/table"),
        rows=rows,
        columns=(words("page/columns/shift_kind"), words("page/columns/checks")),
        numeric=frozenset({1}),
    )
    return Bars(
        key="where_when-shifts",
        title=report.say("where_when/shifts/title"),
        description=report.say("where_when/shifts/description"),
        caption=report.say("where_when/shifts/caption", quarter=quarter(report, ordered[0].period_start)),
        how_to_read=words("charts/bars/how"),
        table=table,
        marks=marks,
    )


def areas(report: Report) -> Tiles | None:
    """Areas by name, with the number of checks."""
    counts = sorted(report.results.latest("area"), key=lambda c: (c.category == UNKNOWN, c.category))
    if not counts:
        return None
    words = report.words
    marks = tuple(_mark(c, report.area(c.category)) for c in counts)
    across = max(3, math.ceil(math.sqrt(len(marks) * 1.6)))
    shapes = report.shapes or {}
    known = all(c.category in shapes for c in counts if c.category != UNKNOWN) and bool(shapes)
    drawn = [(c, m) for c, m in zip(counts, marks, strict=True) if not known or c.category != UNKNOWN]
    rows = tuple(
        (Cell(text=m.label, is_header=True), count_cell(c, report)) for c, m in zip(counts, marks, strict=True)
    )
    table = Table(
        key="where_when-areas",
        caption=report.say("where_when/areas/table"),
        rows=rows,
        columns=(words("page/columns/area"), words("page/columns/checks")),
        numeric=frozenset({1}),
    )
    return Tiles(
        key="where_when-areas",
        title=report.say("where_when/areas/title"),
        description=report.say("where_when/areas/description"),
        caption=report.say("where_when/areas/caption", quarter=quarter(report, counts[0].period_start)),
        how_to_read=words("charts/tiles/how"),
        table=table,
        marks=tuple(m for _, m in drawn),
        places=tuple((i // across, i % across) for i in range(len(drawn))),
        shapes=tuple(shapes[c.category] for c, _ in drawn) if known else (),
    )


SECTION = Section("where_when", build)
