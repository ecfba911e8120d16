"""How files arrive: slowly, twice, with odd names, under a manifest; and a machine that fails on the way."""

import os
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.contracts.availability import NEEDED, lost_partitions, reason_of
from meos_pipeline.errors import InputError, StorageError
from meos_pipeline.ingest import parsed
from meos_pipeline.ingest.companions import read_organisation
from meos_pipeline.ingest.names import export_time
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.ingest.receive import ArchivedFile, receive
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import NOW, row, take_in, text_of

NAME = "controles_2024-10_20241110T0600.csv"
ROWS = [row(number, tijd=f"{number % 24:02d}:17") for number in range(1, 13)]


@pytest.mark.parametrize(
    "name",
    [
        "Thumbs.db",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "~$controles.xlsx",
        ".DS_Store",
        "x.csv.crdownload",
        "a.lnk",
    ],
)
def test_a_file_of_the_system_is_left_alone(name: str, folder: DataFolder) -> None:
    (folder.landing / name).write_bytes(b"\x00\x01")
    receipt = receive(folder, Settings(), now=NOW)
    assert (receipt.archived, receipt.refused, receipt.waiting) == ([], {}, [])
    assert (folder.landing / name).exists()


def test_a_name_that_is_no_text_is_told_and_blocks_nothing(folder: DataFolder) -> None:
    Path(os.fsdecode(os.fsencode(folder.landing) + b"/contr\xf4les.csv")).write_bytes(b"x")
    result = take_in(folder, {NAME: text_of(ROWS)})
    assert ["F-NAAM" in said for said in result.refused.values()] == [True]
    assert result.parsed == [NAME]


def test_a_file_that_grows_while_it_is_copied_waits(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder.landing / NAME
    path.write_text(text_of(ROWS))
    replaced = os.fsync

    def grow(descriptor: int) -> None:
        replaced(descriptor)
        other = path.with_suffix(".other")
        other.write_text(text_of(ROWS))
        os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
        other.replace(path)  # the same size and time, and another file

    monkeypatch.setattr("meos_pipeline.ingest.receive.os.fsync", grow)
    receipt = receive(folder, Settings(), now=NOW)
    assert receipt.waiting == [NAME]
    assert path.exists()


@pytest.mark.parametrize("order", [0, 1])
def test_the_same_bytes_under_two_times_give_one_table_in_any_order(order: int, folder: DataFolder) -> None:
    future = [*ROWS, row(99, datum="12-11-2024")]
    names = ["controles_20241110T0600.csv", "controles_20241120T0600.csv"]
    for name in names if order else reversed(names):
        result = take_in(folder, {name: text_of(future)})
    assert result.reconciliation.filter(scope="file")["accepted"].to_list() == [12]


@pytest.mark.parametrize(
    "content",
    [
        "bestand;exporttijd;volledig\n{name};2024-11-20T06:00;J\n",
        "bestand,exporttijd,volledig\n{name},2024-11-20T06:00,ja\n",
        "Bestand\tExporttijd\tVolledig\n{name}\t20-11-2024 06:00\tJ\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_manifest_is_read_in_any_common_form(content: str, encoding: str, folder: DataFolder) -> None:
    (folder.landing / "manifest.csv").write_bytes(content.format(name="controles.csv").encode(encoding))
    result = take_in(folder, {"controles.csv": text_of(ROWS)})
    assert result.refused == {}
    assert result.reconciliation["exported_at"][0].isoformat() == "2024-11-20T05:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("file;time\ncontroles.csv;2024-11-20\n", "F-MANIFEST"),
        ("bestand;exporttijd;iets\ncontroles.csv;2024-11-20T06:00;x\n", "F-MANIFEST"),
        ("bestand;exporttijd\ncontroles.csv;gisteren\n", "F-MANIFEST-REGEL"),
        ("bestand;volledig\ncontroles.csv;misschien\n", "F-MANIFEST-REGEL"),
    ],
)
def test_a_manifest_that_cannot_be_read_holds_every_export(content: str, says: str, folder: DataFolder) -> None:
    result = take_in(folder, {"manifest.csv": content, "controles.csv": text_of(ROWS)})
    assert list(result.refused) == ["manifest.csv"]
    assert says in result.refused["manifest.csv"]
    assert (folder.landing / "controles.csv").exists()


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("x_20241110T0600.csv", "2024-11-10T05:00:00+00:00"),
        ("x_20241110T0600Z.csv", "2024-11-10T06:00:00+00:00"),
        ("x_20241110T060000Z.csv", "2024-11-10T06:00:00+00:00"),
        ("x_20241110T0600+0200.csv", "2024-11-10T04:00:00+00:00"),
        ("x_2024-11-10_06-00.csv", "2024-11-10T05:00:00+00:00"),
    ],
)
def test_an_export_time_in_a_name_has_a_zone(name: str, moment: str) -> None:
    found = export_time(name, Settings())
    assert found is not None
    assert found.isoformat() == moment


@pytest.mark.parametrize(
    "fault",
    [
        OSError(28, "No space left on device"),
        MemoryError(),
        pl.exceptions.ComputeError("IO error: No space left on device (os error 28)"),
    ],
    ids=["disk", "memory", "disk in polars"],
)
def test_a_failure_of_the_machine_is_no_refusal_of_the_file(
    fault: BaseException, folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(parsed, "read_export", fail)
    with pytest.raises(StorageError):
        take_in(folder, {NAME: text_of(ROWS)})
    monkeypatch.undo()
    assert take_in(folder, {}).refused == {}


def test_a_reader_that_was_killed_is_tried_again(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object, **__: object) -> None:
        raise parsed.refused("F-GRENS", file=NAME, why="exit -9")

    with monkeypatch.context() as patch:
        patch.setattr(parsed, "read_export", killed)
        assert take_in(folder, {NAME: text_of(ROWS)}).failed == [NAME]
    again = take_in(folder, {})
    assert (again.refused, again.failed) == ({}, [])
    assert again.reconciliation["accepted"].max() == 12


def test_a_spelling_of_two_teams_on_one_day_refuses_the_list(folder: DataFolder) -> None:
    path = folder.landing / "organisatie.csv"
    path.write_text(
        path.read_text().replace(
            "west;Utrecht-West;Stad;Midden;WK034401;2020-01-01;;",
            "west;Utrecht-West;Stad;Midden;WK034401;2020-01-01;;BT Zuid",
        )
    )
    with pytest.raises(InputError, match="west and zuid"):
        read_organisation(folder, Settings(), read_profile("meos"))


@pytest.mark.parametrize("share", [0.04, 0.06, 0.8])
def test_results_that_are_not_understood_refuse_a_file_above_their_share(share: float, folder: DataFolder) -> None:
    rows = [
        row(n, tijd=f"{n % 24:02d}:17", resultaat_code="IETS NIEUWS" if n <= share * 100 else "AANHOUDING")
        for n in range(1, 101)
    ]
    result = take_in(folder, {NAME: text_of(rows)})
    assert ("F-CODELIST" in result.refused.get(NAME, "")) == (share > 0.05)
    assert ("IETS NIEUWS" in result.refused.get(NAME, "")) == (share > 0.05)


@pytest.mark.parametrize("column", ["geslacht", "reden_code", "grondslag", "proactief", "soort_controle"])
def test_a_column_of_which_no_code_is_known_refuses_the_file(column: str, folder: DataFolder) -> None:
    result = take_in(folder, {NAME: text_of([item | {column: "@@"} for item in ROWS])})
    assert "F-CODES" in result.refused[NAME]
    assert column in result.refused[NAME]


@pytest.mark.parametrize("partition", NEEDED)
def test_a_partition_without_its_field_is_lost_and_says_which(partition: str) -> None:
    everything = {field for groups in NEEDED.values() for group in groups for field in group}
    for group in NEEDED[partition]:
        lost = lost_partitions(everything - set(group))
        assert partition in lost
        assert reason_of(partition, set(NEEDED) - set(lost)) == f"no_column_{group[0]}"


def test_a_complete_export_holds_its_month() -> None:
    file = ArchivedFile(
        sha="a" * 64, name=NAME, path=Path(NAME), size=1, exported_at=NOW, is_time_known=True, is_complete=True
    )
    assert file.covered is not None
    assert file.holds_all_of(file.covered[0])
    assert not file.holds_all_of(file.covered[0] - timedelta(days=1))
