"""Counting along on a phone without network: tap, undo, reload, keep, hand in; and what the file then says."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from meos_pipeline.contracts.handed_in import read_contents
from meos_pipeline.reporting.count_page import write_count_pages
from meos_pipeline.reporting.shift_plan import Aim, DrawnShift, ShiftPlan
from meos_pipeline.reporting.words import LANGUAGES, Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.browser.test_axe import violations

TREE = read_words(shipped("reports"))
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
NOW = "2026-11-30T15:00:00"
AGREEMENT = {
    "action_id": "A-1", "team": "zuiderhaven", "aim": "coverage_no_result", "way": "register",
    "starts": date(2025, 11, 1), "look_back": date(2026, 11, 15), "state": "running", "help": False, "version": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("count")
    write_count_pages(
        root,
        [("zuiderhaven", "Zuiderhaven")],
        {language: Words(TREE, language) for language in LANGUAGES},
        {"nl": "index.html", "en": "index_en.html"},
        agreements=[AGREEMENT],
        plan=ShiftPlan(
            drawn=tuple(
                DrawnShift(
                    team="zuiderhaven",
                    day=date(2026, 11, day),
                    block=block,
                    is_reserve=turn > 1,
                    turn=turn,
                    weight=15.5,
                )
                for turn, (day, block) in enumerate(((30, "late"), (29, "night")), start=1)
            ),
            aim=Aim(within=0.1, low=31, high=62, direction=29),
        ),
        made_on=date(2026, 11, 20),
    )
    return root


class Phone:
    """A page on a phone that counts its taps and hears every request and error."""

    def __init__(self, browser: Browser, path: Path, **settings: Any) -> None:
        self.context = browser.new_context(**(PHONE | settings), accept_downloads=True)
        self.page: Page = self.context.new_page()
        self.path, self.taps, self.said, self.asked = path, 0, [], []
        self.page.on("console", lambda m: self.said.append(m.text) if m.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.clock.set_fixed_time(NOW)
        self.page.goto(path.as_uri())

    def tap(self, *selectors: str, times: int = 1) -> None:
        for selector in selectors:
            for _ in range(times):
                self.page.locator(selector).tap()
                self.taps += 1

    def come_back(self) -> None:
        """Close the page and open it again."""
        self.page.goto("about:blank")
        self.page.goto(self.path.as_uri())

    def count(self, cell: str) -> str:
        return self.page.locator(f"[data-count={cell}] output").inner_text()

    def hand_in(self, button: str = "#hand-sheets") -> bytes:
        with self.page.expect_download() as download:
            self.tap(button)
        return Path(download.value.path()).read_bytes()

    def said_aloud(self) -> str:
        return self.page.locator("#say").inner_text()


@pytest.fixture
def phone(browser: Browser, folder: Path) -> Iterator[Phone]:
    made = Phone(browser, folder / "telmee.html")
    yield made
    made.context.close()
    assert made.said == []
    assert [a for a in made.asked if not a.startswith(("file:", "blob:", "data:", "about:"))] == []


def lines(content: bytes) -> list[dict[str, Any]]:
    contents = read_contents(content)
    assert contents.faults == []
    return [dict(line.values) for line in contents.lines]


def test_a_sheet_of_nine_checks_takes_at_most_twenty_taps_and_its_file_holds_them(phone: Phone) -> None:
    phone.tap("[data-count=rm]", times=2)
    phone.tap("[data-count=nm]", times=3)
    phone.tap("[data-count=nn]", times=5)
    phone.tap("#undo", "#done")
    phone.tap(".move[data-from=nn]")
    phone.tap("#save")
    (line,) = lines(phone.hand_in())
    assert phone.taps <= 20
    assert (line["observed"], line["registered"], line["with_result"], line["with_result_registered"]) == (9, 6, 2, 2)
    assert (line["sample_date"], line["team"], line["sheet"], line["version"]) == (
        date(2026, 11, 30), "zuiderhaven", 1, 1,
    )  # fmt: skip
    assert (line["shift_kind"], line["block"], line["weight"]) == ("emergency", "late", 15.5)


def test_counts_outlive_a_reload_and_undo_goes_back_one_by_one(phone: Phone) -> None:
    phone.tap("[data-count=rn]", "[data-count=nn]", "[data-count=nn]")
    assert phone.said_aloud() == "zonder resultaat, niet of nog niet: 2"
    phone.come_back()
    assert [phone.count(cell) for cell in ("rm", "rn", "nm", "nn")] == ["0", "1", "0", "2"]
    phone.tap("#undo", times=3)
    assert [phone.count(cell) for cell in ("rm", "rn", "nm", "nn")] == ["0"] * 4
    assert phone.page.locator("#undo").is_disabled()


def test_two_sheets_of_a_day_have_two_numbers_and_stay_until_they_are_removed(phone: Phone) -> None:
    for _ in range(2):
        phone.tap("[data-count=nm]", "#done", "#save")
    found = lines(phone.hand_in())
    assert sorted(line["sheet"] for line in found) == [1, 2]
    assert len({line["mark"] for line in found}) == 2
    phone.come_back()
    assert phone.page.locator("#sheets .item").count() == 2
    assert phone.page.locator("#sheets").inner_text().count("ingeleverd") == 2
    remove = phone.page.get_by_role("button", name=re.compile("Verwijder 30-11-2026 blad 2"))
    remove.tap()
    assert phone.page.locator("#sheets .item").count() == 2
    phone.page.get_by_role("button", name=re.compile("Zeker weten")).tap()
    assert phone.page.locator("#sheets .item").count() == 1


def test_a_sheet_that_was_handed_in_is_corrected_and_withdrawn_as_later_versions_of_the_same(phone: Phone) -> None:
    phone.tap("[data-count=nn]", "#done", "#save")
    (first,) = lines(phone.hand_in())
    phone.page.get_by_role("button", name=re.compile("^Verbeter")).tap()
    phone.tap(".move[data-from=nn]", "#save")
    assert "verbeterd, nog niet ingeleverd" in phone.page.locator("#sheets").inner_text()
    (second,) = lines(phone.hand_in())
    assert (second["registered"], second["version"], second["mark"]) == (1, 2, first["mark"])
    phone.page.get_by_role("button", name=re.compile("^Trek in")).tap()
    phone.page.get_by_role("button", name=re.compile("Zeker weten")).tap()
    (third,) = lines(phone.hand_in())
    assert (third["observed"], third["version"], third["stand"], third["mark"]) == (0, 3, "withdrawn", first["mark"])


def test_handing_in_again_gives_the_same_lines(phone: Phone) -> None:
    phone.tap("[data-count=nn]", "#done", "#save")
    assert phone.hand_in() == phone.hand_in()


def test_more_recorded_than_seen_cannot_be_made(phone: Phone) -> None:
    """Every way to lower a count ends at nought, and what was moved stays seen."""
    phone.tap("#done")
    less = phone.page.get_by_role("button", name=re.compile("^minder"))
    for place in range(4):
        less.nth(place).tap()
    assert all(button.is_disabled() for button in phone.page.locator(".move").all())
    assert "Nul controles gezien" in phone.page.locator("#sum").inner_text()
    phone.tap("#save")
    (line,) = lines(phone.hand_in())
    assert [line[name] for name in ("observed", "registered", "with_result", "with_result_registered")] == [0] * 4


def test_a_day_that_has_not_been_is_refused_in_words(phone: Phone) -> None:
    phone.page.evaluate(
        "() => { const d = document.getElementById('date'); d.max = ''; d.value = '2026-12-01'; d.onchange(); }"
    )
    phone.page.evaluate("() => document.getElementById('counting').onsubmit(new Event('submit'))")
    assert phone.said_aloud() == "Deze dag is nog niet geweest. Kies een andere dag."


def test_an_agreement_is_made_from_lists_and_a_look_back_before_its_start_is_refused(phone: Phone) -> None:
    phone.tap("#tab-agree")
    phone.page.locator("#aim").select_option("explained")
    phone.page.get_by_role("radio", name="uitleg geven").tap()
    phone.page.locator("#from").fill("2026-12-01")
    phone.page.locator("#look-back").fill("2026-12-01")
    phone.tap("#save-agreement")
    assert "na de begindag" in phone.page.locator("#refusal").inner_text()
    phone.page.locator("#look-back").fill("2027-03-01")
    phone.tap("#save-agreement")
    (line,) = lines(phone.hand_in("#hand-agreements"))
    assert re.fullmatch(r"zuid-20261201-[0-9a-f]{6}", line["action_id"])
    assert (line["aim"], line["way"], line["state"], line["help"]) == ("explained", "explain", "running", False)
    assert (line["starts"], line["look_back"]) == (date(2026, 12, 1), date(2027, 3, 1))


def test_at_look_back_the_page_asks_how_an_agreement_of_the_report_stands(phone: Phone) -> None:
    phone.tap("#tab-agree")
    phone.page.get_by_label("Jullie zouden nu terugkijken").select_option("kept")
    (line,) = lines(phone.hand_in("#hand-agreements"))
    assert (line["action_id"], line["state"], line["version"]) == ("A-1", "kept", 2)
    phone.come_back()
    phone.tap("#tab-agree")
    assert phone.page.locator("#agreements .due").count() == 0


def test_an_agreement_is_corrected_and_taken_back_as_later_versions_of_the_same(phone: Phone) -> None:
    phone.tap("#tab-agree", "#save-agreement")
    assert phone.said_aloud() == "Bewaard op dit toestel."
    button = phone.page.locator("#agreements").get_by_role
    assert button("button", name=re.compile("^Trek in")).count() == 0, "nobody has it yet: it can be removed"
    (first,) = lines(phone.hand_in("#hand-agreements"))
    button("button", name=re.compile("^Verbeter")).tap()
    assert "Je verbetert de afspraak" in phone.said_aloud()
    assert phone.page.locator("#agreeing-title").inner_text() == "Verbeter deze afspraak"
    assert phone.page.evaluate("() => document.activeElement.id") == "agreeing-title"
    phone.tap("#tab-count", "#tab-agree")
    assert phone.page.locator("#agreeing-title").inner_text() == "Nieuwe afspraak", (
        "who left is not correcting any more"
    )
    button("button", name=re.compile("^Verbeter")).tap()
    phone.tap("#cancel-agreement")
    assert phone.page.locator("#save-agreement").inner_text() == "Bewaar afspraak"
    button("button", name=re.compile("^Verbeter")).tap()
    phone.page.locator("#look-back").fill("2027-05-01")
    phone.tap("#save-agreement")
    (second,) = lines(phone.hand_in("#hand-agreements"))
    assert second == first | {"look_back": date(2027, 5, 1), "version": 2}
    button("button", name=re.compile("^Trek in")).tap()
    button("button", name=re.compile("Zeker weten")).tap()
    assert "wordt ingetrokken" in phone.page.locator("#agreements").inner_text()
    (third,) = lines(phone.hand_in("#hand-agreements"))
    assert third == second | {"state": "withdrawn", "version": 3}
    button("button", name=re.compile("^Verwijder")).tap()
    button("button", name=re.compile("Zeker weten")).tap()
    assert phone.page.locator("#agreements .item").count() == 1


def test_a_state_that_is_chosen_while_correcting_makes_no_second_agreement(phone: Phone) -> None:
    phone.tap("#tab-agree", "#save-agreement")
    phone.hand_in("#hand-agreements")
    mine = phone.page.locator("#agreements .item").last
    mine.get_by_role("button", name=re.compile("^Verbeter")).tap()
    mine.get_by_label("Hoe staat het ermee?").select_option("adjusted")
    phone.tap("#save-agreement")
    assert phone.page.locator("#agreements .item").count() == 2
    (line,) = lines(phone.hand_in("#hand-agreements"))
    assert (line["state"], line["version"]) == ("adjusted", 2)


def test_who_walks_a_list_with_the_keys_stays_in_it(phone: Phone) -> None:
    phone.tap("#tab-agree")
    state = phone.page.locator("#agreements select")
    state.focus()
    phone.page.keyboard.press("ArrowDown")
    phone.page.keyboard.press("ArrowDown")
    assert state.input_value() == "adjusted"
    assert phone.page.evaluate("() => document.activeElement.tagName") == "SELECT"


def test_a_page_that_stayed_open_overnight_counts_on_the_new_day(phone: Phone) -> None:
    phone.page.clock.set_fixed_time("2026-12-01T07:00:00")
    phone.tap("[data-count=nm]", "#done", "#save")
    (line,) = lines(phone.hand_in())
    assert (line["sample_date"], line["block"]) == (date(2026, 12, 1), "early")


def test_a_question_that_nobody_answers_is_asked_no_more(phone: Phone) -> None:
    phone.tap("[data-count=nm]", "#done", "#save", "#wipe")
    assert phone.page.locator("#wipe").inner_text() == "Zeker weten?"
    phone.tap("[data-count=rm]")
    assert phone.page.locator("#wipe").inner_text() == "Wis alles van dit toestel"
    phone.tap("#wipe")
    assert phone.page.locator("#sheets .item").count() == 1


def test_sheets_of_another_teams_page_stay_with_that_team(phone: Phone) -> None:
    phone.page.evaluate("() => localStorage.setItem('meos-telmee-1-elders', '{\"count\":{\"rm\":5}}')")
    phone.come_back()
    assert phone.count("rm") == "0"


def test_of_an_agreement_that_the_analyst_typed_only_its_state_can_be_renewed(phone: Phone) -> None:
    phone.tap("#tab-agree")
    assert phone.page.locator("#agreements .item").count() == 1
    assert phone.page.locator("#agreements .item button").count() == 0


def test_a_day_that_was_chosen_outlives_a_reload_and_a_message_does_not_outlive_its_tab(phone: Phone) -> None:
    phone.page.locator("#date").fill("2026-11-28")
    phone.page.locator("#block").select_option("night")
    phone.come_back()
    assert phone.page.locator("#date").input_value() == "2026-11-28"
    assert phone.page.locator("#block").input_value() == "night"
    phone.tap("[data-count=rm]", "#tab-agree")
    assert phone.said_aloud() == ""


def test_the_page_says_how_many_sheets_are_needed(phone: Phone) -> None:
    assert phone.page.locator("#aim-of-sheets").inner_text() == (
        "Voor een marge van 10 punten omhoog en omlaag heeft een team meestal 31 tot 62 bladen per jaar nodig. Om te zien of "
        "controles met resultaat vaker in MEOS staan, meestal 29."
    )


def test_there_is_no_field_to_type_in(phone: Phone) -> None:
    kinds = phone.page.evaluate(
        "() => [...document.querySelectorAll('input,textarea,[contenteditable]')].map(e => e.type)"
    )
    assert set(kinds) == {"date", "radio", "checkbox"}


HOSTILE = """() => {
  const x = '<img src=x onerror="window.hacked=1">';
  localStorage.setItem('meos-telmee-1-zuiderhaven', JSON.stringify({
    count: {rm: x, rn: -1, nm: 1e9, nn: 0, log: [x]}, team: x, kind: x, block: x, date: x,
    sheets: [{team: x, date: x, kind: x, block: x, mark: x, number: x, version: x, rm: x},
             {team: 'zuiderhaven', date: '2026-11-30', kind: 'flex', block: 'late', mark: '00c0ffee', number: 1, version: 1,
              weight: x, rm: 1, rn: 0, nm: 0, nn: 0}],
    agreements: [{id: x, team: x, aim: x, way: x, from: x, look: x, state: x, version: 1}]}));
}"""


def test_what_another_page_left_on_the_device_is_never_shown_as_markup(phone: Phone) -> None:
    phone.page.evaluate(HOSTILE)
    phone.come_back()
    phone.tap("[data-count=rm]")
    assert phone.count("rm") == "1"
    assert phone.page.evaluate("() => [window.hacked, document.querySelectorAll('img').length]") == [None, 0]
    assert phone.page.locator("#sheets .item").count() == 0


def test_everything_can_be_erased_from_the_device(phone: Phone) -> None:
    phone.tap("[data-count=rm]", "#done", "#save", "#wipe")
    assert phone.page.locator("#sheets .item").count() == 1
    phone.tap("#wipe")
    assert phone.page.locator("#sheets .item").count() == 0
    assert phone.page.evaluate("() => Object.keys(localStorage)") == []
    assert phone.page.locator("#wipe").inner_text() == "Wis alles van dit toestel"


def test_without_storage_the_page_says_so_and_still_counts(browser: Browser, folder: Path) -> None:
    made = Phone(browser, folder / "telmee.html")
    made.page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})")
    made.page.reload()
    assert made.page.locator("#no-store").is_visible()
    made.tap("[data-count=nm]", "#done", "#save")
    assert len(lines(made.hand_in())) == 1
    made.context.close()


def test_without_script_there_is_the_paper_sheet(browser: Browser, folder: Path) -> None:
    made = Phone(browser, folder / "telmee.html", java_script_enabled=False)
    assert made.page.get_by_text("gebruik het papieren blad").is_visible()
    assert made.page.get_by_role("heading", name="Telblad controles").is_visible()
    assert not made.page.locator("#app").is_visible()
    made.context.close()


def test_it_prints_as_one_sheet(browser: Browser, folder: Path) -> None:
    import io

    import pypdf

    context = browser.new_context()
    page = context.new_page()
    page.goto((folder / "telmee.html").as_uri())
    (sheet,) = pypdf.PdfReader(io.BytesIO(page.pdf())).pages
    text = sheet.extract_text()
    assert "Telblad controles" in text
    assert "Zuiderhaven" in text
    assert "Maak ongedaan" not in text
    context.close()


def test_without_a_mouse_every_count_can_be_made_and_has_a_name(browser: Browser, folder: Path) -> None:
    made = Phone(browser, folder / "telmee_en.html", has_touch=False, is_mobile=False)
    page = made.page
    page.get_by_role("button", name=re.compile("^with a result ?, is in MEOS")).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert (made.count("rm"), made.count("rn")) == ("1", "1")
    page.locator("#tab-count").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("() => document.activeElement.id") == "tab-agree"
    assert page.locator("#panel-agree").is_visible()
    made.context.close()


@pytest.mark.parametrize(
    "settings", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}], ids=["light", "dark", "forced"]
)
@pytest.mark.parametrize("step", ["count", "check", "kept", "agree"])
def test_axe_finds_nothing_in_any_step_and_nothing_sticks_out_at_320_pixels(
    browser: Browser, folder: Path, settings: dict[str, Any], step: str
) -> None:
    made = Phone(browser, folder / "telmee.html", **settings, viewport={"width": 320, "height": 700})
    if step in {"check", "kept"}:
        made.tap("[data-count=nn]", "#done")
    if step == "kept":
        made.tap("#save")
    if step == "agree":
        made.tap("#tab-agree")
    assert violations(made.page) == []
    assert made.page.evaluate("() => document.documentElement.scrollWidth") <= 320
    small = made.page.evaluate(
        "() => [...document.querySelectorAll('button,select,input[type=date]')].filter(e => e.checkVisibility())"
        ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.id || e.textContent)"
    )
    assert small == []
    made.context.close()
