"""Erasing one record (Wpg article 28): from every parsed export, table and list, and for good.

What is left is its keyed number, in ``restricted/erased.json``: the next export does not bring it back. In the
account of rows it is a deletion. The bytes of exports that hold it go; what was parsed of their other rows stays.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.errors import InputError
from meos_pipeline.ingest import pseudonymise
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.parsed import NO_MONTH
from meos_pipeline.ingest.purge import erase_exports
from meos_pipeline.ingest.receive import read_archive
from meos_pipeline.ingest.tombstones import ERASED, add_tombstone
from meos_pipeline.settings import Settings
from meos_pipeline.storage.durable import write_table, write_text
from meos_pipeline.storage.paths import DataFolder

_BLOCK = 1 << 20
_UNPARSED = ("bad_lines", ERASED)
"""Kinds of rows that are in no part of the cache."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a record is, in names that say nothing of it."""

    key: str
    """Its keyed number."""
    exports: tuple[str, ...]
    """SHA-256 of the exports that hold it, read or not."""
    places: tuple[tuple[str, int], ...]
    """Export and line of every row of it that was read."""


def find_record(folder: DataFolder, settings: Settings, keys: Keys, number: str) -> Found:
    """Look a record up by its number, written in any way that the door reads.

    Raises:
        InputError: when no export that was taken in holds it.
    """
    frame = pl.DataFrame({"text": [number.strip()]}, schema={"text": pl.String})
    named = frame.select(number=pseudonymise.careful_record(pl.col("text"))["number"])
    key = named.select(pseudonymise.keyed(pl.col("number"), keys.lasting_key("record")))["number"].item()
    if not key:
        raise InputError("That is no record number; give it as the export writes it")
    places = {row for path in sorted((folder.tables / "parsed").glob("*")) for row in _places(path, key)}
    parsed = {export for export, _ in places}
    texts = {str(named["number"].item()), number.strip()}
    forms = {text.encode(code) for text in texts for code in ("utf-8", "utf-16-le")}
    held = [
        file.sha
        for file in read_archive(folder, settings)
        if file.export_id in parsed or (file.path.exists() and _holds(file.path, forms))
    ]
    if not held:
        raise InputError("No export that was taken in holds this record; check the number. Nothing was changed")
    return Found(key=key, exports=tuple(held), places=tuple(sorted(places)))


def erase_record(folder: DataFolder, found: Found) -> None:
    """Erase a record; what was erased already stays so. Counts that were made of it have to be made again."""
    add_tombstone(folder, found.key)
    gone = pl.DataFrame(list(found.places), schema={"export_id": pl.String, "line": pl.Int64}, orient="row")
    for export in sorted(set(gone["export_id"])):
        for cache in sorted(folder.tables.glob(f"parsed/{export}-*")):
            _erase_from_cache(cache, found.key, gone.filter(pl.col("export_id") == export)["line"])
    for path in sorted(folder.tables.glob("police_checks/month=*/*.parquet")):
        _keep(path, pl.col("check_key") != found.key)
    place = pl.concat_str("export_id", pl.lit(":"), pl.col("line").cast(pl.String))
    for path in sorted(folder.quarantine.glob("*.parquet")):
        _keep(path, ~place.is_in([f"{export}:{line}" for export, line in found.places]))
    erase_exports(folder, found.exports)


def _keep(path: Path, wanted: pl.Expr) -> None:
    rows = pl.read_parquet(path, hive_partitioning=False)
    left = rows.filter(wanted.fill_null(value=True))
    if left.height < rows.height:
        write_table(path, left)


def _places(cache: Path, key: str) -> list[tuple[str, int]]:
    parts = sorted(cache.glob("month=*/*.parquet"))
    if not parts or not (cache / "facts.json").exists():
        return []
    rows = pl.scan_parquet(parts, hive_partitioning=False).filter(pl.col("check_key") == key)
    return [(str(export), int(line)) for export, line in rows.select("export_id", "line").collect().iter_rows()]


def _erase_from_cache(cache: Path, key: str, lines: pl.Series) -> None:
    """Take a record out of a parsed export, and count it as erased."""
    path = cache / "facts.json"
    _keep(cache / "lost.parquet", ~pl.col("line").is_in(lines.implode()))
    for part in sorted(cache.glob("month=*/*.parquet")):
        _keep(part, pl.col("check_key") != key)
    write_text(path, json.dumps(_recounted(json.loads(path.read_text(encoding="utf-8")), cache), indent=1))


def _recounted(facts: dict[str, Any], cache: Path) -> dict[str, Any]:
    """Count the rows that are left: what is missing was erased. Right also when an earlier try was broken off."""
    before = sum(sum(kinds.values()) for kinds in facts["months"].values())
    kept = {
        month: {kind: n for kind, n in kinds.items() if kind in _UNPARSED} for month, kinds in facts["months"].items()
    }
    parts = sorted(cache.glob("month=*/*.parquet"))
    counts = (
        pl.scan_parquet(parts, hive_partitioning=False).group_by("month", "category").len().sort("month").collect()
        if parts
        else pl.DataFrame(schema={"month": pl.Date, "category": pl.String, "len": pl.UInt32})
    )
    for month, kind, number in counts.iter_rows():
        kept.setdefault(month.isoformat(), {})[kind] = number
    after = sum(sum(kinds.values()) for kinds in kept.values())
    undated = kept.setdefault(NO_MONTH.isoformat(), {})
    undated[ERASED] = undated.get(ERASED, 0) + before - after
    lost = pl.read_parquet(cache / "lost.parquet")
    facts.pop("mapping", None)  # its counts are of the file as a whole
    return facts | {
        "months": {month: kinds for month, kinds in sorted(kept.items()) if kinds},
        "lost": dict(lost.group_by("verdict").len().sort("verdict").iter_rows()),
    }


def _holds(path: Path, forms: Collection[bytes]) -> bool:
    """Whether the bytes of a file hold one of these texts; a file that is packed cannot be searched so."""
    longest = max(len(form) for form in forms)
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            hay = tail + block
            if _among(hay, forms):
                return True
            tail = hay[-longest:]
    return False


def _among(hay: bytes, forms: Collection[bytes]) -> bool:
    """Whether a text stands there by itself, and not as a part of a longer number."""
    for form in forms:
        at = hay.find(form)
        while at >= 0:
            around: Sequence[int] = [*hay[max(0, at - 1) : at], *hay[at + len(form) : at + len(form) + 1]]
            if not any(chr(letter).isalnum() for letter in around if letter < 128):
                return True
            at = hay.find(form, at + 1)
    return False
