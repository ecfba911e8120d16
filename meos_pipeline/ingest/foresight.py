"""What an export would change, before it is taken in: new, corrected by field, deleted, doubled, months reopened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import InputError
from meos_pipeline.ingest.lost import CONTENT
from meos_pipeline.ingest.manifest import MANIFEST, Manifest, read_manifest
from meos_pipeline.ingest.names import export_time
from meos_pipeline.ingest.parsed import NO_MONTH, Parsed
from meos_pipeline.ingest.receive import ArchivedFile, sha_of
from meos_pipeline.ingest.refusals import parsed_before
from meos_pipeline.ingest.versions import compare, with_comparison
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder

_MADE = (
    "month",
    "duty_date",
    "clock_bin",
    "time_block",
    "minute_class",
    "light",
    "dst_flag",
    "is_person",
    "is_vehicle",
    "reason",
    "ground",
)
_DERIVED = frozenset(
    (*_MADE, "legal_basis", "is_searched", "result", "hit_class", "is_related_hit", "is_under_fourteen")
)
"""Fields that are worked out from others: a correction is told of the field that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What taking the file in would change."""

    months: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    """Month, records that are new, corrected, deleted, and the same as before; only months that would be reopened."""
    fields: list[tuple[str, int]] = field(default_factory=list)
    """Field and records in which it is corrected, most first."""
    unchanged: int = 0
    """Records that are there already and say the same."""
    older: int = 0
    """Records of which a version with a later export time is there: they would change nothing."""
    told: list[str] = field(default_factory=list)
    """Why the file would be refused beside those before it, such as a second delivery, or what is odd about it."""


def as_it_would_be(path: Path, folder: DataFolder | None, settings: Settings, now: datetime) -> ArchivedFile:
    """Return what a file in landing would be in the archive, with what its name and the manifest say of it.

    Args:
        path: The file.
        folder: The data folder; without it no manifest is read.
        settings: Site settings.
        now: The export time when nothing states one.

    Raises:
        InputError: when the manifest cannot be read: no export would be taken in.
    """
    manifest = read_manifest(folder.landing / MANIFEST, settings) if folder else Manifest()
    if manifest.refused:
        raise InputError(manifest.refused)
    declared = manifest.files.get(path.name, {})
    moment = declared.get("exported_at") or export_time(path.name, settings)
    return ArchivedFile(
        sha=sha_of(path),
        name=path.name,
        path=path,
        size=path.stat().st_size,
        exported_at=moment or now,
        is_time_known=moment is not None,
        period=(date.fromisoformat(declared["from"]), date.fromisoformat(declared["to"]))
        if "from" in declared
        else None,
        is_complete=settings.sources.complete or bool(declared.get("complete")),
        emptied=tuple(declared.get("emptied") or ()),
        rows=declared.get("rows"),
    )


def foresee(
    file: ArchivedFile,
    target: Path,
    facts: Mapping[str, Any],
    lost: pl.DataFrame,
    folder: DataFolder,
    settings: Settings,
) -> Foreseen:
    """Compare a file that was parsed aside with what was taken in before; nothing is kept.

    Args:
        file: The file, as it would be in the archive.
        target: Where it was parsed to, with the site's own keys: else its numbers are those of nobody.
        facts: What parsing it gave.
        lost: Rows that lose to another row of the file.
        folder: The data folder.
        settings: Site settings.
    """
    mine = Parsed(
        file=file,
        folder=target,
        rows_in=int(facts["rows_in"]),
        months={date.fromisoformat(month): counts for month, counts in facts["months"].items()},
    )
    before = [item for item in parsed_before(folder, settings) if not item.refused and item.file.sha != file.sha]
    later = {item.file.export_id: item.file.exported_at > file.exported_at for item in before}
    rows = (
        pl.scan_parquet(target / "month=*/*.parquet", hive_partitioning=False)
        .filter(pl.col("category").is_in(["candidate", "deleted"]), pl.col("month") != NO_MONTH)
        .join(lost.lazy().select("line"), on="line", how="anti")
        .select("category", "check_key", *CONTENT)
        .collect(engine="streaming")
    )
    tables = sorted(folder.tables.glob("police_checks/*/*.parquet"))
    old = _standing(tables, rows)
    pairs = rows.join(old, on="check_key", how="left", suffix="_old").with_columns(
        is_there=pl.col("export_id").is_not_null(),
        is_older=pl.col("export_id")
        .replace_strict(later, default=False, return_dtype=pl.Boolean)
        .fill_null(value=False),
    )
    changed = [name for name in CONTENT if name not in _DERIVED]
    differs = {name: pl.col(name).ne_missing(pl.col(f"{name}_old")) for name in changed}
    # In the table a number that stands for nobody by its share of the month is unlinked: nothing there is no difference.
    differs |= {name: differs[name] & pl.col(f"{name}_old").is_not_null() for name in ("person_key", "vehicle_key")}
    judged = pairs.with_columns(
        pl.when(pl.col("is_older"))
        .then(pl.lit("older"))
        .when(pl.col("category") == "deleted")
        .then(pl.when("is_there").then(pl.lit("deleted")).otherwise(pl.lit("nothing")))
        .when(~pl.col("is_there"))
        .then(pl.lit("new"))
        .when(pl.any_horizontal(*differs.values()))
        .then(pl.lit("corrected"))
        .otherwise(pl.lit("same"))
        .alias("what")
    )
    gone = _left_out(tables, rows, file, later)
    return Foreseen(
        months=_per_month(judged, gone),
        fields=_per_field(judged.filter(pl.col("what") == "corrected"), differs),
        unchanged=judged.filter(pl.col("what") == "same").height,
        older=judged.filter(pl.col("what") == "older").height,
        told=_told(mine, before, settings),
    )


def _standing(tables: list[Path], rows: pl.DataFrame) -> pl.DataFrame:
    """The records that are there now under the numbers of the file."""
    columns = ["check_key", "export_id", *CONTENT]
    if not tables:
        return pl.DataFrame(schema={name: POLICE_CHECKS[name].dtype for name in columns})
    keys = rows.lazy().select("check_key").unique()
    return pl.scan_parquet(tables).select(columns).join(keys, on="check_key", how="semi").collect(engine="streaming")


def _left_out(tables: list[Path], rows: pl.DataFrame, file: ArchivedFile, later: Mapping[str, bool]) -> pl.DataFrame:
    """Records that a complete export leaves out: they would be gone."""
    span = file.covered if file.is_complete else None
    if span is None or not tables:
        return pl.DataFrame(schema={"month": pl.Date})
    newer = [export for export, is_later in later.items() if is_later]
    return (
        pl.scan_parquet(tables)
        .filter(pl.col("check_date").is_between(*span), ~pl.col("export_id").is_in(newer))
        .join(rows.lazy().select("check_key"), on="check_key", how="anti")
        .select("month")
        .collect(engine="streaming")
    )


def _per_month(judged: pl.DataFrame, gone: pl.DataFrame) -> list[tuple[str, int, int, int, int]]:
    """A corrected record touches its month of now and of before."""
    moved = judged.filter(pl.col("what") == "corrected", pl.col("month") != pl.col("month_old"))
    every = pl.concat(
        [
            judged.select(
                pl.when(pl.col("what") == "deleted").then("month_old").otherwise("month").alias("month"), "what"
            ),
            moved.select(pl.col("month_old").alias("month"), "what"),
            gone.select("month", pl.lit("deleted").alias("what")),
        ]
    )
    counted = every.group_by("month").agg(
        (pl.col("what") == name).sum().alias(name) for name in ("new", "corrected", "deleted", "same")
    )
    reopened = counted.filter(pl.sum_horizontal("new", "corrected", "deleted") > 0).sort("month")
    return [(f"{month:%Y-%m}", *numbers) for month, *numbers in reopened.iter_rows()]


def _per_field(corrected: pl.DataFrame, differs: Mapping[str, pl.Expr]) -> list[tuple[str, int]]:
    if corrected.is_empty():
        return []
    counts = corrected.select(expression.sum().alias(name) for name, expression in differs.items()).row(0, named=True)
    return sorted(
        ((POLICE_CHECKS[name].source_name or name, int(number)) for name, number in counts.items() if number),
        key=lambda item: (-item[1], item[0]),
    )


def _told(mine: Parsed, before: Sequence[Parsed], settings: Settings) -> list[str]:
    """What the comparison of all files would say of this one."""
    order = sorted([*before, mine], key=lambda item: (item.file.exported_at, item.file.sha))
    found = with_comparison(mine, compare(order, settings), settings)
    return [found.refused] if found.refused else [f"{code} ({number})" for code, number in found.warnings.items()]
