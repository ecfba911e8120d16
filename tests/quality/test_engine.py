"""Outcomes are counts: right ones, of every rule, and without a value."""

import datetime as dt
import importlib.util
import logging
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.quality.engine import failing_rows, validate
from meos_pipeline.quality.suites import TABLES, Severity, read_suite, read_suites
from meos_pipeline.storage.paths import shipped

_spec = importlib.util.spec_from_file_location("quality_rule_tables", Path(__file__).parent / "rule_tables.py")
tables = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tables)

MARCH = dt.date(2025, 3, 1)
SUITES = read_suites(shipped("expectations"))
CANARIES = ("123456782", "Jansen-Canary", "12-MRT-8")


def suite_of(folder, **rules):
    path = folder / "police_checks.yaml"
    path.write_text(yaml.safe_dump({key: {"why": "x", **rule} for key, rule in rules.items()}))
    return read_suite(path)


def test_outcomes_come_in_the_order_of_the_file_with_their_severity():
    outcomes = validate(SUITES["queries"], TABLES["queries"].empty().lazy(), period=None)
    assert [outcome.rule for outcome in outcomes] == [rule.key for rule in SUITES["queries"].rules]
    assert {outcome.severity for outcome in outcomes} == {Severity.CRITICAL}


def test_an_outcome_counts_what_was_checked_and_what_failed():
    table = tables.table_of("queries", [{"queries": 2, "with_history": 3}, {"queries": 2, "with_history": 1}, {}])
    found = {outcome.rule: outcome for outcome in validate(SUITES["queries"], table.lazy(), period=None)}
    broken = found["history_is_part_of_the_queries"]
    assert (broken.passed, broken.checked, broken.failed, broken.share) == (False, 2, 1, 0.5)


def test_nothing_checked_is_a_share_of_zero():
    found = validate(SUITES["queries"], TABLES["queries"].empty().lazy(), period=None)
    assert {(outcome.passed, outcome.checked, outcome.share) for outcome in found} == {(True, 0, 0.0)}


def test_a_rule_about_the_period_is_not_passed_without_one():
    found = validate(SUITES["police_checks"], tables.table_of("police_checks", [{}]).lazy(), period=None)
    excused = {outcome.rule for outcome in found if outcome.exception == "no_period"}
    assert excused == {"check_dates_fall_in_the_month", "the_month_column_is_the_month_itself"}
    assert not any(outcome.passed for outcome in found if outcome.exception)


def test_a_missing_column_is_told_and_spoils_no_other_rule():
    table = tables.table_of("police_checks", [{}]).drop("age_band")
    found = {outcome.rule: outcome for outcome in validate(SUITES["police_checks"], table.lazy(), period=MARCH)}
    assert {rule for rule, outcome in found.items() if outcome.exception == "column_missing"} == {
        "ages_of_people_are_mostly_recorded",
        "only_people_and_drivers_have_an_age",
    }
    assert found["the_month_has_checks"].passed


def test_a_rule_that_cannot_be_worked_out_is_not_passed():
    table = TABLES["queries"].empty().with_columns(queries=pl.lit("many"))
    found = {outcome.rule: outcome for outcome in validate(SUITES["queries"], table.lazy(), period=None)}
    assert found["queries_are_plausible"].exception == "not_computable"
    assert not found["queries_are_plausible"].passed
    assert found["teams_are_slugs"].exception == ""


def _with_canaries() -> pl.DataFrame:
    texts = [column.name for column in TABLES["police_checks"].columns if column.dtype == pl.String]
    return tables.table_of("police_checks", [dict.fromkeys(texts, canary) for canary in CANARIES] * 2)


def test_no_value_of_the_table_is_in_an_outcome_or_a_log_line(caplog):
    caplog.set_level(logging.DEBUG)
    outcomes = validate(SUITES["police_checks"], _with_canaries().lazy(), period=MARCH)
    assert sum(not outcome.passed for outcome in outcomes) > 10
    for canary in CANARIES:
        assert canary not in repr(outcomes)
        assert canary not in caplog.text


def test_the_canaries_would_be_seen_where_great_expectations_shows_values():
    """Its own default result holds them; so the test above can fail."""
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all").get_batch(
        {"dataframe": _with_canaries().select("area").to_pandas()}
    )
    result = batch.validate(gx.expectations.ExpectColumnValueLengthsToBeBetween(column="area", max_value=3))
    assert CANARIES[0] in str(result.to_json_dict())


def test_failing_rows_name_where_a_row_came_from_and_nothing_else():
    rows = failing_rows(SUITES["police_checks"], _with_canaries().lazy(), period=MARCH).collect()
    assert rows.columns == ["check_key", "export_id", "line", "rule"]


def test_only_rules_with_quarantine_send_rows_away():
    suite = SUITES["police_checks"]
    table = tables.table_of("police_checks", [{"person_key": "123456782", "hour": 25, "line": 7}])
    sent = failing_rows(suite, table.lazy(), period=MARCH).collect()
    told = failing_rows(suite, table.lazy(), period=MARCH, quarantine_only=False).collect()
    assert set(sent["rule"]) <= {rule.key for rule in suite.rules if rule.quarantine}
    assert "person_keys_are_no_citizen_numbers" in set(sent["rule"])
    assert "hours_are_hours" in set(told["rule"])
    assert set(told["line"]) == {7}


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "check_key": st.sampled_from(["a" * 16, "b" * 16, "short"]),
                "hour": st.sampled_from([None, -1, 0, 23, 24]),
                "reason": st.sampled_from([None, "random", "behaviour_traffic_offence"]),
                "is_proactive": st.sampled_from([None, True, False]),
                "legal_bases": st.sampled_from([None, "SV27_52", "PW3|APV"]),
                "check_date": st.sampled_from([MARCH, dt.date(2025, 4, 1)]),
            }
        ),
        min_size=1,
        max_size=8,
    )
)
def test_failing_rows_are_as_many_as_the_outcome_says(rows):
    suite = SUITES["police_checks"]
    frame = tables.table_of("police_checks", rows).lazy()
    counted = dict(
        failing_rows(suite, frame, period=MARCH, quarantine_only=False).collect()["rule"].value_counts().rows()
    )
    said = {
        outcome.rule: outcome.failed
        for outcome in validate(suite, frame, period=MARCH)
        if suite[outcome.rule].kind.is_row_level and outcome.failed
    }
    assert counted == said


def test_rows_that_repeat_a_key_with_an_empty_part_are_all_named(tmp_path):
    suite = suite_of(
        tmp_path,
        places_occur_once={
            "severity": "info",
            "type": "expect_compound_columns_to_be_unique",
            "kwargs": {"column_list": ["area", "hour"]},
            "quarantine": True,
        },
    )
    rows = [
        {"line": 1, "area": "x"},
        {"line": 2, "area": "x"},
        {"line": 3, "area": "x", "hour": 1},
        {"line": 4},
        {"line": 5},
    ]
    found = failing_rows(suite, tables.table_of("police_checks", rows).lazy()).collect()
    assert found["line"].sort().to_list() == [1, 2]


def test_a_suite_without_rules_about_rows_gives_no_rows(tmp_path):
    suite = suite_of(
        tmp_path,
        some_checks={"severity": "info", "type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}},
    )
    assert failing_rows(suite, TABLES["police_checks"].empty().lazy()).collect().is_empty()


@pytest.mark.parametrize("module", ["engine", "suites", "metrics", "summary", "explain", "expressions"])
def test_importing_quality_does_not_import_great_expectations(module):
    """It costs seconds; only a validation may pay them."""
    code = f"import sys, meos_pipeline.quality.{module}; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_validation_leaves_no_file_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    validate(SUITES["queries"], TABLES["queries"].empty().lazy(), period=None)
    assert list(tmp_path.iterdir()) == []


def test_great_expectations_works_out_each_configuration_a_dozen_times_and_not_a_hundred(monkeypatch):
    from great_expectations.expectations.expectation import Expectation

    calls = []
    original = Expectation.configuration

    def counted(self):
        calls.append(type(self).__name__)
        return original.__get__(self)

    monkeypatch.setattr(Expectation, "configuration", property(counted))
    suite = SUITES["police_checks"]
    validate(suite, TABLES["police_checks"].empty().lazy(), period=MARCH)
    assert len(suite.rules) <= len(calls) <= 20 * len(suite.rules)
