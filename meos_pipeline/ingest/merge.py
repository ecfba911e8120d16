"""The merged table: a pure function of the archived files and the configuration.

Per record number the version of the latest export wins (export time, then the file's hash); a deletion is a
version too. A complete export also removes what it leaves out. Only months whose inputs changed are written.
"""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import polars as pl

from meos_pipeline.errors import KeyFileError
from meos_pipeline.ingest.account import RECONCILIATION
from meos_pipeline.ingest.companions import read_organisation
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.lookup import new_memory
from meos_pipeline.ingest.messages import message
from meos_pipeline.ingest.months import Months, SetAside, sources_of, stale_months
from meos_pipeline.ingest.parsed import (
    OF_THE_MACHINE,
    Parsed,
    clear_work,
    configuration_id,
    is_read_with,
    parse_file,
    parsed_folder,
    read_parsed,
)
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.ingest.receive import ArchivedFile, read_archive
from meos_pipeline.ingest.refusals import Refusal, State, judge
from meos_pipeline.ingest.versions import compared, compared_by
from meos_pipeline.settings import Settings
from meos_pipeline.storage import durable
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.made import code_of, hash_of, recall, remember, why_again
from meos_pipeline.storage.paths import DataFolder

_AT_ONCE = 2
"""Files that are parsed, and months that are written, at the same time."""


@dataclass(slots=True, kw_only=True)
class RefreshResult:
    """What a refresh did."""

    months: list[date] = field(default_factory=list)
    """Months that were written or removed."""
    parsed: list[str] = field(default_factory=list)
    """Names of files that were parsed now."""
    refused: dict[str, str] = field(default_factory=dict)
    """File name -> message, for files of which nothing was counted and that still ask for a person."""
    failed: list[str] = field(default_factory=list)
    """Names of files that the machine had too little memory or time for: the next run tries them again."""
    settled: list[Refusal] = field(default_factory=list)
    """Files of which nothing was counted, and that were replaced or let go."""
    warnings: dict[str, dict[str, int]] = field(default_factory=dict)
    """File name -> code -> number."""
    waiting: list[date] = field(default_factory=list)
    """Months that still had to be written when the account was made: it says nothing about them."""
    reconciliation: pl.DataFrame = field(default_factory=RECONCILIATION.empty)

    @property
    def closes(self) -> bool:
        """Whether every row of every file is accounted for."""
        return bool(self.reconciliation["closes"].all())


EXPORTS = "exports"
"""Kind in the memory of what was made: what was read from all exports together."""
_ALL = "all"

Progress = Callable[[str, int, int], None]


def refresh(
    folder: DataFolder, settings: Settings, keys: Keys, *, now: datetime, progress: Progress | None = None
) -> RefreshResult:
    """Parse what is new, write exactly the months whose inputs changed, and account for every row.

    Args:
        folder: The data folder, with received files in its archive.
        settings: Site settings.
        keys: The opened key file.
        now: The moment of running; kept in no table.
        progress: Told stage, number done and number in all.
    """
    del now
    taken = parse(folder, settings, keys, progress=progress)
    result = write_months(folder, settings, keys, taken.months, progress=progress)
    result.parsed, result.refused, result.settled = taken.parsed, taken.refused, taken.settled
    result.failed = taken.failed
    return result


def parse(
    folder: DataFolder, settings: Settings, keys: Keys, *, rules: str = "", progress: Progress | None = None
) -> RefreshResult:
    """Parse archived files that are not in the cache; tell what was refused and which months that changes.

    Args:
        folder: The data folder.
        settings: Site settings.
        keys: The opened key file.
        rules: Hash of the rules that set rows aside, as for ``write_months``.
        progress: Told stage, number done and number in all.

    Raises:
        KeyFileError: when another key file was used for this data folder before.
    """
    result = RefreshResult()
    files = read_archive(folder, settings)
    parsed = _parse_all(folder, settings, keys, result, progress)
    merge = Months(folder, [item for item in parsed if not item.refused], settings.policy)
    # A file that the machine could not read is read again by the next run.
    is_whole = all(item.code not in OF_THE_MACHINE for item in parsed)
    result.failed = [item.file.name for item in parsed if item.code in OF_THE_MACHINE]
    years = sorted({year for item in parsed for year in item.years})
    sources = {"archive": _archive_state(files) if is_whole else "", "reading": _reading(folder, settings, keys, years)}
    kept = [item.folder / "facts.json" for item in parsed]
    inputs = {month.isoformat(): merge.inputs(month) for month in merge.months}
    remember(folder, EXPORTS, _ALL, sources, facts={"months": inputs, "years": years}, files=kept)
    result.months = list(months_to_refresh(folder, rules=rules))
    return result


def why_read_again(folder: DataFolder, settings: Settings, keys: Keys) -> tuple[str, ...]:
    """Return why the archived exports have to be read again; empty when what was read of them stands."""
    made, archive = recall(folder, EXPORTS, _ALL), _archive_state(read_archive(folder, settings))
    if made is not None and made.sources.get("archive") != archive:
        return ("archive",)  # the organisation list may have to be read from an export that nobody read yet
    years = made.facts.get("years", []) if made else []
    return why_again(folder, made, {"archive": archive, "reading": _reading(folder, settings, keys, years)})


def reading_wanted(folder: DataFolder, settings: Settings, keys: Keys) -> str:
    """Return a hash of what archived exports have to be read by, when they have to be read (again); else nothing."""
    files = read_archive(folder, settings)
    if not files or not why_read_again(folder, settings, keys):
        return ""
    profile = read_profile(settings.sources.profile, folder.root)
    return hash_of(_archive_state(files), profile.fingerprint, repr(settings), code_of(__name__))


def months_to_refresh(folder: DataFolder, *, rules: str = "") -> dict[date, str]:
    """Months whose inputs differ from those their table was made of, with a hash of those inputs; reads no export.

    Args:
        folder: The data folder.
        rules: Hash of the rules that set rows aside.
    """
    return {month: state for month, (state, _) in why_merge_again(folder, rules=rules).items()}


def states_wanted(folder: DataFolder, *, rules: str = "") -> dict[date, str]:
    """Return, per month that any export speaks of, the state its records have once they are up to date."""
    read = recall(folder, EXPORTS, _ALL)
    inputs = read.facts["months"] if read else {}
    return {date.fromisoformat(month): hash_of(sources_of(said, rules)) for month, said in inputs.items()}


def why_merge_again(folder: DataFolder, *, rules: str = "") -> dict[date, tuple[str, tuple[str, ...]]]:
    """Return, per month whose table was made from other inputs, a hash of its inputs now and what differs."""
    read = recall(folder, EXPORTS, _ALL)
    return stale_months(folder, read.facts["months"], rules) if read else {}


def _archive_state(files: Sequence[ArchivedFile]) -> str:
    return hash_of([(replace(file, received={}, path=Path(file.sha)), sorted(file.received)) for file in files])


def _reading(folder: DataFolder, settings: Settings, keys: Keys, years: Sequence[int]) -> str:
    """Everything beside the bytes that decides what exports are read as; of the keys, those of the years they speak of."""
    profile = read_profile(settings.sources.profile, folder.root)
    configuration = configuration_id(profile, settings, keys, read_organisation(folder, settings, profile))
    return hash_of(configuration, compared_by(settings), [keys.year_check_value(year) for year in years])


def write_months(
    folder: DataFolder,
    settings: Settings,
    keys: Keys,
    months: Sequence[date],
    *,
    set_aside: SetAside | None = None,
    rules: str = "",
    progress: Progress | None = None,
) -> RefreshResult:
    """Write the tables of these months and account for every row of every file.

    Args:
        folder: The data folder.
        settings: Site settings.
        keys: The opened key file.
        months: Which months; a month without rows loses its table.
        set_aside: Given the rows of a month, returns ``export_id, line, rule`` of rows that break a rule
            which sets rows aside; they go to quarantine under that rule.
        rules: Hash of those rules: with other rules the month is made again.
        progress: Told stage, number done and number in all.
    """
    result = RefreshResult()
    parsed = _parse_all(folder, settings, keys, result, None)
    merge = Months(folder, [item for item in parsed if not item.refused], settings.policy, rules)

    def write(month: date) -> None:
        with one_at_a_time(folder, f"merge-{month:%Y-%m}"):
            merge.write_month(month, set_aside)

    # Two at once, as with files: a month is many small questions.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number, _ in enumerate(pool.map(write, months), start=1):
            if progress:
                progress("merge", number, len(months))
    result.months = list(months)
    for name, number in merge.graves().items():
        result.warnings[name] = result.warnings.get(name, {}) | {"W-GRAF-ONBEKEND": number}
    with one_at_a_time(folder, "account"):
        # Other runs write other months meanwhile: the last account must know them all.
        result.waiting = list(merge.stale())
        result.reconciliation = merge.reconciliation()
        durable.write_table(folder.restricted / "reconciliation.parquet", result.reconciliation)
    return result


def _parse_all(
    folder: DataFolder, settings: Settings, keys: Keys, result: RefreshResult, progress: Progress | None
) -> list[Parsed]:
    folder.make()
    with one_at_a_time(folder, "parse"):
        return _parse_each(folder, settings, keys, result, progress)


def _parse_each(
    folder: DataFolder, settings: Settings, keys: Keys, result: RefreshResult, progress: Progress | None
) -> list[Parsed]:
    _require_same_key(folder, keys, settings.site.languages[0])
    profile = read_profile(settings.sources.profile, folder.root)
    files = read_archive(folder, settings)
    organisation = read_organisation(folder, settings, profile)
    configuration = configuration_id(profile, settings, keys, organisation)
    clear_work(folder)
    memory = new_memory()

    def one(file: ArchivedFile) -> tuple[bool, Parsed]:
        known = read_parsed(file, parsed_folder(folder, file, configuration))
        is_new = known is None or not is_read_with(known, keys)
        return is_new, parse_file(folder, file, settings, keys, profile, organisation, configuration, memory)

    parsed = []
    if progress and files:
        progress("parse", 0, len(files))
    # Two at once: while one is written on all processors, the structure of the next is read on one.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for number, (file, (is_new, item)) in enumerate(zip(files, pool.map(one, files), strict=True), start=1):
            parsed.append(item)
            if is_new:
                result.parsed.append(file.name)
            if progress:
                progress("parse", number, len(files))
    parsed = compared(folder, settings, parsed)
    result.warnings = {item.file.name: item.warnings for item in parsed if item.warnings}
    judged = judge(folder, parsed)
    result.refused = {item.name: item.message for item in judged if item.state == State.OPEN}
    result.settled = [item for item in judged if item.state != State.OPEN]
    _forget(folder, {item.folder.name for item in parsed})
    return parsed


def _require_same_key(folder: DataFolder, keys: Keys, language: str) -> None:
    """Refuse another key file than the one this data folder was made with: pseudonyms would not match."""
    path = folder.restricted / "key_check_value"
    if not path.exists():
        durable.write_text(path, keys.check_value)
    elif path.read_text(encoding="utf-8") != keys.check_value:
        raise KeyFileError(message("K-SLEUTEL", language, file="MEOS_KEYS"))


def _forget(folder: DataFolder, known: set[str]) -> None:
    for stale in (folder.tables / "parsed").glob("*"):
        if stale.name not in known:
            shutil.rmtree(stale)
