"""Numbers and plates belong to one person and vehicle each, and pass the forms they pretend to."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.synthetic.daylight import is_autumn_change, is_spring_change, light_minutes
from meos_pipeline.synthetic.names import area_codes, months_from, slug, team_names
from meos_pipeline.synthetic.people import MOST_PEOPLE, person_numbers, plates


@given(st.integers(0, MOST_PEOPLE - 1))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_a_person_number_passes_the_test_of_eleven(person: int) -> None:
    digits = [int(digit) for digit in str(person_numbers(np.array([person]))[0])]
    assert len(digits) == 9
    assert sum(f * d for f, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True)) % 11 == 0


def test_person_numbers_and_plates_are_different_for_everyone() -> None:
    people = np.arange(0, MOST_PEOPLE, 7, dtype=np.int64)
    assert len(np.unique(person_numbers(people))) == len(people)
    assert pl.select(plates(people)).to_series().n_unique() == len(people)


def test_names_of_two_hundred_teams_differ_in_name_slug_and_area() -> None:
    names = team_names(200)
    assert len({slug(name) for name in names}) == 200
    assert len({code for team in range(200) for code in area_codes(team, 3)}) == 600


def test_more_teams_than_names_is_refused() -> None:
    with pytest.raises(ValueError, match="ask for 1 to"):
        team_names(1000)


def test_dusk_of_utrecht_is_within_two_minutes_of_the_tables() -> None:
    days = [date(2024, 6, 21), date(2024, 12, 21), date(2024, 3, 31)]
    dusk = light_minutes(days, 52.09, 5.12)[:, 1]
    assert np.abs(dusk - np.array([22 * 60 + 53, 17 * 60 + 11, 20 * 60 + 46])).max() <= 2


def test_clock_changes_are_those_of_2024() -> None:
    year = [date.fromordinal(date(2024, 1, 1).toordinal() + i) for i in range(366)]
    assert [day for day in year if is_spring_change(day)] == [date(2024, 3, 31)]
    assert [day for day in year if is_autumn_change(day)] == [date(2024, 10, 27)]


def test_months_pass_the_turn_of_the_year() -> None:
    assert months_from(date(2024, 12, 1), 2) == [date(2024, 12, 1), date(2025, 1, 1)]
