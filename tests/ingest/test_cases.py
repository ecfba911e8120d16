"""Inputs on which reading once went wrong (tests/data/cases): each gives its right value."""

import dataclasses
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.errors import InputError
from meos_pipeline.ingest.companions import read_companions
from meos_pipeline.ingest.inspect import inspect
from meos_pipeline.ingest.merge import RefreshResult, refresh
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.ingest.receive import receive
from meos_pipeline.settings import Settings, Site, Sources
from meos_pipeline.statistics.disparity.groups import reference_groups
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import KEYS

CASES = Path(__file__).parents[1] / "data" / "cases"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
Case = tuple[pl.DataFrame, RefreshResult, DataFolder, Settings]


def settings_of(profile: str) -> Settings:
    return dataclasses.replace(Settings(), sources=Sources(profile=profile), site=Site(languages=("en",)))


def took(tmp_path: Path, name: str, profile: str = "meos") -> Case:
    """The table of a case, what its refresh told, its folder and settings."""
    source = CASES / name
    folder = DataFolder(tmp_path / "data").make()
    landing = source / "landing" if (source / "landing").exists() else source
    for path in landing.iterdir():
        if path.suffix != ".toml":
            shutil.copy(path, folder.landing)
    if profile == "meos" and not (folder.landing / "organisatie.csv").exists():
        shutil.copy(CASES / "base" / "organisatie.csv", folder.landing)
    settings = settings_of(str(source / profile) if profile.endswith(".toml") else profile)
    receipt = receive(folder, settings, now=NOW)
    result = refresh(folder, settings, KEYS, now=NOW)
    result.refused |= receipt.refused
    assert result.closes
    paths = sorted(folder.tables.glob("police_checks/*/*.parquet"))
    table = pl.concat([pl.read_parquet(path) for path in paths]).sort("line") if paths else pl.DataFrame()
    return table, result, folder, settings


def set_aside(folder: DataFolder) -> list[tuple[str, str, int]]:
    """Column, code and number of what is in quarantine."""
    found = pl.read_parquet(folder.quarantine / "*.parquet")
    return found.group_by("column", "code").len().sort("column", "code").rows()


def refusals(result: RefreshResult) -> set[str]:
    return {message.split(":")[0] for message in result.refused.values()}


def test_days_and_times_without_zeros_are_read_as_they_were_meant(tmp_path: Path) -> None:
    table, _, folder, _ = took(tmp_path, "real_nypd_dates_times", "nypd.toml")
    assert table.height == 20
    assert table["check_date"].head(4).to_list() == [
        date(2014, 3, 14), date(2014, 3, 16), date(2014, 1, 1), date(2014, 1, 1),
    ]  # fmt: skip
    assert set(table["hour"].head(12)) == {0}
    assert table["clock_bin"].head(3).to_list() == [2, 1, 0]
    assert set_aside(folder) == []


def test_a_flag_that_says_no_is_a_check_in_which_nothing_was_found(tmp_path: Path) -> None:
    table, *_ = took(tmp_path, "real_flags_all_no", "seattle.toml")
    assert dict(table["result"].value_counts().iter_rows()) == {"arrest": 10, "nothing_found": 40}


def test_a_code_that_the_profile_names_is_a_code_and_light_needs_a_place(tmp_path: Path) -> None:
    table, *_ = took(tmp_path, "real_none_is_a_code", "oregon.toml")
    assert table["result"].to_list().count("nothing_found") == 3
    assert table["is_searched"].to_list() == [True, False, False, False, True, False]
    assert table["hour"].to_list()[-1] == 17
    assert table["light"].null_count() == 6
    case = CASES / "real_none_is_a_code"
    seen = inspect(case / "stops_20200601T0600.csv", read_profile("oregon.toml", case), settings_of(""), now=NOW)
    assert {row[1]: row[3] for row in seen.mapping_rows}["results"] == "100.0% of 6"


def test_dutch_moments_of_excel(tmp_path: Path) -> None:
    table, *_ = took(tmp_path, "real_nl_moment", "district.toml")
    minutes = [9, 9, 19, 9, 9, 7, 8, 23]
    assert table["hour"].to_list() == minutes
    assert table["duty_date"].to_list() == table["check_date"].to_list()


def test_persons_of_one_stop_are_one_check(tmp_path: Path) -> None:
    table, result, *_ = took(tmp_path, "real_persons_per_stop", "ripa.toml")
    assert table.select("person_count", "result").rows() == [(2, "arrest"), (1, "warning"), (3, "traffic_fine")]
    assert table["age_band"].to_list() == [None, "35-44", "25-34"]
    file = result.reconciliation.filter(scope="file").row(0, named=True)
    assert (file["rows_in"], file["accepted"], file["joined"], file["quarantined"]) == (6, 3, 3, 0)


def test_a_look_at_an_export_tells_numbers_that_occur_twice(tmp_path: Path) -> None:
    case = CASES / "real_persons_per_stop"
    (tmp_path / "ripa.toml").write_text((case / "ripa.toml").read_text().replace('rows_are = "persons"', ""))
    seen = inspect(case / "ripa_20200601T0600.csv", read_profile("ripa.toml", tmp_path), settings_of(""), now=NOW)
    assert (seen.rows_in, seen.accepted, seen.quarantined) == (6, 1, 5)
    joined = inspect(case / "ripa_20200601T0600.csv", read_profile("ripa.toml", case), settings_of(""), now=NOW)
    assert (joined.rows_in, joined.accepted, joined.quarantined) == (6, 3, 0)


def test_a_dutch_export_with_a_row_per_person(tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    shipped = Path(__file__).parents[2] / "meos_pipeline" / "ingest" / "profiles" / "meos.toml"
    profile.write_text(shipped.read_text().replace("[columns]", 'rows_are = "persons"\n\n[columns]', 1))
    (tmp_path / "case").mkdir()
    table, *_ = took(tmp_path / "case", "one_row_per_person", "meos")
    assert table.height < 3
    (tmp_path / "joined").mkdir()
    folder = DataFolder(tmp_path / "joined" / "data").make()
    for path in (CASES / "one_row_per_person" / "landing").iterdir():
        shutil.copy(path, folder.landing)
    settings = settings_of(str(profile))
    receive(folder, settings, now=NOW)
    result = refresh(folder, settings, KEYS, now=NOW)
    found = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet").sort("line")
    assert result.closes
    assert found["person_count"].head(1).to_list() == [2]


def test_over_34_is_a_band_and_a_related_hit_needs_a_hit(tmp_path: Path) -> None:
    table, *_ = took(tmp_path, "real_uk_over34", "police_uk")
    assert table.filter(age_band="35+").height >= 20
    assert table.filter(pl.col("is_related_hit"), result="nothing_found").is_empty()


def test_a_zone_is_applied_and_a_time_in_the_cell_of_the_day_counts(tmp_path: Path) -> None:
    table, _, folder, _ = took(tmp_path, "time_zone_dropped")
    assert table.select("check_date", "hour").rows() == [
        (date(2026, 9, 1), 0),
        (date(2026, 9, 1), 0),
        (date(2026, 9, 10), 13),
        (date(2026, 9, 10), 23),
    ]
    assert table["entry_delay_minutes"].to_list()[2] == 73
    assert set_aside(folder) == []


def test_parquet_moments_in_utc_are_told_in_local_time(tmp_path: Path) -> None:
    table, result, *_ = took(tmp_path, "file_pq_tz_utc")
    assert set(table.select("check_date", "hour").rows()) == {(date(2026, 3, 2), 0)}
    assert next(iter(result.warnings.values()))["W-TIJD-ANDERS"] > 0


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("month_first_with_dashes_or_dots", "F-DATUMVORM"),
        ("file_date_all_bad", "F-DATUM"),
        ("file_csv_trailing_delim_rows", "F-KOLOMMEN"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused(tmp_path: Path, name: str, code: str) -> None:
    table, result, *_ = took(tmp_path, name)
    assert refusals(result) == {code}
    assert table.is_empty()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("thousands_point_in_companions", ("'diensten'", "write 1000, not 1.000", "'maand'", "'aantal'", "2, 3, 4")),
        ("file_comp_pop_thousands_dot_round", ("'aantal'", "first at 2")),
        ("file_comp_month_mid", ("'maand'", "first day of a month", "first at 2")),
        ("file_comp_pop_agegroup", ("'groep'", "no check has", "12-17", "first at 2")),
    ],
)
def test_a_companion_file_that_would_be_misread_is_refused(tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    _, _, folder, settings = took(tmp_path, name)
    with pytest.raises(InputError) as told:
        read_companions(folder, settings)
    assert [word for word in words if word not in str(told.value)] == []


@pytest.mark.parametrize("written", ["Nederland", "NEDERLAND", " nederland ", "nederland"])
def test_origins_of_the_statistics_office_meet_the_group_of_reference_however_they_are_written(
    folder: DataFolder, written: str
) -> None:
    (folder.landing / "cbs_herkomst.csv").write_text(
        "basisteam;periode;herkomst;aantal_gecontroleerd;aantal_inwoners\n"
        f"zuid;2024;{written};300;6000\nzuid;2024;Buiten  Europa;120;1000\n",
        encoding="utf-8",
    )
    table = read_companions(folder, Settings())["origin_table"]
    assert table["origin"].to_list() == [reference_groups(Settings().policy)["origin"], "buiten europa"]


@pytest.mark.parametrize("name", ["file_comp_man_comma", "file_comp_man_utf16"])
def test_a_manifest_is_read_whatever_its_separator_and_encoding(tmp_path: Path, name: str) -> None:
    table, _, folder, settings = took(tmp_path, name)
    assert table.height == 30
    shutil.copy(CASES / name / "manifest.csv", folder.landing)
    from meos_pipeline.ingest.manifest import read_manifest

    manifest = read_manifest(folder.landing / "manifest.csv", settings)
    assert [facts["exported_at"] for facts in manifest.files.values()] == [datetime(2026, 4, 3, 4, 0, tzinfo=UTC)]


def test_records_that_say_in_other_words_that_they_do_not_exist_are_set_aside(tmp_path: Path) -> None:
    table, _, folder, _ = took(tmp_path, "unknown_status_counts")
    assert table.height == 1
    assert set_aside(folder) == [("status", "R-BESTAAN", 5)]


def test_a_code_is_known_whatever_stands_between_its_words(tmp_path: Path) -> None:
    table, *_ = took(tmp_path, "new_result_code_biases_yield")
    assert dict(table["result"].value_counts().iter_rows()) == {"nothing_found": 48, "traffic_fine": 12}


def test_results_that_nobody_filled_in_are_unknown(tmp_path: Path) -> None:
    table, *_ = took(tmp_path, "file_code_result_all_empty")
    assert table.height == table["result"].null_count() == 30


def test_an_error_value_and_a_formula_never_calculated_are_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    table, _, folder, _ = took(tmp_path / "a", "file_xl_error_cell")
    assert table.height == 30
    assert set_aside(folder) == [("leeftijd", "R-EXCELFOUT", 1)]
    (tmp_path / "b").mkdir()
    table, result, folder, _ = took(tmp_path / "b", "file_xl_formula_nocache")
    told = {code for codes in result.warnings.values() for code in codes} | refusals(result)
    assert table.is_empty()
    assert "W-FORMULE" in told or refusals(result)


@pytest.mark.parametrize("name", ["file_xl_header_row5", "file_gz_two_members", "real_short_team_names"])
def test_a_legal_file_is_read_whole(tmp_path: Path, name: str) -> None:
    table, *_ = took(tmp_path, name, "sf.toml" if name.startswith("real") else "meos")
    assert table.height == (40 if name.startswith("real") else 30)


def test_a_row_that_was_cut_off_in_its_last_field_is_not_trusted(tmp_path: Path) -> None:
    table, _, folder, _ = took(tmp_path, "file_csv_cut_midfield_last_col")
    assert table.height == 29
    assert set_aside(folder) == [("", "R-AFGEKAPT", 1)]
