"""The monthly metrics say what a person would count by hand."""

import datetime as dt
import importlib.util
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.contracts.quality import MONTHLY_METRICS
from meos_pipeline.quality.metrics import metrics_of, monthly_metrics, record_metrics

_spec = importlib.util.spec_from_file_location("quality_rule_tables", Path(__file__).parent / "rule_tables.py")
tables = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tables)

MARCH = dt.date(2025, 3, 1)


def checks(*rows):
    made = [{"team": "a", "check_key": f"k{n}", "status": "final", **row} for n, row in enumerate(rows)]
    for row in made:
        row.setdefault("check_date", row.get("month", MARCH))
        row.setdefault("month", row["check_date"].replace(day=1))
    return tables.table_of("police_checks", made).lazy()


def one(metric, *rows, **companions):
    made = monthly_metrics([checks(*rows)], {name: tables.table_of(name, given) for name, given in companions.items()})
    return MONTHLY_METRICS.require(made).filter(pl.col("month") == MARCH)[metric].to_list()


def test_an_empty_table_gives_no_rows_and_keeps_the_contract():
    empty = tables.TABLES["police_checks"].empty().lazy()
    assert MONTHLY_METRICS.require(monthly_metrics([empty], {})).is_empty()


@pytest.mark.parametrize(
    ("metric", "rows", "expected"),
    [
        ("checks", [{}, {}, {"status": "void"}, {"status": None}], 3),
        ("void_share", [{}, {}, {"status": "void"}, {"status": None}], 0.25),
        ("draft_share", [{}, {"status": "draft"}], 0.5),
        ("silent_days", [{"check_date": dt.date(2025, 3, 24)}], 7),
        ("active_day_share", [{}, {}, {"check_date": dt.date(2025, 3, 2)}], 2 / 31),
        (
            "midnight_share",
            [{"minute_class": "midnight"}, {"minute_class": "hour"}, {}, {"minute_class": "other"}],
            1 / 3,
        ),
        ("whole_hour_share", [{"minute_class": "midnight"}, {"minute_class": "hour"}, {"minute_class": "five"}], 2 / 3),
        ("round_minute_share", [{"minute_class": "five"}, {"minute_class": "other"}], 0.5),
        ("midnight_share", [{}], None),
        ("top_reason_share", [{"reason": "random"}, {"reason": "random"}, {"reason": "other"}, {}], 2 / 3),
        ("top_result_share", [{"result": "arrest"}], 1.0),
        ("nothing_found_share", [{"result": "arrest"}, {"result": "nothing_found"}, {}], 0.5),
        ("batch_entry_share", [{"is_batch_entry": True}, {"is_batch_entry": False}, {}], 0.5),
        ("late_entry_share", [{"entry_delay_minutes": 1440}, {"entry_delay_minutes": 1441}], 0.5),
        ("median_entry_delay_minutes", [{"entry_delay_minutes": n} for n in (1, 5, 90)], 5.0),
        ("unknown_time_share", [{"hour": 0}, {}], 0.5),
        (
            "unknown_age_share",
            [{"is_person": True}, {"is_person": True, "age_band": "65+"}, {"is_person": False}, {}],
            0.5,
        ),
        ("unknown_age_share", [{"is_person": False}], None),
        ("officers_recording", [{"officer_key": "x"}, {"officer_key": "x"}, {"officer_key": "y"}, {}], 2),
        ("officers_recording", [{}], None),
        (
            "identical_share",
            [{"clock_bin": 1}, {"clock_bin": 1}, {"clock_bin": 1, "sex": "male"}, {"clock_bin": 2}],
            0.25,
        ),
        ("identical_share", [{}, {}], None),
        # 06:30 plus 30 minutes is 07:00: the next shift; 05:30 plus 75 minutes is 06:45: the last half hour.
        (
            "shift_end_entry_share",
            [{"clock_bin": 26, "entry_delay_minutes": 30}, {"clock_bin": 22, "entry_delay_minutes": 75}],
            0.5,
        ),
        ("shift_end_entry_share", [{"clock_bin": 26, "entry_delay_minutes": 15}], 0.0),
        ("shift_end_entry_share", [{"clock_bin": 95, "entry_delay_minutes": 24 * 60 - 60}], 1.0),
    ],
)
def test_a_metric_is_what_a_person_would_count(metric, rows, expected):
    (found,) = one(metric, *rows)
    assert found == (None if expected is None else pytest.approx(expected))


def test_the_usual_month_is_the_median_of_the_earlier_ones_from_three_on():
    earlier = [
        {"month": dt.date(2024, 12, 1)},
        {"month": dt.date(2025, 1, 1)},
        {"month": dt.date(2025, 1, 1)},
        {"month": dt.date(2025, 2, 1)},
        {"month": dt.date(2025, 2, 1)},
    ]
    assert one("usual_checks", *earlier, {}) == [2.0]
    assert one("volume_ratio", *earlier, {}) == [0.5]
    assert one("volume_ratio", *earlier[1:], {}) == [None]


def test_usual_months_of_other_teams_do_not_count():
    others = [{"team": "b", "month": dt.date(2025, month, 1)} for month in (1, 2)] + [
        {"team": "b", "month": dt.date(2024, 12, 1)}
    ]
    assert one("usual_checks", *others, {}) == [None]


def test_a_team_on_duty_without_records_is_a_row_of_zero():
    deployment = [{"team": "a", "month": MARCH, "shifts": 4, "officers": 2}, {"team": "b", "month": MARCH, "shifts": 4}]
    assert one("checks", {}, {}, deployment=deployment) == [2, 0]
    assert one("checks_per_shift", {}, {}, deployment=deployment) == [0.5, 0.0]


def test_companions_are_added_up_per_team_and_month():
    companions = {
        "queries": [{"team": "a", "month": MARCH, "subject": s, "queries": 3} for s in ("person", "plate")],
        "second_register": [
            {"team": "a", "month": MARCH, "has_result": r, "in_second": 5, "in_both": 2} for r in (True, False)
        ],
        "coverage_sample": [
            {"team": "a", "sample_date": dt.date(2025, 3, day), "sheet": 1, "observed": 4, "registered": 3}
            for day in (2, 9)
        ],
        "complaints": [{"team": "a", "month": MARCH, "complaints": 1}],
    }
    made = monthly_metrics([checks({}, {})], {name: tables.table_of(name, rows) for name, rows in companions.items()})
    row = made.row(0, named=True)
    assert (row["queries"], row["query_ratio"], row["in_second"], row["in_both"]) == (6, 3.0, 10, 4)
    assert (row["sample_observed"], row["sample_registered"], row["sample_coverage"]) == (8, 6, 0.75)
    assert (row["complaints"], row["shifts"], row["checks_per_shift"]) == (1, None, None)


def test_months_apart_give_what_they_give_together():
    april = dt.date(2025, 4, 1)
    march_rows, april_rows = (
        checks({}, {"team": "b"}, {}),
        checks(*[{"month": april}] * 3, {"month": april, "team": "b"}),
    )
    together = monthly_metrics([pl.concat([march_rows, april_rows])], {})
    assert together.height == 4
    assert monthly_metrics([march_rows, april_rows], {}).equals(together)


@pytest.mark.parametrize(
    ("until", "is_over"),
    [(dt.date(2025, 3, 2), False), (dt.date(2025, 3, 31), False), (dt.date(2025, 4, 1), True), (None, True)],
)
def test_a_month_that_is_not_over_is_not_set_beside_whole_ones(until, is_over):
    before = [{"check_date": dt.date(2024, month, 1 + n)} for month in (10, 11, 12) for n in range(20)]
    rows = [*before, {"check_date": dt.date(2025, 3, 1)}]
    records = [record_metrics(checks(*rows))]
    shifts = tables.table_of("deployment", [{"team": "a", "month": dt.date(2025, 5, 1), "shifts": 9}])
    made = MONTHLY_METRICS.require(metrics_of(records, {"deployment": shifts}, until=until))
    told = made.filter(pl.col("month") == MARCH).select("silent_days", "active_day_share", "volume_ratio")
    assert told.row(0) == ((30, 1 / 31, 0.05) if is_over else (None, None, None))
    assert (made["volume_ratio"].to_list()[-1] is None) == (until is not None), "a month of shifts without an export"
