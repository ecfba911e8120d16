"""Rules of ``expectations/`` on the months and the companion files; outcomes go to ``restricted/validation``."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_table, write_text
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.storage.tables import month_path, months_of, scan_months

if TYPE_CHECKING:
    from meos_pipeline.quality.engine import Outcome
    from meos_pipeline.quality.suites import Rule, Suite

CHECKS, METRICS = "police_checks", "monthly_metrics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One rule of a table, in one month or over all months of a run, as Dagster shows it."""

    table: str
    rule: str
    month: date | None
    """None for all months of the run together, and for companion files."""
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
    """Run the rules of a month on each of the months.

    Writes the outcomes per month and the summary per rule, team and month. Counts only.
    """
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.quality.engine import validate
    from meos_pipeline.quality.metrics import metrics_of
    from meos_pipeline.quality.summary import (
        outcomes_table,
        rule_counts,
        summary_of,
        write_metrics,
        write_summary,
        write_validation,
    )

    companions = read_companions(space.folder, space.settings)
    rules = version()
    metrics = metrics_of([of_month.records for of_month in _each_month(space.folder, rules)], companions)
    found: dict[date, list[Outcome]] = {}
    for month in months:
        judged = _state(space.folder, month, rules)
        frames = {
            CHECKS: scan_months(space.folder.tables, POLICE_CHECKS, [month]),
            METRICS: metrics.lazy().filter(pl.col("month") == month),
        }
        found[month] = []
        for table, frame in frames.items():
            outcomes = validate(suites()[table], frame, period=month)
            write_validation(space.folder, table, month, outcomes_table(outcomes, suites()[table], month))
            found[month] += outcomes
        write_text(_state_path(space.folder, month), judged)
    with one_at_a_time(space.folder, "validation"):
        # What is about all months is written by every run: the last one must have seen every month.
        figures = _each_month(space.folder, rules)
        metrics = metrics_of([of_month.records for of_month in figures], companions)
        write_metrics(space.folder, metrics)
        counts = [of_month.rules for of_month in figures]
        write_summary(space.folder, summary_of([*counts, rule_counts(suites()[METRICS], metrics.lazy())]))
    return found


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the records of one month tell of each team."""

    records: pl.DataFrame
    rules: pl.DataFrame
    """Checked and failed per rule."""


def _each_month(folder: DataFolder, rules: str) -> list[_Figures]:
    """Figures of every month; kept, so that a run looks only at the records of months that changed."""
    return [_figures(folder, month, rules) for month in months_of(folder.tables, POLICE_CHECKS.name)]


def _figures(folder: DataFolder, month: date, rules: str) -> _Figures:
    from meos_pipeline.quality import metrics
    from meos_pipeline.quality.summary import rule_counts

    root = folder.restricted / "quality" / "months"
    told = root / f"{month.isoformat()}.txt"
    paths = [root / f"{name}-{month.isoformat()}.parquet" for name in ("records", "rules")]
    with one_at_a_time(folder, f"figures-{month:%Y-%m}"):
        # Before the records are read: when another run writes the month meanwhile, these figures are stale. They are
        # of the file itself as well, for a table that was changed by hand has to be seen.
        file = month_path(folder.tables, CHECKS, month).stat()
        state = f"{metrics.VERSION}:{_state(folder, month, rules)}:{file.st_size}:{file.st_mtime_ns}"
        is_kept = told.exists() and all(path.exists() for path in paths)
        if is_kept and told.read_text(encoding="utf-8") == state:
            return _Figures(*(pl.read_parquet(path) for path in paths))
        checks = scan_months(folder.tables, POLICE_CHECKS, [month])
        made = _Figures(metrics.record_metrics(checks), rule_counts(suites()[CHECKS], checks))
        told.unlink(missing_ok=True)
        for path, frame in zip(paths, (made.records, made.rules), strict=True):
            write_table(path, frame)
        write_text(told, state)
        return made


def stale_validations(space: Workspace) -> dict[date, str]:
    """Return the months that were merged again, or whose rules changed, since the rules judged them."""
    rules = version()
    wanted = {month: _state(space.folder, month, rules) for month in months_of(space.folder.tables, CHECKS)}
    return {
        month: state
        for month, state in wanted.items()
        if not (path := _state_path(space.folder, month)).exists() or path.read_text(encoding="utf-8") != state
    }


def broken_months(space: Workspace) -> dict[date, list[str]]:
    """Return the months of which a critical rule failed when it was last asked, with those rules."""
    from meos_pipeline.quality.summary import read_validation

    failed = read_validation(space.folder).filter(
        ~pl.col("passed"),
        pl.col("severity").cast(pl.String) == "critical",
        pl.col("month").is_in(months_of(space.folder.tables, CHECKS)),
    )
    return {
        month: failed.filter(pl.col("month") == month)["rule"].sort().to_list()
        for month in failed["month"].unique().sort()
    }


def _state(folder: DataFolder, month: date, rules: str) -> str:
    """Return what the outcome of a month follows from: the input of its table, and the rules."""
    path = folder.restricted / "months" / f"{month.isoformat()}.json"
    inputs = str(json.loads(path.read_text(encoding="utf-8"))["inputs"]) if path.exists() else ""
    return f"{inputs}:{rules}"


def _state_path(folder: DataFolder, month: date) -> Path:
    return folder.restricted / "validation" / "states" / f"{month.isoformat()}.txt"


def validate_companions(space: Workspace) -> "list[Outcome]":
    """Run the rules about companion files, also of those that are not there; write the outcomes.

    Raises:
        InputError: when a companion file cannot be read, with every mistake in every file.
    """
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.quality.engine import validate
    from meos_pipeline.quality.summary import outcomes_table, write_validation

    companions = read_companions(space.folder, space.settings)
    newest = max(months_of(space.folder.tables, CHECKS), default=None)
    found: list[Outcome] = []
    for table, suite in companion_suites().items():
        if table in companions:
            outcomes = validate(suite, companions[table].lazy(), period=newest)
            write_validation(space.folder, table, None, outcomes_table(outcomes, suite, None))
            found += outcomes
    return found


def companion_suites() -> "dict[str, Suite]":
    """Return the suites about companion files, by table."""
    return {table: suite for table, suite in suites().items() if table not in {CHECKS, METRICS}}


def told_of_month(found: "Mapping[date, Sequence[Outcome]]") -> list[Told]:
    """Return every rule in every month."""
    return [_told(rule, item, month) for month, items in sorted(found.items()) for rule, item in _paired(items)]


def worst(found: "Mapping[date, Sequence[Outcome]]") -> list[Told]:
    """Return each rule once, with its counts added up and the months in which it failed."""
    told = []
    for rule in rules_of_a_month():
        mine = [(month, item) for month, items in sorted(found.items()) for item in items if item.rule == rule.key]
        checked, failed = sum(item.checked for _, item in mine), sum(item.failed for _, item in mine)
        broken = [f"{month:%Y-%m}" for month, item in mine if not item.passed]
        told.append(
            Told(
                table=rule.table,
                rule=rule.key,
                month=None,
                severity=str(rule.severity),
                passed=not broken,
                checked=checked,
                failed=failed,
                share=failed / checked if checked else 0.0,
                why=rule.why,
                advice=_advice(rule, failed, checked, where=", ".join(broken)) if broken else "nothing",
            )
        )
    return told


def told_of_companions(found: "Sequence[Outcome]") -> list[Told]:
    """Return every rule about companion files that are there."""
    return [_told(suites()[item.table][item.rule], item, None) for item in found]


def _paired(items: "Sequence[Outcome]") -> "list[tuple[Rule, Outcome]]":
    return [(suites()[item.table][item.rule], item) for item in items]


def _told(rule: "Rule", item: "Outcome", month: date | None) -> Told:
    where = f"{month:%Y-%m}" if month else f"table {item.table}"
    return Told(
        table=item.table,
        rule=item.rule,
        month=month,
        severity=str(rule.severity),
        passed=item.passed,
        checked=item.checked,
        failed=item.failed,
        share=item.share,
        why=rule.why,
        advice="nothing"
        if item.passed
        else _advice(rule, item.failed, item.checked, where=where, exception=item.exception),
    )


def _advice(rule: "Rule", failed: int, checked: int, *, where: str, exception: str = "") -> str:
    """Say what fell short and what to do; critical rules stop what lies downstream."""
    fell = f"could not be worked out ({exception})" if exception else f"fell short in {failed} of {checked}"
    then = (
        "Nothing is counted or published from it. Mend the export or file, put it in landing and run again"
        if str(rule.severity) == "critical"
        else "The publication goes on. Look at it before you explain the figures; mend the export when it is wrong"
    )
    return f"{where}: {fell}. {then}; 'meos expectations explain {rule.key}' tells more, and its threshold is in expectations/{rule.table}.yaml."


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
    }
