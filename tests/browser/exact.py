"""Exact tables as the analysts' page gets them, small."""

from datetime import date

import polars as pl


def exact_tables() -> dict[str, pl.DataFrame]:
    """One small table of each kind, one of them empty."""
    return {
        "reconciliation": pl.DataFrame(
            {"month": [date(2026, 10, 1)], "rows_in": [2450], "accepted": [2440], "quarantined": [10]}
        ),
        "quarantine": pl.DataFrame(
            {"code": ["starts_at_missing", "team_unknown"], "column": ["starts_at", "team"], "rows": [7, 3]}
        ),
        "mapping": pl.DataFrame({"column": ["Datum"], "maps_to": ["starts_at"], "is_sure": [True]}),
        "heaping": pl.DataFrame({"team": ["team-noordkade"], "midnight_share": [0.031], "round_minute_share": [0.42]}),
        "volume": pl.DataFrame({"n": []}, schema={"n": pl.Int64}),
    }
