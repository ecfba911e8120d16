"""``meos workbench``: what readers have, as files for own questions; never what they do not have yet."""

import csv
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, tree


@pytest.fixture(scope="module")
def made(ran: tuple[DataFolder, Said], meos: Meos, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """The workbench of the small district."""
    folder = tmp_path_factory.mktemp("bench") / "own questions"
    before = tree(ran[0].root)
    said = meos("workbench", folder, "--data", ran[0].root)
    assert tree(ran[0].root) == before, "making a workbench changes nothing in the data folder"
    return folder, said


def test_it_holds_each_count_that_readers_can_take_along_and_no_other(ran, made):
    folder, said = made
    assert said.code == 0, said.text
    assert "Make it again after every edition" in said.out
    (edition,) = (ran[0].published / "editions").iterdir()
    readers = set()
    for path in edition.glob("*/cells.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["status"] != "provisional"]
        readers |= {(r["team"], r["period_start"], r["partition"], r["category"], r["n"]) for r in rows}
    with duckdb.connect(str(folder / "workbench.duckdb"), read_only=True) as database:
        ours = database.execute(
            "SELECT team, CAST(period_start AS VARCHAR), partition, category, coalesce(CAST(n AS VARCHAR), '') FROM cells"
        ).fetchall()
        (told,) = database.execute("SELECT count(*) FROM about WHERE told = ?", [edition.name]).fetchone() or (0,)
        for path in sorted((folder / "examples").glob("*.sql")):
            database.execute(path.read_text(encoding="utf-8")).fetchall()
    assert len(ours) > 100
    assert set(ours) == readers
    assert told == 1


def test_making_it_again_replaces_its_files_and_leaves_others_alone(ran, made, meos, tmp_path):
    folder = shutil.copytree(made[0], tmp_path / "again")
    (folder / "workbench.xlsx").write_bytes(b"old")
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert meos("workbench", folder, "--data", ran[0].root).code == 0
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "workbench.xlsx").stat().st_size > 1000
    assert sorted(path.name for path in folder.iterdir()) == sorted([*(p.name for p in made[0].iterdir()), "notes.txt"])


def test_only_what_readers_have_and_only_outside_the_data_folder(district, exports, meos, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    wrong = {
        "lies in the data folder": (district.root / "published" / "bench", district.root),
        "is a file; name a folder": (tmp_path / "file" / "bench", district.root),
        "Nothing was published yet": (tmp_path / "bench", exports.root),
    }
    for sentence, (target, data) in wrong.items():
        said = meos("workbench", target, "--data", data)
        assert (said.code, sentence in said.err) == (2, True), said.text
    settings = district.root / "meos.toml"
    settings.write_text(
        settings.read_text(encoding="utf-8") + "\n[policy]\nsmallest_shown_count = 15\n", encoding="utf-8"
    )
    said = meos("workbench", tmp_path / "bench", "--data", district.root)
    assert said.code == 2
    assert "Readers do not have the newest figures" in said.err
    assert "meos run" in said.err
    monkeypatch.setenv("MEOS_LANGUAGE", "nl")
    said = meos("workbench", tmp_path / "bench", "--data", district.root)
    assert not re.search(r"\b(settings|policy|code|rules|source)\b", said.err), said.err
    assert not (tmp_path / "bench").exists()


@pytest.mark.parametrize("command", ["run", "publish"])
def test_an_own_figure_that_is_not_right_stops_a_run_before_anything_is_read(command, empty, meos):
    folder = empty.root / "house" / "own"
    folder.mkdir(parents=True)
    (folder / "wrong.yaml").write_text("title: {nl: Wat, en: What}\nkind: bars\npartition: result\n", encoding="utf-8")
    said = meos(command, "--data", empty.root)
    assert said.code == 2, said.text
    assert "'wrong.yaml': 'partition' should name" in said.err
    assert "Reading exports" not in said.out
