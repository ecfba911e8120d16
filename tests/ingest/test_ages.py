"""Age band, and whether the duty to show identity holds, on the day of the check."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.parse import Door
from meos_pipeline.ingest.persons import add_person_traits
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.settings import Settings


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
    door = Door(
        profile=read_profile("meos"),
        settings=Settings(),
        keys=Keys(lasting=bytes(32), years={}),
        organisation=ORGANISATION.empty(),
        exported_at=datetime(2025, 4, 3, tzinfo=UTC),
        export_id="",
    )
    kind = v.AGE_BANDS if column == "age_range" else pl.String()
    rows = pl.LazyFrame({column: [text], "check_date": [date(2025, 3, 10)]}, schema_overrides={column: kind})
    found = add_person_traits(rows, {column}, door).select("age_band", "is_under_fourteen").collect()
    assert found.row(0) == (band, is_young)
