"""What an analyst confirmed: a rule about the world failed in a month, and what it found is true, with a reason.

The reason stays in ``restricted/`` and in the audit log; readers see that it was confirmed.
"""

import json
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.errors import InputError
from meos_pipeline.steps.logged import log
from meos_pipeline.steps.naming import plain_reason
from meos_pipeline.steps.rules import suites
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from meos_pipeline.quality.suites import Suite

_KEPT = "confirmed.json"
Confirmed = dict[tuple[str, date | None], str]
"""Rule and month (none for a companion file) -> the reason."""


def read_confirmed(folder: DataFolder) -> Confirmed:
    """Return what was confirmed, the latest reason of each rule and month."""
    path = folder.restricted / _KEPT
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return {
        (item["rule"], date.fromisoformat(item["month"]) if item["month"] else None): str(item["why"]) for item in kept
    }


def confirm(space: Workspace, rule: str, *, why: str, month: str, now: datetime) -> list[date | None]:
    """Keep that what a rule found is true; return the months, None for a companion file.

    Args:
        space: The workspace.
        rule: Name of the rule.
        why: Why it is true.
        month: Which month, as 2026-10; all months in which it failed when empty.
        now: The moment of the act.

    Raises:
        InputError: when the rule is none that can be confirmed, did not fail there, no reason is given, or it names somebody.
    """
    from meos_pipeline.quality.summary import read_validation

    able = sorted(item.key for suite in suites().values() for item in suite.rules if item.confirmable)
    if rule not in able:
        raise InputError(f"'{rule}' is no rule that can be confirmed; those are: {', '.join(able)}")
    if not why.strip():
        raise InputError(f"Confirming '{rule}' needs a reason; write why it is true")
    reason = plain_reason(space, why)
    failed = read_validation(space.folder).filter(~pl.col("passed"), pl.col("rule") == rule)["month"].unique().sort()
    chosen = [item for item in failed if not month or (item and f"{item:%Y-%m}" == month)]
    if not chosen:
        known = ", ".join(f"{item:%Y-%m}" for item in failed if item) or "–"
        raise InputError(f"'{rule}' did not fail there; it failed in: {known}")
    kept = [
        {"rule": rule, "month": item.isoformat() if item else None, "why": reason, "at": now.isoformat()}
        for item in chosen
    ]
    path = space.folder.restricted / _KEPT
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    log(
        space,
        action="acknowledge",
        facts={"rule": rule, "months": [str(item) for item in chosen], "why": reason},
        now=now,
    )
    write_text(path, json.dumps([*before, *kept], indent=1, ensure_ascii=False))
    return chosen


def rules_confirmed(confirmed: Confirmed, month: date | None) -> tuple[str, ...]:
    """Return the rules that were confirmed for a month, or of companion files."""
    return tuple(sorted(rule for rule, of_month in confirmed if of_month == month))


def with_confirmed(judging: "Mapping[str, Suite]", confirmed: Confirmed, month: date | None) -> "dict[str, Suite]":
    """Return the suites in which a rule that was confirmed for the month stops nothing and warns of nothing."""
    from meos_pipeline.quality.suites import Severity

    known = set(rules_confirmed(confirmed, month))
    return {
        table: replace(
            suite,
            rules=tuple(replace(rule, severity=Severity.INFO) if rule.key in known else rule for rule in suite.rules),
        )
        for table, suite in judging.items()
    }
