"""Ten questions that readers bring, walked on a phone: where the answer is, in how many screens, in how many words."""

import io

import pypdf
import pytest

from tests.browser.conftest import PAGES, Reader
from tests.browser.test_axe import violations

SCREEN = 844
QUESTIONS = {
    "what did we agree": ("#nu .agree h2", "dossier compleet"),
    "what do we discuss": ("#nu .talk .q", "?"),
    "what is new": ("#nu .new li", "oktober"),
    "which shift do I join": ("#v-when_where .a", "gelote diensten"),
    "did it get better since the agreement": ("#v-worked .a", "sinds 1 februari 2026"),
    "is this coverage good": ("#v-coverage", "District"),
    "which reason brings little": ("#v-reasons .a", "het vaakst"),
    "are young people checked more": ("#v-groups .a", "18 tot 25 jaar"),
    "how do we compare with the district": ("#v-other_teams .a", "andere teams"),
    "what changed since last month": ("#v-since_last_month .a", "september"),
}
"""Where each answer is, and a word of it."""


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_is_answered_within_three_screens_of_a_phone_without_opening_anything(
    reader: Reader, question: str
) -> None:
    place, word = QUESTIONS[question]
    page = reader.folded(PAGES["team"], "phone", java_script_enabled=False).page
    found = page.locator(place).first
    assert found.is_visible()
    assert word in " ".join(page.locator(place).all_inner_texts())
    assert found.bounding_box()["y"] <= 3 * SCREEN


def test_the_first_screen_holds_agreement_news_question_and_buttons(reader: Reader) -> None:
    page = reader.folded(PAGES["team"], "phone").page
    box = page.locator("#nu .btns").bounding_box()
    assert box["y"] + box["height"] <= SCREEN
    assert page.locator("#nu .new li").count() <= 3


@pytest.mark.parametrize("name", ["team", "team in English"])
def test_before_anything_is_opened_a_page_has_few_words_and_few_screens(reader: Reader, name: str) -> None:
    page = reader.folded(PAGES[name], "phone").page
    words, height = page.evaluate(
        "() => [document.querySelector('main').innerText.split(/\\s+/).length, document.documentElement.scrollHeight]"
    )
    assert words <= 900
    assert height <= 7 * SCREEN


def test_every_card_has_one_answer_a_verdict_and_a_limit(reader: Reader) -> None:
    page = reader.look(PAGES["team"], "phone").page
    cards = page.locator("details.card")
    assert cards.count() >= 8
    for place in range(cards.count()):
        card = cards.nth(place)
        assert card.locator("h3").count() == 1
        assert card.locator(".a").inner_text().strip()
        assert card.locator("summary .st svg").count() == 1
        assert card.locator(".limit").inner_text().startswith("Wat zegt dit niet?")


@pytest.mark.parametrize(
    ("mode", "settings"),
    [
        ("phone", {}),
        ("dark", {}),
        ("light", {"forced_colors": "active"}),
        ("light", {"viewport": {"width": 320, "height": 640}}),
    ],
)
@pytest.mark.parametrize("name", ["team", "district", "way in", "A4"])
def test_axe_finds_nothing_in_any_state(reader: Reader, name: str, mode: str, settings: dict[str, object]) -> None:
    """As it comes, and unfolded; unfolded on a phone and in the dark is in ``test_axe.py``."""
    assert violations(reader.folded(PAGES[name], mode, **settings).page) == []
    if settings:
        assert violations(reader.look(PAGES[name], mode, **settings).page) == []


def test_in_forced_colours_and_in_the_dark_lines_and_text_of_figures_stand_out_from_the_page(reader: Reader) -> None:
    """Computed styles: a figure whose lines have the colour of the page is an empty figure, or a solid block."""
    script = """() => {
      const paper = getComputedStyle(document.body).backgroundColor;
      const of = (s, p) => [...document.querySelectorAll(s)].map(e => getComputedStyle(e)[p]);
      return {
        paper,
        lines: of('.still path.s-own', 'stroke'),
        texts: of('.still text.f-own, .still g.f-own text, .still text.f-soft, .still g.f-soft text', 'fill'),
        bands: of('.still path.f-band, .still path.f-paper', 'fill'),
      };
    }"""
    for settings in ({"forced_colors": "active"}, {"color_scheme": "dark"}, {}):
        found = reader.look(PAGES["team"], "phone", **settings).page.evaluate(script)
        assert found["lines"]
        assert found["texts"]
        assert found["paper"] not in {*found["lines"], *found["texts"]}
        assert not set(found["bands"]) & set(found["lines"])


def test_a_printed_team_page_is_at_most_eight_pages_with_every_question_and_no_button(reader: Reader) -> None:
    for settings in ({}, {"java_script_enabled": False}):
        page = reader.open(PAGES["team"], **settings).page
        printed = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4")))
        text = "".join(part.extract_text() for part in printed.pages)
        assert len(printed.pages) <= 8
        assert text.count("Wat zegt dit niet?") == page.locator("details.card").count()
        page.emulate_media(media="print")
        assert not page.locator("#nu .btns").is_visible()


def test_the_district_prints_on_few_pages(reader: Reader) -> None:
    page = reader.open(PAGES["district"]).page
    assert len(pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages) <= 6
