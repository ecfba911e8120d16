"""Several sites at a glance, and the document that monitoring reads."""

import json
from datetime import date

import pytest

from meos_pipeline.statistics.settling import Completeness
from meos_pipeline.steps.state import Settling, settling_lines
from tests.cli.conftest import Meos

MONTH = {"month": "2026-09", "records": 9, "is_final": True}


def a_site(name: str, *asking: str) -> str:
    return json.dumps(
        {
            "site": name,
            "published": "2026-09-a",
            "newest_export": "2026-11-12",
            "months": [MONTH, MONTH | {"month": "2026-10", "is_final": False}],
            "asking": [{"kind": "refused", "about": item} for item in asking],
            "next": "nothing to do",
        }
    )


def test_sites_stand_side_by_side_and_one_that_cannot_be_read_hides_no_other(meos: Meos, tmp_path):
    (tmp_path / "a.json").write_text(a_site("Noord"), encoding="utf-8")
    (tmp_path / "b.json").write_text(a_site("Zuid", "x.csv"), encoding="utf-8")
    (tmp_path / "c.json").write_text("{", encoding="utf-8")
    calm = meos("fleet", "status", tmp_path / "a.json")
    assert calm.code == 0, calm.text
    assert "2026-09" in calm.out
    assert "2026-10" not in calm.out
    said = meos("fleet", "status", *sorted(tmp_path.glob("*.json")))
    assert said.code == 3
    assert all(word in said.out for word in ("Noord", "Zuid", "'c.json' cannot be read"))
    assert meos("fleet", "status", tmp_path / "a.json", tmp_path / "c.json").code == 3
    assert meos("fleet", "status").code == 2


def test_status_is_one_document_also_before_anything_was_taken_in(meos: Meos, empty, tmp_path):
    said = meos("status", "--json", "--data", empty.root)
    document = json.loads(said.out)
    assert said.code == 0, said.text
    assert (document["months"], document["published"], document["asking"]) == ([], "", [])
    assert meos("fleet", "status", empty.root).code == 0
    assert meos("fleet", "status", tmp_path).code == 3


def test_verify_tells_programs_what_it_tells_people(meos: Meos, empty):
    said = meos("verify", "--json", "--data", empty.root)
    assert said.code == meos("verify", "--data", empty.root).code != 0


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("nl", "september 2026 becomes final on 11 november 2026"),
        ("en", "September 2026 becomes final on 11 November 2026"),
    ],
)
def test_the_day_on_which_a_month_is_final_and_the_advice_are_told(language, wanted):
    measured = [
        Completeness(
            age=14, share=0.997, low=0.995, high=0.999, month_low=0.995, month_high=0.999, records=900, months=6
        ),
        Completeness(age=42, share=1.0, low=0.996, high=1.0, month_low=0.996, month_high=1.0, records=900, months=6),
    ]
    found = Settling(
        newest=date(2026, 11, 1),
        final={"2026-08": date(2026, 10, 12), "2026-09": date(2026, 11, 11)},
        measured=measured,
        advised=14,
    )
    lines = settling_lines(found, 42, language)
    assert lines[0] == wanted
    assert not any("2026-08" in line or "ugust" in line for line in lines)
    assert "'settlement_days' can be 14; it is 42." in lines[-1]
