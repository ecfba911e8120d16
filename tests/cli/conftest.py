"""A small fictional district that went through ``meos run`` once, and the command line as a person uses it."""

import contextlib
import io
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pytest

from meos_pipeline.cli.app import main
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.steps import language
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.synthetic.generate import generate
from tests.shared import once


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Everything that was printed."""
        return self.out + self.err


Meos = Callable[..., Said]


@pytest.fixture(scope="session")
def meos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meos]:
    """``meos`` in this process, with a Dagster home of its own."""
    home = tmp_path_factory.mktemp("home")
    shutil.copy(shipped("dagster_home") / "dagster.yaml", home)
    patch = pytest.MonkeyPatch()
    patch.setenv("DAGSTER_HOME", str(home))
    patch.setenv("COLUMNS", "200")
    patch.setenv("MEOS_LANGUAGE", "en")
    for name in ("MEOS_DATA", "MEOS_SETTINGS", "MEOS_KEYS"):
        patch.delenv(name, raising=False)

    def command(*words: object) -> Said:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        language._CHOSEN.language = ""  # of that command alone
        return Said(int(stop.value.code or 0), out.getvalue(), err.getvalue())

    yield command
    patch.undo()


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A data folder with settings, key and companion files, and three months of exports that nobody took in yet."""
    return made(tmp_path_factory.mktemp("exports") / "data")


@pytest.fixture(scope="session")
def ran(exports: DataFolder, meos: Meos, tmp_path_factory: pytest.TempPathFactory) -> tuple[DataFolder, Said]:
    """The district after its first run, and what that run said. Read only."""

    def run(folder: Path) -> None:
        said = meos("run", "--data", copy_of(exports, folder / "data").root)
        (folder / "said.json").write_text(json.dumps(asdict(said)), encoding="utf-8")

    shared, own = once(tmp_path_factory, "first run", run), tmp_path_factory.mktemp("ran")
    folder = copy_of(DataFolder(shared / "data"), own / "data")
    said = (shared / "said.json").read_text(encoding="utf-8").replace(str(shared), str(own))
    return folder, Said(**json.loads(said))


@pytest.fixture
def district(ran: tuple[DataFolder, Said], tmp_path: Path) -> DataFolder:
    """A copy of the district after its first run, to do with as a test likes."""
    return copy_of(ran[0], tmp_path / "data")


@pytest.fixture
def empty(exports: DataFolder, tmp_path: Path) -> DataFolder:
    """The district's settings, key and companion files, without one export."""
    folder = copy_of(exports, tmp_path / "data")
    for path in folder.landing.glob("controles_*"):
        path.unlink()
    return folder


def made(
    root: Path, *, seed: int = 7, months: int = 3, first: date = date(2025, 1, 1), rows: int = 1200, traps: bool = False
) -> DataFolder:
    """Make a small district's exports, settings and key; the same bytes each time."""
    folder = DataFolder(root).make()
    generate(
        folder.landing,
        seed=seed,
        teams=2,
        months=months,
        first_month=first,
        rows=rows,
        traps=traps,
        settings_folder=folder.root,
    )
    fictional_key_file(folder.restricted / "fictional-keys.json", seed=seed)
    settle(folder)
    return folder


def copy_of(folder: DataFolder, target: Path) -> DataFolder:
    """Copy a data folder with its times."""
    shutil.copytree(folder.root, target)
    return DataFolder(target)


def archived(folder: DataFolder) -> list[Path]:
    """Archived exports, without their notes and without what readers handed in."""
    return [path for path in sorted(folder.archive.iterdir()) if path.is_file() and path.suffix != ".json"]


def settle(folder: DataFolder) -> None:
    """Give every file in landing an age at which it no longer grows."""
    past = time.time() - 60
    for path in folder.landing.iterdir():
        os.utime(path, (past, past))


def place(folder: DataFolder, name: str, content: bytes) -> None:
    """Put a finished file in landing."""
    (folder.landing / name).write_bytes(content)
    settle(folder)


def tree(root: Path) -> dict[str, bytes]:
    """Every file under a folder with its bytes."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
