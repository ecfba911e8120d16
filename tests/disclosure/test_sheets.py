"""Sheets behind a published coverage: frozen until enough checks on them changed, and what the gate asks of them."""

import json
from datetime import date, timedelta

import polars as pl
import pytest

from meos_pipeline.contracts.companions import COVERAGE_SAMPLE
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.disclosure.gate import CHECKS_SEEN, gate
from meos_pipeline.disclosure.sheets import changed_checks, settle_sheets
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.statistic import Gate

MONTH = date(2026, 10, 1)
FIRST = date(2026, 1, 5)


def sheets(*counts, team="a", first=FIRST, number=1):
    """Sheets a week apart: 'seen, recorded, with result, with result recorded'."""
    rows = [
        {
            "sample_date": first + timedelta(weeks=week),
            "team": team,
            "sheet": number,
            "observed": seen,
            "registered": recorded,
            "with_result": result,
            "with_result_registered": both,
        }
        for week, (seen, recorded, result, both) in enumerate(counts)
    ]
    schema = {name: COVERAGE_SAMPLE[name].dtype for name in rows[0]}
    return pl.DataFrame(rows, schema=schema)


PUBLISHED = sheets(*[(6, 4, 2, 2)] * 10)


def settled(now, before=PUBLISHED):
    return settle_sheets(now, before, month=MONTH, policy=Policy())


def test_the_first_edition_takes_all_sheets():
    assert settle_sheets(PUBLISHED, None, month=MONTH, policy=Policy()).equals(PUBLISHED)


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (sheets((6, 5, 2, 2), *[(6, 4, 2, 2)] * 9), 1),
        (sheets((6, 3, 2, 1), *[(6, 4, 2, 2)] * 9), 1),
        (sheets((6, 4, 3, 2), *[(6, 4, 2, 2)] * 9), 1),
        (PUBLISHED[1:], 6),
        (pl.concat([PUBLISHED, sheets((9, 5, 2, 2), first=date(2026, 6, 1))]), 9),
        (pl.concat([PUBLISHED, sheets((10, 5, 2, 2), first=date(2026, 6, 1))]), 10),
        (sheets(*[(6, 5, 2, 2)] * 10), 10),
        (PUBLISHED[:0], 60),
    ],
)
def test_a_team_s_sheets_change_from_ten_changed_checks_on(now, changed):
    assert changed_checks(now, PUBLISHED)["checks"].to_list() == [changed]
    assert settled(now).equals(PUBLISHED if changed < 10 else now.sort("sample_date"))


def test_small_changes_add_up_because_they_are_held_against_what_was_published():
    once = sheets(*[(6, 5, 2, 2)] * 5, *[(6, 4, 2, 2)] * 5)
    assert settled(once).equals(PUBLISHED)
    twice = sheets(*[(6, 5, 2, 2)] * 10)
    assert settled(twice, settled(once)).equals(twice)


def test_one_team_does_not_open_another():
    other = sheets(*[(6, 4, 2, 2)] * 10, team="b")
    now = pl.concat([sheets((6, 5, 2, 2), *[(6, 4, 2, 2)] * 9), sheets(*[(8, 4, 2, 2)] * 10, team="b")])
    found = settled(now, pl.concat([PUBLISHED, other]))
    assert found.filter(pl.col("team") == "a").equals(PUBLISHED)
    assert found.filter(pl.col("team") == "b")["observed"].to_list() == [8] * 10


def test_sheets_of_a_quarter_that_is_not_over_neither_show_nor_open():
    running = sheets(*[(20, 5, 2, 2)] * 3, first=date(2026, 10, 5))
    now = pl.concat([sheets((6, 5, 2, 2), *[(6, 4, 2, 2)] * 9), running])
    assert settled(now).equals(PUBLISHED)


def test_settling_again_changes_nothing():
    now = pl.concat([PUBLISHED, sheets((9, 5, 2, 2), first=date(2026, 6, 1))])
    once = settled(now)
    assert settled(now, once).equals(once)


def test_sheets_that_were_kept_before_columns_were_added_still_count():
    now = PUBLISHED.with_columns(block=pl.lit("late"))
    assert settled(now)["observed"].to_list() == PUBLISHED["observed"].to_list()


def _finding(statistic, **given):
    row = dict.fromkeys(FINDINGS.names) | {
        "statistic": statistic,
        "version": 1,
        "method": "evidence_grid",
        "team": "a",
        "period_start": date(2025, 10, 1),
        "period_end": date(2026, 9, 30),
        "stratum": "",
        "group": "",
        "reference": "",
        "series": "",
        "unit": "share",
        "estimate": 0.61834,
        "lower": 0.5,
        "upper": 0.7,
        "label": "described",
        "label_reason": "",
        "caveats": [],
        "n": 60,
        "detail": json.dumps({"residual_dof": 18}),
    }
    return pl.DataFrame([row | given], schema=FINDINGS.schema, orient="row")


def test_the_gate_knows_every_statistic_that_rests_on_sheets():
    reads = {s.name for s in all_statistics().values() if "coverage_sample" in s.inputs}
    assert reads == CHECKS_SEEN
    assert {all_statistics()[name].gate for name in reads} == {Gate.MODEL}


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ({}, "described"),
        ({"n": 20}, "described"),
        ({"n": 19}, "withheld"),
        ({"n": None}, "withheld"),
        ({"n": 19, "events": 40}, "withheld"),
        ({"detail": json.dumps({"residual_dof": 9})}, "withheld"),
    ],
)
def test_an_event_of_coverage_is_a_check_that_was_seen(given, label):
    passed = gate(_finding("coverage", **given), Policy()).row(0, named=True)
    assert passed["label"] == label


def test_coverage_leaves_in_whole_percents_with_counts_in_fifties_and_sheets_in_tens():
    passed = gate(_finding("coverage", needed=23), Policy()).row(0, named=True)
    assert (passed["estimate"], passed["n"], passed["needed"]) == (0.62, 100, 30)
