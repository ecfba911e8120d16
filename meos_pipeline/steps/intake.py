"""Landing to merged months: what arrived, what was refused, and which months that changes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.steps.accounts import PARTS, advice_on_refused, not_closing, read_quarantine
from meos_pipeline.steps.arrivals import Kind, arrivals
from meos_pipeline.steps.companion_rows import remember_companions
from meos_pipeline.steps.handed_in import judged, remember_refused
from meos_pipeline.steps.logged import log
from meos_pipeline.steps.naming import plain_reason
from meos_pipeline.steps.progress import tell
from meos_pipeline.steps.rules import CHECKS, rules_that_set_aside, suites
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.made import code_of, forget, hash_of, recall, recall_all, remember
from meos_pipeline.storage.tables import months_of, scan_months

SETTLED = timedelta(seconds=5)
"""A file in landing that changed less than this ago may still be growing: it waits."""
LONGEST_WAIT = timedelta(seconds=30)
"""How long a run on the command line waits for files that were just copied; those that still grow wait for the next."""
SETTLED_AS = {"replaced": "replaced by", "let_go": "let go, because"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What taking in gave. Messages name files, never values."""

    months: tuple[date, ...]
    """Months whose table has to be made again."""
    state: str
    """Hash of everything that was taken in so far."""
    refused: list[str] = field(default_factory=list)
    """One message per file that could not be read, and that nothing took the place of."""
    advice: str = ""
    """What to do about refused files; empty when there are none."""
    companion_mistakes: str = ""
    """What is wrong with the companion files; empty when nothing is."""
    asking: list[str] = field(default_factory=list)
    """One sentence per file that was read, and of which something asks for a person: rows set aside, odd versions."""
    failed: list[str] = field(default_factory=list)
    """Names of files that the machine had too little memory or time for: the next run tries them again."""
    came_before: list[str] = field(default_factory=list)
    """Names of files of the counting page that were handed in before, byte for byte."""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What merging months gave."""

    states: dict[date, str]
    """Per month a hash of what its table was made from."""
    rows: dict[date, int]
    trend: dict[date, int]
    """Rows of every month that is there, these and others."""
    closes: bool
    advice: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Finished exports in landing, and a hash of names, sizes and times of these and of the companion files."""

    names: tuple[str, ...]
    state: str


def take_in(space: Workspace, *, now: datetime, again: bool = False, settle: timedelta = timedelta(0)) -> Intake:
    """Archive and parse what is new in landing.

    Args:
        space: The workspace.
        now: The moment of running.
        again: Parse everything again, also what is in the cache.
        settle: Files changed less than this before ``now`` may still be growing: they wait.
    """
    from meos_pipeline.ingest import handed_in as handed_in_files
    from meos_pipeline.ingest.companions import read_companions
    from meos_pipeline.ingest.merge import parse
    from meos_pipeline.ingest.receive import receive

    if again:
        _forget_parsed(space)
    handed_over, growing, came_before = handed_in_files.take(space.folder, now=now, settle=settle)
    receipt = receive(space.folder, space.settings, now=now, settle=settle)
    receipt.waiting.extend(growing)
    if receipt.archived:
        log(space, action="collect", facts={"files": sorted(receipt.archived)}, now=now)
    parsed = parse(space.folder, space.settings, space.keys, rules=rules_that_set_aside(), progress=tell)
    mistakes = ""
    try:
        companions = read_companions(space.folder, space.settings)
        remember_companions(space)
    except InputError as error:
        mistakes, companions = str(error), {}
    told = arrivals(space)
    asking = [f"{notice.about}: {notice.what}. {notice.next}" for notice in told.asking if notice.kind != Kind.REFUSED]
    refused = [*receipt.refused.values(), *parsed.refused.values()]
    lines, account = ({}, pl.DataFrame()) if mistakes else judged(space)
    if not mistakes:
        remember_refused(space, lines)
    refused += lines.values()
    taken = Intake(
        months=tuple(parsed.months),
        state=hash_of(input_hashes(space)),
        refused=refused,
        advice=advice_on_refused([*parsed.refused, *lines]) if refused else "",
        companion_mistakes=mistakes,
        asking=asking,
        failed=parsed.failed,
        came_before=came_before,
        facts={
            "new files": ", ".join(receipt.archived) or "none",
            "known files": len(receipt.known),
            "files that still grow": ", ".join(receipt.waiting) or "none",
            "refused files": len(refused),
            "refused files that were replaced or let go": pl.DataFrame(
                [
                    {"file": item.name, "what became of it": SETTLED_AS[item.state], "why": item.why}
                    for item in parsed.settled
                ]
            )
            if parsed.settled
            else "none",
            "what every file gave": told.table(),
            "months to make again": ", ".join(f"{month:%Y-%m}" for month in parsed.months) or "none",
            "what to do next": _next(receipt.waiting, refused, parsed.months),
            "companion files": ", ".join(sorted(companions)) or "none",
            "files of the counting page": ", ".join(handed_over) or "none",
            "files of the counting page that came before": ", ".join(came_before) or "none",
            "lines of the counting page": account if account.height else "none",
        },
    )
    kept = {**asdict(taken), "months": [month.isoformat() for month in taken.months], "facts": {}}
    remember(space.folder, "intake", "last", {"inputs": taken.state}, facts=kept)
    return taken


def wait_until_still(space: Workspace, *, clock: Callable[[], datetime], pause: Callable[[float], None]) -> None:
    """Wait until no export in landing changed for ``SETTLED``, or ``LONGEST_WAIT`` passed: who copies and runs at once is served.

    Args:
        space: The workspace.
        clock: The moment of running.
        pause: Sleeps for so many seconds.
    """
    from meos_pipeline.ingest.receive import exports_in, is_fresh

    until = clock() + LONGEST_WAIT
    while clock() < until and any(
        is_fresh(entry.stat(follow_symlinks=False).st_mtime, clock(), SETTLED)
        for place in (space.folder.landing, space.folder.drop)
        if place.is_dir()
        for entry in exports_in(place)
    ):
        pause(0.5)


def acknowledge(space: Workspace, reasons: Mapping[str, str], *, now: datetime) -> None:
    """Let refused files go that nobody misses: they ask for attention no more. The reason is kept, also in the audit log.

    Args:
        space: The workspace.
        reasons: Name of a refused file -> why nothing in it is missed.
        now: The moment of running.

    Raises:
        InputError: when a name is no refused file, or its reason is empty or names somebody; nothing is kept then.
    """
    from meos_pipeline.ingest import handed_in
    from meos_pipeline.ingest.refusals import acknowledge as keep

    reasons = {name: plain_reason(space, why) for name, why in reasons.items()}
    names = {file.name for file in handed_in.arrived(space.folder)}
    keep(space.folder, space.settings, {name: why for name, why in reasons.items() if name not in names}, at=now)
    for name in names & set(reasons):
        handed_in.let_go(space.folder, name, reasons[name])
    for name, why in sorted(reasons.items()):
        log(space, action="acknowledge", facts={"file": name, "why": why}, now=now)


def read_taken(space: Workspace) -> Intake:
    """Return what the last intake of this workspace gave.

    Raises:
        InputError: when there was none.
    """
    made = recall(space.folder, "intake", "last")
    if made is None:
        raise InputError("No exports were taken in yet; put them in the folder 'landing' and say 'meos run'")
    return Intake(**{**made.facts, "months": tuple(date.fromisoformat(month) for month in made.facts["months"])})


def code() -> str:
    """Return a hash of the code that reads and merges exports."""
    return code_of("meos_pipeline.ingest.merge")


def why_read_again(space: Workspace) -> tuple[str, ...]:
    """Return why the archived exports have to be read again; empty when what was read of them stands."""
    from meos_pipeline.ingest.merge import why_read_again as why

    return why(space.folder, space.settings, space.keys)


def came_in(space: Workspace) -> bool:
    """Tell whether an export ever came in, read or not."""
    from meos_pipeline.ingest.merge import EXPORTS

    return any(space.folder.archive.glob("*.json")) or bool(recall_all(space.folder, EXPORTS))


def reading_state(space: Workspace) -> str:
    """Return a hash of what archived exports have to be read by, when they have to be read (again); else nothing."""
    from meos_pipeline.ingest.merge import reading_wanted

    return reading_wanted(space.folder, space.settings, space.keys)


def why_merge_again(space: Workspace) -> dict[date, tuple[str, tuple[str, ...]]]:
    """Return, per month whose table was made from other inputs, the state its records will have and what differs."""
    from meos_pipeline.ingest.merge import why_merge_again as why

    return why(space.folder, rules=rules_that_set_aside())


def records_wanted(space: Workspace) -> dict[date, str]:
    """Return, per month that exports speak of, the state its records have once they are up to date."""
    from meos_pipeline.ingest.merge import states_wanted

    return states_wanted(space.folder, rules=rules_that_set_aside())


def merge_months(space: Workspace, months: Sequence[date]) -> Merged:
    """Write the tables of these months and account for every row.

    Rows that break a rule marked ``quarantine: true`` are set aside with the rule as their reason.
    """
    from meos_pipeline.ingest.merge import write_months
    from meos_pipeline.quality.engine import failing_rows

    def set_aside(rows: pl.LazyFrame, month: date) -> pl.LazyFrame:
        return failing_rows(suites()[CHECKS], rows, period=month)

    result = write_months(
        space.folder,
        space.settings,
        space.keys,
        months,
        set_aside=set_aside,
        rules=rules_that_set_aside(),
        progress=tell,
    )
    table = result.reconciliation
    trend = rows_per_month(space)
    files = table.filter(pl.col("scope") == "file")
    open_files = not_closing(table, waiting=result.waiting)
    reasons = read_quarantine(space)
    return Merged(
        states={month: month_state(space, month) for month in months},
        rows={month: trend.get(month, 0) for month in months},
        trend=trend,
        closes=open_files.is_empty(),
        advice="nothing"
        if open_files.is_empty()
        else f"{counted(open_files.height, 'file does', 'files do')} not close; keep what was received and tell the developers",
        facts={
            "reconciliation": files.sort("exported_at", "name", descending=True).select(
                "name", "rows_in", *PARTS, "closes"
            ),
            "set aside, by reason": reasons.group_by("code")
            .agg(rows=pl.len(), files=pl.col("file").n_unique())
            .sort("rows", "code", descending=[True, False])
            .head(10)
            if reasons.height
            else "nothing",
            "rows per month": pl.DataFrame(
                {"month": [f"{month:%Y-%m}" for month in reversed(trend)], "rows": list(reversed(trend.values()))}
            ),
        },
    )


def rows_per_month(space: Workspace) -> dict[date, int]:
    """Return the number of rows of every month that has a table, oldest first."""
    counted = scan_months(space.folder.tables, POLICE_CHECKS).group_by("month").len().sort("month").collect()
    return dict(counted.iter_rows())


def month_state(space: Workspace, month: date) -> str:
    """Return a hash of what the table of a month was made from; empty when it was not made."""
    made = recall(space.folder, "records", month.isoformat())
    return made.state if made else ""


def months_known(space: Workspace) -> list[date]:
    """Return the months that have a table."""
    return months_of(space.folder.tables, POLICE_CHECKS.name)


def refused_exports(space: Workspace) -> frozenset[str]:
    """Return the hashes of the archived exports that could not be read, whatever became of them since."""
    from meos_pipeline.ingest.refusals import parsed_before

    return frozenset(item.file.sha for item in parsed_before(space.folder, space.settings) if item.refused)


def newest_export(space: Workspace) -> datetime:
    """Return the newest export time among the archived exports that could be read: the clock of a publication.

    A refused file brings no late records, so it settles no month.

    Raises:
        InputError: when nothing was archived.
    """
    from meos_pipeline.ingest.receive import read_archive

    refused = refused_exports(space)
    archived = read_archive(space.folder, space.settings)
    times = [file.exported_at for file in archived if file.sha not in refused]
    if not times:
        raise InputError("No exports were taken in yet; put them in the folder 'landing' and say 'meos run'")
    return max(times)


def input_hashes(space: Workspace) -> dict[str, str]:
    """Return the SHA-256 of every archived export and every companion file, by name."""
    from meos_pipeline.ingest.receive import read_archive

    hashes = {file.name: file.sha for file in read_archive(space.folder, space.settings)}
    # Names of sheets hold days on which somebody counted: the manifest that readers see has one hash of all.
    return dict(sorted((hashes | _companion_hashes(space)).items()))


def companions_state(space: Workspace) -> str:
    """Return a hash of the bytes of every companion file, and of what the counting page handed in."""
    return hash_of(_companion_hashes(space))


def landing_state(space: Workspace, *, now: datetime, settle: timedelta = SETTLED) -> Waiting:
    """Return the finished exports in landing; companion files count when they changed.

    Args:
        space: The workspace.
        now: The moment of looking.
        settle: Files changed less than this before ``now`` may still be growing: they are left out.
    """
    from meos_pipeline.ingest.receive import BESIDE, exports_in, is_fresh, readable

    places = [place for place in (space.folder.landing, space.folder.drop) if place.is_dir()]
    entries = [entry for place in places for entry in exports_in(place)]
    exports = [entry for entry in entries if not (settle and is_fresh(entry.stat().st_mtime, now, settle))]
    beside = [path for name in sorted(BESIDE) if (path := space.folder.landing / name).is_file()]
    found = [(readable(entry.name), entry.stat()) for entry in exports]
    found += [(path.name, path.stat()) for path in beside]
    facts = [(name, stated.st_size, stated.st_mtime_ns) for name, stated in found]
    names = tuple(readable(entry.name) for entry in exports)
    return Waiting(names=names, state=hash_of(facts) if facts else "")


def _companion_hashes(space: Workspace) -> dict[str, str]:
    from meos_pipeline.ingest.handed_in import state_of
    from meos_pipeline.ingest.receive import sha_of

    paths = {name: space.folder.landing / name for name in COMPANION_FILES.values()}
    hashes = {name: sha_of(path) for name, path in sorted(paths.items()) if path.is_file()}
    handed_in = state_of(space.folder)
    return hashes | ({"handed_in": hash_of(handed_in)} if handed_in else {})


def _next(growing: Sequence[str], refused: Sequence[str], months: Sequence[date]) -> str:
    if refused:
        return "mend the files that were refused (see the checks) and put them in landing again"
    if growing:
        return "wait until the growing files are finished, then run again"
    return "refresh the months that changed (the sensor does this)" if months else "nothing"


def _forget_parsed(space: Workspace) -> None:
    import shutil

    shutil.rmtree(space.folder.tables / "parsed", ignore_errors=True)
    for kind in ("exports", "records"):
        forget(space.folder, kind)
