"""Data folders for tests of several processes, and what two of them must have in common."""

import json
import os
import shutil
from hashlib import sha256
from pathlib import Path

import polars as pl

from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder

LONG_AGO = 1_700_000_000


def filled(root: Path, exports: Path) -> Path:
    """A data folder with all exports in landing."""
    folder = DataFolder(root).make()
    shutil.copytree(exports, folder.landing, dirs_exist_ok=True)
    shutil.move(folder.landing / "meos.toml", folder.root / "meos.toml")
    for path in folder.landing.iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))
    fictional_key_file(open_workspace(folder.root).key_path, seed=1)
    return folder.root


def content(space: Workspace) -> dict[str, pl.DataFrame]:
    """Every table that a run makes."""
    root = space.folder.root
    tables = [*(root / "tables" / "police_checks").rglob("*.parquet"), *(root / "restricted").rglob("*.parquet")]
    return {str(path.relative_to(root)): pl.read_parquet(path) for path in sorted(tables)}


def assert_same_tables(left: Workspace, right: Workspace) -> None:
    """Fail with the names of the tables that differ."""
    mine, theirs = content(left), content(right)
    assert list(mine) == list(theirs)
    differ = [name for name, frame in mine.items() if not frame.equals(theirs[name])]
    assert not differ, differ


def pages(space: Workspace) -> dict[str, str]:
    """Every published file, by its hash; of a seal the manifest that it names, for its line of the audit log tells when."""
    root = space.folder.published
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and path.parent.name != "seals"]
    seals = {
        str(path.relative_to(root)): json.loads(path.read_text())["manifest"] for path in root.glob("seals/*.json")
    }
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in files} | seals
