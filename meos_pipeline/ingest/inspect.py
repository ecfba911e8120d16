"""A look at one export: what would be read, mapped, accepted and set aside. Writes nothing that stays."""

import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from meos_pipeline.contracts.availability import NEEDED, lost_partitions
from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.contracts.values import HIT_CLASSES
from meos_pipeline.ingest.companions import read_organisation
from meos_pipeline.ingest.export import Export, delivered_fields, read_export
from meos_pipeline.ingest.foresight import Foreseen, as_it_would_be, foresee
from meos_pipeline.ingest.keys import Keys
from meos_pipeline.ingest.messages import message
from meos_pipeline.ingest.parse import Door
from meos_pipeline.ingest.parsed import write_rows
from meos_pipeline.ingest.profiles import Profile
from meos_pipeline.ingest.teams import derived_organisation
from meos_pipeline.ingest.texts import present
from meos_pipeline.ingest.understood import column_rows, is_filled
from meos_pipeline.ingest.verdicts import require_fast_identity, require_whole, told_by_the_name
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder

_HOW = {
    "name": "by name",
    "alias": "by alias",
    "yes_no": "yes/no column",
    "derived": "derived",
    "unknown": "unknown: not read",
    "never_read": "known, never read",
}
CLASSES = (*HIT_CLASSES.categories, "")
_NO_KEYS = Keys(lasting=bytes(32), years={year: bytes(32) for year in range(1990, 2101)})
"""Nothing of an inspection is kept, so its pseudonyms need no secret."""


@dataclass(slots=True, kw_only=True)
class Inspection:
    """What an export would give."""

    name: str
    rows_in: int
    accepted: int
    quarantined: int
    deleted: int = 0
    mapping_rows: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Source column, field, how it was found, share of filled cells understood."""
    quarantine_rows: list[tuple[str, int, str]] = field(default_factory=list)
    """Code, rows, what it means."""
    lost_rows: list[tuple[str, list[str]]] = field(default_factory=list)
    """Field that no column feeds, and what cannot be counted without it."""
    warnings: list[str] = field(default_factory=list)
    changes: Foreseen | None = None
    """What taking it in would change; nothing before the first export was taken in."""
    classes: dict[str, int] = field(default_factory=dict)
    """Accepted checks per class of their result, '' for those without one: to lay beside the source's own totals."""


def inspect(
    path: Path,
    profile: Profile,
    settings: Settings,
    folder: DataFolder | None = None,
    *,
    now: datetime,
    keys: Keys | None = None,
) -> Inspection:
    """Read an export as the pipeline would, and keep nothing.

    Args:
        path: The file.
        profile: How its layout is read.
        settings: Site settings.
        folder: Data folder, for the organisation list; without it team names are taken from the file.
        now: The moment of running: the export time when the name states none.
        keys: The site's keys: with them and a data folder the file is compared with what was taken in before.

    Raises:
        ExportError: when the file as a whole would be refused.
        InputError: when the manifest would be, and every export with it.
    """
    language = settings.site.languages[0]
    with tempfile.TemporaryDirectory() as work:
        export = read_export(path, profile, settings, work=Path(work), name=path.name)
        file = as_it_would_be(path, folder, settings, now)
        require_fast_identity(file, profile, settings)
        require_whole(export, profile, file.rows, language)
        organisation = _organisation(export, folder, settings, profile)
        door = Door(
            profile=profile,
            settings=settings,
            keys=keys or _NO_KEYS,
            organisation=organisation,
            exported_at=file.exported_at,
            export_id=file.export_id,
            period=file.period,
        )
        target = Path(work) / "parsed"
        target.mkdir()
        facts, set_aside = write_rows(export, door, target)
        lost = pl.read_parquet(target / "lost.parquet")
        classes = dict(
            pl.scan_parquet(target / "month=*/*.parquet", hive_partitioning=False)
            .filter(pl.col("category") == "candidate")
            .join(lost.lazy().select("line"), on="line", how="anti")
            .group_by(pl.col("hit_class").cast(pl.String).fill_null(""))
            .len()
            .collect(engine="streaming")
            .iter_rows()
        )
        filled = _filled(export, profile)
        changes = foresee(file, target, facts, lost, folder, settings) if folder and keys else None
    named = {"W-KOLOM-EXTRA": export.mapping.extra, "W-KOLOM-LEEG": facts["empty"], "W-VLAG-LEEG": facts["absent"]}
    counts = Counter[str]()
    for parts in facts["months"].values():
        counts.update(parts)
    counts.update(lost["verdict"].to_list())
    issues = Counter((field, code) for _, field, code in set_aside.iter_rows())
    repeated = counts["R-SLEUTEL-DUBBEL"]
    if repeated:
        issues["check_id", "R-SLEUTEL-DUBBEL"] = repeated
    return Inspection(
        name=path.name,
        rows_in=export.rows_in,
        accepted=counts["candidate"] - lost.height,
        quarantined=counts["quarantined"] + counts["bad_lines"] + repeated,
        deleted=counts["deleted"],
        mapping_rows=_mapping_rows(export, profile, issues, filled),
        lost_rows=_lost_rows(set(delivered_fields(export, profile))),
        quarantine_rows=_quarantine_rows(export, issues, language),
        changes=changes,
        classes={kind: classes.get(kind, 0) for kind in CLASSES},
        warnings=[
            message(code, language, file=path.name, count=count, columns=", ".join(named.get(code, ())))
            for code, count in (facts["warnings"] | told_by_the_name(file, facts["months"])).items()
        ],
    )


def _organisation(export: Export, folder: DataFolder | None, settings: Settings, profile: Profile) -> pl.DataFrame:
    if folder is not None and (folder.landing / "organisatie.csv").exists():
        return read_organisation(folder, settings, profile)
    names: list[str] = []
    for name in ("team", "place_team"):
        if name in set(export.rows.collect_schema()):
            found = export.rows.select(present(pl.col(name)).unique()).collect(engine="streaming")[name]
            names += [text for text in found if text]
    from datetime import date

    return derived_organisation(sorted(set(names)), profile, date(1900, 1, 1))


def _lost_rows(delivered: set[str]) -> list[tuple[str, list[str]]]:
    lost: dict[str, list[str]] = {}
    for name in lost_partitions(delivered):
        for group in NEEDED[name]:
            if not delivered & set(group):
                lost.setdefault(" / ".join(group), []).append(PARTITIONS[name].meaning.rstrip("."))
    return [(fields, list(dict.fromkeys(meanings))) for fields, meanings in lost.items()]


def _filled(export: Export, profile: Profile) -> dict[str, int]:
    counted = export.rows.select(
        is_filled(name, profile).sum().alias(name)
        for name in export.mapping.sources
        if name in set(export.rows.collect_schema())
    ).collect(engine="streaming")
    return dict(counted.row(0, named=True))


def _mapping_rows(
    export: Export, profile: Profile, issues: dict[tuple[str, str], int], filled: dict[str, int]
) -> list[tuple[str, str, str, str]]:
    return [
        (row["source"], _field(row), _HOW[row["how"]], _share(row))
        for row in column_rows(export, profile, issues, filled)
    ]


def _field(row: Mapping[str, Any]) -> str:
    if not row["field"]:
        return "–"
    return f"{row['field']}?" if row["how"] == "unknown" else str(row["field"])


def _share(row: Mapping[str, Any]) -> str:
    if row["filled"] is not None:
        return f"{100 * row['understood'] / row['filled']:.1f}% of {row['filled']}" if row["filled"] else "empty"
    return "put it under [columns] if this is right" if row["how"] == "unknown" and row["field"] else ""


def _quarantine_rows(export: Export, issues: dict[tuple[str, str], int], language: str) -> list[tuple[str, int, str]]:
    counts: dict[str, int] = {}
    for bad in export.bad_lines:
        counts[bad.code] = counts.get(bad.code, 0) + 1
    for (_, code), number in issues.items():
        if code.startswith("R-"):
            counts[code] = counts.get(code, 0) + number
    return [
        (code, number, message(code, language))
        for code, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
