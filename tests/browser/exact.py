"""Exact tables as the analysts' page gets them, small."""

from datetime import date

import polars as pl

from meos_pipeline.ingest.understood import MAPPING


def exact_tables() -> dict[str, pl.DataFrame]:
    """One small table of each kind, one of them empty."""
    return {
        "reconciliation": pl.DataFrame(
            {"month": [date(2026, 10, 1)], "rows_in": [2450], "accepted": [2440], "quarantined": [10]}
        ),
        "quarantine": pl.DataFrame(
            {"code": ["starts_at_missing", "team_unknown"], "column": ["starts_at", "team"], "rows": [7, 3]}
        ),
        "mapping": exact_mapping(),
        "heaping": pl.DataFrame({"team": ["team-noordkade"], "midnight_share": [0.031], "round_minute_share": [0.42]}),
        "volume": pl.DataFrame({"n": []}, schema={"n": pl.Int64}),
    }


def exact_mapping() -> pl.DataFrame:
    """Two exports of one layout and an older one of another."""
    columns = [
        ("datum controle", "date", "alias", 2450, 2450, ""),
        ("resultaat_code", "results", "name", 2440, 2212, "GEEN_BIJZONDERHEDEN, BOETE_VERKEER"),
        ("leeftijd", "age", "name", 1800, 1799, ""),
        ("bsn", "bsn", "name", 0, 0, ""),
        ("wapen gevonden", "results", "yes_no", None, None, ""),
        ("leeftijdd", "age", "unknown", None, None, ""),
        ("kleur", "", "unknown", None, None, ""),
        ("naam", "", "never_read", None, None, ""),
    ]
    files = [
        ("b" * 16, "controles_2026-10.csv", columns),
        ("a" * 16, "controles_2026-09.csv", columns),
        ("0" * 16, "oud.csv", columns[1:3]),
    ]
    rows = [(export, name, *column) for export, name, read in files for column in read]
    return MAPPING.require(pl.DataFrame(rows, schema=MAPPING.schema, orient="row"))
