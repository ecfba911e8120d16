"""Months made by several processes at once, on one data folder: as if they were made one after another."""

import multiprocessing
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.ingest.merge import write_months
from meos_pipeline.statistics.cells import month as cell_functions
from meos_pipeline.steps import accounts, counting, intake, stale, validation
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.tables import month_path, scan_months
from meos_pipeline.synthetic.corrections import corrections
from meos_pipeline.synthetic.generate import generate
from tests.cluster.sites import assert_same_tables, filled

NOW = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with exports taken in and nothing merged; one export holds records of several months."""
    exports = tmp_path_factory.mktemp("exports")
    generate(exports, teams=2, months=4, first_month=date(2025, 6, 1), traps=True)
    corrections(exports, exports, date(2025, 9, 1), changed=20, late=10)
    root = filled(tmp_path_factory.mktemp("taken"), exports)
    space = open_workspace(root)
    intake.take_in(space, now=NOW)
    return root


@pytest.fixture
def space(taken: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(taken, tmp_path / "data", copy_function=shutil.copy2)
    return open_workspace(tmp_path / "data")


def make_month(root: Path, month: date) -> None:
    """What one run of the job ``refresh_months`` does."""
    space = open_workspace(root)
    intake.merge_months(space, [month])
    validation.validate_months(space, [month])
    counting.count_months(space, [month])


def make_months(root: Path, months: list[date]) -> None:
    for month in months:
        make_month(root, month)


def settle(space: Workspace) -> int:
    """Do what the sensor does until it has nothing to ask; return how often it asked."""
    for turn in range(4):
        again = sorted(stale.months_to_refresh(space))
        if not again:
            return turn
        make_months(space.folder.root, again)
    raise AssertionError("months stay stale")


@pytest.mark.slow
def test_months_made_by_processes_side_by_side_are_those_made_one_after_another(space, tmp_path):
    shutil.copytree(space.folder.root, tmp_path / "alone", copy_function=shutil.copy2)
    alone = open_workspace(tmp_path / "alone")
    settle(alone)
    months = sorted(stale.months_to_refresh(space))
    assert len(months) >= 4
    fresh = multiprocessing.get_context("spawn")
    # The newest first, so that every month looks back on months that another process is still making.
    shares = [months[::-1][part::2] for part in range(2)]
    processes = [fresh.Process(target=make_months, args=(space.folder.root, share)) for share in shares]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    settle(space)
    assert_same_tables(space, alone)
    account = accounts.read_reconciliation(space)
    assert account["closes"].all()
    assert accounts.reconciliation_total(space)["accepted"] == (
        scan_months(space.folder.tables, POLICE_CHECKS).select(pl.len()).collect().item()
    )


def test_who_looks_at_a_month_that_is_made_again_sees_it_whole(space):
    month = sorted(stale.months_to_refresh(space))[2]
    intake.merge_months(space, [month])
    target = month_path(space.folder.tables, POLICE_CHECKS.name, month)
    before = pl.read_parquet(target)
    aside = space.folder.quarantine / f"rules-{month.isoformat()}.parquet"
    seen = []

    def set_aside(rows: pl.LazyFrame, _: date) -> pl.LazyFrame:
        seen.append((pl.read_parquet(target).equals(before), aside.exists()))
        return rows.head(3).select("export_id", "line", pl.lit("a_rule").alias("rule"))

    write_months(space.folder, space.settings, space.keys, [month], set_aside=set_aside)
    write_months(space.folder, space.settings, space.keys, [month], set_aside=set_aside)
    assert [whole for whole, _ in seen] == [True, False], "the second time the table lacks the three rows from before"
    assert seen[1][1], "what was set aside stays known until it is replaced"
    assert pl.read_parquet(target).height == before.height - 3 + 0
    assert not list(space.folder.tables.rglob("*.partial"))


def test_a_month_that_was_counted_while_an_earlier_month_changed_is_counted_again(space, monkeypatch):
    oldest, first, second = sorted(stale.months_to_refresh(space))[:3]
    intake.merge_months(space, [oldest, second])
    count = cell_functions.held_cells

    def while_another_run_merges(*args, **kwargs):
        cells = count(*args, **kwargs)
        intake.merge_months(space, [first])
        return cells

    monkeypatch.setattr(cell_functions, "held_cells", while_another_run_merges)
    counting.count_months(space, [second])
    monkeypatch.undo()
    assert second in counting.stale_counts(space)
    counting.count_months(space, [second])
    assert second not in counting.stale_counts(space)
    assert month_path(space.folder.restricted / "cells", CELLS.name, second).exists()
