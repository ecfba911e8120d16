"""Rules of ``expectations/`` on the months and the companion files; outcomes go to ``restricted/validation``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.storage.tables import months_of, scan_months

if TYPE_CHECKING:
    from meos_pipeline.quality.engine import Outcome
    from meos_pipeline.quality.suites import Rule, Suite

CHECKS, METRICS = "police_checks", "monthly_metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One rule as Dagster shows it: the worst of the months in a run."""

    rule: str
    severity: str
    passed: bool
    checked: int
    failed: int
    share: float
    why: str
    advice: str


@cache
def suites() -> "Mapping[str, Suite]":
    """Read all suites; a mistake in one names file, rule and nearest valid name."""
    from meos_pipeline.quality.suites import read_suites

    return read_suites(shipped("expectations"))


def rules_of_a_month() -> "list[Rule]":
    """Return the rules that judge a month: of the checks themselves and of the monthly metrics."""
    return [*suites()[CHECKS].rules, *suites()[METRICS].rules]


def version() -> str:
    """Return a short hash of all rule files: another rule is another version."""
    import hashlib

    folder = shipped("expectations")
    content = b"".join(path.read_bytes() for path in sorted(folder.glob("*.yaml")))
    return hashlib.sha256(content).hexdigest()[:12]


def validate_months(space: Workspace, months: Iterable[date]) -> "dict[date, list[Outcome]]":
    """Run the rules of a month on each of the months, and those of the companion files once.

    Writes the outcomes per month and the summary per rule, team and month. Counts only.
    """
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.quality.engine import validate
    from meos_pipeline.quality.metrics import monthly_metrics
    from meos_pipeline.quality.summary import outcomes_table, quality_summary, write_summary, write_validation

    companions = read_companions(space.folder, space.settings)
    everything = scan_months(space.folder.tables, POLICE_CHECKS)
    known = written_months(space.folder)
    metrics = monthly_metrics(everything, companions)
    found: dict[date, list[Outcome]] = {}
    for month in months:
        frames = {
            CHECKS: scan_months(space.folder.tables, POLICE_CHECKS, [month]),
            METRICS: metrics.lazy().filter(pl.col("month") == month),
        }
        found[month] = []
        for table, frame in frames.items():
            outcomes = validate(suites()[table], frame, period=month)
            write_validation(space.folder, table, month, outcomes_table(outcomes, suites()[table], month))
            found[month] += outcomes
    with one_at_a_time(space.folder, "validation"):
        # What is about all months is written by every run: the last one must have seen every month.
        if written_months(space.folder) != known:
            everything = scan_months(space.folder.tables, POLICE_CHECKS)
            metrics = monthly_metrics(everything, companions)
        newest = max(months_of(space.folder.tables, POLICE_CHECKS.name), default=None)
        for table, companion in companions.items():
            if table in suites():
                outcomes = validate(suites()[table], companion.lazy(), period=newest)
                write_validation(space.folder, table, None, outcomes_table(outcomes, suites()[table], None))
        write_summary(space.folder, quality_summary(suites(), everything, metrics))
    return found


def written_months(folder: DataFolder) -> dict[str, int]:
    """Return when the account of each month was written last: another answer means another run wrote meanwhile."""
    return {path.name: path.stat().st_mtime_ns for path in sorted((folder.restricted / "months").glob("*.json"))}


def worst(found: "Mapping[date, Sequence[Outcome]]") -> list[Told]:
    """Return each rule once, with its counts added up and the months in which it failed."""
    told = []
    for rule in rules_of_a_month():
        mine = [(month, item) for month, items in sorted(found.items()) for item in items if item.rule == rule.key]
        broken = [f"{month:%Y-%m}" for month, item in mine if not item.passed]
        checked, failed = sum(item.checked for _, item in mine), sum(item.failed for _, item in mine)
        told.append(
            Told(
                rule=rule.key,
                severity=str(rule.severity),
                passed=not broken,
                checked=checked,
                failed=failed,
                share=failed / checked if checked else 0.0,
                why=rule.why,
                advice=f"failed in {', '.join(broken)}; say 'meos expectations explain {rule.key}'"
                if broken
                else "nothing",
            )
        )
    return told


def critical_failures(found: "Mapping[date, Sequence[Outcome]]") -> list[str]:
    """Return 'month: rule' for every critical rule that failed."""
    return [
        f"{month:%Y-%m}: {item.rule}"
        for month, items in sorted(found.items())
        for item in items
        if not item.passed and str(item.severity) == "critical"
    ]


def tell(space: Workspace, found: "Mapping[date, Sequence[Outcome]]") -> dict[str, object]:
    """Return what is worth telling: rules that failed, per month."""
    rows = [
        {
            "month": f"{month:%Y-%m}",
            "rule": item.rule,
            "severity": str(item.severity),
            "failed": item.failed,
            "checked": item.checked,
        }
        for month, items in sorted(found.items())
        for item in items
        if not item.passed
    ]
    known = len(months_of(space.folder.tables, CHECKS))
    return {
        "rules": sum(len(items) for items in found.values()),
        "months validated": len(found),
        "months known": known,
        "rules that failed": pl.DataFrame(rows) if rows else "none",
        "validation page": str(space.folder.restricted / "pages" / "kwaliteit.html"),
    }
