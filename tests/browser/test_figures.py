"""Live figures: they start when asked, say what the still says, follow the colours, and walk along with the keys."""

import pytest

from tests.browser.conftest import PAGES, TEAM, Reader


@pytest.mark.parametrize("name", ["team", "team in English", "team figures", "district figures"])
def test_no_share_button_no_mode_bar_and_no_way_to_the_cloud(reader: Reader, name: str) -> None:
    visit = reader.live(PAGES[name])
    page = visit.page
    assert page.locator(".modebar-btn, .modebar-container button, a[data-title*='loud']").count() == 0
    contexts = page.evaluate(
        "() => [...document.querySelectorAll('.live')].map(e => [e._context.showSendToCloud, e._context.plotlyServerURL, e._context.displayModeBar])"
    )
    assert contexts
    assert all(c == [False, "", False] for c in contexts)


@pytest.mark.parametrize("name", ["team", "team in English", "team figures", "district figures"])
def test_a_figure_starts_when_the_reader_asks_and_nothing_is_fetched_before(reader: Reader, name: str) -> None:
    visit = reader.open(PAGES[name])
    assert not [a for a in visit.asked if "plotly" in a or "figures" in a or "questions" in a]
    assert visit.page.locator("figure.on").count() == 0
    button = visit.page.locator("button.go-live:visible").first
    assert button.get_attribute("aria-pressed") == "false"
    button.dblclick()
    visit.page.wait_for_function("() => window.Plotly")
    assert (visit.page.locator("figure.on").count(), visit.said) == (0, []), "who presses twice has the picture again"
    button.click()
    visit.page.locator("figure.on .main-svg").first.wait_for()
    assert visit.page.locator("figure.on").count() == 1
    button.click()
    assert visit.page.locator("figure.on").count() == 0
    assert visit.page.locator("figure.chart .still svg").first.is_visible()


def test_arrow_keys_walk_along_the_values_and_say_them(reader: Reader) -> None:
    visit = reader.open(PAGES["team"])
    page = visit.page
    page.locator("button.go-live:visible").first.click()
    live = page.locator("figure.on .live").first
    live.locator(".main-svg").first.wait_for()
    live.focus()
    page.keyboard.press("Home")
    first = page.locator("figure.on .said").first.text_content()
    page.keyboard.press("ArrowRight")
    second = page.locator("figure.on .said").first.text_content()
    assert first
    assert second
    assert first != second
    assert live.locator(".hoverlayer .hovertext").first.text_content()
    page.keyboard.press("ArrowLeft")
    assert page.locator("figure.on .said").first.text_content() == first


@pytest.mark.parametrize(
    ("settings", "ink"),
    [
        ({}, "rgb(26, 26, 26)"),
        ({"color_scheme": "dark"}, "rgb(236, 239, 244)"),
        ({"forced_colors": "active"}, "system"),
    ],
    ids=["light", "dark", "forced"],
)
def test_live_figures_follow_the_colours_of_the_moment(reader: Reader, settings: dict[str, str], ink: str) -> None:
    visit = reader.open(PAGES["team"], **settings)
    visit.page.locator("button.go-live:visible").first.click()
    visit.page.locator("figure.on .main-svg").first.wait_for()
    system = """() => { const p = document.createElement('p'); document.body.append(p); p.style.color = 'CanvasText';
      return getComputedStyle(p).color; }"""
    wanted = visit.page.evaluate(system) if ink == "system" else ink
    found = visit.page.evaluate("""() => [...document.querySelectorAll('figure.on .live .textpoint text, figure.on .live .shapelayer path')]
      .flatMap(e => [getComputedStyle(e).fill, getComputedStyle(e).stroke])""")
    assert wanted in found
    if ink == "system":
        assert len({c for c in found if c.startswith("rgb(") and c != wanted}) <= 3


@pytest.mark.parametrize("mode", ["light", "phone"])
def test_nothing_on_the_page_moves_when_a_figure_becomes_live(reader: Reader, mode: str) -> None:
    visit = reader.open(PAGES["team"], mode)
    page = visit.page
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    tops = """() => [...document.querySelectorAll('h2, h3')].map(h => h.getBoundingClientRect().top)
      .map((top, i, all) => Math.round(top - all[0]))"""
    before = page.evaluate(tops)
    visit.go_live()
    assert page.evaluate(tops) == pytest.approx(before, abs=3)


_TABLE = (
    "e => [...e.querySelectorAll('details.figures tr')].map(row => [...row.cells]"
    ".map(cell => cell.textContent.replace(/\\s+/g, ' ').trim()).join('|'))"
)


def test_a_live_figure_is_laid_beside_all_teams_and_its_table_says_so(reader: Reader) -> None:
    page = reader.open(f"{TEAM}/effectiveness.html").page
    figure = page.locator("#effectiveness-reason")
    own = figure.evaluate(_TABLE)
    figure.locator("button.go-live").click()
    figure.locator(".main-svg").first.wait_for()
    chooser = figure.get_by_label("Bekijk")
    names = chooser.locator("option").all_inner_texts()
    assert names[-1].endswith("alle teams samen")
    chooser.select_option(index=len(names) - 1)
    other = figure.evaluate(_TABLE)
    assert other != own
    assert figure.locator(".live").get_attribute("aria-label").startswith(names[-1])
    assert other[0].startswith(f"{names[-1].split(',')[0]}|"), "the heads are those of the view as well"
    assert not figure.locator(".silent").is_visible(), "it names rows of the first view"
    assert "alle teams samen: " in figure.evaluate("e => e.querySelector('details.figures caption').textContent")
    figure.locator("button.go-live").click()
    assert figure.evaluate(_TABLE) == own
    assert "alle teams samen" not in figure.evaluate("e => e.textContent")


def test_a_live_figure_is_walked_back_month_by_month_with_the_keys_and_its_caption_names_the_month(
    reader: Reader,
) -> None:
    page = reader.open(f"{TEAM}/effectiveness.html").page
    figure = page.locator("#effectiveness-results")
    newest, caption = figure.evaluate(_TABLE), figure.locator("figcaption").inner_text()
    figure.locator("button.go-live").click()
    figure.locator(".main-svg").first.wait_for()
    figure.locator(".live").focus()
    page.keyboard.press("Home")
    assert figure.locator(".said").text_content()
    slider = figure.get_by_label("Periode")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    month = figure.locator("output").inner_text()
    assert figure.locator(".said").text_content() == "", "it was said of the month before"
    assert month in figure.locator("figcaption").inner_text()
    assert month not in caption
    assert slider.get_attribute("aria-valuetext") == month
    assert figure.evaluate(_TABLE) != newest
    page.keyboard.press("End")
    assert (figure.evaluate(_TABLE), figure.locator("figcaption").inner_text()) == (newest, caption)
