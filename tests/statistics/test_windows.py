"""A window of a large table is looked up once, and never that of another table or another window."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.statistics import windows as w


@pytest.mark.parametrize("large", [0, 10**9], ids=["held", "not held"])
def test_a_window_that_is_held_is_that_of_its_own_cells(monkeypatch, large, district):
    monkeypatch.setattr(w, "_LARGE", large)
    cells = district[0]["cells"]
    fewer = cells.filter(pl.col("team") != "team-00")
    year, month = (w.Window(start, date(2026, 6, 30), 1) for start in (date(2025, 7, 1), date(2026, 6, 1)))
    for table, teams in ((cells, 7), (fewer, 6), (cells, 7)):
        for window, months in ((year, 12), (month, 1), (year, 12)):
            found = w.per_period(table, "result", window, {})
            assert (found["team"].n_unique(), found["period_start"].n_unique()) == (teams, months)
