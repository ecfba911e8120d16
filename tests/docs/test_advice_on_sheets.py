"""How many counting sheets a month: the policy, the guide, the demo and the plan say the same."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.contracts.companions import TEAM_ACTIONS
from meos_pipeline.policy import Policy
from meos_pipeline.steps.draws import sheets_asked
from meos_pipeline.synthetic import companion_files

GUIDE = Path(__file__).parents[2] / "docs" / "ambassadeur" / "tellen.md"
NUMBERS = {"een": 1, "twee": 2, "drie": 3, "vier": 4, "vijf": 5, "zes": 6}


def test_the_guide_says_what_the_policy_says():
    text = " ".join(GUIDE.read_text(encoding="utf-8").split())
    said = re.search(
        r"(\w+) diensten per maand is een goed begin\. Rond een afspraak .{0,40}? zijn het er (\w+)\.", text
    )
    assert said is not None
    assert [NUMBERS[word.lower()] for word in said.groups()] == [
        Policy().sheets_a_month,
        Policy().sheets_a_month_agreement,
    ]


def test_the_demo_counts_as_often_as_the_policy_says():
    assert Policy().sheets_a_month == companion_files.SHEETS_PER_MONTH
    assert Policy().sheets_a_month_agreement == companion_files.SHEETS_AROUND


@pytest.mark.parametrize(("aim", "asked"), [("coverage_no_result", 4), ("dossier", 2)])
def test_the_plan_asks_more_around_an_agreement_on_recording_only(aim, asked):
    row = {
        "action_id": "A-1",
        "team": "a",
        "kind": "agreement",
        "aim": aim,
        "starts": date(2026, 9, 1),
        "state": "running",
        "help": False,
    }
    actions = pl.DataFrame([row | {n: None for n in TEAM_ACTIONS.names if n not in row}], schema=TEAM_ACTIONS.schema)
    assert sheets_asked(actions, "a", date(2026, 11, 1), Policy()) == asked
    assert sheets_asked(actions, "b", date(2026, 11, 1), Policy()) == Policy().sheets_a_month
