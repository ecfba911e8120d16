"""What is copied ahead of its turn is neither lost nor left behind."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from meos_pipeline.errors import StorageError
from meos_pipeline.ingest import receive as module
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data").make()
    for number in range(5):
        path = made.landing / f"controles_2025-0{number + 1}.csv"
        path.write_text(f"a;b\n{number};2\n", encoding="utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return made


def test_every_file_is_archived_once_whatever_is_copied_ahead(folder: DataFolder) -> None:
    receipt = module.receive(folder, Settings(), now=NOW)
    assert receipt.archived == [f"controles_2025-0{number}.csv" for number in range(1, 6)]
    assert not list(folder.landing.glob("*.csv"))


def test_a_file_that_changes_after_it_was_copied_stays_in_landing(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = folder.landing / "controles_2025-02.csv"
    take = module._take

    def slow(*given: object) -> None:
        if given[1].source.name == "controles_2025-02.csv":
            # Its copy is ready; now a system writes on.
            with last.open("a", encoding="utf-8") as stream:
                stream.write("9;9\n")
        take(*given)

    monkeypatch.setattr(module, "_take", slow)
    receipt = module.receive(folder, Settings(), now=NOW)
    assert receipt.waiting == [last.name]
    assert last.read_text(encoding="utf-8").endswith("9;9\n")
    assert len(receipt.archived) == 4


def test_a_refusing_disk_leaves_no_copy_behind(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_note", full)
    with pytest.raises(StorageError, match=r"controles_2025-01\.csv"):
        module.receive(folder, Settings(), now=NOW)
    assert not list(folder.archive.glob("*.partial"))
    assert len(list(folder.landing.glob("*.csv"))) == 5
