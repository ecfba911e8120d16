"""Suites of rules: YAML files that a data steward may edit, one per table.

A file is checked whole before any data are read: names of columns, kinds and arguments, values of
code lists, patterns and bounds. Every mistake is told at once, with the nearest valid name.
"""

import dataclasses
import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.contracts.handed_in import HANDED_IN_TABLES
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.quality import MONTHLY_METRICS
from meos_pipeline.contracts.table import Table
from meos_pipeline.errors import RuleError
from meos_pipeline.quality import expressions as ex
from meos_pipeline.storage.yaml_files import SafeLoader, read_yaml

TABLES: dict[str, Table] = {
    table.name: table for table in (POLICE_CHECKS, *COMPANIONS, *HANDED_IN_TABLES, MONTHLY_METRICS)
}
"""Tables that may have a suite; a file bears the name of its table."""

MONTHLY_TABLES = (POLICE_CHECKS.name, MONTHLY_METRICS.name)
"""Tables that are judged one month at a time; the others as a whole."""

PERIOD_PARAMETERS = ("period_start", "period_end")
"""What ``{$PARAMETER: …}`` may name: first and last day of the period that is validated."""

_FIELDS = ("why", "why_nl", "severity", "type", "kwargs", "quarantine", "confirmable")
_REQUIRED_FIELDS = ("why", "severity", "type", "kwargs")


class Severity(StrEnum):
    """What a broken rule does: critical blocks what lies downstream."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; its key is a sentence that is true when all is well."""

    table: str
    key: str
    why: str
    why_nl: str = ""
    severity: Severity
    type: str
    kwargs: Mapping[str, Any]
    quarantine: bool = False
    """Rows that break the rule go to quarantine, with the key as the reason."""
    confirmable: bool = False
    """What breaks it can be true of the world: an analyst may confirm a month with a reason."""

    @property
    def kind(self) -> ex.Kind:
        """The kind of expectation."""
        return ex.KINDS[self.type]

    @property
    def needs_period(self) -> bool:
        """Tell whether the rule speaks of the period that is validated."""
        return any(_parameter(value) for value in self.kwargs.values())

    def arguments(self, period: dt.date | None) -> dict[str, Any]:
        """Return the arguments with the period filled in."""
        known = period_parameters(period)
        return {key: known.get(_parameter(value) or "", value) for key, value in self.kwargs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """All rules of one table."""

    table: str
    rules: tuple[Rule, ...]
    _by_key: dict[str, Rule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the rules."""
        object.__setattr__(self, "_by_key", {rule.key: rule for rule in self.rules})

    def __getitem__(self, key: str) -> Rule:
        """Return the rule of that key."""
        return self._by_key[key]

    def of(self, keys: Iterable[str]) -> "Suite":
        """Return a suite of these rules only."""
        return dataclasses.replace(self, rules=tuple(self[key] for key in keys))


def read_suites(folder: Path) -> dict[str, Suite]:
    """Read every ``*.yaml`` of the folder.

    Raises:
        RuleError: with every mistake of every file, each naming file, rule and nearest valid name.
    """
    mistakes: list[str] = []
    suites = {}
    for path in sorted(folder.glob("*.yaml")):
        suite = _parse(path, mistakes, path.stem)
        if suite is not None:
            suites[suite.table] = suite
    if mistakes:
        raise RuleError("\n  - ".join(["The quality rules are not right:", *mistakes]))
    return suites


def read_suite(path: Path, table: str = "") -> Suite:
    """Read one file that is not in ``expectations/`` yet, under any name.

    Args:
        path: The file.
        table: Table that it is about; by default the one that it is named after, else the checks.

    Raises:
        RuleError: with every mistake, each naming file, rule and nearest valid name.
    """
    mistakes: list[str] = []
    suite = _parse(path, mistakes, table or (path.stem if path.stem in TABLES else POLICE_CHECKS.name))
    if suite is None or mistakes:
        raise RuleError("\n  - ".join(["The quality rules are not right:", *mistakes]))
    return suite


def to_gx(suite: Suite) -> dict[str, Any]:
    """Return the arguments of ``great_expectations.ExpectationSuite``; nothing in them is ours alone."""
    return {
        "name": suite.table,
        "expectations": [
            {
                "type": rule.type,
                "kwargs": dict(rule.kwargs),
                "severity": rule.severity.value,
                "meta": {"rule": rule.key, "why": rule.why},
            }
            for rule in suite.rules
        ],
    }


def period_parameters(period: dt.date | None) -> dict[str, str]:
    """First and last day of the month that holds ``period``, as suite parameters."""
    if period is None:
        return {}
    first = period.replace(day=1)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    return {"period_start": f"{first}T00:00:00", "period_end": f"{last}T00:00:00"}


class _Loader(SafeLoader):
    """YAML without second thoughts: a key that occurs twice is a mistake."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT002
        """Refuse a key that occurs twice."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{key_node.value}' occurs twice; keep one", key_node.start_mark
                )
            seen.add(key_node.value)
        return super().construct_mapping(node, deep=deep)


def _parse(path: Path, mistakes: list[str], table: str) -> Suite | None:
    where = f"'{path.name}'"
    if table not in TABLES:
        mistakes.append(f"{where}: there is no table '{table}'{_hint(table, TABLES)}")
        return None
    try:
        document = read_yaml(path, _Loader)
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        mistakes.append(f"{where} cannot be read as YAML{line} ({getattr(error, 'problem', None) or 'not text'})")
        return None
    if not isinstance(document, dict):
        mistakes.append(f"{where}: should hold rules, each a name with its fields")
        return None
    rules = [_rule(table, str(key), given, f"{where}, rule '{key}'", mistakes) for key, given in document.items()]
    return Suite(table=table, rules=tuple(rule for rule in rules if rule))


def _rule(table: str, key: str, given: object, where: str, mistakes: list[str]) -> Rule | None:
    if not isinstance(given, dict):
        mistakes.append(f"{where}: should have the fields {', '.join(_REQUIRED_FIELDS)}")
        return None
    found = [f"unknown field '{name}'{_hint(str(name), _FIELDS)}" for name in given if name not in _FIELDS]
    found += [f"field '{name}' is missing; add it" for name in _REQUIRED_FIELDS if not given.get(name)]
    if not key.isidentifier() or key != key.lower():
        found.append("a name is lower case words joined by '_'")
    severity, kind = str(given.get("severity")), str(given.get("type"))
    if given.get("severity") and severity not in set(Severity):
        found.append(f"severity '{severity}' is unknown{_hint(severity, list(Severity))}")
    if given.get("type") and kind not in ex.KINDS:
        found.append(f"type '{kind}' is not covered{_hint(kind, ex.KINDS)}")
    elif given.get("type") and isinstance(given.get("kwargs"), dict):
        found += _argument_mistakes(TABLES[table], kind, given["kwargs"])
        if given.get("quarantine") and not ex.KINDS[kind].is_row_level:
            found.append(f"'quarantine' needs a rule about rows; '{kind}' is about the table as a whole")
    elif given.get("kwargs"):
        found.append("'kwargs' should be a mapping")
    found += [
        f"'{name}' is true or false"
        for name in ("quarantine", "confirmable")
        if not isinstance(given.get(name, False), bool)
    ]
    mistakes += [f"{where}: {mistake}" for mistake in found]
    if found:
        return None
    return Rule(
        table=table,
        key=key,
        why=str(given["why"]).strip(),
        why_nl=str(given.get("why_nl", "")).strip(),
        severity=Severity(severity),
        type=kind,
        kwargs=given["kwargs"],
        quarantine=given.get("quarantine", False),
        confirmable=given.get("confirmable", False),
    )


def _argument_mistakes(table: Table, name: str, given: dict[str, Any]) -> list[str]:
    kind = ex.KINDS[name]
    known = kind.all_arguments
    found = [f"'{name}' takes no '{key}'{_hint(str(key), known)}" for key in given if key not in known]
    needed = {"column": ["column"], "pair": ["column_A", "column_B"], "columns": ["column_list"], "table": []}
    found += [f"argument '{key}' is missing; add it" for key in needed[kind.domain] if key not in given]
    if found:
        return found
    columns = ex.columns_of(given)
    found += [f"table '{table.name}' has no column '{c}'{_hint(c, table.names)}" for c in columns if c not in table]
    parameters = [parameter for value in given.values() if (parameter := _parameter(value))]
    found += [
        f"there is no parameter '{p}'{_hint(p, PERIOD_PARAMETERS)}" for p in parameters if p not in PERIOD_PARAMETERS
    ]
    if "condition_parser" in given:
        found.append("write 'row_condition' as a mapping (type, column, operator, parameter), without a parser")
    if not found:
        found += _value_mistakes(table, kind, given)
    return found


def _value_mistakes(table: Table, kind: ex.Kind, given: dict[str, Any]) -> list[str]:
    found = []
    mostly = given.get("mostly", 1)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        found.append("'mostly' is a number between 0 and 1")
    for column, values in _compared(given):
        dtype = table[column].dtype
        if isinstance(dtype, pl.Enum):
            categories = list(dtype.categories)
            found += [
                f"column '{column}' never holds '{value}'{_hint(str(value), categories)}"
                for value in values
                if value not in categories
            ]
    if kind.needs == "number" and not table[given["column"]].dtype.is_numeric():
        found.append(f"column '{given['column']}' holds no numbers")
    if found:
        return found
    sample = period_parameters(dt.date(2000, 1, 1))
    arguments = {key: sample.get(_parameter(value) or "", value) for key, value in given.items()}
    try:
        _dry_run(table, kind, arguments)
    except (TypeError, ValueError, KeyError, pl.exceptions.PolarsError) as error:
        found.append(f"cannot be worked out on table '{table.name}' ({error})")
    return found


def _dry_run(table: Table, kind: ex.Kind, arguments: dict[str, Any]) -> None:
    """Work the rule out on the empty table: whatever cannot be compared shows here."""
    schema = table.schema
    if kind.metric in ex.UNIQUE_METRICS:
        made = ex.unique_rows(arguments, schema)
    elif kind.is_row_level:
        made = ex.unexpected(kind.metric, arguments, schema)
    elif kind.metric.endswith("_proportion"):
        made = ex.condition(arguments, schema)
    else:
        made = ex.aggregate(kind.metric, arguments, schema)
    _empty(table.name).select(made)
    if not kind.is_row_level and arguments.get("min_value") is None and arguments.get("max_value") is None:
        raise ValueError("min_value and max_value cannot both be absent")


@cache
def _empty(table: str) -> pl.DataFrame:
    """An empty table; making one costs a hundred times what a rule on it does."""
    return TABLES[table].empty()


def _compared(given: Mapping[str, Any]) -> list[tuple[str, list[Any]]]:
    """Columns with the values of their code list that the rule names."""
    own = [(given["column"], list(given["value_set"]))] if given.get("value_set") and "column" in given else []
    return own + _conditions(given.get("row_condition"))


def _conditions(condition: object) -> list[tuple[str, list[Any]]]:
    if not isinstance(condition, Mapping):
        return []
    found = [pair for part in condition.get("conditions", []) for pair in _conditions(part)]
    if condition.get("type") == "comparison" and condition.get("operator") in ("==", "!=", "IN", "NOT_IN"):
        value = condition.get("parameter")
        found.append((condition["column"]["name"], list(value) if isinstance(value, list) else [value]))
    return found


def _parameter(value: object) -> str | None:
    return str(value["$PARAMETER"]) if isinstance(value, Mapping) and "$PARAMETER" in value else None


def _hint(name: str, known: Iterable[str]) -> str:
    names = [str(item) for item in known]
    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known are {', '.join(sorted(names))}"
