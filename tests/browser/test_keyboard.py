"""Without a mouse: everything that can be operated is reached in order, is seen to be reached, and works."""

import pytest

from tests.browser.conftest import PAGES, Reader

STOPS = """() => [...document.querySelectorAll('a[href],button,summary,[tabindex="0"]')]
  .filter(e => e.checkVisibility() && !e.closest('[aria-hidden="true"]')).length"""
IN_VIEW = """() => { const b = document.activeElement.getBoundingClientRect();
  return document.activeElement === document.body || (b.bottom > 0 && b.top < innerHeight); }"""
"""The browser scrolls to what has the focus in a frame of its own."""
FOCUSED = """() => {
  const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
  window.stops = window.stops || [];
  const again = window.stops.includes(e);
  if (e !== document.body) window.stops.push(e);
  return {tag: e.tagName, again, seen: s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2,
          shown: b.width > 1 && b.height > 1,
          follows: window.stops.length < 2 || again ||
            !!(window.stops.at(-2).compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)};
}"""


@pytest.mark.parametrize("name", ["team", "district", "reports of a team", "data quality", "way in", "statement"])
def test_tab_reaches_everything_in_order_and_shows_where_it_is(reader: Reader, name: str) -> None:
    page = reader.open(PAGES[name], reduced_motion="reduce").page
    expected = page.evaluate(STOPS)
    reached = 0
    while reached <= expected:
        page.keyboard.press("Tab")
        # By the clock: some versions of Chromium draw no frame while nothing moves, and asking by frame then never ends.
        page.wait_for_function(IN_VIEW, polling=20)
        at = page.evaluate(FOCUSED)
        if at["tag"] == "BODY" or at["again"]:
            break
        assert (at["seen"], at["shown"], at["follows"]) == (True, True, True), at
        reached += 1
    assert reached == expected


def test_the_first_stop_skips_to_the_content(reader: Reader) -> None:
    page = reader.open(PAGES["team"], reduced_motion="reduce").page
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("() => !!document.activeElement.closest('main')")


def test_enter_unfolds_a_table_and_arrows_scroll_it(reader: Reader) -> None:
    page = reader.open(PAGES["team figures"], "phone").page
    summary = page.locator("#use .figures summary").first
    summary.focus()
    page.keyboard.press("Enter")
    box = page.locator("#use .figures .tw").first
    assert box.is_visible()
    page.keyboard.press("Tab")
    assert box.evaluate("e => e === document.activeElement")
    box.evaluate("e => { e.style.maxWidth = '150px'; }")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")
    summary.focus()
    page.keyboard.press("Enter")
    assert not box.is_visible()


def test_a_term_unfolds_without_script(reader: Reader) -> None:
    page = reader.open(PAGES["team figures"], java_script_enabled=False).page
    term = page.locator("details.term").first
    meaning = term.locator("span")
    assert not meaning.is_visible()
    term.locator("summary").focus()
    page.keyboard.press("Enter")
    assert meaning.is_visible()


@pytest.mark.parametrize(
    "name", ["team", "team figures", "A4", "reports of a team", "district", "district figures", "way in"]
)
def test_every_link_inside_the_edition_leads_somewhere(reader: Reader, name: str) -> None:
    page = reader.look(PAGES[name]).page
    links = page.evaluate("() => [...document.querySelectorAll('a[href]')].map(a => a.href)")
    here = page.url.split("#")[0]
    missing = []
    for link in set(links):
        path, _, part = link.partition("#")
        if path == here:
            missing += [] if page.locator(f"[id='{part}']").count() == 1 else [link]
        elif path.startswith("file:"):
            missing += [] if (reader.root / path.removeprefix(reader.root.as_uri() + "/")).is_file() else [link]
    assert missing == []
    names = page.evaluate("() => [...document.querySelectorAll('a[href]')].map(a => a.textContent.trim())")
    assert "" not in names
