"""Other views of a figure: the same value lies in the same place in each, and each has its own table."""

import dataclasses
import itertools
import json
from datetime import date

import pytest

from meos_pipeline.reporting.charts.axes import round_ticks, share_ticks, written
from meos_pipeline.reporting.charts.draw import plotly_figure
from meos_pipeline.reporting.charts.lettering import text_width
from meos_pipeline.reporting.charts.style import NARROW, WIDE
from meos_pipeline.reporting.pages import live_json
from meos_pipeline.reporting.spec import (
    Bars,
    Cell,
    Chart,
    Course,
    Dumbbell,
    Flag,
    Forest,
    Heatmap,
    Mark,
    Moment,
    Pairs,
    Scale,
    Table,
    Trend,
    VolumeYield,
    Yardsticks,
)
from meos_pipeline.reporting.views import beside_district, one_of, stepped
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped

WORDS = Words(read_words(shipped("reports")), "nl")
SAME, OTHER_OF_OURS, OTHER_OF_ALL = 0.61, 0.64, 0.22
"""A value that both views have, and one that differs so much that each view alone would have another axis."""


def _mark(value: float) -> Mark:
    return Mark(label="deel", value=value, low=value - 0.02, high=value + 0.02, other=value, x=40.0, basis="20 van 50")


def _of(kind: type[Chart], scale: Scale, other: float) -> Chart:
    """A chart of one kind with two values: the one that views share, and another."""
    same, differs = _mark(SAME), _mark(other)
    if kind in {Bars, Heatmap}:
        same, differs = (dataclasses.replace(m, value=round((m.value or 0) * 100)) for m in (same, differs))
    moments = tuple(
        Moment(start=date(2026, month, 1), value=m.value, low=m.low, high=m.high)
        for month, m in enumerate((same, differs), start=1)
    )
    parts: dict[type[Chart], dict[str, object]] = {
        Bars: {"marks": (same, differs)},
        Heatmap: {"rows": ("ma",), "columns": ("a", "b"), "marks": ((same, differs),)},
        Forest: {"marks": (same, differs), "scale": scale},
        Dumbbell: {"marks": (same, differs)},
        VolumeYield: {"marks": (same, differs), "heads": ("a", "b")},
        Yardsticks: {"rows": (("12 tot 18", (same, differs)),), "names": ("a", "b")},
        Pairs: {"rows": (("uitleg", same, differs),), "names": ("a", "b")},
        Course: {"moments": moments, "by": "month"},
        Trend: {"moments": moments, "scale": scale},
    }
    table = Table(key="t", caption="t", columns=(f"kop {other}",), rows=((Cell(text="deel", is_header=True),),))
    said = {name: name for name in ("key", "title", "description", "caption", "how_to_read")}
    return kind(**said, table=table, **parts[kind])  # type: ignore[arg-type]


KINDS = [
    (Forest, Scale.SHARE),
    (Forest, Scale.RATIO),
    (Dumbbell, Scale.SHARE),
    (VolumeYield, Scale.SHARE),
    (Yardsticks, Scale.RATIO),
    (Pairs, Scale.SHARE),
    (Course, Scale.SHARE),
    (Trend, Scale.SHARE),
]


def _place_of_same(chart: Chart, width: float) -> tuple[float, float]:
    drawn = plotly_figure(chart, width, WORDS)["data"][-1]
    return drawn["x"][0], drawn["y"][0]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize(("kind", "scale"), KINDS)
def test_the_same_value_lies_in_the_same_place_in_every_view(kind: type[Chart], scale: Scale, width: float) -> None:
    ours, all_teams = _of(kind, scale, OTHER_OF_OURS), _of(kind, scale, OTHER_OF_ALL)
    made = one_of([("wij", ours), ("alle teams", all_teams)])
    assert made is not None
    ((_, view),) = made.views
    assert _place_of_same(made, width) == _place_of_same(view, width)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_bars_of_one_month_are_as_long_as_the_same_number_in_another(width: float) -> None:
    made = stepped(
        [date(2026, 1, 1), date(2026, 2, 1)],
        lambda start: _of(Bars, Scale.NUMBER, OTHER_OF_OURS if start.month == 1 else OTHER_OF_ALL * 10),
        str,
    )
    assert made is not None
    ((_, view),) = made.views
    assert _place_of_same(made, width) == _place_of_same(view, width)


def test_colours_of_one_quarter_mean_the_same_number_in_another() -> None:
    made = stepped(
        [date(2026, 1, 1), date(2026, 4, 1)],
        lambda start: _of(Heatmap, Scale.NUMBER, OTHER_OF_OURS if start.month == 1 else OTHER_OF_ALL * 10),
        str,
    )
    assert made is not None
    ((_, view),) = made.views
    fills = [
        next(s["fillcolor"] for s in plotly_figure(c, WIDE, WORDS)["layout"]["shapes"] if "#" in s["fillcolor"])
        for c in (made, view)
    ]
    assert fills[0] == fills[1]


class _OfTeam:
    team_name = "Noord"
    words = WORDS


@pytest.mark.parametrize(("values", "is_laid"), [((0.6, 0.7), True), ((None, 0.7), False), ((0.7,), False)])
def test_a_line_of_one_point_is_not_laid_beside_ours(values: tuple[float | None, ...], is_laid: bool) -> None:
    ours = _of(Course, Scale.SHARE, OTHER_OF_OURS)
    moments = tuple(Moment(start=date(2026, month, 1), value=v) for month, v in enumerate(values, start=1))
    theirs = dataclasses.replace(ours, moments=moments)

    @dataclasses.dataclass(frozen=True)
    class Part:
        charts: tuple[Chart, ...]

    (part,) = beside_district([Part((ours,))], {ours.key: theirs}, _OfTeam())  # type: ignore[arg-type, type-var]
    assert bool(part.charts[0].views) is is_laid


def test_each_view_has_the_heads_of_its_own_table() -> None:
    made = one_of([(str(other), _of(Forest, Scale.SHARE, other)) for other in (OTHER_OF_OURS, OTHER_OF_ALL)])
    assert made is not None
    views = json.loads(live_json(made, WORDS, (WIDE, NARROW)))["views"]
    assert [view["table"]["columns"] for view in views] == [[f"kop {OTHER_OF_OURS}"], [f"kop {OTHER_OF_ALL}"]]


def test_values_along_an_axis_of_shares_are_whole_and_lie_equally_far_apart() -> None:
    """'72, 78, 82' at equal distances is a wrong axis: it was 72.5, 77.5 and 82.5."""
    for low, high in itertools.combinations_with_replacement(range(101), 2):
        ticks = share_ticks(low / 100, high / 100)
        assert len(ticks) > 1
        assert ticks[0] <= low / 100 <= high / 100 <= ticks[-1] <= 1
        for write in (WORDS.notation.hundred, lambda v: written(v, Scale.SHARE, WORDS)):
            _equally_far([write(tick) for tick in ticks])


@pytest.mark.parametrize("most", [3, 4, 5])
def test_values_along_an_axis_of_numbers_lie_equally_far_apart(most: int) -> None:
    for low, high in itertools.combinations(range(0, 400, 7), 2):
        _equally_far([written(tick, Scale.NUMBER, WORDS) for tick in round_ticks(low, high, most)])


def _equally_far(labels: list[str]) -> None:
    values = [float(label.rstrip("%").replace(".", "").replace(",", ".")) for label in labels]
    assert len({round(b - a, 6) for a, b in itertools.pairwise(values)}) == 1, labels


@pytest.mark.parametrize("top", [0.05, 0.2, 0.25, 0.31, 0.5, 0.59, 0.75, 0.9, 1.0])
def test_values_below_yields_by_reason_are_whole_and_equally_far_apart(top: float) -> None:
    mark = Mark(label="deel", value=top, low=top, high=top, x=40.0)
    chart = dataclasses.replace(_of(VolumeYield, Scale.SHARE, SAME), marks=(mark,))
    traces = plotly_figure(chart, NARROW, WORDS)["data"][:-1]
    foot = max(y for trace in traces for y in trace["y"])
    _equally_far([text for trace in traces for text, y in zip(trace["text"], trace["y"], strict=True) if y == foot])


@pytest.mark.parametrize("day", range(1, 29))
def test_no_number_of_a_line_lies_on_the_line_of_an_agreement(day: int) -> None:
    flag = Flag(day=date(2026, 1, day), number=1, title="afspraak")
    chart = dataclasses.replace(_of(Course, Scale.SHARE, OTHER_OF_OURS), flags=(flag,))
    drawn = plotly_figure(chart, NARROW, WORDS)
    line = next(
        float(s["path"].split()[0].lstrip("M").split(",")[0])
        for s in drawn["layout"]["shapes"]
        if s["line"].get("width") == 2.4
    )
    numbers = [
        (x, text_width(text, 12))
        for trace in drawn["data"][:-1]
        for x, text in zip(trace["x"], trace["text"], strict=True)
        if text == "61" and trace["textposition"] == "middle center"
    ]
    assert numbers
    assert all(abs(x - line) >= wide / 2 for x, wide in numbers)
