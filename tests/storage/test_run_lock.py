"""Runs alone, and runs side by side, as separate processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meos_pipeline.errors import BusyError
from meos_pipeline.storage.locks import is_busy, run_lock
from meos_pipeline.storage.paths import DataFolder

_OTHER = """
import sys
from pathlib import Path
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.locks import run_lock
with run_lock(DataFolder(Path(sys.argv[1])), "another run", shared=sys.argv[2] == "beside"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_run(folder: DataFolder, how: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _OTHER, str(folder.root), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "data")


@pytest.mark.parametrize(
    ("other", "own", "is_allowed"),
    [("alone", False, False), ("alone", True, False), ("beside", False, False), ("beside", True, True)],
)
def test_only_runs_that_both_go_side_by_side_go_at_once(
    folder: DataFolder, other: str, own: bool, is_allowed: bool
) -> None:
    with another_run(folder, other):
        if is_allowed:
            with run_lock(folder, "me", shared=own):
                pass
        else:
            with (
                pytest.raises(BusyError, match=r"another run .* is busy in this data folder"),
                run_lock(folder, "me", shared=own),
            ):
                pass


@pytest.mark.parametrize("other", ["alone", "beside"])
def test_a_killed_run_holds_nothing(folder: DataFolder, other: str) -> None:
    with another_run(folder, other):
        assert is_busy(folder)
    assert not is_busy(folder)


def test_a_process_may_take_what_it_has_in_either_way(folder: DataFolder) -> None:
    with run_lock(folder, "me"), run_lock(folder, "me", shared=True), run_lock(folder, "me"):
        refuse_another(folder)


def refuse_another(folder: DataFolder) -> None:
    command = [sys.executable, "-c", _OTHER, str(folder.root), "beside"]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "BusyError" in done.stderr
