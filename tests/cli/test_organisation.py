"""Two teams that merged, from the exports to the pages: their history is of the new team, under its name."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, made, settle


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory, meos: Meos) -> tuple[DataFolder, Said]:
    """A site whose two teams became one on 1 February 2025; exports go on with the old names."""
    folder = made(tmp_path_factory.mktemp("merged") / "data", months=4, rows=1600)
    path = folder.landing / "organisatie.csv"
    old = pl.read_csv(path, separator=";", infer_schema=False).with_columns(
        geldig_tot=pl.lit("31-01-2025"), opvolgers=pl.lit("havenkade")
    )
    new = old.with_columns(
        basisteam_code=pl.lit("havenkade"),
        basisteam=pl.lit("Havenkade"),
        geldig_van=pl.lit("01-02-2025"),
        geldig_tot=pl.lit(None, pl.String),
        schrijfwijzen=pl.lit(None, pl.String),
        opvolgers=pl.lit(None, pl.String),
    )
    pl.concat([old, new]).write_csv(path, separator=";")
    settle(folder)
    return folder, meos("run", "--data", folder.root)


def test_old_names_are_told_by_team_and_the_run_ends_well(merged: tuple[DataFolder, Said]) -> None:
    assert merged[1].code == 0, merged[1].text
    assert "W-TEAM-NAAM havenkade" in merged[1].text


def test_the_history_of_both_is_of_the_merged_team(merged: tuple[DataFolder, Said]) -> None:
    folder = merged[0]
    cells = pl.read_parquet(folder.restricted / "release" / "cells.parquet").filter(partition="result", period="month")
    assert set(cells["team"]) == {"havenkade"}
    told = dict(cells.group_by("period_start").agg(pl.col("n").sum()).iter_rows())
    records = pl.read_parquet(folder.tables / "police_checks" / "*" / "*.parquet").filter("is_proactive")
    for month in (date(2025, 1, 1), date(2025, 2, 1)):
        assert abs(told[month] - records.filter(month=month).height) <= 10
    findings = pl.read_parquet(folder.restricted / "release" / "findings.parquet")
    assert set(findings["team"]) == {"", "havenkade"}


def test_pages_are_of_the_merged_team_and_say_what_was_before(merged: tuple[DataFolder, Said]) -> None:
    pages = {path: path.read_text() for path in (merged[0].root / "published").rglob("*.html")}
    teams = {path.parent.name for path in pages}
    assert "havenkade" in teams
    assert not {"noordkade", "zuiderhaven"} & teams
    text = "".join(page for path, page in pages.items() if path.parent.name == "havenkade")
    assert "Up to 31 January 2025 these are the figures of Noordkade, Zuiderhaven." in text
