"""Rules of ``expectations/`` on the months and the companion files; outcomes go to ``restricted/validation``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.statistics.windows import last_day
from meos_pipeline.steps import intake
from meos_pipeline.steps.companion_rows import companion_tables
from meos_pipeline.steps.confirming import Confirmed, read_confirmed, rules_confirmed, with_confirmed
from meos_pipeline.steps.rules import (
    CHECKS,
    METRICS,
    companion_suites,
    rules_of_a_month,
    suites,
    suites_of,
    version,
)
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.durable import write_table
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.made import (
    code_of,
    hash_of,
    hash_of_files,
    recall,
    recall_all,
    remember,
    signature,
    why_again,
)
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.storage.tables import month_path, months_of, scan_months

if TYPE_CHECKING:
    from meos_pipeline.quality.engine import Outcome
    from meos_pipeline.quality.suites import Rule, Suite

KIND = "validation"


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


def code() -> str:
    """Return a hash of the code that judges and measures."""
    return code_of(
        "meos_pipeline.quality.engine",
        "meos_pipeline.quality.metrics",
        "meos_pipeline.quality.summary",
        "meos_pipeline.quality.polars_engine",
    )


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
    until = intake.newest_export(space).date()
    metrics = metrics_of([of_month.records for of_month in _each_month(space.folder)], companions, until=until)
    judging, confirmed = suites_of(space), read_confirmed(space.folder)
    found: dict[date, list[Outcome]] = {}
    for month in months:
        judged = _sources(_state_made(space.folder, month), _judged_by(space, confirmed, month, until))
        of_month = with_confirmed(judging, confirmed, month)
        frames = {
            CHECKS: scan_months(space.folder.tables, POLICE_CHECKS, [month]),
            METRICS: metrics.lazy().filter(pl.col("month") == month),
        }
        found[month] = []
        for table, frame in frames.items():
            outcomes = validate(of_month[table], frame, period=month)
            write_validation(space.folder, table, month, outcomes_table(outcomes, of_month[table], month))
            found[month] += outcomes
        remember(space.folder, KIND, month.isoformat(), judged)
    with one_at_a_time(space.folder, "validation"):
        # What is about all months is written by every run: the last one must have seen every month.
        figures = _each_month(space.folder)
        metrics = metrics_of([of_month.records for of_month in figures], companions, until=until)
        write_metrics(space.folder, metrics)
        counts = [of_month.rules for of_month in figures]
        write_summary(space.folder, summary_of([*counts, rule_counts(judging[METRICS], metrics.lazy())]))
    return found


@dataclass(frozen=True, slots=True)
class _Figures:
    """What the records of one month tell of each team."""

    records: pl.DataFrame
    rules: pl.DataFrame
    """Checked and failed per rule."""


def _each_month(folder: DataFolder) -> list[_Figures]:
    """Figures of every month; kept, so that a run looks only at the records of months that changed."""
    return [_figures(folder, month) for month in months_of(folder.tables, POLICE_CHECKS.name)]


def _figures(folder: DataFolder, month: date) -> _Figures:
    from meos_pipeline.quality import metrics
    from meos_pipeline.quality.summary import rule_counts

    root = folder.restricted / "quality" / "months"
    paths = [root / f"{name}-{month.isoformat()}.parquet" for name in ("records", "rules")]
    with one_at_a_time(folder, f"figures-{month:%Y-%m}"):
        # Before the records are read: when another run writes the month meanwhile, these figures are stale. The file
        # itself is a source as well, for a table that was changed by hand has to be seen.
        sources = _sources(_state_made(folder, month)) | {"table": signature(month_path(folder.tables, CHECKS, month))}
        if not why_again(folder, recall(folder, "figures", month.isoformat()), sources):
            return _Figures(*(pl.read_parquet(path) for path in paths))
        checks = scan_months(folder.tables, POLICE_CHECKS, [month])
        made = _Figures(metrics.record_metrics(checks), rule_counts(suites()[CHECKS], checks))
        for path, frame in zip(paths, (made.records, made.rules), strict=True):
            write_table(path, frame)
        remember(folder, "figures", month.isoformat(), sources, files=paths)
        return made


def why_validate_again(space: Workspace) -> dict[date, tuple[str, tuple[str, ...]]]:
    """Return, per month that was merged again or whose rules changed since they judged it, the new state and why."""
    made, found, confirmed = recall_all(space.folder, KIND), {}, read_confirmed(space.folder)
    wanted = intake.records_wanted(space)
    until = intake.newest_export(space).date() if wanted else date.min
    for month, records in wanted.items():
        sources = _sources(records, _judged_by(space, confirmed, month, until))
        if why := why_again(space.folder, made.get(month.isoformat()), sources):
            found[month] = (hash_of(sources), why)
    return found


def stale_validations(space: Workspace) -> dict[date, str]:
    """Return the months of ``why_validate_again`` with the state that their outcomes will have."""
    return {month: state for month, (state, _) in why_validate_again(space).items()}


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


def _sources(records: str, judged_by: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what the outcome of a month follows from, given the state of its records."""
    return {"records": records, "rules": hash_of(version(), judged_by or {}), "code": code()}


def _judged_by(space: Workspace, confirmed: Confirmed, month: date, until: date) -> dict[str, str]:
    """What the site, and what was confirmed, say of the severity of rules in a month, and whether the month was over."""
    said = dict(space.settings.severity) | dict.fromkeys(rules_confirmed(confirmed, month), "confirmed")
    return said if last_day(month) < until else said | {"": "not over"}


def _state_made(folder: DataFolder, month: date) -> str:
    made = recall(folder, "records", month.isoformat())
    return made.state if made else ""


def validate_companions(space: Workspace) -> "list[Outcome]":
    """Judge the companion files that are there, those that did not change since by memory; write the outcomes.

    Raises:
        InputError: when a companion file cannot be read, with every mistake in every file.
    """
    from meos_pipeline.ingest.companions import companions_state, read_companions
    from meos_pipeline.quality.engine import validate
    from meos_pipeline.quality.summary import outcomes_table, read_outcomes, write_validation

    companions = read_companions(space.folder, space.settings)
    newest = max(months_of(space.folder.tables, CHECKS), default=None)
    state = companions_state(space.folder, space.settings)
    found: list[Outcome] = []
    for table, suite in _companion_suites(space).items():
        if table not in companions:
            continue
        sources = _companion_sources(suite, newest, state)
        if not why_again(space.folder, recall(space.folder, KIND, table), sources):
            found += read_outcomes(space.folder, suite)
            continue
        outcomes = validate(suite, companions[table].lazy(), period=newest)
        written = write_validation(space.folder, table, None, outcomes_table(outcomes, suite, None))
        remember(space.folder, KIND, table, sources, files=[written])
        found += outcomes
    return found


def why_validate_companions_again(space: Workspace) -> dict[str, tuple[str, ...]]:
    """Return the tables of companion files that have to be judged again, and why."""
    from meos_pipeline.ingest.companions import companions_state

    newest = max(intake.records_wanted(space), default=None)
    state = companions_state(space.folder, space.settings)
    found, there = {}, companion_tables(space)
    for table, suite in _companion_suites(space).items():
        why = why_again(space.folder, recall(space.folder, KIND, table), _companion_sources(suite, newest, state))
        if why and table in there:
            found[table] = why
    return found


def _companion_suites(space: Workspace) -> "dict[str, Suite]":
    return with_confirmed(companion_suites(space), read_confirmed(space.folder), None)


def _companion_sources(suite: "Suite", newest: date | None, files: str) -> dict[str, str]:
    period = any(rule.needs_period for rule in suite.rules)
    return {
        "files": files,
        "rules": hash_of(
            hash_of_files([shipped("expectations") / f"{suite.table}.yaml"]), [rule.severity for rule in suite.rules]
        ),
        "newest month": f"{newest:%Y-%m}" if newest and period else "",
        "code": code(),
    }


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
        # What was confirmed of a month has another severity there: of the months that fell short the gravest counts.
        grades = [item.severity for _, item in mine if not item.passed] or [item.severity for _, item in mine[:1]]
        severity = min(grades or [rule.severity], key=list(type(rule.severity)).index)
        told.append(
            Told(
                table=rule.table,
                rule=rule.key,
                month=None,
                severity=str(severity),
                passed=not broken,
                checked=checked,
                failed=failed,
                share=failed / checked if checked else 0.0,
                why=rule.why,
                advice=_advice(replace(rule, severity=severity), failed, checked, where=", ".join(broken))
                if broken
                else "nothing",
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
        severity=str(item.severity),
        passed=item.passed,
        checked=item.checked,
        failed=item.failed,
        share=item.share,
        why=rule.why,
        advice="nothing"
        if item.passed
        else _advice(
            replace(rule, severity=item.severity), item.failed, item.checked, where=where, exception=item.exception
        ),
    )


def _advice(rule: "Rule", failed: int, checked: int, *, where: str, exception: str = "") -> str:
    """Say what fell short and what to do; critical rules stop what lies downstream."""
    fell = f"could not be worked out ({exception})" if exception else f"fell short in {failed} of {checked}"
    then = (
        "Nothing is counted or published from it. Mend the export or file, put it in landing and run again"
        if str(rule.severity) == "critical"
        else "The publication goes on. Look at it before you explain the figures; mend the export when it is wrong"
    )
    true = f" When it is true, say 'meos confirm {rule.key} --why REASON'." if rule.confirmable else ""
    return f"{where}: {fell}. {then}; 'meos expectations explain {rule.key}' tells more, and its threshold is in expectations/{rule.table}.yaml.{true}"


def tell(space: Workspace, found: "Mapping[date, Sequence[Outcome]]") -> dict[str, object]:
    """Return what is worth telling: rules that failed per month, and those of the last year over months."""
    from meos_pipeline.quality.summary import history_of_rules

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
    return {
        "rules": sum(len(items) for items in found.values()),
        "months validated": len(found),
        "months known": len(months_of(space.folder.tables, CHECKS)),
        "rules that failed": pl.DataFrame(rows) if rows else "none",
        "rules over months": history_of_rules(space.folder),
    }
