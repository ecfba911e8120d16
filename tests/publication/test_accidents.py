"""Accidents of a publication: whatever happens, readers find the last good edition, whole."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.publication.system_calls import too_early, traced


def accident(name: str, **options):
    done = subprocess.run(
        [sys.executable, "-m", "tests.publication.accident", name, json.dumps(options)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_operation_may_fail_in_every_way():
    """P9: SIGKILL, a full disk and a broken disk at each operation; a plain re-run ends the same."""
    said = accident("every_operation")
    assert said["violations"] == []
    assert said["operations"] >= 40
    assert said["cases"] == 3 * said["operations"]
    assert set(said["codes"]) <= {0, -9, 74}
    assert {-9, 74} <= set(said["codes"])


@pytest.mark.slow
def test_an_accident_during_the_recovery_is_survived_too():
    assert accident("every_operation", doubled=True)["violations"] == []


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_no_landed_byte_is_lost_whatever_fails_while_taking_in(step):
    """P9 for the door: a re-run ends in the same archive, byte for byte."""
    said = accident("every_operation_of_receiving", step=step)
    assert said["violations"] == []
    assert said["operations"] >= 40
    assert set(said["codes"]) <= {0, -9, 74}


def test_forty_random_kills_leave_a_whole_edition():
    said = accident("random_kills", times=40)
    assert said["violations"] == []
    assert said["died"] >= 5
    assert said["again"] == 0


@pytest.mark.slow
def test_five_hundred_random_kills_leave_a_whole_edition():
    said = accident("random_kills", times=500, seed=7)
    assert said["violations"] == []
    assert said["died"] >= 100


def test_of_eight_runs_at_once_one_publishes_and_the_others_say_busy():
    said = accident("crowd")
    assert said == {"first": 0, "others": [75] * 7, "editions": 1}


def test_a_reader_never_fails_during_publications():
    """P11: a reader every 10 ms, while editions come and old ones are erased."""
    said = accident("polling", publications=100)
    assert said["failed"] == 0
    assert said["reads"] >= 10
    assert said["kept"] == 2


def test_every_byte_is_on_disk_before_its_name_is():
    """P21."""
    said = accident("order")
    assert said["violations"] == []
    assert said["renames"] >= 4


def test_the_order_check_sees_a_forgotten_fsync():
    assert len(accident("order", forget=True)["violations"]) >= 5


EVERYTHING_DURABLE = """
import polars as pl
from meos_pipeline.publication import publish
from meos_pipeline.storage.durable import write_table
from meos_pipeline.storage.paths import DataFolder
from tests.publication.accident import build_of
data = DataFolder(root).make()
frame = pl.DataFrame({"n": range(200_000)})
write_table(root / "tables" / "whole.parquet", frame)
write_table(root / "tables" / "streamed.parquet", frame.lazy())
publish(data, build_of("one"))
publish(data, build_of("two"), keep=1)
"""
strace = pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")


@strace
def test_the_kernel_sees_every_byte_synced_before_its_name(tmp_path):
    """P21 again, below Python: Polars writes tables itself."""
    events = traced(EVERYTHING_DURABLE, tmp_path / "data")
    assert too_early(events) == []
    assert sum(event[0] == "rename" for event in events) >= 8
    written = {".".join(Path(event[1]).name.split(".")[:2]) for event in events if event[0] == "write"}
    assert {"whole.parquet", "streamed.parquet", "manifest.json"} <= written


@strace
@pytest.mark.parametrize("forgotten", ["sync_file", pytest.param("sync_folder", marks=pytest.mark.slow)])
def test_the_kernel_check_sees_a_forgotten_fsync(tmp_path, forgotten):
    modules = ("meos_pipeline.storage.durable", "meos_pipeline.publication.publish")
    break_ = "".join(f"import {name}\n{name}.{forgotten} = lambda _: None\n" for name in modules)
    assert too_early(traced(break_ + EVERYTHING_DURABLE, tmp_path / "data"))
