"""The key file: made once, read only when protected, rotated and destroyed for good."""

import json
import os
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.errors import KeyFileError
from meos_pipeline.ingest.keys import destroy, fictional_key_file, new_key_file, read_keys, rotate
from meos_pipeline.ingest.merge import refresh, why_read_again
from meos_pipeline.ingest.receive import receive
from meos_pipeline.settings import Settings
from tests.ingest.district import KEYS, NOW, row, text_of


def test_what_is_written_is_what_is_read(tmp_path):
    made = new_key_file(tmp_path / "keys.json")
    assert read_keys(tmp_path / "keys.json") == made
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_an_existing_file_is_never_overwritten(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text("precious")
    with pytest.raises(KeyFileError, match="is not overwritten"):
        new_key_file(path)
    assert path.read_text() == "precious"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused(mode, tmp_path):
    new_key_file(tmp_path / "keys.json")
    (tmp_path / "keys.json").chmod(mode)
    with pytest.raises(KeyFileError, match=r"K-RECHTEN.*chmod 600"):
        read_keys(tmp_path / "keys.json")


def test_a_link_to_a_key_file_is_refused(tmp_path):
    new_key_file(tmp_path / "keys.json")
    (tmp_path / "link").symlink_to(tmp_path / "keys.json")
    with pytest.raises(KeyFileError, match="K-RECHTEN"):
        read_keys(tmp_path / "link")


@pytest.mark.parametrize(
    "change", [{"form": "x"}, {"check": "0" * 16}, {"lasting": "00"}, {"years": {}, "lasting": "zz"}]
)
def test_a_damaged_file_is_refused(change, tmp_path):
    path = tmp_path / "keys.json"
    new_key_file(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(KeyFileError, match="K-SLEUTEL"):
        read_keys(path)


@pytest.mark.parametrize("make", [lambda path: None, os.mkfifo, os.mkdir])
def test_what_is_no_file_is_refused_and_never_waited_for(make, tmp_path):
    make(tmp_path / "keys.json")
    with pytest.raises(KeyFileError, match="K-SLEUTEL"):
        read_keys(tmp_path / "keys.json")


def test_a_destroyed_year_cannot_come_back(tmp_path):
    path = tmp_path / "keys.json"
    new_key_file(path)
    destroy(path, 2020)
    assert destroy(path, 2020).destroyed == (2020,)
    with pytest.raises(KeyFileError, match="destroyed on purpose"):
        rotate(path, 2020)
    with pytest.raises(KeyFileError, match="cannot be made again"):
        read_keys(path).of_year(2020, "person")


def test_rotating_adds_a_year_and_changes_no_other(tmp_path):
    path = tmp_path / "keys.json"
    before = new_key_file(path)
    after = rotate(path, 2099)
    assert after.years == before.years | {2099: after.years[2099]}
    assert rotate(path, 2099) == after


def test_sub_keys_differ_per_purpose_and_year():
    subs = [
        KEYS.of_year(year, purpose) for year in (2020, 2021) for purpose in ("person", "vehicle", "document", "officer")
    ]
    subs += [KEYS.lasting_key(purpose) for purpose in ("record", "rounding", "audit")]
    assert len(set(subs)) == len(subs)


def test_nothing_shown_of_keys_is_secret():
    shown = repr(KEYS)
    assert "x00" not in shown
    assert KEYS.lasting.hex() not in shown + KEYS.check_value


def test_a_fictional_key_follows_from_its_seed(tmp_path):
    first, again, other = (
        fictional_key_file(tmp_path / name, seed=seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == again
    assert first.check_value != other.check_value


def test_another_key_file_than_before_is_refused_before_any_work(folder, tmp_path):
    refresh(folder, Settings(), KEYS, now=NOW)
    with pytest.raises(KeyFileError, match="K-SLEUTEL"):
        refresh(folder, Settings(), new_key_file(tmp_path / "other.json"), now=NOW)


def without_key(path: Path, year: int) -> Path:
    """Make a key file as an earlier one may be: without a key for a year."""
    new_key_file(path)
    document = json.loads(path.read_text())
    del document["years"][str(year)]
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("year", "again", "months"),
    [
        (2025, ["b_20250110T0600.csv", "c_20250210T0600.csv"], [date(2025, 1, 1)]),
        (2061, [], []),
    ],
    ids=["a year of which records wait", "a year to come"],
)
def test_the_key_of_a_new_year_has_only_exports_of_that_year_read_again(folder, tmp_path, year, again, months):
    path = without_key(tmp_path / "keys.json", 2025)
    exports = {
        "a_20241110T0600.csv": [row(1), row(2, datum="rommel")],
        "b_20250110T0600.csv": [row(3, datum="30-12-2024"), row(4, datum="31-12-2024"), row(5, datum="02-01-2025")],
        "c_20250210T0600.csv": [row(6, datum="10-01-2025"), row(7, datum="11-01-2025")],
    }
    for name, rows in exports.items():
        (folder.landing / name).write_text(text_of(rows))
    now = datetime(2025, 3, 1, tzinfo=UTC)
    receive(folder, Settings(), now=now)
    refresh(folder, Settings(), read_keys(path), now=now)
    assert why_read_again(folder, Settings(), read_keys(path)) == ()
    keys = rotate(path, year)
    assert why_read_again(folder, Settings(), keys) == (("reading",) if again else ())
    result = refresh(folder, Settings(), keys, now=now)
    assert (result.parsed, result.months) == (again, months)
    assert result.closes
    assert why_read_again(folder, Settings(), keys) == ()
    codes = set(pl.read_parquet(folder.quarantine / "*.parquet")["code"])
    assert ("R-SLEUTELJAAR" in codes) == (not again)


@pytest.mark.parametrize("year", [25, 1999, 2101, 20255])
def test_a_year_that_no_record_can_be_of_gets_no_key(year, tmp_path):
    new_key_file(tmp_path / "keys.json")
    with pytest.raises(KeyFileError, match=f"No record can be of {year}; give a calendar year from 2000 to 2100"):
        rotate(tmp_path / "keys.json", year)
