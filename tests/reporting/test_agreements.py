"""What a team agreed, on its first screen, the sheet and the district: from the day it agreed on, with what became of it."""

import html
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import icalendar
import polars as pl
import pytest

from meos_pipeline.reporting import district, render
from meos_pipeline.reporting.a4 import a4_html, previous
from meos_pipeline.reporting.cards.since_last_month import data_changes
from meos_pipeline.reporting.checking import require_true
from meos_pipeline.reporting.now import now
from meos_pipeline.reporting.pdf import STATIC, font_css, one_page
from meos_pipeline.reporting.render import render_edition
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.sections import actions as actions_section
from meos_pipeline.reporting.shift_plan import DrawnShift, ShiftPlan
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import State
from meos_pipeline.reporting.team_page import main_table
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.dutch import render_dutch
from tests.reporting.fixture import passed, publishable

TREE = read_words(shipped("reports"))
PAGES = ("team-noordkade/index.html", "team-noordkade/a4.html", "district/index.html")
"""The report is of October, with data up to 3 November."""


def _pages(folder: Path, **agreement: object) -> dict[str, str]:
    made = publishable(teams=2)
    changed = [pl.lit(value, made.actions.schema[name]).alias(name) for name, value in agreement.items()]
    actions = made.actions.filter(pl.col("kind").cast(pl.String) == "agreement").with_columns(changed)
    render_dutch(replace(made, actions=actions), folder)
    return {name: (folder / name).read_text(encoding="utf-8") for name in PAGES}


@pytest.mark.parametrize(
    ("starts", "has_begun"),
    [
        (date(2026, 10, 28), True),
        (date(2026, 10, 31), True),
        (date(2026, 11, 1), True),
        (date(2026, 11, 3), True),
        (date(2026, 11, 4), False),
        (date(2026, 11, 30), False),
    ],
)
def test_an_agreement_leads_also_when_it_begins_after_the_newest_day_of_the_data(
    tmp_path: Path, starts: date, *, has_begun: bool
) -> None:
    pages = _pages(tmp_path, starts=starts, look_back=date(2026, 12, 1))
    day = f"{starts.day} {'oktober' if starts.month == 10 else 'november'} 2026"
    ahead = (f"Dit geldt vanaf {day}.", f"Dit geldt vanaf {day}.", f": vanaf {day}.")
    for name, said in zip(PAGES, ahead, strict=True):
        assert "We kijken terug op 1 december 2026." in pages[name], name
        assert "Nog geen afspraak." not in pages[name], name
        assert (said in pages[name]) is not has_begun, name
    assert (f"sinds {day}, loopt" in pages["district/index.html"]) is has_begun


@pytest.mark.parametrize(
    ("look_back", "state", "said"),
    [
        (date(2026, 11, 4), "running", "We kijken terug op 4 november 2026."),
        (date(2026, 11, 3), "running", "We zouden op 3 november 2026 terugkijken: hoe staat het ermee?"),
        (date(2026, 11, 3), "kept", ""),
        (date(2026, 11, 4), "adjusted", "We kijken terug op 4 november 2026."),
        (date(2026, 11, 3), "adjusted", ""),
        (date(2026, 11, 4), "dropped", ""),
        (None, "running", ""),
    ],
)
def test_a_page_says_when_the_team_looks_back_or_asks_how_it_stands(
    tmp_path: Path, look_back: date | None, state: str, said: str
) -> None:
    pages = _pages(tmp_path, look_back=look_back, state=state)
    for name in PAGES:
        assert said in pages[name]
        assert said or "erugkijken" not in pages[name].replace("terugkijken op", "")


STATES = {"running": "loopt", "kept": "gehaald", "adjusted": "bijgesteld", "dropped": "losgelaten"}


def _told(**agreement: object) -> dict[str, str]:
    """What the first screen, the page of actions and the district say of the agreement."""
    made = publishable(teams=4)
    changed = [pl.lit(value, made.actions.schema[name]).alias(name) for name, value in agreement.items()]
    actions = made.actions.filter(pl.col("kind").cast(pl.String) == "agreement").with_columns(changed)
    made, words = replace(made, actions=actions), Words(read_words(shipped("reports")), "nl")
    everyone = results_by_team(made)
    reports = [team_report(team, name, made, everyone, words, House()) for team, name in teams_of(made)]
    own = next(report for report in reports if report.team == "team-noordkade")
    whole = district_report(made, everyone, words, House())
    first, passages = now(own), district.passages_of(whole, reports, [])
    require_true("now", first.passages())
    require_true("district", passages)
    said = {
        "now": [*first.lines],
        "actions": actions_section.build(own).items,
        "district": [s for p in passages if p.name == "agreement of team-noordkade" for s in p.sentences],
        "help": district.wants_help(whole, reports),
    }
    return {name: " ".join(map(str, lines)) for name, lines in said.items()}


@pytest.mark.parametrize("state", STATES)
def test_every_page_tells_what_the_team_said_of_its_agreement_and_never_that_it_is_done(state: str) -> None:
    told = _told(starts=date(2026, 10, 28), look_back=date(2027, 1, 31), state=state)
    assert f"sinds 28 oktober 2026, {STATES[state]}." in told["district"]
    for name in ("now", "actions"):
        assert (f"{STATES[state].capitalize()}, zegt het team." in told[name]) is (state != "running"), name
    assert "klaar" not in " ".join(told.values())


def test_a_typed_end_is_told_as_a_day() -> None:
    told = _told(starts=date(2026, 2, 1), ends=date(2026, 8, 31), look_back=None)
    assert "van 1 februari 2026 tot en met 31 augustus 2026." in told["district"]


def test_the_figures_before_and_after_an_agreement_are_the_same_on_every_page() -> None:
    told = _told()
    sides = r"In augustus 2025 .*? In februari .*?[)][.]"
    found = [re.findall(sides, told[name]) for name in ("now", "district")]
    assert found[0] == found[1] != [], told
    assert "Voor de afspraak, in" not in told["now"]


def test_who_asks_for_help_is_told_to_the_district_also_before_the_agreement_begins() -> None:
    told = _told(starts=date(2026, 11, 30), look_back=date(2027, 1, 31), help=True)
    assert "vanaf 30 november 2026. We kijken terug op 31 januari 2027. Het team vraagt hulp." in told["district"]
    assert "Deze teams vragen hulp bij hun afspraak: Team Noordkade." in told["help"]


@pytest.mark.parametrize("state", STATES)
def test_a_team_that_is_done_with_an_agreement_no_longer_asks_for_help(state: str) -> None:
    told = _told(state=state, help=True)
    asks = state in {"running", "adjusted"}
    assert ("Het team vraagt hulp." in told["district"]) is asks
    assert ("Team Noordkade" in told["help"]) is asks


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_sheet_led_by_a_young_agreement_tells_in_figures_what_became_of_the_one_before(language: str) -> None:
    made = publishable(teams=4)
    own = made.actions.filter(pl.col("kind").cast(pl.String) == "agreement")
    young = own.with_columns(
        pl.lit("A3").alias("action_id"), pl.lit(date(2026, 10, 20)).alias("starts"), pl.lit("reason").alias("aim")
    )
    made, words = replace(made, actions=pl.concat([own, young.cast(own.schema)])), Words(TREE, language)
    (team, name), everyone = ("team-noordkade", "Team Noordkade"), results_by_team(made)
    report = team_report(team, name, made, everyone, words, House())
    before, sides, *_ = map(str, previous(report))
    assert before == {
        "nl": "De vorige afspraak: het dossier compleet maken.",
        "en": "The agreement before: completing the file.",
    }[language]  # fmt: skip
    assert re.search(r"2026: \d+ \(\d+–\d+\)", sides)
    css = font_css() + (STATIC / "a4.css").read_text(encoding="utf-8")
    sheet = a4_html(report, House(), css=css)
    assert f"{before} {sides}" in html.unescape(sheet)
    assert one_page(sheet, identifier="a") is not None
    assert before not in a4_html(report, House(), with_previous=False)
    alone = team_report(team, name, replace(made, actions=own), everyone, words, House())
    assert previous(alone) == ()


def test_a_sheet_on_which_the_agreement_before_does_not_fit_is_made_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        render, "one_page", lambda page, identifier: None if "with previous" in page else identifier.encode()
    )
    monkeypatch.setattr(
        render, "a4_html", lambda *_, css="", with_previous=True: f"with{'' if with_previous else 'out'} previous"
    )
    made = publishable(teams=1)
    report = team_report("team-noordkade", "Noord", made, results_by_team(made), Words(TREE, "nl"), House())
    render._write_a4(report, House(), tmp_path)
    assert (tmp_path / "a4.html").read_text() == "without previous"


@pytest.mark.parametrize(
    ("has_earlier", "changed", "said"),
    [
        (False, (), "Dit is het eerste rapport."),
        (True, (), "De bron en de eerdere cijfers bleven gelijk."),
        (True, ("team-noordkade",), "Een paar eerdere cijfers zijn bijgewerkt"),
        (True, ("team-elders",), "De bron en de eerdere cijfers bleven gelijk."),
    ],
)
def test_what_changed_in_earlier_figures_is_said_of_what_readers_have(
    *, has_earlier: bool, changed: tuple[str, ...], said: str
) -> None:
    """A first report has none before it; the way in tells of every team what its own page tells."""
    made = publishable(teams=1)
    changes = passed(pl.DataFrame({"team": changed}, schema={"team": pl.String}))
    made, words = replace(made, has_earlier=has_earlier, changes=changes), Words(TREE, "nl")
    everyone = results_by_team(made)
    report = team_report("team-noordkade", "Noord", made, everyone, words, House())
    whole = district_report(made, everyone, words, House())
    assert data_changes(report).startswith(said)
    assert data_changes(whole, report).startswith(said)


def test_a_part_that_nobody_counted_stands_as_the_whole_does() -> None:
    made = publishable(teams=1)
    whole_only = (pl.col("statistic") != "coverage") | (pl.col("series") != "without_result")
    made = replace(made, findings=passed(made.findings.filter(whole_only)))
    report = team_report("team-noordkade", "Noord", made, results_by_team(made), Words(TREE, "nl"), House())
    whole, part, *_ = main_table(report).rows
    assert part[0].text == "Staat in MEOS, zonder resultaat"
    assert part[-1].state == whole[-1].state == State.NOT_YET
    assert part[-1].text == "zonder oordeel"


def test_the_page_of_the_district_leads_to_its_own_page_to_count_along(tmp_path: Path) -> None:
    pages = _pages(tmp_path)
    assert 'href="telmee.html"' in pages["district/index.html"]
    assert (tmp_path / "district" / "telmee.html").exists()


def test_drawn_shifts_stand_on_the_pages_of_their_team_alone(tmp_path: Path) -> None:
    made = publishable(teams=2)
    days = dict(zip([team for team, _ in teams_of(made)], (date(2027, 2, 6), date(2027, 2, 23)), strict=True))
    drawn = tuple(
        DrawnShift(team=team, day=day, block="late", is_reserve=False, turn=1, weight=15.5)
        for team, day in days.items()
    )
    render_edition(made, tmp_path, plan=ShiftPlan(drawn=drawn))
    pages = [path for path in tmp_path.rglob("*") if path.suffix in {".html", ".js", ".ics", ".csv"}]
    for team, day in days.items():
        ways = {f"{day:%Y-%m-%d}", f"{day:%Y%m%d}", f"{day.day} februari", f"{day.day} February"}
        found = {path.parent.name for path in pages if any(way in path.read_text(encoding="utf-8") for way in ways)}
        assert found == {team}
        for name in ("diensten.ics", "shifts.ics"):
            (event,) = icalendar.Calendar.from_ical((tmp_path / team / name).read_bytes()).walk("VEVENT")
            assert (event["class"], event.decoded("dtstart")) == ("PRIVATE", day)
    assert not list((tmp_path / "district").glob("*.ics"))
