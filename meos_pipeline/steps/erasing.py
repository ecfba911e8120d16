"""Erasing what is older than its term (Wpg articles 8 and 14): a walk over the register of stores.

What goes is written down first, then in the audit log, then it goes; the key of a year last of all, so that a crash
never leaves readable rows behind a destroyed key. Whatever command comes next finishes what a crash left.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from meos_pipeline.errors import StorageError
from meos_pipeline.numbered import counted
from meos_pipeline.steps import counting, results, rules
from meos_pipeline.steps.logged import log_once
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage import intents, stores
from meos_pipeline.storage.durable import sync_folder

PURGE = "purge"
LEDGERS = (results.LEDGER, results.QUALITY_LEDGER)
History = Callable[[datetime, bool], int]
"""Erases finished runs of Dagster that are older than a moment, or only counts them; given by who knows Dagster."""


@dataclass(slots=True, kw_only=True)
class Purged:
    """What was erased, in counts and years."""

    exports: list[str] = field(default_factory=list)
    """SHA-256 of erased exports."""
    months: list[date] = field(default_factory=list)
    """Months whose rows are gone."""
    years: list[int] = field(default_factory=list)
    """Years whose key is destroyed."""
    old: list[str] = field(default_factory=list)
    """Messages and previews past the term of runs, by name below the data folder."""
    runs: int = 0
    """Runs of Dagster."""
    strange: list[str] = field(default_factory=list)
    """Files that no entry of the register names: nobody knows what they hold, and they stay."""
    untaken: list[str] = field(default_factory=list)
    """Files that lie in landing for longer than exports are kept and were never taken in: they stay, and may hold records."""
    is_rehearsal: bool = False

    @property
    def is_something(self) -> bool:
        """Tell whether anything was, or would be, erased."""
        return bool(self.exports or self.months or self.years or self.old or self.runs)

    def __str__(self) -> str:
        """Say it in one sentence."""
        strange = (
            f" Not looked at, because the register of stores does not know them: {', '.join(self.strange)}."
            if self.strange
            else ""
        )
        if self.untaken:
            strange += (
                "\nIn landing for longer than exports are kept, and never taken in: "
                f"{', '.join(self.untaken)}. Have them taken in, or remove them."
            )
        if not self.is_something:
            return f"Nothing is older than its term.{strange}"
        verb = "to be erased" if self.is_rehearsal else "erased"
        years = f"; keys of {', '.join(map(str, self.years))}" if self.years else ""
        runs = f"; {counted(self.runs, 'run')} of Dagster" if self.runs else ""
        said = f"{counted(len(self.exports), 'export')} and {counted(len(self.months), 'month')} of records"
        return f"{verb.capitalize()}: {said}{years}{runs}.{strange}"


def purge(space: Workspace, *, now: datetime, sure: bool, history: History | None = None) -> Purged:
    """Erase exports, tables, exact counts and keys past their terms, or only say what would be erased.

    Args:
        space: The workspace.
        now: The moment of running.
        sure: Really do it; a second time finds nothing to do.
        history: Erases runs of Dagster.

    Raises:
        StorageError: when the disk refuses; any later command goes on with it.
        InputError: when a file lies where no entry of the register looks.
    """
    plan = _plan(space, now, history)
    if not sure or not plan.is_something:
        return plan
    runs_before = now if plan.months else now - timedelta(days=space.settings.retention.run_days)
    stale = counting.stale_counts(space) if plan.months or plan.exports else {}
    facts = {
        "before": _first_kept(space, now).isoformat(),
        "exports": plan.exports,
        "months": [month.isoformat() for month in plan.months],
        "keys": plan.years,
        "old": plan.old,
        "runs_before": runs_before.isoformat(),
        "as_counted": [
            month.isoformat()
            for month in counting.counted_months(space)
            if month not in stale and month not in plan.months
        ]
        if plan.months or plan.exports
        else [],
    }
    carry_out(space, intents.declare(space.folder, PURGE, facts, at=now), now=now, history=history)
    plan.is_rehearsal = False
    return plan


def carry_out(space: Workspace, intent: intents.Intent, *, now: datetime, history: History | None = None) -> None:
    """Do what an intent to purge says; what was done already stays done.

    Raises:
        StorageError: when the disk refuses; the intent stays.
    """
    facts = intent.facts
    told = {"exports": len(facts["exports"]), "months": facts["months"], "keys": facts["keys"]}
    log_once(space, intent, action="erase", facts=told, now=now)
    try:
        _walk(space, facts)
        if history is not None:
            history(datetime.fromisoformat(facts["runs_before"]), True)  # noqa: FBT003 - really do it
    except OSError as error:
        raise StorageError(
            f"Not everything could be erased ({error.strerror}); mend the disk or its rights, then say 'meos purge' again"
        ) from error
    from meos_pipeline.ingest.keys import destroy, sweep

    for year in facts["keys"]:
        destroy(space.key_path, year)
    sweep(space.key_path)
    _remember_what_is_left(space, [date.fromisoformat(month) for month in facts["as_counted"]])
    intents.finished(intent)


def _walk(space: Workspace, facts: Mapping[str, Any]) -> None:
    from meos_pipeline.ingest.purge import erase_exports, erase_months_of_exports

    folder = space.folder
    months = {date.fromisoformat(month) for month in facts["months"]}
    for name in facts["old"]:
        stores.remove(folder.root / name)
    if months:
        stores.erase_months(folder.root, months)
        erase_months_of_exports(folder, space.settings, months)
        _forget_exact(space, date.fromisoformat(str(facts["before"])))
    erase_exports(folder, facts["exports"])
    for path in (folder.archive, folder.tables, folder.restricted):
        sync_folder(path)


def _remember_what_is_left(space: Workspace, counted: Sequence[date]) -> None:
    """Read from the cache what is left of each export, so that nothing is made again because something went."""
    from meos_pipeline.ingest.keys import read_keys
    from meos_pipeline.ingest.merge import parse

    if counted:
        aside = rules.rules_that_set_aside()
        parse(space.folder, space.settings, read_keys(space.key_path), rules=aside)
        counting.keep_as_counted(space, counted)


def _plan(space: Workspace, now: datetime, history: History | None) -> Purged:
    from meos_pipeline.ingest.keys import sweep
    from meos_pipeline.ingest.purge import exports_past
    from meos_pipeline.ingest.receive import never_taken_in

    sweep(space.key_path)
    before = _first_kept(space, now)
    months = sorted(month for month in _months(space) if month < before)
    known = {month.year for month in months}
    retention = space.settings.retention
    term = now - timedelta(days=retention.run_days)
    return Purged(
        exports=[file.sha for file in exports_past(space.folder, space.settings, now=now, before=before)],
        months=months,
        # Keys of years that never were in use here are left alone.
        years=[year for year in sorted(space.keys.years) if year < before.year and year in known],
        old=_older_than(space.folder.root, term),
        runs=history(now if months else term, False) if history is not None else 0,  # noqa: FBT003 - only count
        strange=stores.strangers(space.folder.root),
        untaken=never_taken_in(space.folder.landing, now - timedelta(days=retention.archive_days)),
        is_rehearsal=True,
    )


def _first_kept(space: Workspace, now: datetime) -> date:
    return date(now.year - space.settings.retention.table_years, 1, 1)


def _months(space: Workspace) -> Collection[date]:
    """Every month of which something exact is left, wherever it is."""
    from meos_pipeline.disclosure.ledger import read_ledger
    from meos_pipeline.ingest.purge import months_of_export
    from meos_pipeline.ingest.receive import read_archive

    found = {
        kept.month
        for kept in stores.walk(space.folder.root)
        if kept.month and kept.store and kept.store.how is stores.How.MONTH
    }
    for file in read_archive(space.folder, space.settings):
        found |= months_of_export(space.folder, file.export_id)
    for name in LEDGERS:
        exact = read_ledger(space.folder.restricted / name).table.drop_nulls("n_exact")["period_start"]
        found |= set(exact.unique())
    return found


def _forget_exact(space: Workspace, before: date) -> None:
    """Leave of the ledgers' exact counts those of periods that are kept; of their generations the newest."""
    from meos_pipeline.disclosure.ledger import forget_exact, keep_newest, read_ledger, write_ledger

    for name in LEDGERS:
        folder = space.folder.restricted / name
        if folder.is_dir():
            write_ledger(folder, forget_exact(read_ledger(folder), before))
            keep_newest(folder)
        # The next one waits there for a publication that would bring the counts back: it is made again.
        (space.folder.restricted / "release" / f"{name}.parquet").unlink(missing_ok=True)


def _older_than(root: Path, moment: datetime) -> list[str]:
    return [
        kept.name
        for kept in stores.walk(root)
        if kept.store
        and (kept.store.term, kept.store.how) == (stores.Term.RUNS, stores.How.REMADE)
        and kept.path.stat().st_mtime < moment.timestamp()
    ]
