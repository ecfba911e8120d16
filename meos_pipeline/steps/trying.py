"""Try a rule before it counts: how many rows of the last months it would fail. Counts only; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import InputError
from meos_pipeline.steps import intake
from meos_pipeline.steps.rules import CHECKS, METRICS, suites_of
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.tables import months_of, scan_months

if TYPE_CHECKING:
    from meos_pipeline.quality.suites import Rule, Suite

_FILES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """How a rule comes out on one month, or on a companion file as a whole."""

    rule: str
    month: date | None
    severity: str
    passed: bool
    failed: int
    checked: int
    then: str
    """What would happen if the rule counted."""


def try_rules(space: Workspace, what: str, *, table: str = "", months: int = 1) -> tuple[str, list[Tried]]:
    """Run rules on the newest months that have ended; return the table they are about and what came out.

    Args:
        space: The workspace.
        what: A file with rules, or the name of a rule that there is, as ``rule`` or ``table.rule``.
        table: Table that the file is about; by default the one it is named after, else the checks.
        months: Number of months, for rules that judge a month at a time.

    Raises:
        RuleError: when the file or the name is wrong.
        InputError: when the file or its table is not there, or several tables have a rule of that name.
    """
    from meos_pipeline.quality.engine import validate

    suite = _suite(space, what, table)
    found = []
    for month, frame in _frames(space, suite.table, months):
        for rule, item in zip(suite.rules, validate(suite, frame, period=month), strict=True):
            then = "nothing" if item.passed else _then(rule, item.exception)
            found.append(
                Tried(
                    rule=rule.key,
                    month=month if suite.table in (CHECKS, METRICS) else None,
                    severity=str(rule.severity),
                    passed=item.passed,
                    failed=item.failed,
                    checked=item.checked,
                    then=then,
                )
            )
    return suite.table, found


def _suite(space: Workspace, what: str, table: str) -> "Suite":
    from meos_pipeline.quality.explain import find_rules
    from meos_pipeline.quality.suites import Suite, read_suite

    path = Path(what)
    if path.suffix.lower() not in _FILES:
        rule, *others = find_rules(suites_of(space), what)
        if others:
            known = ", ".join(f"{item.table}.{item.key}" for item in (rule, *others))
            raise InputError(f"Several tables have a rule '{what}'; choose one of {known}")
        return Suite(table=rule.table, rules=(rule,))
    if not path.is_file():
        raise InputError(f"'{path.name}' is not there; check the path, or give the name of a rule")
    return read_suite(path, table)


def _frames(space: Workspace, table: str, months: int) -> Sequence[tuple[date | None, pl.LazyFrame]]:
    """Return the table a month at a time, or as a whole with the newest month for rules that speak of a period."""
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.quality.metrics import monthly_metrics

    root = space.folder.tables
    known = months_of(root, POLICE_CHECKS.name)
    if not known:
        raise InputError("No exports were taken in yet; put them in the folder 'landing' and say 'meos run'")
    day = intake.newest_export(space).date().replace(day=1)
    last = ([month for month in known if month < day] or known)[-max(months, 1) :]
    if table == CHECKS:
        return [(month, scan_months(root, POLICE_CHECKS, [month])) for month in last]
    companions = read_companions(space.folder, space.settings)
    if table == METRICS:
        metrics = monthly_metrics([scan_months(root, POLICE_CHECKS, [month]) for month in known], companions).lazy()
        return [(month, metrics.filter(pl.col("month") == month)) for month in last]
    if table not in companions:
        raise InputError(f"There is no file for the table '{table}' in landing; put it there, then try the rule again")
    return [(last[-1], companions[table].lazy())]


def _then(rule: "Rule", exception: str) -> str:
    if exception:
        return f"could not be worked out ({exception})"
    if rule.quarantine:
        return "these rows would be set aside"
    return {
        "critical": "nothing would be counted or published from it",
        "warning": "it would be told in Dagster and in the report",
        "info": "it would be told to analysts",
    }[str(rule.severity)]
