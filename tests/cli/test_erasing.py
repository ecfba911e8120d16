"""Erased is gone: canaries in every store after a full run, one record everywhere, and acts that were broken off."""

import io
import json
import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.disclosure.ledger import read_ledger
from meos_pipeline.disclosure.publishable import PERSONAL
from meos_pipeline.ingest.keys import read_keys
from meos_pipeline.policy import Policy
from meos_pipeline.steps import erasing
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.audit import find_breaks, read_entries
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.stores import STORES, How, Root, Store, strangers, walk
from tests.cli.conftest import Meos, archived, copy_of, made, place, tree

CANARY = "kanarie-7f3a91c2"
LATER = datetime(2026, 6, 1, tzinfo=UTC)
OLD = date(2025, 1, 1)
"""First day that is kept at that moment."""


@pytest.fixture(scope="module")
def two_years(tmp_path_factory: pytest.TempPathFactory, meos: Meos) -> DataFolder:
    """A district after a full run over the turn of a year. Read only."""
    folder = made(tmp_path_factory.mktemp("years") / "data", first=date(2024, 10, 1), months=6)
    assert meos("run", "--data", folder.root).code == 0
    return folder


@pytest.fixture
def site(two_years: DataFolder, tmp_path: Path) -> Workspace:
    return open_workspace(copy_of(two_years, tmp_path / "data").root)


def exact(root: Path) -> list[str]:
    """What is left of the erased year in stores that are not kept: names with its months, rows with its dates."""
    found = []
    for kept in walk(root):
        if kept.store is None or kept.store.how is How.KEPT or kept.name.startswith("landing/"):
            continue
        if kept.month is not None and kept.month < OLD:
            found.append(kept.name)
        if kept.path.suffix != ".parquet":
            continue
        frame = pl.read_parquet(kept.path, hive_partitioning=False)
        if "n_exact" in frame.columns:
            frame = frame.drop_nulls("n_exact")
        days = [name for name, kind in frame.schema.items() if kind == pl.Date and name in _DAYS]
        if any(frame.filter(pl.col(name) < OLD, pl.col(name) > date(1, 1, 1)).height for name in days):
            found.append(kept.name)
    return found


_DAYS = ("month", "check_date", "period_start")


def with_canary(root: Path, store: Store, sha: str) -> Path | None:
    """Plant a canary where the store would hold something of the erased year; None where there is no free name."""
    export = sha if store.path.startswith("archive/") else sha[:16]
    name = store.path.replace("{month}", "2024-11-01").replace("{export}", export)
    if "*" not in name and not name.endswith((".json", ".txt")):
        return None
    free = f"canary{STORES.index(store)}"
    path = root / name.replace("**/", f"{free}/er/").replace("**", free).replace("*", free)
    if path.exists():
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(CANARY, encoding="utf-8")
    return path


def where(root: Path) -> list[str]:
    return [name for name, content in tree(root).items() if CANARY.encode() in content]


def test_every_file_of_a_full_run_is_in_the_register(two_years):
    assert strangers(two_years.root) == []
    (stranger := two_years.restricted / "somewhere.bin").write_bytes(b"x")
    try:
        assert strangers(two_years.root) == ["restricted/somewhere.bin"]
        space = open_workspace(two_years.root)
        assert "restricted/somewhere.bin" in str(erasing.purge(space, now=LATER, sure=False))
    finally:
        stranger.unlink()


NO_PERSON = {"restricted/release/sheets.parquet", "restricted/published_sheets.parquet", "restricted/draws/*"}
"""Tables that stay with exact numbers of checks that somebody saw, or of shifts: the register says of each that it holds no person."""
NUMBERS = {
    "n",
    "n_before",
    "events",
    "reference_events",
    "reference_n",
    "checked",
    "failed",
    "checks",
    "count",
    "records",
}


def exact_and_kept(root: Path) -> list[str]:
    """Tables that a purge leaves, with what it has to take: exact counts, or something of one person or record."""
    found = []
    for kept in walk(root):
        if kept.store is None or kept.store.how is not How.KEPT or kept.path.suffix != ".parquet":
            continue
        frame = pl.read_parquet(kept.path, hive_partitioning=False)
        personal = {name for name in frame.columns if name in PERSONAL or name.endswith(("_key", "_exact"))}
        loose = [
            name
            for name in NUMBERS & set(frame.columns)
            if frame[name].dtype.is_integer() and (frame[name].drop_nulls() % Policy().rounding_base != 0).any()
        ]
        if (personal or loose) and kept.store.path not in NO_PERSON:
            found.append(kept.name)
    return found


def test_what_a_purge_leaves_holds_nothing_exact(two_years):
    assert exact_and_kept(two_years.root) == []
    kept = [entry.name for entry in walk(two_years.root) if entry.store and entry.store.how is How.KEPT]
    assert len([name for name in kept if name.endswith(".parquet")]) >= 7


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("restricted/release/new.parquet", {"team": ["noord"], "n": [17]}),
        ("restricted/release/new.parquet", {"team": ["noord"], "officer_key": ["ab"]}),
        ("restricted/made/seen/new.parquet", {"n_exact": [20]}),
        ("house/new.parquet", {"checked": [43]}),
    ],
)
def test_a_table_that_hides_behind_a_broad_entry_is_found(tmp_path, name, content):
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    pl.DataFrame(content).write_parquet(path)
    assert strangers(tmp_path) == []
    assert exact_and_kept(tmp_path) == [name]


def test_every_entry_of_the_register_says_what_it_holds_and_how_it_goes():
    assert all(store.holds and store.term and store.how for store in STORES)
    assert len({(store.root, store.path) for store in STORES}) == len(STORES)


def test_canaries_in_every_store_are_gone_after_a_purge_and_the_released_year_stays(site):
    root = site.folder.root
    before = exact(root)
    assert len(before) > 60
    export = next(path.stem for path in site.folder.archive.glob("*.json") if "2024-11" in path.read_text())
    planted = []
    for store in STORES:
        if store.root is not Root.DATA or store.how in {How.KEPT, How.KEYS, How.LEDGER, How.ROWS}:
            continue
        planted.append(with_canary(root, store, export))
    placed = [path for path in planted if path]
    assert len(placed) >= 12
    for name in (
        "restricted/made/intake/last.json",
        "restricted/preview/index.html",
        "restricted/pages/kwaliteit.html",
    ):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(CANARY, encoding="utf-8")
    assert len(where(root)) >= len(placed)
    released = pl.read_parquet(site.folder.restricted / "release" / "cells.parquet")
    shown = read_ledger(site.folder.restricted / "ledger").table.drop("n_exact", "n_exact_first", "pending")
    told = erasing.purge(site, now=LATER, sure=True)
    assert told.months == [date(2024, month, 1) for month in (10, 11, 12)]
    assert where(root) == []
    assert exact(root) == []
    assert 2024 in read_keys(site.key_path).destroyed
    assert pl.read_parquet(site.folder.restricted / "release" / "cells.parquet").equals(released)
    left = read_ledger(site.folder.restricted / "ledger").table
    assert left.drop("n_exact", "n_exact_first", "pending").equals(shown)
    assert left.filter(pl.col("period_start") < OLD)["n_exact"].null_count() > 100
    assert left.filter(pl.col("period_start") >= OLD)["n_exact"].null_count() == 0
    assert not list((site.folder.restricted / "intents").iterdir())


def test_after_a_purge_a_run_changes_no_figure_that_readers_saw(site, meos):
    cells = pl.read_parquet(site.folder.restricted / "release" / "cells.parquet")
    erasing.purge(site, now=LATER, sure=True)
    assert meos("run", "--data", site.folder.root).code == 0
    assert pl.read_parquet(site.folder.restricted / "release" / "cells.parquet").equals(cells)
    assert exact(site.folder.root) == []
    assert str(erasing.purge(site, now=LATER, sure=True)) == "Nothing is older than its term."


def test_runs_of_dagster_go_with_the_months_they_were_about(site, meos, monkeypatch):
    import os

    home = Path(os.environ["DAGSTER_HOME"])
    # Another line in a companion file is news: without news nothing runs in Dagster.
    place(site.folder, "breuken.csv", (site.folder.landing / "breuken.csv").read_bytes() + b"\n")
    assert meos("run", "--data", site.folder.root).code == 0

    def runs() -> int:
        with sqlite3.connect(home / "history" / "runs.db") as base:
            return int(
                base.execute("select count(*) from runs where run_body like ?", (f"%{site.folder.root}%",)).fetchone()[
                    0
                ]
            )

    assert runs() > 0
    monkeypatch.setattr("meos_pipeline.steps.erasing._first_kept", lambda *_: OLD)
    said = meos("purge", "--yes", "--data", site.folder.root)
    assert said.code == 0, said.text
    assert "3 months" in said.out
    assert runs() == 0


NUMBER_COLUMN = "controle_id"


def a_record(folder: DataFolder) -> tuple[str, Path]:
    """Number of a record in an archived export, and the export."""
    path = archived(folder)[0]
    return str(pl.read_csv(path, separator=";", infer_schema=False)[NUMBER_COLUMN][5]), path


def test_one_record_is_erased_everywhere_and_no_export_brings_it_back(site, meos, monkeypatch):
    folder = site.folder
    number, export = a_record(folder)
    content = export.read_bytes()
    rows = pl.scan_parquet(folder.tables / "police_checks" / "**" / "*.parquet").select(pl.len()).collect().item()
    edition = tree(folder.published)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{number}\n"))
    said = meos("erase", "--yes", "--why", "wrongly recorded", "--data", folder.root)
    assert said.code == 0, said.text
    assert number not in said.text
    key = json.loads((folder.restricted / "erased.json").read_text())[0]

    def left() -> list[str]:
        found = []
        for name, stored in tree(folder.root).items():
            if name.startswith("published/") or name == "truth.json":
                continue
            text = stored
            if name.endswith(".parquet"):
                text = pl.read_parquet(folder.root / name).write_ndjson().encode()
            if number.encode() in text or key.encode() in text:
                found.append(name)
        return found

    assert left() == ["restricted/erased.json"]
    count = pl.scan_parquet(folder.tables / "police_checks" / "**" / "*.parquet").select(pl.len()).collect()
    assert count.item() == rows - 1
    account = pl.read_parquet(folder.restricted / "reconciliation.parquet")
    assert account["closes"].all()
    assert tree(folder.published) == edition
    # the same rows in another export, with one other row more
    (folder.landing / "controles_2024-10_20250401T0600.csv").write_bytes(content)
    from tests.cli.conftest import settle

    settle(folder)
    assert meos("run", "--data", folder.root).code == 0
    assert [name for name in left() if not name.startswith("archive/")] == ["restricted/erased.json"]
    assert pl.read_parquet(folder.restricted / "reconciliation.parquet")["closes"].all()
    entry = next(entry for entry in read_entries(folder.audit_log) if entry["action"] == "erase")
    assert entry["facts"]["why"] == "wrongly recorded"
    assert find_breaks(folder.audit_log, site.keys.lasting_key("audit")) == []


@pytest.mark.parametrize("given", ["\n", "NIET-DAAR-1\n"])
def test_no_number_or_an_unknown_one_changes_nothing(site, meos, monkeypatch, given):
    before = tree(site.folder.root)
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    said = meos("erase", "--yes", "--why", "x", "--data", site.folder.root)
    assert said.code == 2
    assert "NIET-DAAR" not in said.text
    assert {name: content for name, content in tree(site.folder.root).items() if "run." not in name} == {
        name: content for name, content in before.items() if "run." not in name
    }
