"""Parsed exports: a cache under ``tables/parsed/<export>-<configuration>/``, one folder per archived file.

It may be deleted at any time; it is made again from the archive. ``facts.json`` is written last, so a folder
without it is not there.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.contracts.availability import FIELDS
from meos_pipeline.errors import ExportError, StorageError
from meos_pipeline.ingest.aside import write_quarantine
from meos_pipeline.ingest.batches import in_large_batches
from meos_pipeline.ingest.export import Export, delivered_fields, read_export
from meos_pipeline.ingest.issues import PREFIX, is_row_refused, packed, unpacked
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.lookup import Memory
from meos_pipeline.ingest.lost import lost_rows, require_one_check_a_number
from meos_pipeline.ingest.messages import message, refused
from meos_pipeline.ingest.parse import Door, parse_rows
from meos_pipeline.ingest.persons import without_made_up_ages
from meos_pipeline.ingest.profiles import Profile
from meos_pipeline.ingest.receive import ArchivedFile, require_unchanged
from meos_pipeline.ingest.rows import category, join_rows
from meos_pipeline.ingest.tombstones import read_tombstones, without_erased
from meos_pipeline.ingest.understood import Watch, column_rows
from meos_pipeline.ingest.verdicts import require_believable, require_fast_identity, require_whole, told_by_the_name
from meos_pipeline.settings import Settings
from meos_pipeline.storage import durable
from meos_pipeline.storage.made import code_of
from meos_pipeline.storage.paths import DataFolder

READS_NO_ROWS = frozenset(
    f"meos_pipeline.ingest.{name}"
    for name in ("receive", "companions", "manifest", "names", "versions", "refusals", "account")
)
"""Modules that decide nothing of what a row says."""
OF_THE_MACHINE = ("F-GRENS",)
"""Refusals for want of memory or time, or by a child that was killed: tried again by the next run."""
OF_OTHER_DAYS = ("R-TEAM-DATUM", "W-TEAM-NAAM")
"""Issues of names that no team bore on the day of the check."""
_WORK = "work-"
NO_MONTH = date(1, 1, 1)
"""Stands for 'no month' in indexes: rows whose date cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What is known of a parsed file."""

    file: ArchivedFile
    folder: Path
    rows_in: int = 0
    months: dict[date, dict[str, int]] = field(default_factory=dict)
    """Month -> {rows, quarantined, out_of_period, joined}; ``NO_MONTH`` for rows without a readable date."""
    lost: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    unknown_codes: dict[str, int] = field(default_factory=dict)
    """Column -> cells with a code that is in no list."""
    years: dict[int, str] = field(default_factory=dict)
    """Calendar year of its rows -> check value of the key they were read with; '' for a year without a key."""
    fields: tuple[str, ...] = ()
    """Fields that figures are made of and that the export tells, whatever stands in the cells."""
    unread: tuple[str, ...] = ()
    """Columns that nobody knows."""
    empty: tuple[str, ...] = ()
    """Columns that a profile requires, and in which nothing stands."""
    absent: tuple[str, ...] = ()
    """Yes/no columns of a list of codes that are not there, or in which nothing stands."""
    other_days: tuple[tuple[str, str, int], ...] = ()
    """Team, code and rows with a name that no team bore on the day of the check."""
    refused: str = ""
    """Message when the file as a whole is refused."""
    code: str = ""

    @property
    def set_aside(self) -> int:
        """Rows that could not be read or counted: set aside as a whole, whatever the rules say of the others."""
        read = sum(counts.get("quarantined", 0) + counts.get("bad_lines", 0) for counts in self.months.values())
        return read + self.lost.get("R-SLEUTEL-DUBBEL", 0)

    def part(self, month: date) -> Path:
        """Folder with the rows of a month."""
        return self.folder / f"month={month.isoformat()}"

    def rows(self, month: date) -> pl.LazyFrame:
        """Rows of a month."""
        return pl.scan_parquet(self.part(month) / "*.parquet", hive_partitioning=False)


def configuration_id(profile: Profile, settings: Settings, keys: Keys, organisation: pl.DataFrame) -> str:
    """Eight hex digits of what decides, beside the bytes, what any file is parsed to.

    The keys of years are no part of it: each file remembers those of its own years, so that the key of a new year
    leaves alone what was read before.
    """
    said = {
        "code": code_of(__name__, beside=READS_NO_ROWS),
        "polars": pl.__version__,
        "profile": profile.fingerprint,
        "keys": keys.check_value,
        "organisation": organisation.sort(pl.all()).write_csv(),
        "encoding": settings.sources.encoding,
        "officers": settings.sources.include_officers,
        "zone": settings.site.time_zone,
        "place": [settings.site.latitude, settings.site.longitude],
        "origin": [settings.groups.origin_legal_basis, list(settings.groups.kinds)],
        "terms": [settings.policy.oldest_record_years, settings.policy.warn_record_years],
        "shares": [settings.policy.result_not_understood_share, settings.policy.result_empty_bounds],
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]


def parsed_folder(folder: DataFolder, file: ArchivedFile, configuration: str) -> Path:
    """Return where a file's rows are kept: what they are follows from its bytes, the configuration, and what was declared.

    The export time is part of that: it says which dates lie in the future, and how old a record is. So is the name,
    which tells a month and perhaps a field.
    """
    facts = [
        file.name,
        file.exported_at.isoformat(),
        file.period,
        file.is_complete,
        *([file.rows] if file.rows else ()),
    ]
    declared = json.dumps(facts, default=str)
    said = sha256(f"{configuration}:{declared}".encode()).hexdigest()[:8]
    return folder.tables / "parsed" / f"{file.export_id}-{said}"


@contextmanager
def work_folder(folder: DataFolder) -> Iterator[Path]:
    """Folder within the archive for copies that hold identifiers; gone afterwards."""
    work = Path(tempfile.mkdtemp(prefix=_WORK, dir=folder.archive))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def clear_work(folder: DataFolder) -> None:
    """Remove what a crash left in the archive; only while no file is parsed."""
    for leftover in folder.archive.glob(f"{_WORK}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def parse_file(
    folder: DataFolder,
    file: ArchivedFile,
    settings: Settings,
    keys: Keys,
    profile: Profile,
    organisation: pl.DataFrame,
    configuration: str,
    memory: Memory,
) -> Parsed:
    """Parse one archived file into the cache, or take it from there."""
    target = parsed_folder(folder, file, configuration)
    if file.is_erased:
        # Its bytes are gone after their term: what was parsed before stands, under whatever configuration.
        target = next(iter(sorted((folder.tables / "parsed").glob(f"{file.export_id}-*"))), target)
    known = read_parsed(file, target)
    if known is not None and (file.is_erased or is_read_with(known, keys)):
        return known
    if file.is_erased:
        return Parsed(file=file, folder=target)
    require_unchanged(file, settings.site.languages[0])
    for stale in (folder.tables / "parsed").glob(f"{file.export_id}-*"):
        shutil.rmtree(stale)
    target.mkdir(parents=True, mode=0o700)
    door = Door(
        profile=profile,
        settings=settings,
        keys=keys,
        organisation=organisation,
        exported_at=file.exported_at,
        export_id=file.export_id,
        period=file.period,
        memory=memory,
    )
    try:
        require_fast_identity(file, profile, settings)
        with work_folder(folder) as work:
            export = read_export(file.path, profile, settings, work=work, name=file.name)
            require_whole(export, profile, file.rows, settings.site.languages[0])
            facts, set_aside = write_rows(export, door, target, read_tombstones(folder))
        facts["warnings"] |= told_by_the_name(file, facts["months"])
        write_quarantine(folder, export, target, set_aside, export_id=door.export_id)
    except (OSError, MemoryError, ExportError, pl.exceptions.PolarsError) as error:
        shutil.rmtree(target, ignore_errors=True)
        (folder.quarantine / f"{file.export_id}.parquet").unlink(missing_ok=True)
        refusal = _refusal_of(error, file, settings.site.languages[0])
        if refusal.code in OF_THE_MACHINE:
            return Parsed(file=file, folder=target, refused=str(refusal), code=refusal.code)
        target.mkdir(mode=0o700)
        facts = {"refused": str(refusal), "code": refusal.code}
    facts["years"] = {str(year): keys.year_check_value(year) for year in _years_of(facts, file, settings)}
    durable.write_text(target / "facts.json", json.dumps(facts, indent=1))
    parsed = read_parsed(file, target)
    if parsed is None:
        raise FileNotFoundError(target)
    return parsed


def _years_of(facts: Mapping[str, Any], file: ArchivedFile, settings: Settings) -> list[int]:
    """Return the calendar years of a file's rows; of a refused file every year it may speak of: it may have wanted a key."""
    if "refused" in facts:
        now = file.exported_at.year
        return list(range(now - settings.policy.oldest_record_years - 1, now + 2))
    return sorted({date.fromisoformat(month).year for month in facts["months"]} - {NO_MONTH.year})


def is_read_with(parsed: Parsed, keys: Keys) -> bool:
    """Tell whether a file was read with the keys that its years have now; a destroyed key counts as it was."""
    return all(keys.year_check_value(year) == value for year, value in parsed.years.items())


def _refusal_of(error: BaseException, file: ArchivedFile, language: str) -> ExportError:
    """Return why a file is refused. What failed in the machine is no fault of the file: it is not kept, and tried again.

    Raises:
        StorageError: when the disk or the memory refused; no other file would fare better.
    """
    if isinstance(error, ExportError):
        return error
    why = "memory" if isinstance(error, MemoryError) else durable.refusal(error)  # type: ignore[arg-type]
    if why:
        raise StorageError(message("S-SCHIJF", language, file=file.name, why=why)) from error
    # The text of a Polars error may show a value: only its kind goes on.
    return refused("F-LEZEN", language, file=file.name, kind=type(error).__name__)


def read_parsed(file: ArchivedFile, target: Path) -> Parsed | None:
    """Return the cached facts of a file, or nothing."""
    path = target / "facts.json"
    if not path.exists():
        return None
    facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Parsed(
        file=file,
        folder=target,
        rows_in=facts.get("rows_in", 0),
        lost=facts.get("lost", {}),
        months={date.fromisoformat(month): counts for month, counts in facts.get("months", {}).items()},
        warnings=facts.get("warnings", {}),
        unknown_codes=facts.get("unknown_codes", {}),
        years={int(year): value for year, value in facts.get("years", {}).items()},
        fields=tuple(facts.get("fields", FIELDS)),
        unread=tuple(facts.get("unread", ())),
        empty=tuple(facts.get("empty", ())),
        absent=tuple(facts.get("absent", ())),
        other_days=tuple((team, code, rows) for team, code, rows in facts.get("other_days", ())),
        refused=facts.get("refused", ""),
        code=facts.get("code", ""),
    )


def write_rows(
    export: Export, door: Door, target: Path, erased: frozenset[str] = frozenset()
) -> tuple[dict[str, Any], pl.DataFrame]:
    """Write the rows per month; return the facts of the file, and ``line, field, code`` of what is set aside."""
    watch = Watch(door.profile)
    usable, made_up = without_made_up_ages(export.rows)
    rows = parse_rows(replace(export, rows=in_large_batches(usable, watch)), door)
    columns = rows.collect_schema().names()
    issues = [name for name in columns if name.startswith(PREFIX)]
    rows = (
        rows.with_columns(is_row_refused(columns).alias("is_refused"))
        .with_columns(category().alias("category"), pl.col("month").fill_null(NO_MONTH))
        .with_columns(packed(issues).alias("issues"))
        .drop("is_refused", "is_deleted", *issues)
    )
    if door.profile.rows_are != "checks":
        rows = join_rows(rows.collect(engine="streaming").sort("line")).lazy()
    rows = without_erased(rows, erased, nowhere=pl.lit(NO_MONTH))
    rows.sink_parquet(
        pl.PartitionBy(target, key="month", include_key=True, approximate_bytes_per_file=1 << 60),
        compression="lz4",
        statistics=False,
        mkdir=True,
    )
    if not any(target.glob("month=*")):
        # No record was a row: readers still find the columns.
        part = target / f"month={NO_MONTH.isoformat()}" / "00000000.parquet"
        durable.write_table(part, pl.DataFrame(schema=rows.collect_schema()))
    parts = pl.scan_parquet(target / "month=*/*.parquet", hive_partitioning=False)
    found = unpacked(parts, "line", "category", "team")
    is_aside = pl.col("code").str.starts_with("R-") & (pl.col("category") != "deleted")
    # Asked together, so that the rows are read once.
    lists = [name for name in door.profile.required if name in columns and name in export.mapping.fields]
    counts, tally, set_aside, other_days, days, told = pl.collect_all(
        [
            parts.group_by("month", "category").len(),
            found.group_by("field", "code").len(),
            found.filter(is_aside).select("line", "field", "code"),
            found.filter(pl.col("field") == "team", pl.col("code").is_in(OF_OTHER_DAYS))
            .group_by("team", "code")
            .len()
            .sort("team", "code"),
            parts.group_by("check_date").len(),
            parts.select(pl.col(lists).count()),
        ],
        engine="streaming",
    )
    per_code: dict[tuple[str, str], int] = {(field, code): number for field, code, number in tally.iter_rows()}
    read = int(counts["len"].sum())
    require_believable(export, door, issues=per_code, days=days, parts=parts, filled=watch.filled)
    lost = lost_rows(parts, last_wins=door.profile.last_row_wins, rows=read)
    require_one_check_a_number(export, parts, lost, read, door.settings)
    lost.write_parquet(target / "lost.parquet")
    months: dict[str, dict[str, int]] = {}
    for month, kind, number in counts.sort("month").iter_rows():
        months.setdefault(month.isoformat(), {})[kind] = number
    bad = len(export.bad_lines)
    if bad:
        months.setdefault(NO_MONTH.isoformat(), {})["bad_lines"] = bad
    warned: dict[str, int] = {"W-LEEFTIJD-VAAK": made_up} if made_up else {}
    for (_, code), number in sorted(per_code.items()):
        if code.startswith("W-"):
            warned[code] = warned.get(code, 0) + number
    fields = export.mapping.fields
    # Words for 'nothing here' fill no column.
    unsaid = {
        name
        for name in lists
        if not told[name].item() and not any(field == name and c[0] == "R" for field, c in per_code)
    }
    is_empty = {name: not watch.filled[name] or name in unsaid for name in door.profile.required}
    empty = [fields[name] for name, nothing in is_empty.items() if nothing and name in fields and read]
    flags = [name for name, number in watch.filled.items() if name.startswith("flag_") and not number]
    absent = [*export.mapping.absent, *(export.mapping.sources[name] for name in flags)]
    facts = {
        "rows_in": export.rows_in,
        "rows_read": read + bad,
        "months": months,
        "lost": dict(lost.group_by("verdict").len().sort("verdict").iter_rows()),
        "warnings": export.warnings
        | warned
        | {code: len(names) for code, names in (("W-KOLOM-LEEG", empty), ("W-VLAG-LEEG", absent)) if names},
        "unknown_codes": {
            export.mapping.sources.get(name, name): number
            for (name, code), number in sorted(per_code.items())
            if code in ("R-CODE", "R-JANEE", "R-CODE-UITKOMST", "R-BESTAAN")
        },
        "fields": delivered_fields(export, door.profile),
        "unread": list(export.mapping.extra),
        "empty": empty,
        "absent": absent,
        "other_days": other_days.rows(),
        "mapping": column_rows(export, door.profile, per_code, watch.filled, watch.examples),
    }
    return facts, set_aside
