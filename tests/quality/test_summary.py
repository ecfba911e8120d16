"""Results become tables: what was found, and how it moves over twelve months."""

import datetime as dt
import importlib.util
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.contracts.quality import MONTHLY_METRICS, QUALITY_SUMMARY, VALIDATION
from meos_pipeline.quality.engine import validate
from meos_pipeline.quality.metrics import monthly_metrics
from meos_pipeline.quality.suites import read_suites
from meos_pipeline.quality.summary import (
    outcomes_table,
    quality_summary,
    read_validation,
    write_summary,
    write_validation,
)
from meos_pipeline.storage.paths import DataFolder, shipped

_spec = importlib.util.spec_from_file_location("quality_rule_tables", Path(__file__).parent / "rule_tables.py")
tables = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tables)

SUITES = read_suites(shipped("expectations"))
MARCH = dt.date(2025, 3, 1)
RULE = "reasons_are_mostly_recorded"


def month(number):
    """The first of the month that lies ``number`` months after January 2024."""
    return dt.date(2024 + number // 12, number % 12 + 1, 1)


def summary_of(*failed_of_ten, team="a"):
    """Months of ten records each, of which so many are without a reason."""
    rows = [
        {
            "team": team,
            "month": month(n),
            "check_date": month(n),
            "check_key": f"{n}-{k}",
            "reason": None if k < failed else "random",
        }
        for n, failed in enumerate(failed_of_ten)
        for k in range(10)
    ]
    checks = tables.table_of("police_checks", rows).lazy()
    return quality_summary(SUITES, checks, monthly_metrics([checks], {})).filter(pl.col("rule") == RULE)


def test_a_share_is_counted_per_rule_team_and_month():
    found = summary_of(1, 3)
    assert found.select("month", "checked", "failed", "share").rows() == [
        (month(0), 10, 1, 0.1),
        (month(1), 10, 3, 0.3),
    ]


def test_the_change_is_against_the_months_before_and_empty_for_the_first():
    found = summary_of(1, 3, 5)
    assert found["change"][0] is None
    assert found["change"][2] == pytest.approx(0.5 - 0.2)
    assert found["share_12_months"][2] == pytest.approx(0.3)


def test_a_month_leaves_the_trend_after_twelve():
    found = summary_of(10, *[0] * 12)
    assert found["share_12_months"].to_list()[-2:] == [pytest.approx(10 / 120), 0.0]


def test_the_worst_month_is_the_highest_so_far_and_never_a_month_without_a_failure():
    assert summary_of(0, 3, 1, 3)["is_worst_month"].to_list() == [False, True, False, True]


def test_rules_about_the_month_as_a_whole_are_in_the_summary_too():
    checks = tables.table_of(
        "police_checks", [{"team": "a", "reason": "random", "check_key": str(n)} for n in range(50)]
    )
    metrics = monthly_metrics([checks.lazy()], {})
    found = quality_summary(SUITES, checks.lazy(), metrics).filter(pl.col("rule") == "a_team_uses_more_than_one_reason")
    assert found.select("checked", "failed").rows() == [(1, 1)]


def test_the_summary_counts_as_the_validation_does():
    rows = [
        {
            "hour": n % 26 - 1,
            "is_proactive": n % 3 == 0,
            "legal_bases": "SV27_52" if n % 2 else None,
            "check_key": str(n),
        }
        for n in range(60)
    ]
    checks = tables.table_of("police_checks", rows).lazy()
    summed = quality_summary({"police_checks": SUITES["police_checks"]}, checks, MONTHLY_METRICS.empty())
    ours = {row["rule"]: (row["checked"], row["failed"]) for row in summed.iter_rows(named=True)}
    said = {o.rule: (o.checked, o.failed) for o in validate(SUITES["police_checks"], checks, period=MARCH)}
    assert len(ours) > 60
    assert ours == {rule: said[rule] for rule in ours}


def test_empty_tables_give_an_empty_summary():
    checks = tables.TABLES["police_checks"].empty().lazy()
    assert QUALITY_SUMMARY.require(quality_summary(SUITES, checks, MONTHLY_METRICS.empty())).is_empty()


def test_outcomes_are_written_restricted_and_read_back(tmp_path):
    folder = DataFolder(tmp_path).make()
    table = tables.table_of("queries", [{"queries": 2, "with_history": 3}])
    suite = SUITES["queries"]
    made = outcomes_table(validate(suite, table.lazy(), period=None), suite, None)
    write_validation(folder, "queries", None, made)
    checks = outcomes_table(
        validate(SUITES["police_checks"], tables.table_of("police_checks", [{}]).lazy(), period=MARCH),
        SUITES["police_checks"],
        MARCH,
    )
    write_validation(folder, "police_checks", MARCH, checks)
    write_summary(folder, QUALITY_SUMMARY.empty())
    read = VALIDATION.require(read_validation(folder))
    assert {path.parent.parent for path in folder.restricted.rglob("*.parquet")} == {folder.restricted}
    assert read.height == len(suite.rules) + len(SUITES["police_checks"].rules)
    assert read.filter(~pl.col("passed"), table="queries")["rule"].to_list() == ["history_is_part_of_the_queries"]
    assert read.filter(table="police_checks")["month"].unique().to_list() == [MARCH]


def test_nothing_written_reads_as_an_empty_table(tmp_path):
    assert read_validation(DataFolder(tmp_path)).is_empty()
