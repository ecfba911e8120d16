"""Repeats against the definition, applied record by record."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.statistics.cells import ordered
from meos_pipeline.statistics.cells.repeats import CATEGORIES, repeat_counts

MONTH, DATA_FROM = date(2025, 6, 1), date(2025, 3, 20)
FIRST_DAYS = {DATA_FROM.replace(day=1): DATA_FROM} | {date(2025, month, 1): date(2025, month, 1) for month in (4, 5, 6)}
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


@settings(derandomize=True, deadline=None, max_examples=150)
@given(RECORDS)
def test_every_record_has_the_category_that_the_definition_gives(records):
    frame = pl.DataFrame(records, schema=SCHEMA, orient="row").rename({"day": "check_date"})
    checks = frame.select(
        pl.col("check_date", "hit_class"),
        pl.col("check_date").dt.month_start().alias("month"),
        team=pl.lit("t"),
        is_proactive=pl.lit(value=True),
        person_key="key",
        vehicle_key=pl.lit(None, dtype=pl.String),
    )
    months = [MONTH, date(2025, 4, 1)]
    found = repeat_counts(checks.lazy(), months, windows=(30, 60), first_days=FIRST_DAYS)
    counted = {row[1:4]: row[4] for row in found.rows()}
    for window in (30, 60):
        for month in months:
            of_month = [record for record in records if record[0].replace(day=1) == month]
            said = [_by_definition(record, records, window) for record in of_month]
            for category in CATEGORIES:
                assert counted.get((month, f"repeat_person_{window}", category), 0) == said.count(category)
            assert counted.get((month, f"repeat_vehicle_{window}", "unlinked"), 0) == len(of_month)


def test_parts_of_the_keys_together_give_what_they_give_at_once(monkeypatch):
    days = [date(2025, 1, 1) + timedelta(number * 7 % 150) for number in range(400)]
    checks = pl.DataFrame(
        {
            "check_date": days,
            "month": [day.replace(day=1) for day in days],
            "team": [f"t{number % 3}" for number in range(400)],
            "is_proactive": [number % 5 > 0 for number in range(400)],
            "hit_class": ["H1" if number % 4 == 0 else "H0" for number in range(400)],
            "person_key": [str(number % 37) for number in range(400)],
            "vehicle_key": [str(number % 53) if number % 2 else None for number in range(400)],
        }
    )
    months = [date(2025, 4, 1), date(2025, 5, 1)]
    asked = {"windows": (30, 90), "first_days": {date(2025, month, 1): date(2025, month, 1) for month in range(1, 6)}}
    whole = repeat_counts(checks.lazy(), months, **asked)
    monkeypatch.setattr(ordered, "PART_ROWS", 60)
    order = ["team", "month", "partition", "category"]
    assert repeat_counts(checks.lazy(), months, **asked).sort(order).equals(whole.sort(order))
    assert set(whole["category"]) == set(CATEGORIES)
    alone = repeat_counts(checks.lazy(), months[1:], **asked)
    assert alone.sort(order).equals(whole.filter(pl.col("month") == months[1]).sort(order))


def test_one_key_for_everyone_leaves_other_parts_empty(monkeypatch):
    monkeypatch.setattr(ordered, "PART_ROWS", 3)
    days = [date(2025, 4, 1) + timedelta(number) for number in range(9)]
    checks = pl.DataFrame(
        {
            "check_date": days,
            "month": [MONTH.replace(month=4)] * 9,
            "team": ["t"] * 9,
            "is_proactive": [True] * 9,
            "hit_class": ["H0"] * 9,
            "person_key": ["everyone"] * 9,
            "vehicle_key": [None] * 9,
        },
        schema_overrides={"vehicle_key": pl.String},
    )
    first_days = {date(2025, month, 1): date(2025, month, 1) for month in range(1, 5)}
    found = repeat_counts(checks.lazy(), [date(2025, 4, 1)], windows=(30,), first_days=first_days)
    counted = {row[2:4]: row[4] for row in found.rows()}
    assert counted[("repeat_person_30", "first")] == 1
    assert counted[("repeat_person_30", "without_result")] == 8
    assert counted[("repeat_vehicle_30", "unlinked")] == 9
