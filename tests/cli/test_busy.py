"""Two runs never meet in one data folder, whoever started the other; the one that comes later says who is there."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from meos_pipeline.errors import BusyError
from meos_pipeline.storage.locks import is_busy, run_lock
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, tree

HOLD = """
import sys
from pathlib import Path
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.locks import run_lock
with run_lock(DataFolder(Path(sys.argv[1])), "Dagster run 1a2b3c4d"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def busy(empty: DataFolder) -> Iterator[tuple[DataFolder, "subprocess.Popen[str]"]]:
    """A data folder that a run in another process holds."""
    command = [sys.executable, "-c", HOLD, str(empty.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        yield empty, other
        other.kill()


@pytest.mark.parametrize("words", [("run",), ("publish",), ("withdraw", "2025-01_x", "--why", "test")])
def test_a_command_that_changes_something_says_who_is_busy_and_changes_nothing(
    busy: tuple[DataFolder, "subprocess.Popen[str]"], meos: Meos, words: tuple[str, ...]
) -> None:
    folder, _ = busy
    before = tree(folder.root)
    said = meos(*words, "--data", folder.root)
    assert said.code == 75
    assert "Dagster run 1a2b3c4d (process" in said.err
    assert "nothing was changed" in said.err
    assert "Traceback" not in said.text
    assert tree(folder.root) == before


def test_looking_is_always_allowed(busy: tuple[DataFolder, "subprocess.Popen[str]"], meos: Meos) -> None:
    folder, _ = busy
    assert meos("status", "--data", folder.root).code == 0


def test_the_lock_of_a_run_that_was_killed_is_free_at_once(busy: tuple[DataFolder, "subprocess.Popen[str]"]) -> None:
    folder, other = busy
    assert is_busy(folder)
    other.kill()
    other.wait()
    assert not is_busy(folder)


def test_runs_of_months_share_a_folder_and_nobody_else_comes_in(empty: DataFolder) -> None:
    with run_lock(empty, "one", shared=True), run_lock(empty, "two", shared=True):
        assert is_busy(empty)
    with run_lock(empty, "alone"), run_lock(empty, "a step of it", shared=True):
        pass
    assert not is_busy(empty)


def test_a_run_of_a_month_does_not_come_in_where_another_works_alone(
    busy: tuple[DataFolder, "subprocess.Popen[str]"],
) -> None:
    with pytest.raises(BusyError, match="1a2b3c4d"), run_lock(busy[0], "a month", shared=True):
        pass


def test_a_process_may_take_its_own_lock_again(empty: DataFolder) -> None:
    with run_lock(empty, "outer"), run_lock(empty, "inner"):
        pass
    assert not is_busy(empty)


def test_a_run_that_waits_says_for_whom_and_goes_on_when_the_other_is_done(
    busy: tuple[DataFolder, "subprocess.Popen[str]"],
) -> None:
    folder, other = busy
    said: list[str] = []

    def tell(text: str) -> None:
        said.append(text)
        other.kill()

    with run_lock(folder, "Dagster run 5e6f", wait_seconds=60, waiting=tell):
        assert is_busy(folder) is False  # it is ours
    assert len(said) == 1
    assert "Dagster run 1a2b3c4d" in said[0]
