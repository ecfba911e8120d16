"""The dialogue sheet: floors of its own, a page that names no team, and an attack that finds what was planted."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.attack.dialogue import attack_dialogue
from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.disclosure.dialogue import Dialogue, Share, dialogue_of
from meos_pipeline.errors import DisclosureError
from meos_pipeline.policy import Policy
from meos_pipeline.reporting.dialogue import dialogue_html, write_dialogue
from meos_pipeline.reporting.words import LANGUAGES, Words, read_words
from meos_pipeline.settings import Site
from meos_pipeline.statistics.windows import add_months
from meos_pipeline.storage.paths import shipped

END = date(2026, 9, 1)
TEAMS = ("noordkade", "oosterpark", "zuiderhaven")
WORDS = {language: Words(read_words(shipped("reports")), language) for language in LANGUAGES}
FACTS = Dialogue(
    district="Waterland", start=date(2025, 10, 1), end=date(2026, 9, 30), checks=4300,
    shares={"coverage": Share(value=61, low=54, high=68), "yield_corrected": Share(value=19, low=15, high=24), "explanation_given": None},
)  # fmt: skip


def cells(teams=TEAMS, months=12, n=120):
    rows = [
        (team, "month", add_months(END, -step), "proactive", "proactive", n) for team in teams for step in range(months)
    ]
    return pl.DataFrame(rows, schema=CELLS.schema, orient="row")


def organisation(teams=TEAMS, districts=("Waterland",)):
    named = [districts[place % len(districts)] for place in range(len(teams))]
    return pl.DataFrame({"team": teams, "team_name": [team.title() for team in teams], "district": named})


def findings(**change):
    row = dict.fromkeys(FINDINGS.names) | {
        "statistic": "yield_corrected", "version": 1, "method": "m", "team": "", "period_start": date(2025, 10, 1),
        "period_end": date(2026, 9, 30), "stratum": "", "group": "", "reference": "", "series": "", "unit": "share",
        "estimate": 0.191, "lower": 0.152, "upper": 0.238, "label": "described", "label_reason": "", "caveats": [], "detail": "{}",
    }  # fmt: skip
    return pl.DataFrame([row | change], schema=FINDINGS.schema)


def test_a_sheet_holds_the_year_in_hundreds_and_whole_percents():
    facts = dialogue_of(cells(), findings(), organisation(), Policy(), end=END)
    assert (facts.checks, facts.start, facts.end) == (4300, date(2025, 10, 1), date(2026, 9, 30))
    assert facts.shares == {
        "coverage": None,
        "yield_corrected": Share(value=19, low=15, high=24),
        "explanation_given": None,
    }


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ((cells(TEAMS[:2]), organisation(TEAMS[:2])), "2 teams"),
        ((cells(months=11), organisation()), "a month of the year is not shown"),
        ((cells(n=20), organisation()), "fewer than 1000 checks"),
        ((cells(), organisation(districts=("A", "B"))), "2 districts"),
    ],
)
def test_below_a_floor_there_is_no_sheet(given, reason):
    with pytest.raises(DisclosureError, match=reason):
        dialogue_of(given[0], findings(), given[1], Policy(), end=END)


@pytest.mark.parametrize(
    "change",
    [{"team": "noordkade"}, {"group": "sex=male"}, {"stratum": "reason=x"}, {"series": "recorded"}, {"upper": 0.9},
     {"period_start": date(2026, 9, 1)}, {"statistic": "dossier_complete"}],
)  # fmt: skip
def test_no_figure_of_a_team_a_group_a_month_or_with_a_wide_margin_is_on_it(change):
    facts = dialogue_of(cells(), findings(**change), organisation(), Policy(), end=END)
    assert set(facts.shares.values()) == {None}


def _numbers():
    shares = [share for share in FACTS.shares.values() if share]
    return {FACTS.checks, 100, 1, 2, 3, 30, 2025, 2026, *(n for s in shares for n in (s.value, s.low, s.high))}


def test_the_sheet_is_a_page_and_an_a4_in_two_languages_and_the_attack_finds_nothing(tmp_path: Path):
    site = Site(organisation="Politie Voorbeeld")
    files = write_dialogue(FACTS, WORDS, site, tmp_path)
    assert [path.suffix for path in files] == [".html", ".pdf"] * 2
    names = [name for team in TEAMS for name in (team, team.title())]
    assert attack_dialogue(tmp_path, teams=names, numbers=_numbers(), publisher=site.organisation) == []
    text = dialogue_html(FACTS, WORDS["nl"], site, css="")
    assert "Van de 100 controles hadden er ongeveer 19 (15–24) een resultaat" in text
    assert "Hoe vaak de reden wordt verteld, weten we nog niet." in text
    assert text.count("<li>") == 3
    assert "<script" not in text


@pytest.mark.parametrize(
    ("planted", "kind"),
    [("<p>Noordkade</p>", "OTHER_TEAM"), ("<p>Van de 100 waren er 37.</p>", "RAW"), ("<p>13 controles</p>", "RAW"),
     ("<p>AB-12-CD</p>", "PERSONAL"), ("<img src='https://evil.example/x.png'>", "REMOTE")],
)  # fmt: skip
def test_the_attack_finds_what_is_planted(tmp_path: Path, planted: str, kind: str):
    text = dialogue_html(FACTS, WORDS["nl"], Site(), css="").replace("</main>", f"{planted}</main>")
    (tmp_path / "dialoogblad.html").write_text(text, encoding="utf-8")
    found = attack_dialogue(tmp_path, teams=["Noordkade"], numbers=_numbers())
    assert kind in {leak.kind for leak in found}
