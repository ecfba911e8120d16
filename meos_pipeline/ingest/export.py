"""One export file becomes a lazy table of text, one column per field, whatever its format.

What the reader needs besides (a transcoded, unpacked or cleaned copy) is written to a work folder that the
caller removes; it holds identifiers, so it lies within the archive.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.contracts.availability import FIELDS
from meos_pipeline.ingest.grammar import proves_short_times
from meos_pipeline.ingest.mapping import ColumnMapping, map_columns
from meos_pipeline.ingest.messages import refused
from meos_pipeline.ingest.profiles import Profile
from meos_pipeline.ingest.texts import cleaned, present
from meos_pipeline.settings import Settings

if TYPE_CHECKING:
    from meos_pipeline.ingest.structure import Structure

ENCODINGS = {
    "utf-8": "",
    "utf8": "",
    "cp1252": "cp1252",
    "windows-1252": "cp1252",
    "latin-1": "cp1252",
    "utf-16": "utf-16",
    "utf16": "utf-16",
}
_BLOCK = 1 << 22
_LOOKED_AT = 10_000
"""Rows in which is looked for how times are written."""
_FEW = 3
"""Fewer lines than this say nothing about a file as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A record that cannot be read as a row."""

    line: int
    code: str


@dataclass(slots=True, kw_only=True)
class Export:
    """A readable export: its rows as text, and what was found on the way."""

    name: str
    rows: pl.LazyFrame
    """Text columns named by field, flag columns as ``flag_<list>_<n>``, identity columns as ``identity_<n>``,
    and ``line``."""
    rows_in: int
    """Data records in the file, counted without the table reader."""
    mapping: ColumnMapping
    header: tuple[str, ...]
    header_line: int
    bad_lines: list[BadLine] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    first_serial: date | None = None
    """Day number 0 of the workbook; None where numbers are no days."""
    has_short_times: bool = False
    """Whether the times prove that digits alone are HHMM without zeros before them."""
    told: tuple[str, ...] = ()
    """Fields that the name of the file tells."""


def read_export(path: Path, profile: Profile, settings: Settings, *, work: Path, name: str | None = None) -> Export:
    """Open an export of any format.

    Args:
        path: The file (in the archive it has no telling name).
        profile: How its layout is read.
        settings: Encoding and language.
        work: Folder for copies that hold identifiers; the caller removes it.
        name: Name as received; it tells the format together with the bytes.

    Raises:
        ExportError: when the file as a whole cannot be read.
    """
    shown = name or path.name
    language = settings.site.languages[0]
    reader = _reader_of(path, shown, language)
    export = reader(path, profile, settings, work, shown)
    _require_fitting_rows(export, language)
    if reader is not read_text:
        _set_totals_aside(export, profile, shown, language)
    export.name = shown
    _add_told(export, profile)
    if "time" in export.rows.collect_schema():
        first = export.rows.select(proves_short_times(cleaned(pl.col("time")))).head(_LOOKED_AT).collect()
        export.has_short_times = profile.short_times or bool(first.to_series().any())
    return export


def _add_told(export: Export, profile: Profile) -> None:
    """Add the fields that the name of the file tells, where no column does."""
    have = set(export.rows.collect_schema())
    found = {
        name: match[1]
        for name, pattern in profile.file_name.items()
        if name not in have and (match := re.search(pattern, export.name))
    }
    missing = [name for name in profile.file_name if name not in have and name not in found]
    export.told = tuple(found)
    export.rows = export.rows.with_columns(
        *(pl.lit(text, dtype=pl.String).alias(name) for name, text in found.items()),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in missing),
    )


def _set_totals_aside(export: Export, profile: Profile, name: str, language: str) -> None:
    """Set a totals row at the end of a sheet aside, or refuse the file when it contradicts the number of rows above it."""
    from meos_pipeline.ingest.structure import is_total_of

    last = export.rows.tail(1).collect().drop("line", strict=False).row(0) if export.rows_in else ()
    texts = [text.strip() for text in last if text and text.strip()]
    if not texts or not profile.footers or not texts[0].lower().startswith(profile.footers):
        return
    line = export.rows.select(pl.col("line").max()).collect().item()
    if not is_total_of(texts, export.rows_in - 1):
        raise refused("F-TOTAAL", language, file=name, line=line)
    export.bad_lines.append(BadLine(line=line, code="R-VOETREGEL"))
    export.rows = export.rows.filter(pl.col("line") != line)


def _require_fitting_rows(export: Export, language: str) -> None:
    """Refuse a file of which most lines have another number of fields than the header."""
    misfits = sum(bad.code == "R-KOLOMMEN" for bad in export.bad_lines)
    if misfits > export.rows_in / 2 and misfits >= _FEW:
        raise refused("F-KOLOMMEN", language, file=export.name, count=misfits)


def _reader_of(path: Path, name: str, language: str) -> "Callable[[Path, Profile, Settings, Path, str], Export]":
    with path.open("rb") as stream:
        start = stream.read(8)
    suffix = Path(name).suffix.lower()
    if suffix in (".xlsx", ".xlsm", ".zip", ".gz", ".xls", ".ods"):
        from meos_pipeline.ingest import formats

        return formats.reader_of(start, suffix, name, language, read_text)
    if start.startswith(b"PAR1"):
        if suffix not in (".parquet", ".pq"):
            raise refused("F-SOORT", language, file=name, kind="Parquet")
        return _read_parquet
    if suffix in (".parquet", ".pq"):
        raise refused("F-SOORT", language, file=name, kind="?")
    return read_text


def read_text(path: Path, profile: Profile, settings: Settings, work: Path, name: str) -> Export:
    """Read a text export: prove its structure, then let Polars scan it."""
    from meos_pipeline.ingest.structure import Kind, scan_structure, write_clean

    language = settings.site.languages[0]
    delimiter = "\t" if name.lower().endswith((".tsv", ".tab")) else profile.delimiter
    encoding = ENCODINGS.get((profile.encoding or settings.sources.encoding).lower(), "")
    extra: dict[str, int] = {}
    readable = path
    if encoding:
        readable = _transcoded(path, encoding, work / "text", name, language)
        extra["W-CODERING"] = 1
    structure = scan_structure(
        readable,
        name=name,
        delimiter=delimiter,
        skip_lines=profile.skip_lines,
        sep_line=profile.sep_line,
        footers=profile.footers,
        language=language,
        wanted=profile.wanted,
    )
    mapping = map_columns(structure.header, profile, name=name, line=structure.header_line, language=language)
    skip = structure.header_line - 1
    if not structure.is_clean:
        write_clean(readable, structure, work / "clean", delimiter)
        readable, skip = work / "clean", 0
    codes = {Kind.COLUMNS: "R-KOLOMMEN", Kind.FOOTER: "R-VOETREGEL"}
    bad = [BadLine(line=odd.line, code=codes[odd.kind]) for odd in structure.odd if odd.kind in codes]
    rows = _scanned(readable, structure, mapping, delimiter, skip)
    if structure.unended and not _is_last_whole(readable, structure, delimiter, skip):
        bad.append(BadLine(line=structure.unended, code="R-AFGEKAPT"))
        rows = rows.filter(pl.col("line") != structure.unended)
    return Export(
        name=name,
        rows=rows,
        rows_in=structure.rows_in,
        mapping=mapping,
        header=structure.header,
        header_line=structure.header_line,
        bad_lines=bad,
        warnings=structure.warnings | extra | _extra_columns(mapping),
    )


def named_columns(mapping: ColumnMapping, position: Mapping[str, str]) -> list[pl.Expr]:
    """Expressions that pick the wanted source columns and name them by field."""
    picked = [pl.col(position[header]).alias(name) for name, header in mapping.fields.items()]
    picked += [
        pl.col(position[header]).alias(f"flag_{name}_{number}")
        for name, table in mapping.flags.items()
        for number, header in enumerate(table)
    ]
    picked += [
        pl.concat_str([present(pl.col(position[header])) for header in parts], separator=" ", ignore_nulls=True)
        .replace("", None)
        .alias(name)
        for name, parts in mapping.combined.items()
    ]
    picked += [
        pl.coalesce(present(pl.col(position[header])) for header in parts).alias(name)
        for name, parts in mapping.first_filled.items()
    ]
    for prefix, headers in (("identity", mapping.identity), ("person", mapping.person_row)):
        picked += [pl.col(position[header]).alias(f"{prefix}_{number}") for number, header in enumerate(headers)]
    return picked


def _is_last_whole(path: Path, structure: "Structure", delimiter: str, skip: int) -> bool:
    """Whether the last field of a file without a line end says what another row says in full.

    A file may end without a line end and be whole; it also does so when it was cut off inside its last field. A value
    that no other row has, or that begins one of another row, is then not trusted.
    """
    last = (
        _texts(path, structure, delimiter, skip)
        .select(pl.last().exclude("row"))
        .select(pl.all().str.strip_chars().alias("text"))
        .collect(engine="streaming")["text"]
    )
    if not last.len() or not last[-1]:
        return False
    begins = last.head(-1).str.starts_with(last[-1])
    return bool(begins.any()) and bool((last.head(-1).filter(begins.fill_null(value=False)) == last[-1]).all())


def _texts(path: Path, structure: "Structure", delimiter: str, skip: int) -> pl.LazyFrame:
    names = [f"column_{number}" for number in range(len(structure.header))]
    return pl.scan_csv(
        path,
        separator=delimiter,
        has_header=False,
        skip_lines=skip + 1,
        schema=dict.fromkeys(names, pl.String),
        infer_schema=False,
        row_index_name="row",
        encoding="utf8",
        glob=False,
    )


def _scanned(path: Path, structure: "Structure", mapping: ColumnMapping, delimiter: str, skip: int) -> pl.LazyFrame:
    scanned = _texts(path, structure, delimiter, skip)
    names = [name for name in scanned.collect_schema() if name != "row"]
    position = dict(zip(structure.header, names, strict=True))
    if len(structure.index_breaks) <= 1:
        offset = structure.line_offsets[0] if structure.line_offsets else 0
        line = pl.col("row").cast(pl.Int64) + offset
    else:
        line = pl.col("row").map_batches(
            lambda rows: pl.Series(structure.line_of(rows.to_numpy().astype("int64"))),
            return_dtype=pl.Int64,
            is_elementwise=True,
        )
    return scanned.select(line.alias("line"), *named_columns(mapping, position))


def _transcoded(path: Path, encoding: str, target: Path, name: str, language: str) -> Path:
    decoder = codecs.getincrementaldecoder(encoding)()
    offset = 0
    with path.open("rb") as source, target.open("wb") as copy:
        while True:
            block = source.read(_BLOCK)
            try:
                copy.write(decoder.decode(block, final=not block).encode())
            except UnicodeError as error:
                at = offset + getattr(error, "start", 0)
                raise refused("F-CODERING", language, file=name, offset=at) from None
            offset += len(block)
            if not block:
                return target


def _read_parquet(path: Path, profile: Profile, settings: Settings, work: Path, name: str) -> Export:
    import pyarrow.parquet as pq

    del work
    language = settings.site.languages[0]
    try:
        rows_in = pq.read_metadata(path).num_rows
        schema = pl.read_parquet_schema(path)
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise refused("F-AFGEKAPT", language, file=name, line="?") from error
    if rows_in == 0:
        raise refused("F-LEEG", language, file=name)
    header = tuple(schema)
    mapping = map_columns(header, profile, name=name, line=1, language=language)
    position = {text: text for text in header}
    texts = [_as_text(text, schema[text]) for text in mapping.wanted]
    nested = [text for text in mapping.wanted if schema[text].is_nested()]
    if nested:
        raise refused("F-SOORT", language, file=name, kind=f"Parquet ({', '.join(nested)})")
    rows = (
        pl.scan_parquet(path, glob=False, hive_partitioning=False)
        .with_row_index("line", offset=1)
        .select(pl.col("line").cast(pl.Int64), *texts)
        .select("line", *named_columns(mapping, position))
    )
    return Export(
        name=name,
        rows=rows,
        rows_in=rows_in,
        mapping=mapping,
        header=header,
        header_line=0,
        warnings=_extra_columns(mapping),
    )


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    """Column of Parquet as the text that a person would write; a moment keeps the zone that the schema states."""
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone is None:
            return column.dt.strftime("%Y-%m-%d %H:%M:%S")
        return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias(name)
    if dtype == pl.Date:
        return column.dt.strftime("%Y-%m-%d")
    if dtype == pl.Time:
        return column.dt.strftime("%H:%M:%S")
    if isinstance(dtype, pl.Duration):
        # A time of day as the time since midnight.
        return (pl.datetime(1970, 1, 1) + column).dt.strftime("%Y-%m-%d %H:%M:%S").alias(name)
    return column.cast(pl.String, strict=False)


def _extra_columns(mapping: ColumnMapping) -> dict[str, int]:
    return {"W-KOLOM-EXTRA": len(mapping.extra)} if mapping.extra else {}


def delivered_fields(export: Export, profile: Profile) -> list[str]:
    """Fields that the export or its profile tells, whatever stands in the cells."""
    columns = set(export.rows.collect_schema())
    told = columns | set(export.mapping.flags) | set(profile.constants)
    if "datetime" in told:
        told |= {"date", "time"}
    if "action_id" in told:
        told |= {"planned"}
    if profile.rows_are != "checks":
        # The rows of a check are its persons.
        told |= {"person_count"}
    return sorted(told & set(FIELDS))
