"""Two processes on one data folder: work that is held by one waits in the other, and dies with its holder."""

import subprocess
import sys
from pathlib import Path

import pytest

from meos_pipeline.errors import BusyError
from meos_pipeline.storage.locks import one_at_a_time, run_lock
from meos_pipeline.storage.paths import DataFolder

HOLD = """
import sys
from pathlib import Path
from meos_pipeline.storage.locks import one_at_a_time
from meos_pipeline.storage.paths import DataFolder
with one_at_a_time(DataFolder(Path(sys.argv[1])), "account"):
    print("held", flush=True)
    sys.stdin.read()
"""
TRY = """
import sys
from pathlib import Path
from filelock import FileLock, Timeout
try:
    with FileLock(Path(sys.argv[1]) / "restricted" / "locks" / "account.lock", timeout=0):
        print("free")
except Timeout:
    print("held")
"""


MONTHS = HOLD.replace("import one_at_a_time", "import run_lock").replace(
    'one_at_a_time(DataFolder(Path(sys.argv[1])), "account")',
    'run_lock(DataFolder(Path(sys.argv[1])), "a run of months", shared=True)',
)


def holder(folder: Path, words: str = HOLD) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", words, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def is_held(folder: Path) -> bool:
    done = subprocess.run([sys.executable, "-c", TRY, str(folder)], capture_output=True, text=True, check=True)
    return done.stdout == "held\n"


def test_work_is_held_by_one_process_until_it_is_done(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert is_held(tmp_path)
        process.communicate("")
    assert not is_held(tmp_path)


def test_a_killed_process_leaves_the_work_free(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
        process.wait()
    with one_at_a_time(DataFolder(tmp_path), "account"):
        assert is_held(tmp_path)


def test_runs_of_months_are_in_a_data_folder_together_and_keep_others_out(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with holder(tmp_path, MONTHS) as first, holder(tmp_path, MONTHS) as second:
        with run_lock(folder, "a third", shared=True):
            pass
        with pytest.raises(BusyError), run_lock(folder, "'meos run'"):
            pass
        first.communicate("")
        with pytest.raises(BusyError), run_lock(folder, "'meos run'"):
            pass
        second.kill()
        second.wait()
    with run_lock(folder, "'meos run'"), run_lock(folder, "its own months", shared=True):
        words = [sys.executable, "-c", MONTHS, str(tmp_path)]
        refused = subprocess.run(words, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert "BusyError" in refused.stderr
