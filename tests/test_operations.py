"""Work that does not depend on the machine: what is parsed, merged and opened, counted."""

import os
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from meos_pipeline.ingest import companions, moments
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.ingest.merge import months_to_refresh
from meos_pipeline.ingest.structure import Structure
from meos_pipeline.steps import intake
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.synthetic.corrections import corrections
from meos_pipeline.synthetic.generate import generate

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    generate(folder, teams=2, months=4, first_month=date(2024, 11, 1))
    return folder


@pytest.fixture
def space(district: Path, tmp_path: Path) -> Workspace:
    folder = DataFolder(tmp_path / "data").make()
    for path in district.glob("*.csv"):
        shutil.copy2(path, folder.landing / path.name)
    shutil.copy2(district / "meos.toml", folder.root / "meos.toml")
    made = open_workspace(folder.root)
    fictional_key_file(made.key_path, seed=1)
    return made


def files_under(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.parquet")}


def take_in(space: Workspace) -> list[date]:
    intake.take_in(space, now=NOW)
    months = sorted(months_to_refresh(space.folder, space.settings, space.keys))
    if months:
        intake.merge_months(space, months)
    return months


def test_running_again_without_new_files_parses_and_writes_nothing(space: Workspace) -> None:
    assert len(take_in(space)) >= 4
    before = files_under(space.folder.tables)
    assert take_in(space) == []
    assert files_under(space.folder.tables) == before


def test_a_correction_writes_only_the_months_it_touches(space: Workspace, district: Path) -> None:
    take_in(space)
    before = files_under(space.folder.tables)
    told = corrections(district, space.folder.landing, date(2025, 1, 1), changed=10, late=3)
    file = space.folder.landing / told.file
    rows = pl.read_csv(file, separator=";", infer_schema=False)
    touched = set(rows["datum"].str.to_date("%d-%m-%Y").dt.month_start())
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert set(take_in(space)) <= touched
    after = files_under(space.folder.tables)
    untouched = {path for path in before if "month=2024-11" in str(path) and "police_checks" in str(path)}
    assert untouched
    assert all(after[path] == before[path] for path in untouched)


def test_sun_times_are_calculated_in_one_call_for_all_teams_of_a_batch(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    table = moments.sun.sun_table

    def counted(dates: pl.Series, places: pl.DataFrame, zone: str) -> pl.DataFrame:
        calls.append(places.height)
        return table(dates, places, zone)

    monkeypatch.setattr(moments.sun, "sun_table", counted)
    take_in(space)
    days, teams = 120, 2
    assert set(calls) == {teams}
    assert len(calls) < days


def test_companion_files_are_read_once_until_their_bytes_change(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    scan = companions.scan_structure

    def counted(path: Path, **facts: Any) -> Structure:
        opened.append(path.name)
        return scan(path, **facts)

    monkeypatch.setattr(companions, "_KNOWN", {})
    monkeypatch.setattr(companions, "scan_structure", counted)
    first = companions.read_companions(space.folder, space.settings)
    assert len(opened) == len(set(opened)) == len(first)
    opened.clear()
    companions.read_companions(space.folder, space.settings)
    assert opened == []
    file = space.folder.landing / "inzet_maand.csv"
    before = file.stat()
    text = file.read_text(encoding="utf-8").rstrip()
    file.write_text(text[:-1] + ("1" if text[-1] != "1" else "2") + "\n", encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    again = companions.read_companions(space.folder, space.settings)
    assert file.name in opened
    assert not again["deployment"].equals(first["deployment"])
