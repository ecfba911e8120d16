"""The merged table: a pure function of the archived files and the configuration.

Per record number the version of the latest export wins (export time, then the file's hash); a deletion is a
version too. A complete export also removes what it leaves out. Only months whose inputs changed are written.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.errors import KeyFileError
from meos_pipeline.ingest.companions import read_organisation
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.lookup import new_memory
from meos_pipeline.ingest.messages import message
from meos_pipeline.ingest.parsed import (
    CONTENT,
    NO_MONTH,
    QUARANTINE,
    READS_NO_ROWS,
    Parsed,
    clear_work,
    configuration_id,
    parse_file,
)
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.ingest.receive import ArchivedFile, read_archive
from meos_pipeline.ingest.refusals import Refusal, State, judge
from meos_pipeline.settings import Settings
from meos_pipeline.storage import durable
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.made import code_of, forget, hash_of, recall, recall_all, remember, why_again
from meos_pipeline.storage.paths import DataFolder

_AT_ONCE = 2
"""Files that are parsed, and months that are written, at the same time."""
_BATCH = 3
"""Records by one officer in one minute that make a batch."""
_MOVED: dict[str, pl.DataFrame] = {}
"""Record numbers that occur in more than one month, of the parsed files that were asked for last."""
_COUNTS = ("accepted", "quarantined", "duplicate", "superseded", "deleted", "out_of_period")


def _count(name: str, meaning: str) -> Column:
    return Column(name=name, dtype=pl.Int64(), meaning=meaning)


RECONCILIATION = Table(
    name="reconciliation",
    meaning="Where every row of every export went.",
    key=("export_id", "scope", "month"),
    columns=(
        Column(name="export_id", dtype=pl.String(), meaning="First 16 hex digits of the file's SHA-256."),
        Column(name="name", dtype=pl.String(), meaning="Name of the file as received."),
        Column(name="exported_at", dtype=pl.Datetime("us", "UTC"), meaning="When the export was made."),
        Column(name="scope", dtype=pl.String(), meaning="'file' (rows counted from the bytes) or 'month' (rows read)."),
        Column(
            name="month",
            dtype=pl.Date(),
            meaning="First day of the month; 0001-01-01 for no month or the file as a whole.",
        ),
        _count("rows_in", "Data records."),
        _count("accepted", "In the table."),
        _count("quarantined", "Set aside."),
        _count("duplicate", "The same as a row that is in the table."),
        _count("superseded", "Replaced by a later version."),
        _count("deleted", "Deletions."),
        _count("out_of_period", "Outside the period that the export declares."),
        Column(name="closes", dtype=pl.Boolean(), meaning="rows_in is the sum of the others."),
    ),
)


@dataclass(slots=True, kw_only=True)
class RefreshResult:
    """What a refresh did."""

    months: list[date] = field(default_factory=list)
    """Months that were written or removed."""
    parsed: list[str] = field(default_factory=list)
    """Names of files that were parsed now."""
    refused: dict[str, str] = field(default_factory=dict)
    """File name -> message, for files of which nothing was counted and that still ask for a person."""
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


EXPORTS, RECORDS = "exports", "records"
"""Kinds in the memory of what was made: what was read from all exports together, and the records of a month."""
_ALL = "all"

Progress = Callable[[str, int, int], None]
SetAside = Callable[[pl.LazyFrame, date], pl.LazyFrame]


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
    merge = _Merge(folder, [item for item in parsed if not item.refused])
    sources = {"archive": _archive_state(files), "reading": _reading(folder, settings, keys)}
    kept = [item.folder / "facts.json" for item in parsed]
    inputs = {month.isoformat(): merge.inputs(month) for month in merge.months}
    remember(folder, EXPORTS, _ALL, sources, facts={"months": inputs}, files=kept)
    result.months = list(months_to_refresh(folder, rules=rules))
    return result


def why_read_again(folder: DataFolder, settings: Settings, keys: Keys) -> tuple[str, ...]:
    """Return why the archived exports have to be read again; empty when what was read of them stands."""
    made, archive = recall(folder, EXPORTS, _ALL), _archive_state(read_archive(folder, settings))
    if made is not None and made.sources.get("archive") != archive:
        return ("archive",)  # the organisation list may have to be read from an export that nobody read yet
    return why_again(folder, made, {"archive": archive, "reading": _reading(folder, settings, keys)})


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
    return {date.fromisoformat(month): hash_of(_sources(said, rules)) for month, said in inputs.items()}


def why_merge_again(folder: DataFolder, *, rules: str = "") -> dict[date, tuple[str, tuple[str, ...]]]:
    """Return, per month whose table was made from other inputs, a hash of its inputs now and what differs."""
    read = recall(folder, EXPORTS, _ALL)
    return _stale(folder, read.facts["months"], rules) if read else {}


def _stale(folder: DataFolder, inputs: Mapping[str, str], rules: str) -> dict[date, tuple[str, tuple[str, ...]]]:
    """Compare the inputs that each month has now with those its table was made from."""
    made, found = recall_all(folder, RECORDS), {}
    for month in sorted({*made, *inputs}):
        sources = _sources(inputs[month], rules) if month in inputs else {}
        if why := why_again(folder, made.get(month), sources):
            found[date.fromisoformat(month)] = (hash_of(sources) if sources else "", why)
    return found


def _sources(inputs: str, rules: str) -> dict[str, str]:
    return {"exports": inputs, "rules": rules, "code": code_of(__name__, beside=READS_NO_ROWS)}


def _archive_state(files: Sequence[ArchivedFile]) -> str:
    return hash_of([(file.sha, file.exported_at, file.covered, file.is_complete, file.is_erased) for file in files])


def _reading(folder: DataFolder, settings: Settings, keys: Keys) -> str:
    """Everything beside the bytes that decides what exports are read as."""
    profile = read_profile(settings.sources.profile, folder.root)
    return configuration_id(profile, settings, keys, read_organisation(folder, settings, profile))


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
    merge = _Merge(folder, [item for item in parsed if not item.refused], rules)

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
        is_new = not (folder.tables / "parsed" / f"{file.export_id}-{configuration}" / "facts.json").exists()
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
            if item.warnings:
                result.warnings[file.name] = item.warnings
            if progress:
                progress("parse", number, len(files))
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


class _Merge:
    """All parsed files, in the order in which later ones replace earlier ones."""

    def __init__(self, folder: DataFolder, parsed: Sequence[Parsed], rules: str = "") -> None:
        self.folder = folder
        self.parsed = list(parsed)
        self.rules = rules
        self.months = sorted({month for item in parsed for month in item.months if month != NO_MONTH})
        self.moved = self._known_moved()

    def stale(self) -> list[date]:
        """Months whose table was made from other inputs than they have now."""
        return list(_stale(self.folder, {month.isoformat(): self.inputs(month) for month in self.months}, self.rules))

    def write_month(self, month: date, set_aside: SetAside | None = None) -> None:
        """Write or remove the table of one month, and note what became of each file's rows."""
        target = self.folder.tables / "police_checks" / f"month={month.isoformat()}" / "part-0.parquet"
        if month not in self.months:
            shutil.rmtree(target.parent, ignore_errors=True)
            forget(self.folder, RECORDS, month.isoformat())
            (self.folder.quarantine / f"rules-{month.isoformat()}.parquet").unlink(missing_ok=True)
            return
        judged, losers = self._judged(month)
        graves = self._unknown_deletions(judged, losers)
        accepted = judged.filter(pl.col("verdict") == "accepted")
        # The few numbers of batches are looked up: a join would gather every column of every row.
        batches = (
            accepted.group_by("batch_tag")
            .len()
            .filter(pl.col("len") >= _BATCH, pl.col("batch_tag").is_not_null())
            .select("batch_tag")
            .collect(engine="streaming")["batch_tag"]
        )
        table = accepted.with_columns(pl.col("batch_tag").is_in(batches.implode()).alias("is_batch_entry")).select(
            POLICE_CHECKS.names
        )
        POLICE_CHECKS.require_schema(table.collect_schema())
        # The table of a month is replaced once, whole: other runs look back on it while it is made again.
        made = target.with_name(f"{target.name}.made{durable.PARTIAL}")
        durable.write_table(made, table)
        counted = pl.scan_parquet(made).group_by("export_id").len().collect(engine="streaming")
        counts: dict[str, dict[str, int]] = {export: {"accepted": number} for export, number in counted.iter_rows()}
        for export, verdict, number in losers.iter_rows():
            counts.setdefault(export, {})[verdict] = number
        for export, number in self._set_aside(made, target, month, set_aside).items():
            counts[export]["accepted"] -= number
            counts[export]["quarantined"] = counts[export].get("quarantined", 0) + number
        if not any(count.get("accepted") for count in counts.values()):
            shutil.rmtree(target.parent)
        remember(
            self.folder,
            RECORDS,
            month.isoformat(),
            _sources(self.inputs(month), self.rules),
            facts={"counts": counts, "graves": graves},
            files=[target],
        )

    def _set_aside(self, made: Path, target: Path, month: date, set_aside: SetAside | None) -> dict[str, int]:
        """Put the made table in place without the rows that break a rule; return how many those are per file."""
        aside = self.folder.quarantine / f"rules-{month.isoformat()}.parquet"
        columns = ["export_id", "line", "rule"]
        broken = pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
        if set_aside is not None:
            broken = set_aside(pl.scan_parquet(made), month).select(columns).collect(engine="streaming")
        if broken.is_empty():
            durable.move(made, target)
            aside.unlink(missing_ok=True)
            return {}
        listed = broken.select(
            "export_id",
            "line",
            pl.lit("").alias("column"),
            pl.col("rule").cast(pl.String).alias("code"),
            pl.lit(value=True).alias("is_row"),
        ).unique()
        durable.write_table(aside, QUARANTINE.require(listed.sort("export_id", "line", "code")))
        rows = broken.select("export_id", "line").unique()
        kept = pl.scan_parquet(made).join(rows.lazy(), on=["export_id", "line"], how="anti", maintain_order="left")
        durable.write_table(target, kept)
        made.unlink(missing_ok=True)
        return dict(rows.group_by("export_id").len().iter_rows())

    def reconciliation(self) -> pl.DataFrame:
        """Account for every row: per file and month as read, and per file as counted from its bytes."""
        rows: list[dict[str, Any]] = []
        undated = self._undated_counts()
        for item in self.parsed:
            total = dict.fromkeys(_COUNTS, 0)
            for month, read in sorted(item.months.items()):
                counts = (
                    undated.get(item.file.export_id, {})
                    if month == NO_MONTH
                    else (self._facts(month).get("counts", {}).get(item.file.export_id, {}))
                )
                line = {name: counts.get(name, 0) for name in _COUNTS}
                line["quarantined"] += read.get("quarantined", 0) + read.get("bad_lines", 0)
                line["out_of_period"] += read.get("out_of_period", 0)
                rows.append(self._row(item, "month", month, sum(read.values()), line))
                total = {name: total[name] + line[name] for name in _COUNTS}
            rows.append(self._row(item, "file", NO_MONTH, item.rows_in, total))
        return RECONCILIATION.require(pl.DataFrame(rows, schema=RECONCILIATION.schema))

    @staticmethod
    def _row(item: Parsed, scope: str, month: date, rows_in: int, counts: dict[str, int]) -> dict[str, Any]:
        return {
            "export_id": item.file.export_id,
            "name": item.file.name,
            "exported_at": item.file.exported_at,
            "scope": scope,
            "month": month,
            "rows_in": rows_in,
            **counts,
            "closes": rows_in == sum(counts.values()),
        }

    def _of_month(self, month: date) -> list[tuple[int, Parsed]]:
        return [(rank, item) for rank, item in enumerate(self.parsed) if month in item.months]

    def inputs(self, month: date) -> str:
        """Return a hash of what the exports say of a month: another one, another table."""
        files = [(item.folder.name, item.months[month]) for _, item in self._of_month(month)]
        complete = [
            (self.parsed[rank].folder.name, str(first), str(last))
            for rank, first, last in _complete(self.parsed, month)
        ]
        moved = self.moved.filter(pl.col("month") == month).select("check_key", "winner").sort("check_key")
        return hash_of(files, complete, [[key, self.parsed[winner].folder.name] for key, winner in moved.iter_rows()])

    def _facts(self, month: date) -> Mapping[str, Any]:
        made = recall(self.folder, RECORDS, month.isoformat())
        return made.facts if made else {}

    def _candidates(self, rank: int, item: Parsed, month: date) -> pl.LazyFrame:
        lost = pl.read_parquet(item.folder / "lost.parquet").filter(pl.col("month") == month)
        rows = item.rows(month).filter(pl.col("category").is_in(["candidate", "deleted"]))
        rows = rows.with_columns(pl.lit(rank, dtype=pl.Int32).alias("rank"))
        if lost.is_empty():
            return rows.with_columns(pl.lit(None, dtype=pl.String).alias("lost"))
        return rows.join(
            lost.lazy().select("line", pl.col("verdict").alias("lost")), on="line", how="left", maintain_order="left"
        )

    def _judged(self, month: date) -> tuple[pl.LazyFrame, pl.DataFrame]:
        """Rows of the month with their verdict, and counts of all verdicts but 'accepted' per file."""
        items = self._of_month(month)
        rows = pl.concat([self._candidates(rank, item, month) for rank, item in items], how="diagonal")
        moved = self.moved.filter(pl.col("month") == month).select("check_key", "winner")
        if len(items) > 1 or moved.height:
            contested = (
                rows.filter(pl.col("lost").is_null())
                .group_by("check_key")
                .agg(winner=pl.col("rank").max(), n=pl.len())
                .filter(pl.col("n") > 1)
                .select("check_key", "winner")
                .collect(engine="streaming")
            )
            contested = pl.concat(
                [contested.join(moved, on="check_key", how="anti"), moved.with_columns(pl.col("winner").cast(pl.Int32))]
            )
        else:
            contested = pl.DataFrame()
        if contested.is_empty():
            rows = rows.with_columns(pl.lit(None, dtype=pl.Int32).alias("winner"))
        else:
            rows = rows.join(contested.lazy(), on="check_key", how="left", maintain_order="left")
        is_left_out = pl.any_horizontal(
            [
                pl.lit(value=False),
                *(
                    (pl.col("rank") < rank) & pl.col("check_date").is_between(first, last)
                    for rank, first, last in _complete(self.parsed, month)
                ),
            ]
        )
        is_winner = pl.col("rank") == pl.col("winner").fill_null(pl.col("rank"))
        verdict = (
            pl.when(pl.col("lost").is_not_null())
            .then(pl.when(pl.col("lost") == "R-SLEUTEL-DUBBEL").then(pl.lit("quarantined")).otherwise("lost"))
            .when(~is_winner)
            .then(pl.lit("superseded"))
            .when(pl.col("category") == "deleted")
            .then(pl.lit("deleted"))
            .when(is_left_out)
            .then(pl.lit("superseded"))
            .otherwise(pl.lit("accepted"))
        )
        judged = rows.with_columns(verdict.alias("verdict"))
        losers = (
            judged.filter(pl.col("verdict") != "accepted")
            .group_by("export_id", "verdict")
            .len()
            .collect(engine="streaming")
        )
        return judged, self._tell_duplicates(judged, losers)

    @staticmethod
    def _unknown_deletions(judged: pl.LazyFrame, losers: pl.DataFrame) -> dict[str, int]:
        """Per file, deletions of records that no export has: kept, for exports that may still come."""
        if losers.filter(pl.col("verdict") == "deleted").is_empty():
            return {}
        unknown = judged.filter(pl.col("verdict") == "deleted", pl.col("winner").is_null())
        return dict(unknown.group_by("export_id").len().collect(engine="streaming").iter_rows())

    def graves(self) -> dict[str, int]:
        """Per file name, deletions of records that no export has."""
        found: dict[str, int] = {}
        for month in self.months:
            for item in self.parsed:
                number = self._facts(month).get("graves", {}).get(item.file.export_id, 0)
                if number:
                    found[item.file.name] = found.get(item.file.name, 0) + number
        return found

    @staticmethod
    def _tell_duplicates(judged: pl.LazyFrame, losers: pl.DataFrame) -> pl.DataFrame:
        """Count a replaced row as duplicate when the row that replaces it says the same."""
        if losers.filter(pl.col("verdict") == "superseded").is_empty():
            return losers
        content = pl.struct(CONTENT).hash()
        contested = judged.filter(pl.col("lost").is_null(), pl.col("winner").is_not_null())
        versions = contested.select(
            "export_id", "check_key", "verdict", "rank", "winner", "category", content.alias("content")
        ).collect(engine="streaming")
        best = versions.filter(pl.col("rank") == pl.col("winner"), pl.col("verdict") == "accepted").select(
            "check_key", pl.col("content").alias("kept")
        )
        same = (
            versions.filter(pl.col("verdict") == "superseded", pl.col("category") == "candidate")
            .join(best, on="check_key", how="inner")
            .filter(pl.col("content") == pl.col("kept"))
            .group_by("export_id")
            .len()
        )
        moved = pl.concat(
            [
                same.select("export_id", pl.lit("duplicate").alias("verdict"), pl.col("len").cast(pl.Int64)),
                same.select("export_id", pl.lit("superseded").alias("verdict"), -pl.col("len").cast(pl.Int64)),
            ]
        )
        return (
            pl.concat([losers.with_columns(pl.col("len").cast(pl.Int64)), moved])
            .group_by("export_id", "verdict")
            .agg(pl.col("len").sum())
            .filter(pl.col("len") > 0)
        )

    def _known_moved(self) -> pl.DataFrame:
        """Work out what moved once for the same parsed files: a run asks for it three times, and it reads every key."""
        state = repr([(item.folder, sorted(item.months.items()), sorted(item.lost.items())) for item in self.parsed])
        if state not in _MOVED:
            _MOVED.clear()
            _MOVED[state] = self._moved()
        return _MOVED[state]

    def _moved(self) -> pl.DataFrame:
        """Record numbers that occur in more than one month: ``check_key, month, winner`` (rank over all months)."""
        empty = pl.DataFrame(schema={"check_key": pl.String, "month": pl.Date, "winner": pl.Int32})
        if len(self.parsed) <= 1 or len({month for item in self.parsed for month in item.months}) <= 1:
            return empty
        usable = pl.col("category").is_in(["candidate", "deleted"])
        everything = pl.concat(
            [
                pl.scan_parquet(item.folder / "month=*/*.parquet", hive_partitioning=False)
                .filter(usable)
                .select("key_tag", "month", "check_key", "line", pl.lit(rank, dtype=pl.Int32).alias("rank"))
                for rank, item in enumerate(self.parsed)
                if any(m for m in item.months.values())
            ]
        )
        buckets = max(1, sum(item.rows_in for item in self.parsed) // 20_000_000)
        tags = pl.concat(
            [
                everything.filter(pl.col("key_tag") % buckets == bucket)
                .group_by("key_tag")
                .agg(first=pl.col("month").min(), last=pl.col("month").max())
                .filter(pl.col("first") != pl.col("last"))
                .select("key_tag")
                .collect(engine="streaming")
                for bucket in range(buckets)
            ]
        )
        if tags.is_empty():
            return empty
        lost = pl.concat(
            [
                pl.read_parquet(item.folder / "lost.parquet").select(
                    "line", "month", pl.lit(rank, dtype=pl.Int32).alias("rank")
                )
                for rank, item in enumerate(self.parsed)
            ]
        )
        found = (
            everything.join(tags.lazy(), on="key_tag", how="semi")
            .collect(engine="streaming")
            .join(lost, on=["rank", "line", "month"], how="anti")
        )
        return (
            found.with_columns(
                winner=pl.col("rank").max().over("check_key"), n=pl.col("month").n_unique().over("check_key")
            )
            .filter(pl.col("n") > 1)
            .select("check_key", "month", "winner")
            .unique()
        )

    def _undated_counts(self) -> dict[str, dict[str, int]]:
        """Verdicts of deletions that name no date."""
        counts: dict[str, dict[str, int]] = {}
        for rank, item in enumerate(self.parsed):
            if not item.months.get(NO_MONTH, {}).get("deleted"):
                continue
            moved = self.moved.filter(pl.col("month") == NO_MONTH).select("check_key", "winner").lazy()
            tally = (
                self._candidates(rank, item, NO_MONTH)
                .join(moved, on="check_key", how="left")
                .select(
                    pl.when(pl.col("lost").is_not_null() | (pl.col("winner") > rank))
                    .then(pl.lit("superseded"))
                    .otherwise(pl.lit("deleted"))
                    .alias("verdict")
                )
                .group_by("verdict")
                .len()
                .collect()
            )
            counts[item.file.export_id] = dict(tally.iter_rows())
        return counts


def _complete(parsed: Sequence[Parsed], month: date) -> list[tuple[int, date, date]]:
    """Rank, first and last day of complete exports that cover part of the month."""
    last_day = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    covered = [(rank, item.file.covered) for rank, item in enumerate(parsed) if item.file.is_complete]
    return [(rank, span[0], span[1]) for rank, span in covered if span and span[0] <= last_day and span[1] >= month]
