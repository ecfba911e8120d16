"""Other views of a figure, for who makes it live: the district beside the team, and one period after the other."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from meos_pipeline.reporting.card import Card
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Block, Chart, Funnel, Multiples

Kind = TypeVar("Kind", bound=Chart)
Part = TypeVar("Part", Block, Card)
_OF_ALL_TEAMS = (Funnel, Multiples)
"""Kinds of charts that hold every team already."""
_PERIODS = 8
"""Periods that a figure can be walked back through: two years of quarters."""


def of_all_teams(report: Report) -> Report:
    """What the same figures of all teams together are made from; their names, words and month are those of the report."""
    return dataclasses.replace(report, team="", results=report.everyone[""], flags=(), drawn=())


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
    if type(other) is not type(chart) or isinstance(chart, _OF_ALL_TEAMS) or chart.is_stepped or other == chart:
        return chart
    own, district = report.team_name, report.words("charts/live/district")
    if not chart.views:
        return dataclasses.replace(chart, own_view=own, views=((district, other),))
    theirs = ((other.own_view, other), *other.views) if other is not None else ()
    named = ((f"{name}, {district}", dataclasses.replace(view, views=())) for name, view in theirs)
    return dataclasses.replace(chart, views=(*chart.views, *named))


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
    return dataclasses.replace(newest, own_view=own, views=tuple(reversed(made)), is_stepped=bool(made))


def one_of(named: Sequence[tuple[str, Kind]]) -> Kind | None:
    """The first figure, with the others as views to choose from."""
    if not named:
        return None
    (own, first), *rest = named
    return dataclasses.replace(first, own_view=own, views=tuple(rest)) if rest else first
