"""Live figures: what a reader may point at, and that nothing is there that the table does not have."""

import re

import polars as pl
import pytest

from meos_pipeline.reporting.notation import Notation
from tests.browser.conftest import PAGES, Reader
from tests.reporting.fixture import publishable

TEXTS = """() => Object.fromEntries(Object.entries(window.meosFigures).map(([key, f]) => [key,
  f.data.flatMap(t => [t.text || []].flat(3)).filter(t => t !== '')]))"""
OTHER = re.compile(r"(een ander team|another team): +\d+% *$")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@pytest.mark.parametrize("name", ["team", "team in English", "district"])
def test_no_share_button_no_mode_bar_and_no_way_to_the_cloud(reader: Reader, name: str) -> None:
    visit = reader.live(PAGES[name])
    page = visit.page
    assert page.locator(".modebar-btn, .modebar-container button, a[data-title*='loud']").count() == 0
    contexts = page.evaluate(
        "() => [...document.querySelectorAll('.live')].map(e => [e._context.showSendToCloud, e._context.plotlyServerURL, e._context.displayModeBar])"
    )
    assert contexts
    assert all(c == [False, "", False] for c in contexts)
    tabs = page.evaluate("() => [...document.querySelectorAll('.live *')].filter(e => e.tabIndex >= 0).length")
    assert tabs == 0


@pytest.mark.parametrize("name", ["team", "team in English", "district"])
def test_a_hover_text_holds_only_released_numbers(reader: Reader, name: str) -> None:
    """Every number in every hover text stands in the table or the picture; a small panel has more months than its table.

    Other teams of a funnel, whose names and numbers no table has, are rounded to whole percents.
    """
    visit = reader.live(PAGES[name])
    texts = visit.page.evaluate(TEXTS)
    assert sum(map(len, texts.values())) > 40
    released = _released_months("en" if "English" in name else "nl")
    wrong = []
    for key, hovers in texts.items():
        figure = visit.page.locator(f"figure[id='{key}']")
        known = set(
            NUMBER.findall(" ".join(figure.locator("th, td, caption, .caption, .wide text").all_text_contents()))
        )
        known |= released if key.startswith("trends-") else set()
        for hover in hovers:
            plain = re.sub(r"<[^>]+>", " ", hover)
            if OTHER.match(plain):
                continue
            if set(NUMBER.findall(plain)) - known:
                wrong.append(f"{key}: {plain}")
    assert wrong == []


def _released_months(language: str) -> set[str]:
    """Every number that a control chart of a released finding may show, and the years of its months."""
    notation = Notation(language)
    points = publishable(teams=12).findings.filter(
        pl.col("statistic") == "control_chart", pl.col("estimate").is_not_null()
    )
    found = {str(year) for year in points["period_start"].dt.year().unique()}
    for unit, value in points.select(pl.col("unit").cast(pl.String()), "estimate").iter_rows():
        found |= set(NUMBER.findall(notation.share(value) if unit == "share" else notation.number(value, 1)))
    return found


def test_pointing_at_a_month_shows_its_value(reader: Reader) -> None:
    visit = reader.live(PAGES["team"])
    figure = visit.page.locator("figure[id='use-registrations_per_100_shifts']")
    figure.scroll_into_view_if_needed()
    figure.locator(".point").last.hover(force=True)
    label = figure.locator(".hoverlayer .hovertext").first
    label.wait_for()
    value = figure.locator("table tbody tr").last.locator("td").first.text_content()
    assert value.strip() in label.text_content()
    assert "oktober 2026" in label.text_content()


def test_a_suppressed_count_is_not_a_number_in_a_live_figure(reader: Reader) -> None:
    visit = reader.live(PAGES["team"])
    rows = visit.page.evaluate("""() => ['effectiveness-results', 'where_when-shifts'].map(key => {
      const shown = [...document.querySelectorAll(`[id='${key}'] tbody td`)].map(td => td.textContent.trim());
      return [shown, window.meosFigures[key].data[0].x];
    })""")
    small = 0
    for shown, values in rows:
        assert len(shown) == len(values)
        for text, value in zip(shown, values, strict=True):
            if "minder dan" in text:
                small += 1
                assert value is None
            else:
                assert float(text.replace(".", "")) == value
    assert small


def test_live_figures_follow_the_colours_of_the_moment(reader: Reader) -> None:
    visit = reader.open(PAGES["team"])
    visit.go_live()
    ink = "() => getComputedStyle(document.querySelector('#use .live .xtick text')).fill"
    assert visit.page.evaluate(ink) == "rgb(26, 26, 26)"
    visit.page.emulate_media(color_scheme="dark")
    visit.page.wait_for_function(
        "() => getComputedStyle(document.querySelector('#use .live .xtick text')).fill === 'rgb(236, 239, 244)'"
    )


def test_months_and_numbers_on_live_axes_are_dutch(reader: Reader) -> None:
    visit = reader.live(PAGES["team"])
    text = " ".join(visit.page.locator("#use .live .xtick text").all_text_contents())
    assert re.search(r"jan|mei|okt|jul|mrt|apr", text)
    assert not re.search(r"May|Oct|Mar", text)


def test_nothing_on_the_page_moves_when_figures_become_live(reader: Reader) -> None:
    """Places of headings, from the first on: above it the button goes away."""
    visit = reader.open(PAGES["team"], "phone")
    tops = """() => [...document.querySelectorAll('h2, h3')].map(h => h.getBoundingClientRect().top)
      .map((top, i, all) => Math.round(top - all[0]))"""
    before = visit.page.evaluate(tops)
    visit.go_live()
    assert visit.page.evaluate(tops) == pytest.approx(before, abs=2)
