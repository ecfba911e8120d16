"""The live figure is the still picture: the same words, shapes and colours, with margin and n for who points at a value."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import fields

import plotly.graph_objects as go
import pytest

from meos_pipeline.reporting.charts.draw import draw_svg, plotly_figure
from meos_pipeline.reporting.charts.live import figure_json
from meos_pipeline.reporting.charts.style import NARROW, ROLES, WIDE
from meos_pipeline.reporting.district import district_report, funnels_block
from meos_pipeline.reporting.render import blocks_of, team_report
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import (
    Bars,
    Chart,
    Course,
    Dumbbell,
    Flag,
    Forest,
    Heatmap,
    Hundred,
    Mark,
    Moment,
    Multiples,
    Pairs,
    Scale,
    State,
    Table,
    Tiles,
    Trend,
    VolumeYield,
    Waterfall,
    Yardsticks,
    YieldBar,
)
from meos_pipeline.reporting.team_page import cards_of
from meos_pipeline.reporting.trends import trends_block
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import publishable

WORDS = Words(read_words(shipped("reports")), "nl")
SVG = "{http://www.w3.org/2000/svg}"


def charts() -> list[Chart]:
    """Every chart of a team and of the district, and each kind with every state that a value may be in."""
    edition = publishable(teams=12)
    everyone = results_by_team(edition)
    team, name = edition.organisation.row(0)[:2]
    report = team_report(team, name, edition, everyone, WORDS, House())
    all_teams = district_report(edition, everyone, WORDS, House())
    blocks = [*blocks_of(report), funnels_block(all_teams), trends_block(all_teams)]
    return [
        *(chart for block in blocks for chart in block.charts),
        *(chart for card in cards_of(report) for chart in card.charts),
        *of_every_state(),
    ]


def of_every_state() -> list[Chart]:
    table = Table(key="t", caption="t", columns=(), rows=())

    def same(key: str) -> dict[str, object]:
        return {"key": key, "title": "t", "description": "d", "caption": "c", "how_to_read": "h", "table": table}

    from datetime import date

    marks = tuple(
        Mark(label=f"soort {state}", value=value, low=value and value / 2, high=value and value * 1.5, state=state,
             x=40.0 if value else None, other=value and value * 1.2, basis="20 van 50")
        for state, value in zip(State, (0.31, 0.47, 0.62, None, None, None), strict=True)
    )  # fmt: skip
    counts = tuple(Mark(label=m.label, value=m.x, state=m.state) for m in marks)
    moments = tuple(
        Moment(start=date(2026, i + 1, 1), value=m.value, low=m.low, high=m.high, state=m.state, basis=m.basis)
        for i, m in enumerate(marks)
    )
    flags = (
        Flag(day=date(2026, 2, 1), number=1, title="afspraak"),
        Flag(day=date(2026, 3, 1), number=2, title="de bron veranderde", is_break=True),
    )
    return [
        Trend(**same("trend"), moments=moments, scale=Scale.SHARE, flags=flags),
        Course(**same("course"), moments=moments, scale=Scale.SHARE, flags=flags, by="month"),
        Forest(**same("forest"), marks=marks, scale=Scale.SHARE),
        Forest(**same("ratios"), marks=marks, scale=Scale.RATIO),
        Bars(**same("bars"), marks=marks, scale=Scale.SHARE),
        Bars(**same("counts"), marks=counts),
        Dumbbell(**same("dumbbell"), marks=marks, before="voor", after="na"),
        Heatmap(**same("heatmap"), rows=("ma", "di"), columns=("a", "b", "c"), marks=(counts[:3], counts[3:])),
        Tiles(**same("tiles"), marks=counts, places=tuple((0, i) for i in range(6))),
        Multiples(**same("multiples"), panels=(("Noord", moments), ("Zuid", moments))),
        Waterfall(**same("waterfall"), steps=counts),
        VolumeYield(**same("volume"), marks=marks, heads=("hoe vaak", "opbrengst")),
        Yardsticks(**same("yardsticks"), rows=(("12 tot 18", marks[:3]),), names=("bewoners", "overdag", "verdachten")),
        Pairs(**same("pairs"), rows=(("uitleg", marks[0], marks[3]),), names=("augustus", "september")),
        YieldBar(**same("yield"), outer=(0.1, 0.7), likely=(0.2, 0.25, 0.3), recorded=0.4, basis="240 controles"),
        Hundred(**same("hundred"), low=0.57, high=0.67, names=("wel", "marge", "niet")),
    ]  # fmt: skip


CHARTS = charts()
EACH = pytest.mark.parametrize("chart", CHARTS, ids=lambda c: c.key)
WIDTHS = pytest.mark.parametrize("width", [WIDE, NARROW])


NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def words_of(figure: dict) -> Counter[str]:
    return Counter(text for trace in figure["data"] if trace["mode"] == "text" for text in trace["text"])


def targets_of(figure: dict) -> list[str]:
    return list(figure["data"][-1]["text"])


@EACH
@WIDTHS
def test_every_word_and_value_of_the_still_picture_is_in_the_live_figure(chart: Chart, width: int) -> None:
    root = ET.fromstring(draw_svg(chart, width, WORDS))
    still = Counter(element.text for element in root.iter(f"{SVG}text"))
    live = Counter({text.replace("&lt;", "<").replace("&amp;", "&"): n for text, n in
                    words_of(plotly_figure(chart, width, WORDS)).items()})  # fmt: skip
    assert still == live
    assert still


@EACH
@WIDTHS
def test_every_line_box_band_and_hatch_is_drawn_in_its_place_and_colour(chart: Chart, width: int) -> None:
    root = ET.fromstring(draw_svg(chart, width, WORDS))
    figure = plotly_figure(chart, width, WORDS)
    paths, shapes = list(root.iter(f"{SVG}path")), figure["layout"]["shapes"]
    assert len(paths) == len(shapes)
    for path, shape in zip(paths, shapes, strict=True):
        drawn = [f"{float(x):.1f},{float(y):.1f}" for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", path.get("d"))]
        if path.get("stroke-linecap"):
            drawn = [  # a dot starts in its middle, its circle at the left
                f"{float(x) - float(path.get('stroke-width')) / 2:.1f},{y}" for x, y in (d.split(",") for d in drawn)
            ]
        live = [f"{float(x):.1f},{float(y):.1f}" for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", shape["path"])]
        assert [d.split(",")[1] for d in drawn] == [one.split(",")[1] for one in live]
        assert [float(d.split(",")[0]) for d in drawn] == pytest.approx(
            [float(o.split(",")[0]) for o in live], abs=0.11
        )
        dashes = [float(d) for d in re.findall(r"[\d.]+", path.get("stroke-dasharray") or "")]
        assert dashes == [float(d) for d in re.findall(r"[\d.]+", shape["line"].get("dash", "solid"))]
        fill = (
            shape["line"].get("color")
            if path.get("fill") == "none" and not path.get("stroke-linecap")
            else shape["fillcolor"]
        )
        expected = path.get("stroke") if path.get("fill") == "none" else path.get("fill") or "rgba(0,0,0,0)"
        assert ROLES.get(fill.removeprefix("role:"), fill) == expected


@EACH
@WIDTHS
def test_the_axes_have_the_range_of_the_still_picture(chart: Chart, width: int) -> None:
    layout = plotly_figure(chart, width, WORDS)["layout"]
    root = ET.fromstring(draw_svg(chart, width, WORDS))
    _, _, wide, high = map(float, root.get("viewBox").split())
    assert layout["xaxis"]["range"] == pytest.approx([0, wide], abs=0.1)
    assert layout["yaxis"]["range"] == pytest.approx([high, 0], abs=0.1)


@EACH
@WIDTHS
def test_who_points_at_a_value_reads_its_margin_and_how_many_checks(chart: Chart, width: int) -> None:
    """Each mark with a margin tells it, and its n; each without a value says why; counts are their own n."""
    told = "\n\n".join(targets_of(plotly_figure(chart, width, WORDS)))
    if isinstance(chart, Hundred):
        assert told == ""
        return
    items = [i for f in fields(chart) for i in found_in(getattr(chart, f.name)) if f.name not in {"views", "table"}]
    assert told
    for item in items:
        if isinstance(item, Mark) and not item.is_named:
            continue
        if item.value is None:
            assert (
                getattr(item, "note", "") or WORDS(f"charts/states/{item.state}")
            ) in told or item.state is State.ORDINARY
        elif item.low is not None and item.high is not None:
            assert "tussen" in told or "margin" in told
            assert item.basis
            assert item.basis in told


@pytest.mark.parametrize("chart", [c for c in CHARTS if c.table.rows], ids=lambda c: c.key)
def test_what_is_told_to_who_points_holds_only_released_numbers(chart: Chart) -> None:
    """Other teams of a funnel, whose names and numbers no table has, are rounded to whole percents."""
    in_table = {number for row in chart.table.rows for cell in row for number in NUMBER.findall(cell.text)}
    in_heads = {number for head in chart.table.columns for number in NUMBER.findall(head)}
    for told in targets_of(plotly_figure(chart, WIDE, WORDS)):
        if not re.match(r"een ander team: +\d+% *$", told):
            assert set(NUMBER.findall(told)) <= RELEASED | in_table | in_heads, told


def released_numbers() -> set[str]:
    """Every number that a released finding or count may show, as pages write it, and those in names and dates."""
    edition, notation = publishable(teams=12), WORDS.notation
    found = {str(n) for n in range(100)} | {str(year) for year in range(2020, 2030)}
    for name in ("estimate", "lower", "upper"):
        for value in edition.findings[name].drop_nulls().unique():
            for write in (notation.share, notation.hundred, notation.ratio, notation.points, notation.number):
                found |= set(NUMBER.findall(write(value)))
            found |= set(NUMBER.findall(notation.number(value, 1)))
    counts = {*edition.cells["n"], *edition.findings["n"].drop_nulls(), *edition.findings["events"].drop_nulls()}
    return found | {text for n in counts for text in NUMBER.findall(notation.number(n))}


def found_in(node: object) -> list[Mark | Moment]:
    if isinstance(node, Mark | Moment):
        return [node]
    return [i for one in node for i in found_in(one)] if isinstance(node, tuple) else []


@EACH
def test_plotly_accepts_the_figure_and_nothing_is_base64(chart: Chart) -> None:
    text = figure_json(plotly_figure(chart, WIDE, WORDS))
    figure = json.loads(re.sub(r"role:(\w+)", lambda m: ROLES[m.group(1)], text))
    go.Figure(figure)
    assert not re.search(r"bdata|hovertemplate|customdata|template", text)
    assert "</" not in text
    assert "http" not in text


def test_a_name_with_markup_stays_words() -> None:
    table = Table(key="t", caption="t", columns=(), rows=())
    chart = Bars(key="k", title="t", description="d", caption="c", how_to_read="h", table=table,
                 marks=(Mark(label="<b>x</b><img>", value=30),))  # fmt: skip
    figure = plotly_figure(chart, WIDE, WORDS)
    assert "<" not in "".join(t for trace in figure["data"] for t in trace["text"]).replace("<br>", "")


def test_a_suppressed_count_leaves_no_number() -> None:
    for chart in of_every_state():
        if chart.key in {"counts", "heatmap", "tiles"}:
            told = targets_of(plotly_figure(chart, WIDE, WORDS))
            assert any("minder dan 10" in text for text in told)
            assert not any(re.search(r"small.*: \d", text) for text in told)


RELEASED = released_numbers()
