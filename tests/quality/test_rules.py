"""Every rule was seen to pass and seen to fail; and its tables notice when the rule is changed."""

import copy
import datetime as dt
import importlib.util
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.quality import expressions as ex
from meos_pipeline.quality.engine import validate
from meos_pipeline.quality.suites import TABLES, Rule, read_suites
from meos_pipeline.storage.paths import shipped

_spec = importlib.util.spec_from_file_location("quality_rule_tables", Path(__file__).parent / "rule_tables.py")
tables = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tables)

MARCH = dt.date(2025, 3, 1)
SUITES = read_suites(shipped("expectations"))
CASES = tables.all_cases()
RULES = [rule for suite in SUITES.values() for rule in suite.rules]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table}.{rule.key}")


def test_there_are_at_least_sixty_rules_and_a_suite_for_every_table():
    assert len(RULES) >= 60
    assert set(SUITES) == set(TABLES)


def test_the_rules_of_a_month_have_names_of_their_own():
    """Both tables' rules are checks of one asset in Dagster."""
    keys = [rule.key for table in ("police_checks", "monthly_metrics") for rule in SUITES[table].rules]
    assert len(keys) == len(set(keys))


def test_every_rule_has_a_case_and_every_case_a_rule():
    assert {table: set(cases) for table, cases in CASES.items()} == {
        table: {rule.key for rule in suite.rules} for table, suite in SUITES.items()
    }


@every_rule
def test_a_rule_passes_on_its_good_tables_and_looks_at_something(rule):
    for table in tables.passing_tables(rule, CASES[rule.table][rule.key]):
        (outcome,) = validate(SUITES[rule.table].of([rule.key]), table.lazy(), period=MARCH)
        assert outcome.passed
        assert outcome.exception == ""
        assert outcome.checked > 0


@every_rule
def test_a_rule_fails_on_each_of_its_bad_tables(rule):
    failing = tables.failing_tables(rule, CASES[rule.table][rule.key])
    assert failing
    for table in failing:
        (outcome,) = validate(SUITES[rule.table].of([rule.key]), table.lazy(), period=MARCH)
        assert not outcome.passed
        assert outcome.exception == ""
        assert outcome.failed > 0


@every_rule
def test_the_tables_of_a_rule_notice_every_change_to_it(rule):
    case = CASES[rule.table][rule.key]
    judged = [(table, True) for table in tables.passing_tables(rule, case)]
    judged += [(table, False) for table in tables.failing_tables(rule, case)]
    assert all(verdict(rule.type, rule.arguments(MARCH), table) is expected for table, expected in judged)
    mutants = mutants_of(rule)
    assert mutants or not rule.kwargs
    survivors = [
        name
        for name, kind, given in mutants
        if all(verdict(kind, given, table) is expected for table, expected in judged)
    ]
    assert survivors == []


def verdict(kind: str, given: dict, table: pl.DataFrame) -> bool | None:
    """Pass or fail by the expressions alone, as the parity test shows Great Expectations to judge; None: cannot be."""
    try:
        return judged_by_expressions(kind, given, table)
    except (TypeError, ValueError, pl.exceptions.PolarsError):
        return None


def judged_by_expressions(kind: str, given: dict, table: pl.DataFrame) -> bool:
    metric, schema = ex.KINDS[kind].metric, table.schema
    if metric in ex.UNIQUE_METRICS:
        keys = [key.alias(f"key_{n}") for n, key in enumerate(ex.duplicate_keys(given, schema))]
        return not table.filter(ex.unique_rows(given, schema)).select(keys).is_duplicated().any()
    if ex.KINDS[kind].is_row_level:
        rows = table.filter(ex.domain(given, schema))
        if "column" in given and metric not in ("column_values.nonnull", "column_values.null"):
            rows = rows.filter(ex.present(given["column"], schema).is_not_null())
        failed = table.select(ex.unexpected(metric, given, schema).sum()).item()
        return rows.is_empty() or (rows.height - failed) / rows.height >= given.get("mostly", 1)
    observed = table.select(ex.aggregate(metric, given, schema)).item()
    low, high = given.get("min_value"), given.get("max_value")
    return observed is not None and (low is None or observed >= low) and (high is None or observed <= high)


def mutants_of(rule: Rule) -> list[tuple[str, str, dict]]:  # noqa: PLR0912
    """Small changes that a slip of the keys could make; each must be noticed."""
    given = rule.arguments(MARCH)
    changed: list[tuple[str, dict]] = []

    def alter(name, **arguments):
        changed.append((name, {**copy.deepcopy(given), **arguments}))

    if "mostly" in given:
        alter("mostly lower", mostly=given["mostly"] - 0.001)
        alter("mostly higher", mostly=min(1.0, given["mostly"] + 0.0005))
    for name in ("min_value", "max_value"):
        if name in given:
            step = _step(rule, given[name])
            for sign in (-1, 1):
                moved = _moved(given[name], sign * step)
                alter(f"{name} {sign:+}", **{name: moved})
            changed.append((f"without {name}", {key: value for key, value in given.items() if key != name}))
    if "value" in given:
        alter("value + 1", value=given["value"] + 1)
        alter("value - 1", value=given["value"] - 1)
    for value in given.get("value_set", []):
        alter(f"without {value}", value_set=[other for other in given["value_set"] if other != value])
    if "regex" in given:
        alter("any pattern", regex="")
        alter("no pattern", regex="[^\\s\\S]")
        for anchor in ("^", "$"):
            if given["regex"].startswith(anchor) or given["regex"].endswith(anchor):
                alter(f"without {anchor}", regex=given["regex"].strip(anchor))
    if "row_condition" in given:
        changed.append(("without row_condition", {k: v for k, v in given.items() if k != "row_condition"}))
        alter("row_condition negated", row_condition=_negated(given["row_condition"]))
        for number, part in enumerate(given["row_condition"].get("conditions", [])):
            alter(f"row_condition part {number} only", row_condition=part)
    if "column_A" in given:
        alter("columns swapped", column_A=given["column_B"], column_B=given["column_A"])
    if given.get("or_equal"):
        alter("not or_equal", or_equal=False)
    for name in given.get("column_list", []):
        alter(f"key without {name}", column_list=[other for other in given["column_list"] if other != name])
    if "column" in given:
        dtype = TABLES[rule.table][given["column"]].dtype
        others = [c.name for c in TABLES[rule.table].columns if c.dtype == dtype and c.name != given["column"]]
        changed += [(f"column {other}", {**given, "column": other}) for other in others]
    if "columns swapped" in [name for name, _ in changed] and rule.type == "expect_column_pair_values_to_be_equal":
        changed = [(name, arguments) for name, arguments in changed if name != "columns swapped"]
    return [(name, rule.type, arguments) for name, arguments in changed]


def _step(rule: Rule, bound: object) -> float:
    dtype = TABLES[rule.table][rule.kwargs["column"]].dtype if "column" in rule.kwargs else pl.Int64()
    return 0.001 if dtype == pl.Float64 and isinstance(bound, float | int) else 1


def _moved(bound: object, step: float) -> object:
    if isinstance(bound, str):
        return (dt.datetime.fromisoformat(bound) + dt.timedelta(days=step)).isoformat()
    return bound + step


def _negated(condition: dict) -> dict:
    if condition["type"] == "and":
        return {"type": "or", "conditions": [_negated(part) for part in condition["conditions"]]}
    if condition["type"] == "nullity":
        return {**condition, "is_null": not condition["is_null"]}
    opposite = {"==": "!=", "!=": "==", "IN": "NOT_IN", "NOT_IN": "IN", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
    return {**condition, "operator": opposite[condition["operator"]]}
