"""Every shipped source profile reads an export as its source documents it."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

import meos_pipeline as meos
from meos_pipeline.ingest import profiles
from meos_pipeline.ingest.inspect import inspect
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.settings import Settings
from tests.ingest.district import NAME, row, text_of

DATA = Path(__file__).parents[1] / "data"
POLICE_UK = DATA / "police_uk" / "2024-03-example-stop-and-search.csv"
SHIPPED = sorted(path.stem for path in (Path(profiles.__file__).parent / "profiles").glob("*.toml"))
SINGLE = {name: {value for value in table.values() if value} for name, table in profiles.CODE_LISTS.items()}


def _example(profile: str, folder: Path) -> Path:
    """An export in the layout of a profile."""
    if profile == "meos":
        (folder / NAME).write_text(text_of([row(number) for number in range(30)]), encoding="utf-8")
        return folder / NAME
    return {"opp": DATA / "hartford" / "hartford_stops_20161115T0600.csv", "police_uk": POLICE_UK}[profile]


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_profile_finds_its_fields_and_accepts_nearly_all_rows(name, tmp_path):
    profile = read_profile(name)
    seen = inspect(_example(name, tmp_path), profile, Settings(), now=datetime(2026, 11, 1, tzinfo=UTC))
    found = {field for _, field, how, _ in seen.mapping_rows if how in {"by name", "by alias"}}
    assert set(profile.required) <= found
    assert seen.accepted >= 0.9 * seen.rows_in > 0
    assert [header for header, _, how, _ in seen.mapping_rows if how.startswith("unknown")] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_codes_of_a_shipped_profile_lead_to_values_that_exist(name):
    profile = read_profile(name)
    codes, targets = profile.codes, SINGLE | {"age_range": set(profile.age_bands)}
    wrong = [
        (field, target)
        for field, table in codes.items()
        if field in targets
        for target in table.values()
        if target and not set(target.split("|")) <= targets[field]
    ]
    assert wrong == []


@pytest.fixture(scope="module")
def searches() -> pl.DataFrame:
    read = meos.read_export(POLICE_UK, profile="police_uk").sort("line")
    return read.with_columns(pl.col(pl.Enum).cast(pl.String))


def test_british_outcomes_become_our_results_and_an_unlisted_one_is_set_aside(searches):
    assert searches["result"].to_list() == [
        "nothing_found",
        "arrest",
        "nothing_found",
        "crime_report",
        "warning",
        "warning",
        "bylaw_fine",
        "warning",
        "crime_report",
    ]


def test_british_times_are_told_in_local_time(searches):
    assert searches.select("check_date", "hour").rows()[:2] == [(date(2024, 3, 1), 9), (date(2024, 3, 31), 2)]


def test_two_searches_that_are_equal_in_every_column_are_two_checks(searches):
    twins = searches.filter(check_date=date(2024, 3, 12))
    assert twins.height == 2
    assert twins["check_key"].n_unique() == 2


def test_british_age_ranges_are_the_bands_of_a_british_site(searches):
    bands = dict(zip(searches["line"], searches["age_band"], strict=True))
    assert [bands[line] for line in (2, 3, 5, 6, 10)] == ["18-24", "25-34", "35+", "10-17", "<10"]


def test_a_british_force_is_known_by_the_name_of_its_file(searches):
    assert set(searches["team"]) == {"example"}


def test_ethnicity_is_not_read_without_a_legal_basis(searches):
    assert searches["origin"].null_count() == searches.height
