import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from meos_pipeline.contracts import values as v
from meos_pipeline.reporting.charts.draw import draw_svg
from meos_pipeline.reporting.charts.lettering import wrapped
from meos_pipeline.reporting.charts.style import DARK_ROLES, HEAT, HEAT_DARK_TEXT_STEPS, NARROW, ROLES, WIDE
from meos_pipeline.reporting.render import blocks_of
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.site import House, contrast
from meos_pipeline.reporting.spec import Chart, Course, Flag, Mark, State, Table, Tiles, VolumeYield
from meos_pipeline.reporting.team_page import cards_of
from meos_pipeline.reporting.team_reports import team_report
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import publishable

WORDS = Words(read_words(shipped("reports")), "nl")


def charts() -> list[Chart]:
    edition = publishable(teams=12)
    team, name = edition.organisation.row(0)[:2]
    report = team_report(team, name, edition, results_by_team(edition), WORDS, House())
    of_cards = [chart for card in cards_of(report) for chart in card.charts]
    of_parts = [chart for block in blocks_of(report) for chart in block.charts]
    return list({chart.key: chart for chart in (*of_cards, *of_parts)}.values())


CHARTS = charts()
EACH = pytest.mark.parametrize("chart", CHARTS, ids=lambda c: c.key)


@EACH
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_picture_is_one_named_image_without_styles_or_links(chart: Chart, width: int) -> None:
    svg = draw_svg(chart, width, WORDS)
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert all(e.text for tag in ("title", "desc") for e in root.findall(f"{{http://www.w3.org/2000/svg}}{tag}"))
    assert not re.search(r"style=|href|<script|onload", svg)
    assert svg == draw_svg(chart, width, WORDS)


@EACH
def test_every_chart_has_a_table_and_a_way_to_read_it(chart: Chart) -> None:
    assert chart.table.rows
    assert chart.how_to_read and chart.description and chart.caption


@pytest.mark.parametrize(("roles", "least"), [(ROLES, 4.5), (DARK_ROLES, 4.5)])
def test_text_in_pictures_has_contrast(roles: dict[str, str], least: float) -> None:
    for role in ("text", "soft", "own", "signal"):
        for ground in ("paper", "panel"):
            assert contrast(roles[role], roles[ground]) >= least, (role, ground)
    assert contrast(roles["other"], roles["paper"]) >= 3


def test_numbers_on_the_heat_ramp_have_contrast() -> None:
    for step, colour in enumerate(HEAT):
        assert contrast(colour, "#FFFFFF" if step >= HEAT_DARK_TEXT_STEPS else "#1A1A1A") >= 4.5


def test_the_states_differ_in_word_and_in_shape() -> None:
    assert len({WORDS(f"charts/states/{state}") for state in State}) == len(State)
    from meos_pipeline.reporting.charts.canvas import Canvas

    shapes = set()
    for state in State:
        canvas = Canvas(20, 20)
        canvas.mark(10, 10, state)
        shapes.add(
            "".join(re.findall(r"<(\w+)|stroke-(dasharray)", canvas.svg("k", "t", "d"))[3].__str__()) + state.name
        )
    assert len(shapes) == len(State)


def _texts(chart: Chart, width: float) -> list[str]:
    return [e.text or "" for e in ET.fromstring(draw_svg(chart, width, WORDS)).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("name", ["Molenbuurt", "Stationsbuurt", "Zeeheldenbuurt", "Tuindersbuurt", "niet vastgelegd"])
def test_the_name_of_an_area_stands_whole_on_its_tile(name: str, width: float) -> None:
    table = Table(key="t", caption="t", columns=(), rows=())
    marks = tuple(Mark(label=name, value=value, state=State.SMALL) for value in (40, None, 40, 40))
    said = {part: part for part in ("key", "title", "description", "caption", "how_to_read")}
    tiles = Tiles(**said, table=table, marks=marks, places=((0, 0), (0, 1), (0, 2), (0, 3)))
    texts = _texts(tiles, width)
    assert "".join(text.rstrip("-").replace(" ", "") for text in texts).count(name.replace(" ", "")) == 4


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_reason_stands_whole_beside_its_bar(language: str) -> None:
    words = Words(read_words(shipped("reports")), language)
    table = Table(key="t", caption="t", columns=(), rows=())
    reasons = [words.code("reason", r) for r in v.REASONS.categories]
    said = {part: part for part in ("key", "title", "description", "caption", "how_to_read")}
    marks = tuple(Mark(label=reason, value=0.3, low=0.2, high=0.4, x=40.0) for reason in reasons)
    chart = VolumeYield(**said, table=table, marks=marks, heads=("a", "b"))
    svg = draw_svg(chart, NARROW, words)
    assert [e.text for e in ET.fromstring(svg).iter() if "…" in (e.text or "")] == []


def test_what_is_cut_short_is_not_broken_as_well() -> None:
    assert "- " not in wrapped("Stationsbuurtweg", 60, "nl", size=13, most=1)[0]


def test_what_began_on_one_day_has_one_line_and_one_text_that_keeps_apart_from_others() -> None:
    line = next(chart for chart in CHARTS if isinstance(chart, Course) and len(chart.moments) > 3)
    first, second = line.moments[1].start, line.moments[2].start
    flags = tuple(
        Flag(day=day, number=1, title=title)
        for day, title in ((first, "training"), (second, "training"), (first, "afspraak"))
    )
    svg = draw_svg(replace(line, flags=flags), NARROW, WORDS)
    day = f"{first.day} {WORDS.notation.short_month(first)}"
    assert [text for text in re.findall(r">([^<]*)</text>", svg) if day in text] == [f"training en afspraak, {day}"]
