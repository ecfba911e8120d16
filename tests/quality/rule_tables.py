"""Tables for rules: the good rows of a case, and per bad entry one table that breaks the rule by one row."""

import datetime as dt
import importlib.util
from pathlib import Path

import polars as pl

from meos_pipeline.quality.suites import TABLES, Rule

MARCH = dt.date(2025, 3, 1)
ROWS = 1000
"""Rows of a table that is to lie exactly on ``mostly``."""
_HERE = Path(__file__).parent


def load(name: str):
    """Import a module that lies beside the tests; test folders are no packages."""
    spec = importlib.util.spec_from_file_location(f"quality_tests_{name.replace('/', '_')}", _HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def all_cases() -> dict[str, dict[str, tuple]]:
    return {
        "police_checks": load("cases/police_checks").CASES,
        "monthly_metrics": load("cases/monthly_metrics").CASES,
        **load("cases/companions").CASES,
    }


def table_of(name: str, rows: list[dict]) -> pl.DataFrame:
    """The table with these rows; columns left out are empty, or harmless where they may not be."""
    contract = TABLES[name]
    harmless = {column.name: _harmless(column) for column in contract.columns}
    return pl.DataFrame([{**harmless, **row} for row in rows], schema=contract.schema)


def passing_tables(rule: Rule, case: tuple) -> list[pl.DataFrame]:
    """Good rows only; and where ``mostly`` allows bad ones, a table with exactly as many of the first."""
    good, bad = case
    tables = [table_of(rule.table, good)]
    return [*tables, _mixed(rule, good, bad[0], _allowed(rule))] if "mostly" in rule.kwargs else tables


def failing_tables(rule: Rule, case: tuple) -> list[pl.DataFrame]:
    """One table per bad entry, with one bad row more than allowed."""
    good, bad = case
    if not rule.kind.is_row_level:
        return [table_of(rule.table, entry) for entry in bad]
    if "mostly" not in rule.kwargs:
        return [table_of(rule.table, good + (entry if isinstance(entry, list) else [entry])) for entry in bad]
    return [_mixed(rule, good, entry, _allowed(rule) + 1) for entry in bad]


def _allowed(rule: Rule) -> int:
    return round((1 - rule.kwargs["mostly"]) * ROWS)


def _mixed(rule: Rule, good: list[dict], bad: dict, n_bad: int) -> pl.DataFrame:
    """A thousand rows like the first good one, of which ``n_bad`` are bad."""
    return table_of(rule.table, [bad] * n_bad + [good[0]] * (ROWS - n_bad))


def _harmless(column):
    if column.nullable:
        return None
    if column.name == "minute_class":
        return "other"
    if isinstance(column.dtype, pl.Enum):
        return column.dtype.categories[0]
    return {pl.String: "team", pl.Date: MARCH, pl.Boolean: False, pl.Float64: 0.0}.get(type(column.dtype), 3)
