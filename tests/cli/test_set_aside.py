"""Rows of one team that were set aside, from the export to the pages: that team is marked, and its yield is not shown."""

import polars as pl
import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, made, settle


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, meos: Meos) -> tuple[DataFolder, Said]:
    """A site in which a tenth of one team's results of January is in no list: less than a twentieth of the export."""
    folder = made(tmp_path_factory.mktemp("aside") / "data")
    path = next(folder.landing.glob("controles_2025-01*"))
    rows = pl.read_csv(path, separator=";", infer_schema=False)
    own = pl.col("basisteam_medewerker").str.to_lowercase().str.contains("noordkade")
    tenth = own & (pl.int_range(pl.len()).over(own) % 13 == 0)
    rows.with_columns(
        pl.when(tenth).then(pl.lit("ONBEKENDE_UITKOMST")).otherwise("resultaat_code").alias("resultaat_code")
    ).write_csv(path, separator=";")
    settle(folder)
    return folder, meos("run", "--data", folder.root)


def test_the_run_tells_the_rows(told: tuple[DataFolder, Said]) -> None:
    assert told[1].code == 3, told[1].text
    assert "R-CODE-UITKOMST" in told[1].text


def test_only_that_team_has_no_yield_of_the_month_and_its_counts_stay(told: tuple[DataFolder, Said]) -> None:
    root = told[0].restricted / "release"
    findings = pl.read_parquet(root / "findings.parquet").filter(statistic="yield_strict")
    month = findings.filter((pl.col("period_end") - pl.col("period_start")).dt.total_days() < 40)
    reasons = dict(month.select("team", "label_reason").iter_rows())
    assert reasons["noordkade"] == "rows_set_aside"
    assert reasons["zuiderhaven"] != "rows_set_aside"
    cells = pl.read_parquet(root / "cells.parquet").filter(partition="result", team="noordkade")
    assert cells["n"].sum() > 0


def test_only_the_page_of_that_team_is_marked(told: tuple[DataFolder, Said]) -> None:
    pages = {path: path.read_text() for path in (told[0].root / "published").rglob("*.html")}
    marked = {path.parent.name for path, text in pages.items() if "were set aside or replaced" in text}
    assert "noordkade" in marked
    assert "zuiderhaven" not in marked
