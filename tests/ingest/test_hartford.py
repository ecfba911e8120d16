"""Real records through the whole door: published figures come out of the pipeline's own table."""

import csv
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.ingest.merge import RefreshResult, refresh
from meos_pipeline.ingest.receive import receive
from meos_pipeline.ingest.teams import slug_of
from meos_pipeline.settings import read_settings
from meos_pipeline.storage.paths import DataFolder

HARTFORD = Path(__file__).parents[1] / "data" / "hartford"
NOW = datetime(2016, 11, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory) -> tuple[DataFolder, RefreshResult]:
    root = tmp_path_factory.mktemp("hartford")
    folder = DataFolder(root).make()
    shutil.copy(HARTFORD / "hartford_stops_20161115T0600.csv", folder.landing)
    settings = read_settings(HARTFORD / "meos.toml")
    keys = fictional_key_file(root / "keys.json", seed=1)
    receive(folder, settings, now=NOW)
    return folder, refresh(folder, settings, keys, now=NOW)


@pytest.fixture(scope="module")
def checks(refreshed) -> pl.DataFrame:
    return pl.read_parquet(refreshed[0].tables / "police_checks" / "**" / "*.parquet")


def test_every_stop_is_accounted_for(refreshed):
    total = refreshed[1].reconciliation.filter(pl.col("scope") == "file").row(0, named=True)
    assert refreshed[1].closes
    assert (total["rows_in"], total["accepted"], total["quarantined"]) == (18_646, 18_642, 4)


def test_the_four_stops_without_a_date_are_the_ones_set_aside(refreshed):
    quarantine = pl.read_parquet(refreshed[0].quarantine / "*.parquet").filter("is_row")
    assert quarantine["code"].to_list() == ["R-DATUM-LEEG"] * 4


def test_first_and_last_day_are_the_published_ones(checks):
    assert (checks["check_date"].min(), checks["check_date"].max()) == (date(2013, 10, 13), date(2016, 9, 29))


def test_arrests_by_race_and_neighbourhood_are_the_published_ones(checks):
    with (HARTFORD / "arrests_by_race_and_neighbourhood.csv").open() as stream:
        published = {
            (slug_of(row["neighbourhood"] or "onbekend"), row["subject_race"]): int(row["arrests"])
            for row in csv.DictReader(stream)
        }
    arrests = checks.filter(pl.col("result") == "arrest")
    counted = Counter(arrests.select("team", "origin").iter_rows())
    assert {cell: counted[cell] for cell in published} == published
    assert sum(counted.values()) == sum(published.values())


def test_search_and_hit_shares_are_the_published_ones(checks, refreshed):
    rows_in = refreshed[1].reconciliation.filter(pl.col("scope") == "file")["rows_in"].item()
    searched = checks.filter("is_searched")
    hits = searched.filter(
        pl.format("|{}|", pl.col("results").fill_null("")).str.contains("|drugs_seized|", literal=True)
    )
    assert round(searched.height / rows_in, 6) == 0.279577
    assert round(hits.height / searched.height, 6) == 0.016305


def test_origin_is_never_read_without_its_legal_basis(tmp_path):
    folder = DataFolder(tmp_path).make()
    shutil.copy(HARTFORD / "hartford_stops_20161115T0600.csv", folder.landing)
    settings = read_settings(HARTFORD / "meos.toml")
    from dataclasses import replace

    unlawful = replace(settings, groups=replace(settings.groups, origin_legal_basis=""))
    receive(folder, unlawful, now=NOW)
    refresh(folder, unlawful, fictional_key_file(tmp_path / "keys.json", seed=1), now=NOW)
    found = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet")
    assert found["origin"].null_count() == found.height
