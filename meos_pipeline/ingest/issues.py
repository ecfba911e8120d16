"""What can be wrong with one cell or row. ``R-`` is set aside, ``W-`` is only counted.

Each field of the parsed table has an issue column. Whether an ``R-`` takes the whole row or only empties the
field depends on the field: a check is a check, so a row is only set aside when it cannot be counted right.
"""

import polars as pl

CODES = (
    "R-DATUM", "R-DATUM-LEEG", "R-DATUM-MAAND", "R-TOEKOMST", "R-TE-OUD", "R-PERIODE", "R-TIJD", "R-INVOER", "R-TEAM-ONBEKEND",
    "R-TEAM-LEEG", "R-CODE", "R-CODE-UITKOMST", "R-JANEE", "R-GETAL", "R-LEEFTIJD", "R-EXCELFOUT", "R-SLEUTEL-LEEG",
    "R-SLEUTEL-DUBBEL", "R-BSN_WETENSCHAPPELIJK", "R-BSN_ELFPROEF", "R-KENTEKEN-VORM", "R-LOCATIE", "R-GEBIED",
    "R-OFFICIER-LEEG", "R-KOLOMMEN", "R-VOETREGEL", "R-SLEUTELJAAR", "R-BSN-PLAATS",
    "W-DATUM-DAG", "W-DATUM-TWEE", "W-EXCELDATUM", "W-CODE-VORM", "W-SLEUTEL-VORM", "W-BSN-NUL", "W-KENTEKEN-BUITENLAND",
    "W-KENTEKEN-DATUM", "W-ZOMERTIJD", "W-GEBDATUM", "W-TIJD-24", "W-OUDER-DAN-JAAR", "W-ONZICHTBAAR",
)  # fmt: skip
ISSUES = pl.Enum(CODES)
"""Type of an issue column; null means nothing is wrong."""
ROW_FIELDS = ("check_id", "date", "team", "results")
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
