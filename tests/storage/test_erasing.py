"""Erasing: what is past its term is gone from every file, its key with it; a second run finds nothing."""

import json
import os
from datetime import UTC, datetime

import polars as pl
import pytest

from meos_pipeline.ingest.keys import new_key_file, read_keys, rotate
from meos_pipeline.ingest.merge import refresh
from meos_pipeline.ingest.receive import receive
from meos_pipeline.settings import Settings
from meos_pipeline.steps.erasing import purge
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.audit import find_breaks, read_entries
from tests.ingest.district import new_folder, row, text_of

LATER = datetime(2026, 3, 1, tzinfo=UTC)


def erase(folder, path, *, now=LATER, sure=True):
    return purge(Workspace(folder, Settings(), path), now=now, sure=sure)


@pytest.fixture
def filled(tmp_path):
    folder = new_folder(tmp_path)

    path = tmp_path / "keys.json"
    keys = new_key_file(path)
    old = text_of([row(1, datum="14-10-2024"), row(2, datum="rommel")])
    both = text_of([row(3, datum="31-12-2024"), row(4, datum="02-01-2025")])
    new = text_of([row(5, datum="03-02-2026")])
    for name, text in (("a_20241110T0600.csv", old), ("b_20250110T0600.csv", both), ("c_20260210T0600.csv", new)):
        (folder.landing / name).write_text(text)
    receive(folder, Settings(), now=LATER)
    refresh(folder, Settings(), keys, now=LATER)
    return folder, path


def days(folder):
    tables = list(folder.tables.glob("police_checks/*/*.parquet"))
    return [f"{day}" for day in pl.read_parquet(tables)["check_date"].sort()]


def test_a_rehearsal_erases_nothing(filled):
    folder, path = filled
    before = sorted(folder.root.rglob("*"))
    assert "To be erased: 2 exports and 2 months of records; keys of 2024" in str(erase(folder, path, sure=False))
    assert sorted(folder.root.rglob("*")) == before


def test_what_was_never_taken_in_is_told_when_it_lies_longer_than_exports_are_kept(filled):
    folder, path = filled
    (folder.landing / "oud").mkdir()
    names = ["d_20241110T0600.csv.part", "oud/e.csv", "organisatie.csv", "f.csv.part"]
    for name in names:
        if name != "organisatie.csv":
            (folder.landing / name).write_text("x")
        os.utime(folder.landing / name, (LATER.timestamp() - (95 if name != "f.csv.part" else 5) * 86400,) * 2)
    for sure in (False, True, True):
        told = str(erase(folder, path, sure=sure)).splitlines()[-1]
        assert told.endswith("never taken in: d_20241110T0600.csv.part, oud/e.csv. Have them taken in, or remove them.")
    assert all((folder.landing / name).exists() for name in names)


def test_nothing_of_a_purged_year_is_left_and_the_rest_stands(filled):
    folder, path = filled
    erase(folder, path)
    assert days(folder) == ["2025-01-02", "2026-02-03"]
    assert 2024 in read_keys(path).destroyed
    assert not list(folder.root.rglob("*2024-1*"))
    for part in folder.tables.rglob("*.parquet"):
        frame = pl.read_parquet(part)
        assert "check_date" not in frame or frame.filter(pl.col("check_date").dt.year() == 2024).is_empty()
    assert len([item for item in folder.archive.iterdir() if not item.suffix]) == 1


def test_merging_again_after_a_purge_changes_nothing_and_closes(filled):
    folder, path = filled
    erase(folder, path)
    again = refresh(folder, Settings(), read_keys(path), now=LATER)
    assert again.closes
    assert days(folder) == ["2025-01-02", "2026-02-03"]


def test_a_second_purge_does_nothing_and_says_so(filled):
    folder, path = filled
    erase(folder, path)
    before = {item: item.read_bytes() for item in folder.root.rglob("*") if item.is_file()}
    assert str(erase(folder, path)) == "Nothing is older than its term."
    assert {item: item.read_bytes() for item in folder.root.rglob("*") if item.is_file()} == before


def test_the_erasure_is_in_the_log_in_counts(filled):
    folder, path = filled
    erase(folder, path)
    entry = read_entries(folder.audit_log)[-1]
    assert entry["action"] == "erase"
    assert entry["facts"]["keys"] == [2024]
    assert find_breaks(folder.audit_log, read_keys(path).lasting_key("audit")) == []


def test_records_of_a_year_whose_key_is_destroyed_are_refused(filled):
    folder, path = filled
    erase(folder, path)
    (folder.landing / "d_20260228T0600.csv").write_text(text_of([row(9, datum="15-11-2024")]))
    receive(folder, Settings(), now=LATER)
    result = refresh(folder, Settings(), read_keys(path), now=LATER)
    assert result.closes
    assert "R-SLEUTELJAAR" in set(pl.read_parquet(folder.quarantine / "*.parquet")["code"])
    assert days(folder) == ["2025-01-02", "2026-02-03"]
    with pytest.raises(Exception, match="destroyed on purpose"):
        rotate(path, 2024)


def test_raw_exports_go_first_and_their_rows_stay_in_use(filled):
    folder, path = filled
    erase(folder, path, now=datetime(2025, 12, 1, tzinfo=UTC))
    notes = [json.loads(item.read_text()) for item in folder.archive.glob("*.json")]
    assert sorted(bool(note.get("erased")) for note in notes) == [False, True, True]
    assert refresh(folder, Settings(), read_keys(path), now=LATER).closes
    assert days(folder) == ["2024-10-14", "2024-12-31", "2025-01-02", "2026-02-03"]
