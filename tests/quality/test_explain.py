"""The command line can tell every rule in words."""

import datetime as dt
import importlib.util
from pathlib import Path

import pytest

from meos_pipeline.errors import RuleError
from meos_pipeline.quality.explain import condition_text, explain, list_rules
from meos_pipeline.quality.suites import read_suites
from meos_pipeline.storage.paths import shipped

_spec = importlib.util.spec_from_file_location("quality_rule_tables", Path(__file__).parent / "rule_tables.py")
tables = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tables)

FEBRUARY, MARCH = dt.date(2025, 2, 3), dt.date(2025, 3, 4)
FOLDER = shipped("expectations")
SUITES = read_suites(FOLDER)


def test_every_rule_is_listed_with_its_table_severity_and_reason():
    listed = list_rules(SUITES)
    assert len(listed) == sum(len(suite.rules) for suite in SUITES.values())
    assert ("queries", "queries_are_plausible", "critical", SUITES["queries"]["queries_are_plausible"].why) in listed


@pytest.mark.parametrize(
    "row", list_rules(SUITES), ids=lambda row: f"{row[0]}.{row[1]}" if isinstance(row, tuple) else ""
)
def test_every_rule_can_be_explained(row):
    text = explain(SUITES, f"{row[0]}.{row[1]}")
    assert row[3] in text
    assert f"expectations/{row[0]}.yaml" in text


def test_an_explanation_tells_condition_threshold_and_consequence():
    text = explain(SUITES, "searches_have_a_legal_basis")
    assert "only where is_searched == true" in text
    assert "at least 98.0% of the rows" in text
    assert "shown in Dagster and in the report" in text


def test_an_explanation_tells_the_period_in_words_and_quarantine():
    text = explain(SUITES, "check_dates_fall_in_the_month")
    assert "first day of the month" in text
    assert "rows that break it go to quarantine" in text


def test_a_name_in_several_tables_explains_them_all():
    assert explain(SUITES, "teams_are_slugs").count("expectations/") > 5


def test_an_unknown_rule_is_refused_with_the_nearest_name():
    with pytest.raises(RuleError, match="did you mean 'hours_are_hours'"):
        explain(SUITES, "hours_are_ours")
    with pytest.raises(RuleError, match="'meos expectations list' shows all"):
        explain(SUITES, "zzz")


def test_a_condition_reads_as_one_line():
    empty = {"type": "nullity", "column": {"name": "result"}, "is_null": True}
    filled = {**empty, "is_null": False}
    listed = {"type": "comparison", "column": {"name": "hour"}, "operator": "IN", "parameter": [1, 2]}
    assert condition_text({"type": "or", "conditions": [empty, filled]}) == "(result is empty) or (result is not empty)"
    assert condition_text(listed) == "hour IN 1, 2"
