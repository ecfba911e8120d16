"""Every store of a site: where files are kept, what they hold, for how long, and how they are erased.

Erasing is a walk over this register, and a file that no entry names is a fault: ``meos purge`` refuses to say that a
year is gone while something lies where nobody looks. Whoever adds a place where files are kept adds it here.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import polars as pl

from meos_pipeline.storage.durable import PARTIAL, sync_folder, write_table


class Term(StrEnum):
    """How long what lies in a store is kept."""

    TABLES = "tables"
    """``[retention] table_years`` after the end of the calendar year of the records."""
    ARCHIVE = "archive"
    """``[retention] archive_days`` after the months of the export are final."""
    RUNS = "runs"
    """``[retention] run_days`` after it was written."""
    RELEASED = "released"
    """As long as editions are kept: figures that passed the door, of no single record."""
    SITE = "site"
    """As long as the site exists."""
    MOMENT = "moment"
    """Until the act that made it ends."""


class How(StrEnum):
    """How a store is erased when months or exports go."""

    MONTH = "month"
    """A file of one month: it goes whole."""
    ROWS = "rows"
    """A table of many months: its rows of the months go."""
    EXPORT = "export"
    """A file of one export: it goes with the export, or loses the months."""
    LEDGER = "ledger"
    """Exact counts go, released ones stay."""
    HISTORY = "history"
    """Runs and their events go, and the databases are rewritten."""
    KEYS = "keys"
    """The key of the year goes, last of all."""
    REMADE = "remade"
    """Goes whole; the next run makes it again from what is left."""
    KEPT = "kept"
    """Stays, because of what it holds."""


class Root(StrEnum):
    """Below which folder a store lies."""

    DATA = "data"
    HOME = "home"
    """``DAGSTER_HOME``."""


_PARTS = {
    "{month}": r"(?P<month>\d{4}-\d{2}(?:-\d{2})?)",
    "{export}": r"(?P<export>[0-9a-f]{16,64})",
    "**": r".+",
    "*": r"[^/]+",
}
_SPLIT = re.compile("|".join(re.escape(part) for part in _PARTS))


@dataclass(frozen=True)
class Store:
    """One entry of the register."""

    path: str
    """Pattern below the root: ``{month}``, ``{export}``, ``*`` (within a name), ``**`` (any depth)."""
    holds: str
    """What lies there, and why it may stay when it does."""
    term: Term
    how: How
    root: Root = Root.DATA

    @cached_property
    def form(self) -> re.Pattern[str]:
        """The pattern as a regular expression over a path with ``/``."""
        found, at = [], 0
        for part in _SPLIT.finditer(self.path):
            found += [re.escape(self.path[at : part.start()]), _PARTS[part[0]]]
            at = part.end()
        return re.compile("".join([*found, re.escape(self.path[at:])]))


STORES: tuple[Store, ...] = (
    Store(
        "landing/**", "Files that were not taken in yet, and companion files: counts per month.", Term.SITE, How.KEPT
    ),
    Store(f"**{PARTIAL}", "Files that are being written, and editions that are going.", Term.MOMENT, How.REMADE),
    Store(f"**{PARTIAL}/**", "Folders that are being made: staging, previews.", Term.MOMENT, How.REMADE),
    Store("archive/work-*/**", "Copies of an export while it is read.", Term.MOMENT, How.REMADE),
    Store("drop/**", "Sheets that readers handed in at the viewer: counts of checks seen.", Term.SITE, How.KEPT),
    Store(
        "dialogue/**",
        "Dialogue sheets: figures of a district and a year that passed a door of their own.",
        Term.SITE,
        How.KEPT,
    ),
    Store("archive/handed_in/*", "Sheets and agreements as handed in: counts, from lists.", Term.SITE, How.KEPT),
    Store("archive/{export}", "Exports as received, with identifiers.", Term.ARCHIVE, How.EXPORT),
    Store("archive/{export}.json", "When and under which name an export came.", Term.TABLES, How.EXPORT),
    Store("tables/parsed/{export}-*/**", "Rows of one export, pseudonymised.", Term.TABLES, How.EXPORT),
    Store("tables/**/month={month}/*", "Rows of one month, pseudonymised.", Term.TABLES, How.MONTH),
    Store(
        "restricted/cells/**/month={month}/*", "Exact counts, also per officer and clock time.", Term.TABLES, How.MONTH
    ),
    Store("restricted/made/edition/*", "What each edition was made from.", Term.RELEASED, How.KEPT),
    Store("restricted/made/seen/*", "Released cells of each edition, as readers have them.", Term.RELEASED, How.KEPT),
    Store("restricted/made/preview/*", "What the last dry runs were made from.", Term.RUNS, How.REMADE),
    Store("restricted/made/intake/*", "What the last intake told, with names of files.", Term.RUNS, How.REMADE),
    Store("restricted/made/*/{month}.json", "What was made of a month, and from what.", Term.TABLES, How.MONTH),
    Store("restricted/made/**", "What other things were made from: hashes.", Term.SITE, How.KEPT),
    Store("restricted/quarantine/rules-{month}.parquet", "Rows that broke a rule, by line.", Term.TABLES, How.MONTH),
    Store("restricted/quarantine/{export}.parquet", "Rows that were set aside, by line.", Term.TABLES, How.EXPORT),
    Store(
        "restricted/quality/months/*{month}.parquet", "Exact counts of the quality of a month.", Term.TABLES, How.MONTH
    ),
    Store("restricted/quality/*.parquet", "Exact figures of the quality of all months.", Term.TABLES, How.ROWS),
    Store("restricted/validation/*-{month}.parquet", "How the rules came out for a month.", Term.TABLES, How.MONTH),
    Store("restricted/validation/*.parquet", "How the rules came out, over months.", Term.TABLES, How.ROWS),
    Store("restricted/reconciliation.parquet", "Where every row of every export went.", Term.TABLES, How.ROWS),
    Store("restricted/release/reasons.parquet", "Why a month of a team is not shown.", Term.TABLES, How.ROWS),
    Store("restricted/release/quality_ledger.parquet", "The next ledger of quality.", Term.TABLES, How.LEDGER),
    Store("restricted/release/ledger.parquet", "The next ledger, with exact counts.", Term.TABLES, How.LEDGER),
    Store("restricted/release/sheets.parquet", "Counting sheets behind the coverage.", Term.RELEASED, How.KEPT),
    Store("restricted/release/*", "Figures that passed the door.", Term.RELEASED, How.KEPT),
    Store(
        "restricted/published_sheets.parquet",
        "Counting sheets behind the newest edition's coverage; no person.",
        Term.RELEASED,
        How.KEPT,
    ),
    Store("restricted/ledger/*", "Exact and released count of every block.", Term.TABLES, How.LEDGER),
    Store("restricted/quality_ledger/*", "The same for broken rules and rows.", Term.TABLES, How.LEDGER),
    Store("restricted/pages/**", "Pages for analysts, with exact counts.", Term.TABLES, How.REMADE),
    Store("restricted/preview/**", "Pages of the last dry run.", Term.RUNS, How.REMADE),
    Store("restricted/alerts/*", "Messages for analysts, with names of files.", Term.RUNS, How.REMADE),
    Store(
        "restricted/versions.json", "Which exports were compared and refused, by hash and code.", Term.SITE, How.KEPT
    ),
    Store("restricted/correction.json", "A correction under way, and the reason in own words.", Term.SITE, How.KEPT),
    Store("restricted/corrections.json", "Corrections that readers are told of.", Term.RELEASED, How.KEPT),
    Store("restricted/confirmed.json", "Rules that were said to be right, and why.", Term.SITE, How.KEPT),
    Store("restricted/acknowledged.json", "Refused files that were let go, and why.", Term.SITE, How.KEPT),
    Store("restricted/locks/*{month}.lock", "Empty: one process at a time.", Term.MOMENT, How.MONTH),
    Store("restricted/locks/*", "Empty: one process at a time.", Term.MOMENT, How.KEPT),
    Store("restricted/*.lock", "Empty: one process at a time.", Term.MOMENT, How.KEPT),
    Store("restricted/*.holder", "Who is busy.", Term.MOMENT, How.KEPT),
    Store("restricted/*.pid", "Who is publishing.", Term.MOMENT, How.KEPT),
    Store(
        "restricted/intents/*", "What is being erased: finished by whatever command comes next.", Term.MOMENT, How.KEPT
    ),
    Store(
        "restricted/erased.json",
        "Keyed numbers of erased records, so that no export brings one back.",
        Term.SITE,
        How.KEPT,
    ),
    Store(
        "restricted/draws/*",
        "Which shifts were drawn to join: dates and parts of the day, no person.",
        Term.SITE,
        How.KEPT,
    ),
    Store("restricted/inputs/*", "Keyed hashes of what each edition was made from.", Term.RELEASED, How.KEPT),
    Store("restricted/audit.jsonl", "Who did what, for the term of the law; never a value.", Term.SITE, How.KEPT),
    Store("restricted/key_check_value", "Tells one key file from another.", Term.SITE, How.KEPT),
    Store("restricted/fictional-keys.json", "Keys of a fictional site.", Term.TABLES, How.KEYS),
    Store("restricted/pages.key", "Key of the pages at this computer.", Term.SITE, How.KEPT),
    *(
        Store(pattern, "What version 0.1.0 remembered of what it made; nothing reads it.", Term.MOMENT, How.REMADE)
        for pattern in (
            "restricted/intake.json",
            "restricted/months/*",
            "restricted/*/states/*",
            "restricted/quality/months/*.txt",
            "restricted/*_made_from.txt",
            "restricted/*/*_made_from.txt",
        )
    ),
    Store("published/**", "Editions: figures that passed the door.", Term.RELEASED, How.KEPT),
    Store("house/**", "Own words, logo and colours.", Term.SITE, How.KEPT),
    Store("meos.toml", "Settings.", Term.SITE, How.KEPT),
    Store("*.toml", "Layouts of exports.", Term.SITE, How.KEPT),
    Store("truth.json", "What was planted in fictional data.", Term.SITE, How.KEPT),
    Store("history/**", "Runs of Dagster and their events.", Term.RUNS, How.HISTORY, Root.HOME),
    Store("storage/**", "What runs of Dagster handed on.", Term.RUNS, How.HISTORY, Root.HOME),
    Store("logs/**", "What steps printed.", Term.RUNS, How.HISTORY, Root.HOME),
    Store("schedules/**", "When schedules and sensors looked.", Term.RUNS, How.HISTORY, Root.HOME),
    Store("**", "Dagster's settings.", Term.SITE, How.KEPT, Root.HOME),
)
"""The first entry whose pattern fits a file is its store."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file, with the entry that names it."""

    path: Path
    name: str
    """Below its root, with ``/``."""
    store: Store | None
    month: date | None
    """First day of the month in its name."""
    export: str
    """SHA-256 of an export, or its first digits, in its name."""


def walk(root: Path, kind: Root = Root.DATA) -> Iterator[Kept]:
    """Yield every file below a folder with its entry; ``store`` is None for a file that no entry names."""
    for path in sorted(root.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = path.relative_to(root).as_posix()
        for store in STORES:
            if store.root is kind and (found := store.form.fullmatch(name)):
                groups = found.groupdict()
                month = groups.get("month")
                first = date.fromisoformat(month if len(month) > len("2026-10") else f"{month}-01") if month else None
                yield Kept(path, name, store, first, groups.get("export") or "")
                break
        else:
            yield Kept(path, name, None, None, "")


def strangers(root: Path, kind: Root = Root.DATA) -> list[str]:
    """Return the files that no entry of the register names."""
    return [kept.name for kept in walk(root, kind) if kept.store is None]


def erase_months(root: Path, months: Collection[date]) -> None:
    """Erase what single files and tables hold of these months, and what is made again anyway."""
    for kept in walk(root):
        how = kept.store.how if kept.store else How.KEPT
        if how is How.REMADE or (how is How.MONTH and kept.month in months):
            remove(kept.path)
        elif how is How.ROWS:
            _erase_rows(kept.path, months)


def sweep(root: Path) -> None:
    """Remove what was being written when an act was broken off; only while nobody else writes."""
    for kept in walk(root):
        if kept.store and (kept.store.term, kept.store.how) == (Term.MOMENT, How.REMADE):
            remove(kept.path)


def remove(path: Path) -> None:
    """Remove a file, and its folder when that was made for it alone and is empty now."""
    path.unlink(missing_ok=True)
    folder = path.parent
    if not folder.is_dir():
        return
    if (folder.name.startswith("month=") or folder.name.endswith(PARTIAL)) and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
    sync_folder(folder)


def _erase_rows(path: Path, months: Collection[date]) -> None:
    frame = pl.read_parquet(path)
    if "month" not in frame.columns:
        return
    left = frame.filter(~pl.col("month").is_in(sorted(months)).fill_null(value=False))
    if left.height < frame.height:
        write_table(path, left)
