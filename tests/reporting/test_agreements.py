"""What a team agreed, on its first screen, the sheet and the district: from the day it agreed on, with what became of it."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.reporting import district
from meos_pipeline.reporting.checking import require_true
from meos_pipeline.reporting.now import now
from meos_pipeline.reporting.render import render_edition
from meos_pipeline.reporting.results import results_by_team
from meos_pipeline.reporting.sections import actions as actions_section
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.team_reports import district_report, team_report, teams_of
from meos_pipeline.reporting.words import Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.fixture import publishable

PAGES = ("team-noordkade/index.html", "team-noordkade/a4.html", "district/index.html")
"""The report is of October, with data up to 3 November."""


def _pages(folder: Path, **agreement: object) -> dict[str, str]:
    made = publishable(teams=2)
    changed = [pl.lit(value, made.actions.schema[name]).alias(name) for name, value in agreement.items()]
    actions = made.actions.filter(pl.col("kind").cast(pl.String) == "agreement").with_columns(changed)
    render_edition(replace(made, actions=actions), folder)
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
