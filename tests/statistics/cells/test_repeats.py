"""Repeats against the definition, applied record by record."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.statistics.cells.repeats import repeat_categories

MONTH, DATA_FROM = date(2025, 6, 1), date(2025, 3, 20)
SCHEMA = {"day": pl.Date, "key": pl.String, "hit_class": pl.String}
RECORDS = st.lists(
    st.tuples(
        st.integers(0, 102).map(lambda days: DATA_FROM + timedelta(days)),
        st.sampled_from(["a", "b", "c", None]),
        st.sampled_from(["H0", "H1", "H3", "H4", None]),
    ),
    max_size=25,
)


def _by_definition(record, records, window):
    day, key, _ = record
    start = day - timedelta(window)
    if key is None or start < DATA_FROM:
        return "unlinked"
    seen = [r for r in records if r[1] == key and start <= r[0] < day]
    if any(r[2] in {"H1", "H3"} for r in seen):
        return "with_result"
    return "without_result" if seen else "first"


@settings(derandomize=True, deadline=None, max_examples=80)
@given(RECORDS)
def test_every_record_has_the_category_that_the_definition_gives(records):
    frame = pl.DataFrame(records, schema=SCHEMA, orient="row").rename({"day": "check_date"})
    now, earlier = (frame.filter((pl.col("check_date") >= MONTH) == later) for later in (True, False))
    found = repeat_categories(now.lazy(), earlier.lazy(), key="key", windows=(30, 60), data_from=DATA_FROM).collect()
    for window in (30, 60):
        expected = sorted(
            (r[0], str(r[1]), str(r[2]), _by_definition(r, records, window)) for r in records if r[0] >= MONTH
        )
        rows = found.select("check_date", "key", "hit_class", f"key_{window}").rows()
        assert sorted((r[0], str(r[1]), str(r[2]), r[3]) for r in rows) == expected
