"""What can be wrong with one cell or row. ``R-`` is set aside, ``W-`` is only counted.

Each field of the parsed table has an issue column. Whether an ``R-`` takes the whole row or only empties the
field depends on the field: a check is a check, so a row is only set aside when it cannot be counted right.
"""

from collections.abc import Sequence

import polars as pl

CODES = (
    "R-DATUM",
    "R-DATUM-LEEG",
    "R-DATUM-MAAND",
    "R-TOEKOMST",
    "R-TE-OUD",
    "R-PERIODE",
    "R-TIJD",
    "R-INVOER",
    "R-TEAM-ONBEKEND",
    "R-TEAM-DATUM",
    "R-TEAM-LEEG",
    "R-CODE",
    "R-CODE-UITKOMST",
    "R-JANEE",
    "R-BESTAAN",
    "R-PROEF",
    "R-AFGEKAPT",
    "R-GETAL",
    "R-LEEFTIJD",
    "R-EXCELFOUT",
    "R-SLEUTEL-LEEG",
    "R-SLEUTEL-DUBBEL",
    "R-BSN_WETENSCHAPPELIJK",
    "R-BSN_ELFPROEF",
    "R-KENTEKEN-VORM",
    "R-LOCATIE",
    "R-GEBIED",
    "R-OFFICIER-LEEG",
    "R-KOLOMMEN",
    "R-VOETREGEL",
    "R-SLEUTELJAAR",
    "R-BSN-PLAATS",
    "W-TEAM-NAAM",
    "W-TEAM-SPELLING",
    "W-PLAATSHOUDER",
    "W-DATUM-DAG",
    "W-DATUM-TWEE",
    "W-EXCELDATUM",
    "W-CODE-VORM",
    "W-SLEUTEL-VORM",
    "W-BSN-NUL",
    "W-KENTEKEN-BUITENLAND",
    "W-KENTEKEN-DATUM",
    "W-ZOMERTIJD",
    "W-GEBDATUM",
    "W-TIJD-24",
    "W-TIJD-ANDERS",
    "W-OUDER-DAN-JAAR",
    "W-ONZICHTBAAR",
)
ISSUES = pl.Enum(CODES)
"""Type of an issue column; null means nothing is wrong."""
ROW_FIELDS = ("check_id", "date", "team", "results", "status", "deleted", "test")
"""An R- code in these fields sets the whole row aside."""
PREFIX = "issue_"


def issue_column(field: str) -> str:
    """Name of the issue column of a field."""
    return PREFIX + field


def code(name: str) -> pl.Expr:
    """One issue as a literal of the issue type."""
    return pl.lit(name, dtype=ISSUES)


def is_row_refused(columns: list[str]) -> pl.Expr:
    """Whether a parsed row is set aside as a whole."""
    flags = [
        pl.col(issue_column(field)).cast(pl.String).str.starts_with("R-").fill_null(value=False)
        for field in ROW_FIELDS
        if issue_column(field) in columns
    ]
    return pl.any_horizontal(flags) if flags else pl.lit(value=False)


def packed(columns: Sequence[str]) -> pl.Expr:
    """All issues of a row in one text, 'field:code|field:code', or null: most rows have none, and columns cost."""
    return pl.struct(columns).map_batches(_packed, return_dtype=pl.String, is_elementwise=True)


def unpacked(rows: pl.LazyFrame, *others: str) -> pl.LazyFrame:
    """One row per issue of the column ``issues``: the other columns, ``field`` and ``code``."""
    each = pl.col("issues").str.split("|")
    return (
        rows.filter(pl.col("issues").is_not_null())
        .select(*others, each)
        .explode("issues", empty_as_null=True, keep_nulls=True)
        .select(*others, pl.col("issues").str.split_exact(":", 1).struct.rename_fields(["field", "code"]))
        .unnest("issues")
    )


def _packed(batch: pl.Series) -> pl.Series:
    frame = batch.struct.unnest()
    filled = [name for name in frame.columns if frame[name].null_count() < frame.height]
    if not filled:
        return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    texts = [pl.lit(f"{name.removeprefix(PREFIX)}:") + pl.col(name).cast(pl.String) for name in filled]
    joined = pl.concat_str(texts, separator="|", ignore_nulls=True)
    return frame.select(pl.when(joined != "").then(joined)).to_series()
