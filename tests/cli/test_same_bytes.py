"""Same input, same bytes: whoever publishes, wherever and whenever (P10)."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Said, copy_of, tree

HERE = Path(__file__).parents[2]
MACHINES = {
    "one": {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "1",
        "POLARS_MAX_THREADS": "1",
        "HOSTNAME": "een",
        "USER": "anna",
        "HOME": "/nonexistent/anna",
    },
    "other": {
        "TZ": "America/Los_Angeles",
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "4242",
        "POLARS_MAX_THREADS": "2",
        "HOSTNAME": "twee",
        "USER": "bram",
        "HOME": "/nonexistent/bram",
        "LANG": "nl_NL.UTF-8",
        "PYTHONUTF8": "1",
    },
}


def published_on(machine: str, folder: DataFolder, at: Path) -> str:
    """Publish in a process of its own that works in ``at``; return the edition's id."""
    environment = os.environ | MACHINES[machine] | {"PYTHONPATH": str(HERE), "OPENBLAS_NUM_THREADS": "1"}
    umask = {"one": "077", "other": "022"}[machine]
    done = subprocess.run(
        [sys.executable, "-m", "tests.publication.same_bytes", str(folder.root), MACHINES[machine]["HOSTNAME"], umask],
        cwd=at,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def counted_again(ran: DataFolder, target: Path) -> DataFolder:
    """The district as it was counted, before anything was protected or published."""
    folder = copy_of(ran, target)
    for path in (folder.published, folder.restricted / "ledger", folder.restricted / "release"):
        shutil.rmtree(path)
    return folder.make()


@pytest.fixture(scope="module")
def two(ran: tuple[DataFolder, Said], tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, DataFolder]]:
    """One district published on two machines: in other folders, zones, locales, hash seeds, threads and host names."""
    made = {}
    for machine in MACHINES:
        place = tmp_path_factory.mktemp(f"machine-{machine}")
        folder = counted_again(ran[0], place / "data")
        made[machine] = (published_on(machine, folder, place), folder)
    return made


def test_two_machines_give_the_same_edition_id(two: dict[str, tuple[str, DataFolder]]) -> None:
    assert two["one"][0] == two["other"][0]


def test_two_machines_give_the_same_bytes_in_every_kind_of_file(two: dict[str, tuple[str, DataFolder]]) -> None:
    one, other = (tree(folder.published / "editions" / name) for name, folder in two.values())
    assert {Path(name).suffix for name in one} >= {".html", ".css", ".js", ".csv", ".xlsx", ".pdf", ".json"}
    assert {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)} == set()


def test_they_give_what_the_run_of_this_process_gave(
    ran: tuple[DataFolder, Said], two: dict[str, tuple[str, DataFolder]]
) -> None:
    (mine,) = (path.name for path in (ran[0].published / "editions").iterdir())
    assert two["one"][0] == mine


def test_the_machines_were_not_alike() -> None:
    one, other = MACHINES.values()
    assert all(one[name] != other[name] for name in one)
