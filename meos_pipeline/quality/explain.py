"""What ``meos expectations`` tells about rules. Returns rows and text; prints nothing."""

import difflib
from collections.abc import Mapping
from typing import Any

from meos_pipeline.errors import RuleError
from meos_pipeline.quality.suites import Rule, Suite


def list_rules(suites: Mapping[str, Suite], language: str = "en") -> list[tuple[str, str, str, str]]:
    """Return (table, rule, severity, why) of every rule, in the order of the files."""
    return [
        (rule.table, rule.key, rule.severity.value, _why(rule, language))
        for suite in suites.values()
        for rule in suite.rules
    ]


def explain(suites: Mapping[str, Suite], name: str, language: str = "en") -> str:
    """Tell of one rule, or of every rule of that name, what it expects and why.

    Args:
        suites: All suites.
        name: ``rule`` or ``table.rule``.
        language: Language of the reason: nl or en.

    Raises:
        RuleError: when there is none, with the nearest name.
    """
    return "\n\n".join(_told(rule, language) for rule in find_rules(suites, name))


def find_rules(suites: Mapping[str, Suite], name: str) -> list[Rule]:
    """Return the rules of a name, one per table that has it.

    Args:
        suites: All suites.
        name: ``rule`` or ``table.rule``.

    Raises:
        RuleError: when there is none, with the nearest name.
    """
    rules = {f"{rule.table}.{rule.key}": rule for suite in suites.values() for rule in suite.rules}
    found = [rule for full, rule in rules.items() if name in (full, rule.key)]
    if not found:
        keys = [*rules, *{rule.key for rule in rules.values()}]
        near = difflib.get_close_matches(name, keys, n=1)
        hint = f"did you mean '{near[0]}'?" if near else "'meos expectations list' shows all"
        raise RuleError(f"There is no rule '{name}'; {hint}")
    return found


_CONSEQUENCE = {
    "critical": "blocks everything that is made from the table",
    "warning": "is shown in Dagster and in the report",
    "info": "is shown to analysts",
}

_PARAMETER_WORDS = {"period_start": "first day of the month", "period_end": "last day of the month"}


def _why(rule: Rule, language: str) -> str:
    return rule.why_nl if language == "nl" and rule.why_nl else rule.why


def _told(rule: Rule, language: str) -> str:
    lines = [
        f"{rule.table}: {rule.key}",
        f"  why        {_why(rule, language)}",
        f"  severity   {rule.severity.value}: {_CONSEQUENCE[rule.severity.value]}",
        f"  expects    {rule.type}",
        *[f"    {key:<16} {_written(value)}" for key, value in rule.kwargs.items() if key != "row_condition"],
    ]
    if "row_condition" in rule.kwargs:
        lines.append(f"  only where {condition_text(rule.kwargs['row_condition'])}")
    if "mostly" in rule.kwargs:
        lines.append(f"  passes when at least {rule.kwargs['mostly']:.1%} of the rows meet it")
    if rule.quarantine:
        lines.append("  rows that break it go to quarantine")
    lines.append(f"  file       expectations/{rule.table}.yaml")
    return "\n".join(lines)


def condition_text(condition: Mapping[str, Any]) -> str:
    """Write a row condition as one line."""
    kind = condition["type"]
    if kind in ("and", "or"):
        return f" {kind} ".join(f"({condition_text(part)})" for part in condition["conditions"])
    name = condition["column"]["name"]
    if kind == "nullity":
        return f"{name} is {'empty' if condition['is_null'] else 'not empty'}"
    return f"{name} {condition['operator']} {_written(condition['parameter'])}"


def _written(value: object) -> str:
    if isinstance(value, Mapping):
        return _PARAMETER_WORDS[str(value["$PARAMETER"])]
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
