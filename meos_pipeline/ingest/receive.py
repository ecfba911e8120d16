"""Landing to archive: each export is kept once, under its SHA-256, before anything is read from it.

A file leaves ``landing/`` only after its bytes are safe in ``archive/``. Beside it lies a small JSON file with
the deliveries: names and export times. Companion files stay in landing; they are read from there.
"""

import hashlib
import json
import os
import stat
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from meos_pipeline.contracts.companions import COMPANION_FILES
from meos_pipeline.errors import StorageError
from meos_pipeline.ingest.manifest import MANIFEST, read_manifest
from meos_pipeline.ingest.messages import message
from meos_pipeline.ingest.names import export_time, meant_for, month_in
from meos_pipeline.ingest.profiles import normal_header
from meos_pipeline.settings import Settings
from meos_pipeline.storage import durable
from meos_pipeline.storage.paths import DataFolder

_SYSTEM_FILES = ("thumbs.db", "ehthumbs.db", "desktop.ini", "~$*", "~*.tmp", "*.lnk", "$recycle.bin", "__macosx")
"""Files that an operating system or an office program puts beside those of people."""
_UNFINISHED = (durable.PARTIAL, ".tmp", ".part", ".crdownload", ".filepart")
BESIDE = frozenset({*COMPANION_FILES.values(), MANIFEST, "truth.json", "README.md", "meos.toml"})
"""Files in landing that are no exports."""
_BLOCK = 1 << 20
"""Bytes copied at a time, always through the same piece of memory: a new piece for each costs more than the copying."""
_AT_ONCE = 2
"""Files that are copied at the same time."""
_ARCHIVED: dict[str, tuple[int, ...]] = {}
"""State of the files that this process archived, right after it did."""
_LONG_AGO = "2000-01-01T00:00:00+00:00"
"""When files were taken in of which an earlier version kept no moment."""
_DECLARED = ("from", "to", "complete", "emptied", "rows")
"""What the manifest says beside the export time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """One received export. With several deliveries of the same bytes, the earliest export time counts."""

    sha: str
    name: str
    path: Path
    size: int
    exported_at: datetime
    is_time_known: bool
    """False when the export time is only the time of the file itself."""
    period: tuple[date, date] | None = None
    """First and last day that the manifest declares; rows outside are out of period."""
    is_erased: bool = False
    """Whether its bytes were erased after their term; what was parsed of it stays in use."""
    is_complete: bool = False
    """Whether the manifest or the settings say that absence means deletion."""
    emptied: tuple[str, ...] = ()
    """Columns that the manifest says are empty on purpose, in the form of ``normal_header``."""
    rows: int | None = None
    """How many records the manifest says that it has."""
    received: Mapping[str, datetime] = field(default_factory=dict)
    """Every name under which it was delivered, with the last moment at which that name was taken in."""

    @property
    def covered(self) -> tuple[date, date] | None:
        """Period of which a complete export holds every record: as declared, else the month in its name."""
        if self.period is not None:
            return self.period
        return month_in(self.name)

    def holds_all_of(self, month: date) -> bool:
        """Whether a complete export covers the whole month: what it leaves out is gone."""
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        span = self.covered if self.is_complete else None
        return span is not None and span[0] <= month and last <= span[1]

    def may_empty(self, source: str) -> bool:
        """Whether the manifest says that this column is empty on purpose."""
        return normal_header(source) in self.emptied

    @property
    def export_id(self) -> str:
        """First 16 hex digits of the SHA-256."""
        return self.sha[:16]


@dataclass(slots=True, kw_only=True)
class Receipt:
    """What became of each file in landing."""

    archived: list[str] = field(default_factory=list)
    """Names of files that are new in the archive."""
    known: list[str] = field(default_factory=list)
    """Names of files that were archived before."""
    waiting: list[str] = field(default_factory=list)
    """Names of files that are still being written."""
    refused: dict[str, str] = field(default_factory=dict)
    """Name -> message, for files that are not taken in; they stay in landing."""
    warnings: list[str] = field(default_factory=list)


def receive(folder: DataFolder, settings: Settings, *, now: datetime, settle: timedelta = timedelta(0)) -> Receipt:
    """Move every finished export from landing to the archive.

    Args:
        folder: The data folder.
        settings: Site settings (language, time zone, completeness).
        now: The moment of running, with a time zone; later export times are wrong.
        settle: Files changed less than this before ``now`` may still grow: they wait for the next run.

    Raises:
        StorageError: when the disk refuses to write.
    """
    receipt = Receipt()
    folder.make()
    language = settings.site.languages[0]
    for leftover in folder.archive.glob(f"*{durable.PARTIAL}"):
        leftover.unlink()
    manifest = read_manifest(folder.landing / MANIFEST, settings)
    receipt.warnings += manifest.warnings
    if manifest.refused:
        receipt.refused[MANIFEST] = manifest.refused
        return receipt
    finished = []
    entries = exports_in(folder.landing)
    if nearly := {entry.name: named for entry in entries if (named := meant_for(entry.name, BESIDE))}:
        said = {name: message("F-BIJBESTAND", language, file=name, named=named) for name, named in nearly.items()}
        receipt.refused |= said
        entries = [entry for entry in entries if entry.name not in nearly]
        if MANIFEST in nearly.values() and not (folder.landing / MANIFEST).exists():
            return receipt
    for entry in entries:
        code = _fault(entry)
        if code:
            receipt.refused[readable(entry.name)] = message(code, language, file=readable(entry.name))
        elif settle and is_fresh(entry.stat().st_mtime, now, settle):
            receipt.waiting.append(entry.name)
        else:
            finished.append(Path(entry.path))
    _declare(folder, manifest.files, {entry.name for entry in entries}, receipt, language, now)
    # The next file is copied while one is put in place; never more, or the disk would have to hold everything twice.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        copies = deque(pool.submit(_copy, folder, path) for path in finished[:_AT_ONCE])
        for number, path in enumerate(finished, start=_AT_ONCE):
            try:
                copy = copies.popleft().result()
                _take(folder, copy, manifest.files.get(path.name, {}), settings, now, receipt)
            except OSError as error:
                _drop(copies)
                raise StorageError(message("S-SCHIJF", language, file=path.name, why=error.strerror or "")) from error
            copies.extend(pool.submit(_copy, folder, following) for following in finished[number : number + 1])
    return receipt


def exports_in(landing: Path) -> "list[os.DirEntry[str]]":
    """Return what may be an export in landing, by name: no companion, no file of the system, none still being written."""
    found = []
    for entry in sorted(os.scandir(landing) if landing.is_dir() else (), key=lambda item: item.name):
        name = entry.name.lower()
        is_system = name.startswith(".") or any(fnmatch(name, pattern) for pattern in _SYSTEM_FILES)
        if not is_system and entry.name not in BESIDE and not name.endswith(_UNFINISHED):
            found.append(entry)
    return found


def never_taken_in(landing: Path, before: datetime) -> list[str]:
    """Return what lies in landing since before a moment and is no companion: half an upload, a refused file, a folder of old ones."""
    found = []
    for path in sorted(landing.rglob("*")) if landing.is_dir() else ():
        is_ours = path.parent == landing and path.name in BESIDE
        if not is_ours and not path.is_dir() and path.lstat().st_mtime < before.timestamp():
            found.append(readable(path.relative_to(landing).as_posix()))
    return found


def is_fresh(changed: float, now: datetime, settle: timedelta) -> bool:
    """Whether a file changed so shortly before ``now`` that it may still grow; a date far ahead is no clock's."""
    age = timedelta(seconds=now.timestamp() - changed)
    return -timedelta(days=1) < age < settle


def readable(name: str) -> str:
    """Return a file name that can be shown: bytes that are no text become question marks."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_archive(folder: DataFolder, settings: Settings) -> list[ArchivedFile]:
    """Every archived export, in the order in which later ones replace earlier ones (export time, then SHA)."""
    files = [_archived(folder, path, settings) for path in sorted(folder.archive.glob("*.json"))]
    return sorted(files, key=lambda file: (file.exported_at, file.sha))


def require_unchanged(file: ArchivedFile, language: str = "nl") -> ArchivedFile:
    """Raise ``StorageError`` when an archived file no longer has the bytes it was archived with.

    A file that this process archived, and that was not touched since, is not read for it again.
    """
    if not file.path.exists() or (_ARCHIVED.get(file.sha) != _state(file.path) and sha_of(file.path) != file.sha):
        raise StorageError(message("S-ARCHIEF", language, file=file.name, sha=file.sha[:16]))
    return file


def _state(path: Path) -> tuple[int, ...]:
    """What changes whenever a file is written to or replaced."""
    facts = path.stat()
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns


def sha_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _fault(entry: "os.DirEntry[str]") -> str:
    facts = entry.stat(follow_symlinks=False)
    if readable(entry.name) != entry.name:
        return "F-NAAM"
    if stat.S_ISLNK(facts.st_mode):
        return "F-LINK"
    if not stat.S_ISREG(facts.st_mode):
        return "F-GEEN-BESTAND"
    return "F-HARDLINK" if facts.st_nlink > 1 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """The bytes of a file in landing, safe in the archive under a passing name."""

    source: Path
    partial: Path
    sha: str
    before: os.stat_result


def _take(
    folder: DataFolder,
    copy: _Copy,
    declared: Mapping[str, Any],
    settings: Settings,
    now: datetime,
    receipt: Receipt,
) -> None:
    path, partial, sha, before, language = copy.source, copy.partial, copy.sha, copy.before, settings.site.languages[0]
    # Looked at now, not when the copy was ready: until here another file may have been put in place first.
    if not path.exists() or _identity(before) != _identity(path.stat()):
        partial.unlink()
        receipt.waiting.append(path.name)
        receipt.warnings.append(message("F-GROEIT", language, file=path.name))
        return
    moment, is_known = _export_time(path.name, declared, before.st_mtime, settings)
    if is_known and moment > now + timedelta(minutes=5):
        partial.unlink()
        receipt.refused[path.name] = message("F-EXPORTTIJD", language, file=path.name)
        return
    if not is_known:
        receipt.warnings.append(message("W-EXPORTTIJD", language, file=path.name))
    newest = max((file.exported_at for file in read_archive(folder, settings) if file.sha != sha), default=None)
    if is_known and newest is not None and moment < newest:
        receipt.warnings.append(message("W-OUDER", language, file=path.name))
    delivery = _delivery(path.name, declared, moment, is_known=is_known)
    target = folder.archive / sha
    note = folder.archive / f"{sha}.json"
    is_erased = note.exists() and bool(json.loads(note.read_text(encoding="utf-8")).get("erased"))
    is_new = not target.exists() and not is_erased
    if is_new:
        partial.replace(target)
        durable.sync_folder(folder.archive)
        _ARCHIVED[sha] = _state(target)
        receipt.archived.append(path.name)
    else:
        partial.unlink()
        receipt.known.append(path.name)
        receipt.warnings.append(message("W-DUBBEL-BESTAND", language, file=path.name, sha=sha[:16]))
    _note(note, before.st_size, delivery, now, is_declared=bool(declared))
    path.unlink()
    durable.sync_folder(folder.landing)


def _identity(facts: os.stat_result) -> tuple[int, ...]:
    """What changes when a file grows, is written to, or makes way for another of the same name."""
    return facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns


def _declare(
    folder: DataFolder,
    declared: Mapping[str, Mapping[str, Any]],
    present: set[str],
    receipt: Receipt,
    language: str,
    now: datetime,
) -> None:
    """Keep what the manifest says of exports that are in the archive already; tell of names that are nowhere."""
    known: dict[str, Path] = {}
    for note in sorted(folder.archive.glob("*.json")):
        deliveries = json.loads(note.read_text(encoding="utf-8"))["deliveries"]
        known |= {delivery["name"]: note for delivery in deliveries}
    for name in sorted(declared.keys() - present):
        if name not in known:
            receipt.warnings.append(message("W-MANIFEST-BESTAND", language, file=MANIFEST, named=name))
            continue
        document = json.loads(known[name].read_text(encoding="utf-8"))
        last = next(item for item in reversed(document["deliveries"]) if item["name"] == name)
        stated = _delivery(name, declared[name], datetime.fromisoformat(last["exported_at"]), is_known=last["known"])
        if stated not in document["deliveries"]:
            _note(known[name], document["size"], stated, now, is_declared=True)


def _delivery(name: str, declared: Mapping[str, Any], moment: datetime, *, is_known: bool) -> dict[str, Any]:
    if "exported_at" in declared:
        moment, is_known = declared["exported_at"], True
    return {"name": name, "exported_at": moment.isoformat(), "known": is_known} | {
        key: value for key, value in declared.items() if key in _DECLARED
    }


def _copy(folder: DataFolder, source: Path) -> _Copy:
    before = source.stat()
    partial = folder.archive / f"{hashlib.sha256(source.name.encode()).hexdigest()[:16]}.{os.getpid()}{durable.PARTIAL}"
    digest = hashlib.sha256()
    block = memoryview(bytearray(_BLOCK))
    try:
        descriptor = os.open(source, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with (
            os.fdopen(descriptor, "rb", buffering=0) as stream,
            open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as copy,  # noqa: PTH123 - a descriptor, not a path
        ):
            while size := stream.readinto(block):
                digest.update(block[:size])
                copy.write(block[:size])
            copy.flush()
            os.fsync(copy.fileno())
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    return _Copy(source=source, partial=partial, sha=digest.hexdigest(), before=before)


def _drop(copies: Iterable["Future[_Copy]"]) -> None:
    """Take away what was copied ahead: on a full disk it would stand in the way."""
    for copy in copies:
        if not copy.cancel():
            with suppress(OSError):
                copy.result().partial.unlink()


def _note(path: Path, size: int, delivery: Mapping[str, Any], now: datetime, *, is_declared: bool) -> None:
    """Keep a delivery; what the manifest says of a name now takes the place of what it said before."""
    known: dict[str, Any] = (
        json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"size": size, "deliveries": []}
    )
    known["received"] = known.get("received", {}) | {delivery["name"]: now.astimezone(UTC).isoformat()}
    before = [item for item in known["deliveries"] if not is_declared or item["name"] != delivery["name"]]
    if delivery not in before:
        known["deliveries"] = sorted([*before, delivery], key=lambda item: (item["exported_at"], item["name"]))
    durable.write_text(path, json.dumps(known, indent=1, ensure_ascii=False))


def _archived(folder: DataFolder, path: Path, settings: Settings) -> ArchivedFile:
    document = json.loads(path.read_text(encoding="utf-8"))
    deliveries: list[dict[str, Any]] = document["deliveries"]
    # A time that somebody stated outranks the time of the file itself.
    first = min(deliveries, key=lambda item: (not item["known"], item["exported_at"], item["name"]))
    starts = [date.fromisoformat(item["from"]) for item in deliveries if item.get("from")]
    ends = [date.fromisoformat(item["to"]) for item in deliveries if item.get("to")]
    moments: dict[str, str] = document.get("received", {})
    received = {
        name: datetime.fromisoformat(moments.get(name, _LONG_AGO)) for name in (item["name"] for item in deliveries)
    }
    return ArchivedFile(
        sha=path.stem,
        name=first["name"],
        path=folder.archive / path.stem,
        size=int(document["size"]),
        is_erased=bool(document.get("erased")),
        received=received,
        exported_at=datetime.fromisoformat(first["exported_at"]),
        is_time_known=bool(first["known"]),
        period=(min(starts), max(ends)) if starts and ends else None,
        is_complete=settings.sources.complete or any(item.get("complete") for item in deliveries),
        emptied=tuple(sorted({name for item in deliveries for name in item.get("emptied", ())})),
        rows=next((item["rows"] for item in reversed(deliveries) if item.get("rows")), None),
    )


def _export_time(name: str, declared: Mapping[str, Any], modified: float, settings: Settings) -> tuple[datetime, bool]:
    if "exported_at" in declared:
        return declared["exported_at"], True
    stated = export_time(name, settings)
    if stated is not None:
        return stated, True
    return datetime.fromtimestamp(int(modified), tz=UTC), False
