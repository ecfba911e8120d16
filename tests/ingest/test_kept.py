"""Rows of a team and month by what became of them: kept, set aside, replaced."""

from datetime import date

import pytest

from meos_pipeline.ingest.kept import read_kept
from tests.ingest.district import new_folder, row, take_in, text_of

OCTOBER = date(2024, 10, 1)
FIRST, SECOND = "controles_2024-10_20241105T0600.csv", "controles_2024-10_20241110T0600.csv"


def rows(count: int, **change: str) -> list[dict[str, str]]:
    return [row(number, **change) for number in range(count)]


@pytest.fixture
def folder(tmp_path):
    return new_folder(tmp_path)


def told(folder) -> dict[str, tuple[int, int, int]]:
    kept = read_kept(folder)
    assert set(kept["month"]) <= {OCTOBER}
    return {team: counts for team, *counts in kept.select("team", "accepted", "set_aside", "replaced").iter_rows()}


def test_rows_are_counted_for_the_team_whose_they_are(folder):
    west = [row(100 + n, basisteam_medewerker="Utrecht-West") for n in range(10)]
    west[0]["resultaat_code"] = "ONBEKENDE_CODE"
    take_in(folder, {FIRST: text_of(rows(50) + west)})
    assert told(folder) == {"zuid": [50, 0, 0], "west": [9, 1, 0]}


def test_a_row_that_a_later_export_mended_is_not_set_aside(folder):
    wrong = rows(50)
    wrong[0]["resultaat_code"] = wrong[1]["resultaat_code"] = "ONBEKENDE_CODE"
    take_in(folder, {FIRST: text_of(wrong)})
    assert told(folder) == {"zuid": [48, 2, 0]}
    mended = rows(2)
    take_in(folder, {SECOND: text_of(mended)})
    assert told(folder) == {"zuid": [50, 0, 0]}


def test_a_row_set_aside_twice_is_one_row(folder):
    wrong = rows(50)
    wrong[0]["resultaat_code"] = "ONBEKENDE_CODE"
    take_in(folder, {FIRST: text_of(wrong), SECOND: text_of(wrong)})
    assert told(folder) == {"zuid": [49, 1, 0]}


def test_only_versions_that_say_something_else_replace(folder):
    changed = rows(50)
    for item in changed[:5]:
        item["resultaat_code"] = "AANHOUDING"
    take_in(folder, {FIRST: text_of(rows(50)), SECOND: text_of(changed)})
    assert told(folder) == {"zuid": [50, 0, 5]}


def test_two_checks_under_one_number_are_both_set_aside(folder):
    twice = [*rows(50), row(7, tijd="03:11", kenteken="XX-99-YY")]
    take_in(folder, {FIRST: text_of(twice)})
    assert told(folder) == {"zuid": [49, 2, 0]}
