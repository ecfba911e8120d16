"""Age band, and whether the duty to show identity holds, on the day of the check."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.parse import Door
from meos_pipeline.ingest.persons import add_person_traits
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.settings import Settings

DOOR = Door(
    profile=read_profile("meos"),
    settings=Settings(),
    keys=Keys(lasting=bytes(32), years={}),
    organisation=ORGANISATION.empty(),
    exported_at=datetime(2025, 4, 3, tzinfo=UTC),
    export_id="",
)


@pytest.mark.parametrize(
    ("column", "text", "band", "is_young"),
    [
        ("age", "11", "<12", True),
        ("age", "13", "12-17", True),
        ("age", "14", "12-17", False),
        ("age", "65", "65+", False),
        ("age", "121", None, None),
        ("age", "", None, None),
        ("birth_date", "2011-03-10", "12-17", False),
        ("birth_date", "2011-03-11", "12-17", True),
        ("birth_date", "1999-11-14", "25-34", False),
        ("birth_date", "2000-05-14", "18-24", False),
        ("birth_date", "2000-12-01", "18-24", False),
        ("birth_date", "1990-02-28", "35-44", False),
        ("birth_date", "14-05-85", "35-44", False),
        ("birth_date", "14-05-05", "18-24", False),
        ("birth_date", "14 mei 62", "55-64", False),
        ("birth_date", "14/5/30", "65+", False),
        ("age", "0", None, None),
        ("age", "0,0", None, None),
        ("birth_date", "2013-00-00", None, True),
        ("birth_date", "2011-00-00", "12-17", None),
        ("birth_year", "2012", "12-17", True),
        ("birth_year", "2011", "12-17", None),
        ("birth_year", "2010", "12-17", False),
        ("age_range", "<12", "<12", True),
        ("age_range", "12-17", "12-17", None),
        ("age_range", "18-24", "18-24", False),
    ],
)
def test_every_form_of_an_age_gives_its_band_and_no_more_than_it_knows(column, text, band, is_young):
    kind = v.AGE_BANDS if column == "age_range" else pl.String()
    rows = pl.LazyFrame({column: [text], "check_date": [date(2025, 3, 10)]}, schema_overrides={column: kind})
    found = add_person_traits(rows, {column}, DOOR).select("age_band", "is_under_fourteen").collect()
    assert found.row(0) == (band, is_young)


def test_an_age_is_a_year_higher_from_the_birthday_on_whatever_the_month():
    """Everybody of a year of births, on every day of a year of checks, beside the calendar's own answer."""
    births = [date(1999, 1, 1) + timedelta(days=step) for step in range(0, 365, 7)]
    days = [date(2024, 1, 1) + timedelta(days=step) for step in range(0, 366, 5)]
    pairs = [(born, day) for born in births for day in days]
    rows = pl.LazyFrame(
        {"birth_date": [f"{born:%d-%m-%Y}" for born, _ in pairs], "check_date": [day for _, day in pairs]}
    )
    found = add_person_traits(rows, {"birth_date"}, DOOR).select("age_band").collect()["age_band"].to_list()
    assert found == ["25-34" if (day.month, day.day) >= (born.month, born.day) else "18-24" for born, day in pairs]
