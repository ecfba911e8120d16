"""The counting page as a file: one policy for its own script and style, nothing fetched, names that are only text."""

import base64
import hashlib
import html
import json
import re
from datetime import date
from pathlib import Path

import pytest

from meos_pipeline.contracts.companions import COVERAGE_SAMPLE
from meos_pipeline.reporting.count_page import count_page, paper_page
from meos_pipeline.reporting.shift_plan import DrawnShift, ShiftPlan
from meos_pipeline.reporting.words import LANGUAGES, Words, read_words
from meos_pipeline.storage.paths import shipped
from tests.reporting.test_render import PAYLOADS

TREE = read_words(shipped("reports"))
GUIDE = Path(__file__).resolve().parents[2] / "docs/ambassadeur/steekproefblad.html"


DRAWN = DrawnShift(team="zuiderhaven", day=date(2026, 12, 3), block="late", is_reserve=False, turn=1, weight=15.5)


def page(language: str = "nl", name: str = "Zuiderhaven") -> str:
    return count_page([("zuiderhaven", name)], Words(TREE, language), plan=ShiftPlan(drawn=(DRAWN,)))


def test_the_policy_allows_the_script_and_the_style_of_the_page_and_nothing_else() -> None:
    text = page()
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(part.split(" ", 1) for part in html.unescape(policy).split("; "))
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert rules[rule] == f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
    assert (rules["default-src"], rules["connect-src"], rules["form-action"]) == ("'none'", "'self'", "'none'")
    assert not re.search(r"\sstyle=|\son\w+=|innerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert not re.findall(r"https?://", text)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_hostile_name_of_a_team_is_text_in_the_page_and_in_its_data(payload: str) -> None:
    text = page(name=payload)
    assert text.count("<script") == 2
    assert "<img" not in text
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert json.loads(data)["names"]["team"] == {"zuiderhaven": payload}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_script_finds_every_word_and_every_element_that_it_names(language: str) -> None:
    text = page(language)
    script = text.rpartition("<script>")[2]
    assert set(re.findall(r"words\.(\w+)", script)) == set(TREE["count"]["script"])
    wanted = set(re.findall(r'at\("([\w-]+)"\)', script)) - {"team"}  # asked for with several teams only
    assert wanted - set(re.findall(r'\bid="([\w-]+)"', text)) == set()


def test_the_paper_sheet_asks_what_the_sample_file_holds_and_the_guide_has_the_same_sheet() -> None:
    text = paper_page(Words(TREE, "nl"))
    asked = re.findall(r"<code>(\w+)</code>", text)
    assert set(asked) == {c.source_name for c in COVERAGE_SAMPLE.columns} - {"gewicht"}
    assert GUIDE.read_text(encoding="utf-8") == text, (
        "write paper_page(words) there: the guide shows the sheet of the counting page"
    )
