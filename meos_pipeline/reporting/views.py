"""Other views of a figure, for who makes it live: the district beside the team, and one period after the other."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from meos_pipeline.reporting.card import Card
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import (
    Bars,
    Block,
    Chart,
    Course,
    Funnel,
    Heatmap,
    Mark,
    Moment,
    Multiples,
    Tiles,
    Trend,
    Waterfall,
)

Kind = TypeVar("Kind", bound=Chart)
Part = TypeVar("Part", Block, Card)
_OF_ALL_TEAMS = (Funnel, Multiples)
"""Kinds of charts that hold every team already."""
_COUNTS = (Bars, Heatmap, Tiles, Waterfall)
"""Kinds of charts of numbers, which of all teams together are so much larger that ours would vanish beside them."""
_PERIODS = 8
"""Periods that a figure can be walked back through: two years of quarters."""


def beside_district(parts: Iterable[Part], together: Mapping[str, Chart], report: Report) -> list[Part]:
    """Sections or cards of a team, with the same figure of all teams together as another view where there is one.

    Args:
        parts: Of the team; they have ``charts``.
        together: Figures of all teams together, by their keys.
        report: Of the team, for its name and words.
    """
    return [
        dataclasses.replace(part, charts=tuple(_beside(chart, together, report) for chart in part.charts))
        for part in parts
    ]


def _beside(chart: Chart, others: Mapping[str, Chart], report: Report) -> Chart:
    other = others.get(chart.key)
    if other is None or type(other) is not type(chart) or isinstance(chart, _OF_ALL_TEAMS) or chart.is_stepped:
        return chart
    if other == chart or (isinstance(other, Course | Trend) and _is_point(other)):
        return chart
    own, district = report.team_name, report.words("charts/live/district")
    if not chart.views:
        return _with_views(chart, own, ((district, other),))
    theirs = ((other.own_view, other), *other.views)
    named = tuple((f"{name}, {district}", dataclasses.replace(view, views=())) for name, view in theirs)
    return _with_views(chart, chart.own_view, (*chart.views, *named))


def _is_point(line: Course | Trend) -> bool:
    """Whether there is one value, which is no line to lay beside ours: the words have it."""
    return sum(moment.value is not None for moment in line.moments) <= 1


def _with_views(chart: Kind, own: str, views: tuple[tuple[str, Chart], ...], *, stepped: bool = False) -> Kind:
    """The chart with its views on one axis, so that the same value lies in the same place in each."""
    extent = chart.extent
    if stepped or not isinstance(chart, _COUNTS):
        charts: list[Chart] = [chart, *(view for _, view in views)]
        numbers = [n for one in charts for n in _numbers_of(one)]
        extent = (min(numbers), max(numbers)) if numbers else None
    placed = tuple((name, dataclasses.replace(view, extent=extent)) for name, view in views)
    return dataclasses.replace(chart, own_view=own, views=placed, is_stepped=stepped, extent=extent)


def _numbers_of(chart: Chart) -> list[float]:
    """Every value of a chart with the ends of its margin."""
    parts = (getattr(chart, field.name) for field in dataclasses.fields(chart) if field.name != "views")
    return [number for part in parts for number in _numbers(part)]


def _numbers(node: object) -> list[float]:
    if isinstance(node, Mark | Moment):
        other = node.other if isinstance(node, Mark) else node.centre
        return [n for n in (node.value, node.low, node.high, other) if n is not None]
    return [n for one in node for n in _numbers(one)] if isinstance(node, tuple) else []


def stepped(starts: Iterable[date], make: Callable[[date], Kind | None], name: Callable[[date], str]) -> Kind | None:
    """One figure of the newest period, with those of earlier periods as views that follow each other.

    Args:
        starts: First days of the periods that there are.
        make: Gives the figure of a period; nothing when there is none.
        name: Gives the name of a period.
    """
    made = [(name(start), chart) for start in sorted(set(starts))[-_PERIODS:] if (chart := make(start)) is not None]
    if not made:
        return None
    own, newest = made.pop()
    return _with_views(newest, own, tuple(reversed(made)), stepped=True) if made else newest


def one_of(named: Sequence[tuple[str, Kind]]) -> Kind | None:
    """The first figure, with the others as views to choose from."""
    if not named:
        return None
    (own, first), *rest = named
    return _with_views(first, own, tuple(rest)) if rest else first
