"""What a chart, a table or a block says, before anyone draws it. One specification, four outputs."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from meos_pipeline.contracts.findings import Verdict
from meos_pipeline.reporting.claims import Passage, Said, Sentence


class State(StrEnum):
    """What may be said of a number: the five verdicts, and a count too small to show. Each differs in word and shape."""

    ORDINARY = Verdict.ORDINARY.value
    SIGNAL = Verdict.SIGNAL.value
    NOT_YET = Verdict.NOT_YET.value
    TOO_FEW = Verdict.TOO_FEW.value
    NOT_IN_SOURCE = Verdict.NOT_IN_SOURCE.value
    SMALL = "small"
    """Under the smallest shown count."""


class Scale(StrEnum):
    """How an axis and its values are written."""

    SHARE = "share"
    NUMBER = "number"
    RATIO = "ratio"
    POINTS = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table: what is read, what a spreadsheet gets, and where it comes from."""

    text: str
    value: float | None = None
    state: State | None = None
    reference: str = ""
    """``data-cell`` of the released cell, when it is one."""
    is_header: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table for readers. Columns with numbers are aligned right."""

    key: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numeric: frozenset[int] = frozenset()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something that happened on a day: an action of the team, or a break in the series."""

    day: date
    number: int
    title: str
    is_break: bool = False
    kind: str = "other"
    """Of an action: agreement, training, area_search or other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One period of a trend; ``None`` where there is nothing to show."""

    start: date
    value: float | None
    centre: float | None = None
    end: date | None = None
    """Last day of the period, where it is no month."""
    low: float | None = None
    high: float | None = None
    has_limits: bool = False
    """Whether ``low`` and ``high`` are what is usual, and not the margin of the value."""
    state: State = State.ORDINARY
    basis: str = ""
    """On how many checks it rests, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One row, dot or tile."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    state: State = State.ORDINARY
    is_own: bool = True
    is_named: bool = True
    x: float | None = None
    other: float | None = None
    note: str = ""
    reference: str = ""
    basis: str = ""
    """On how many checks it rests, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Limits of a funnel at one volume."""

    x: float
    inner_low: float
    inner_high: float
    outer_low: float
    outer_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What all charts have."""

    key: str
    title: str
    description: str
    """Alternative text: what the picture shows, in a sentence or two."""
    caption: str
    how_to_read: str
    table: Table
    axis: str = ""
    finding: tuple[Said, ...] = ()
    """What it shows, in sentences above it."""
    limits: tuple[str, ...] = ()
    """What it compares and does not show, in sentences below it."""
    silent: tuple[str, ...] = ()
    """Rows of the table that are not drawn, for nothing can be said of them; they are named below it."""
    own_view: str = ""
    """Name of this chart among its views."""
    views: tuple[tuple[str, "Chart"], ...] = ()
    """The same question of other periods or beside others, for who makes the figure live: name and chart."""
    is_stepped: bool = False
    """Whether the views follow each other in time, newest first: a slider in place of a list."""
    extent: tuple[float, float] | None = None
    """Ends of the axis of its values, where charts that lie beside each other share one; else they follow from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend(Chart):
    """A value per month with its centre line and limits: p, u or XmR chart."""

    moments: tuple[Moment, ...]
    scale: Scale
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Funnel(Chart):
    """Teams by volume, with limits widened for over-dispersion."""

    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    centre: float
    scale: Scale = Scale.SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Forest(Chart):
    """Estimates with intervals below each other; ratios on a log axis around 'equal'."""

    marks: tuple[Mark, ...]
    scale: Scale = Scale.RATIO
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dumbbell(Chart):
    """Two values per row: before (``other``) and after (``value``)."""

    marks: tuple[Mark, ...]
    before: str = ""
    after: str = ""
    scale: Scale = Scale.SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars(Chart):
    """Counts or shares below each other; suppressed ones stay visible."""

    marks: tuple[Mark, ...]
    scale: Scale = Scale.NUMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Heatmap(Chart):
    """Rows by columns with printed numbers."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    marks: tuple[tuple[Mark, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiples(Chart):
    """Small trends on one scale, in alphabetical order."""

    panels: tuple[tuple[str, tuple[Moment, ...]], ...]
    scale: Scale = Scale.SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles(Chart):
    """Areas as tiles, or as the site's own shapes."""

    marks: tuple[Mark, ...]
    places: tuple[tuple[int, int], ...]
    shapes: tuple[tuple[tuple[float, float], ...], ...] = ()
    """Outline per mark, already planar (RD); empty for a tile map."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course(Chart):
    """One figure through time, each point with its margin (``low`` to ``high``); never a line across a break."""

    moments: tuple[Moment, ...]
    scale: Scale = Scale.SHARE
    flags: tuple[Flag, ...] = ()
    by: str = "quarter"
    """Length of a period: 'quarter' or 'month'."""
    is_small: bool = False
    """A line for a cell of a matrix: no axis, no words; its number stands beside it."""
    band: tuple[float, float] | None = None
    """Between what the last period usually lies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldBar(Chart):
    """One bar of a hundred checks: at most from ``outer`` to ``outer``, probably ``likely``, recorded an open arrow."""

    outer: tuple[float, float] | None
    likely: tuple[float, float, float] | None
    """Low, middle, high."""
    recorded: float | None
    basis: str = ""
    """On how many checks it rests, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeYield(Chart):
    """How often (``x``) beside how often with a result (``value``, margin), ordered by volume."""

    marks: tuple[Mark, ...]
    heads: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardsticks(Chart):
    """A row per group, a mark per yardstick on one axis of ratios; the shape says which yardstick."""

    rows: tuple[tuple[str, tuple[Mark | None, ...]], ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside(Chart):
    """Own figure with its margin, the other teams as ticks without names; a row per measure."""

    marks: tuple[Mark, ...]
    others: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs(Chart):
    """Two figures per row, each with its margin: last month and this, before and after, us and others."""

    rows: tuple[tuple[str, Mark, Mark], ...]
    names: tuple[str, str]
    scale: Scale = Scale.SHARE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hundred(Chart):
    """A hundred squares: black up to ``low``, hatched to ``high``, the rest open. Made for paper."""

    low: float
    high: float
    names: tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall(Chart):
    """What came in, what each step took away, and what was left.

    A step's ``value`` is its size and its ``other`` where it starts; what was taken away is not ``is_own``.
    """

    steps: tuple[Mark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One section of a page, ready for the template."""

    name: str
    heading: str
    sentences: tuple[Said, ...] = ()
    open_tables: tuple[Table, ...] = ()
    """Tables that are read with the text."""
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    """Tables to look something up in; they are folded."""
    notes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    """A list: what happened, what to ask."""
    numbered: bool = False
    terms: tuple[str, ...] = field(default=())
    """Names of glossary entries that a reader may need here."""

    def passage(self) -> Passage:
        """The section as the statement check reads it: all that it claims is of one period."""
        told = [s for chart in self.charts if isinstance(chart, Forest) for s in chart.finding]
        sentences = (*self.sentences, *told)
        periods = [c.period for s in sentences if isinstance(s, Sentence) for c in s.claims.values()]
        return Passage(name=self.name, sentences=sentences, period=periods[0] if periods else None)
