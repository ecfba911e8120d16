"""axe finds nothing, and what axe cannot see: names of pictures, order of headings, size of targets."""

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import EVERYWHERE, PAGES, Reader

AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RUN = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations'], preload: false});
  return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '));
}"""


def violations(page: Page) -> list[str]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    return list(page.evaluate(RUN))


@pytest.mark.parametrize(("name", "mode"), EVERYWHERE)
def test_axe_finds_no_violation_with_everything_unfolded(reader: Reader, name: str, mode: str) -> None:
    assert violations(reader.look(PAGES[name], mode).page) == []


def test_axe_finds_no_violation_with_live_figures(reader: Reader) -> None:
    assert violations(reader.live(PAGES["team figures"]).page) == []


def test_axe_does_find_a_picture_without_a_name(reader: Reader) -> None:
    visit = reader.open(PAGES["team"])
    visit.page.evaluate("() => document.querySelector('figure svg').removeAttribute('aria-labelledby')")
    visit.page.evaluate("() => document.querySelectorAll('figure svg title').forEach(t => t.remove())")
    assert any(found.startswith("svg-img-alt") for found in violations(visit.page))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_language_one_title_and_no_skipped_heading(reader: Reader, name: str) -> None:
    page = reader.look(PAGES[name]).page
    assert page.evaluate("() => document.documentElement.lang") == ("en" if "English" in name else "nl")
    levels = page.evaluate("() => [...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("mode", ["light", "phone"])
@pytest.mark.parametrize("name", ["team", "team figures", "district figures"])
def test_every_chart_is_one_named_picture_with_a_table_to_a_screen_reader(reader: Reader, name: str, mode: str) -> None:
    """Asked of Chromium's accessibility tree, so of what a screen reader gets."""
    visit = reader.look(PAGES[name], mode)
    tree = visit.page.context.new_cdp_session(visit.page).send("Accessibility.getFullAXTree")["nodes"]
    by_id = {node["nodeId"]: node for node in tree}

    def below(node: dict) -> list[dict]:
        found = [node]
        for child in node.get("childIds", []):
            if child in by_id:
                found += below(by_id[child])
        return found

    def role(node: dict) -> str:
        return "" if node.get("ignored") else node["role"]["value"]

    figures = [below(node) for node in tree if role(node) == "figure"]
    missing = 0
    assert len(figures) == visit.page.locator("figure.chart").count() > 0
    for figure in figures:
        pictures = [n for n in figure if role(n) in {"image", "img", "graphics-document", "SvgRoot"}]
        assert [n["name"]["value"] != "" for n in pictures] == [True], [
            n["name"] for n in figure if role(n) == "figure"
        ]
        assert len(pictures[0].get("description", pictures[0]["name"])["value"]) > 20
        tables = sum(role(n) == "table" for n in figure)
        assert tables == 1 or (tables == 0 and name == "team" and not missing), (
            "the first figure's table is in its card"
        )
        missing += tables == 0
        assert not tables or sum(role(n) == "row" for n in figure) > 1


@pytest.mark.parametrize("name", PAGES)
def test_targets_on_a_phone_are_at_least_24_pixels_or_stand_in_a_sentence(reader: Reader, name: str) -> None:
    """WCAG 2.5.8: a link within a line of text is free."""
    small = reader.look(PAGES[name], "phone").page.evaluate("""() => [...document.querySelectorAll('a[href],button,summary')]
      .filter(e => e.checkVisibility() && !e.classList.contains('skip'))
      .filter(e => { const b = e.getBoundingClientRect(); return b.width > 0 && (b.height < 24 || b.width < 24); })
      .filter(e => getComputedStyle(e).display !== 'inline')
      .map(e => e.textContent)""")
    assert small == []
