"""Non-interference: a protected count may be anything in its range, and no byte that readers get tells which."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.steps import counting, publishing, results
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.durable import write_table
from meos_pipeline.storage.made import recall, remember
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import month_path
from tests.cli.conftest import Said
from tests.cli.test_same_bytes import counted_again

JANUARY = date(2025, 1, 1)
NOW = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture
def space(ran: tuple[DataFolder, Said], tmp_path) -> Workspace:
    """The district as it was counted, before anything was protected or published."""
    return open_workspace(counted_again(ran[0], tmp_path / "data").root)


def move(space: Workspace, exact: pl.DataFrame, records: int) -> bool:
    """Have so many more proactive checks of January with a whole dossier, and as many fewer without."""
    here = (pl.col("team") == "noordkade") & (pl.col("partition") == "dossier")
    step = pl.when(pl.col("category") == "complete").then(records).otherwise(-records)
    moved = exact.with_columns(n=pl.when(here).then(pl.col("n") + step).otherwise("n"))
    if moved["n"].min() < 0:
        return False
    write_table(month_path(space.folder.restricted / "cells", CELLS.name, JANUARY), CELLS.require(moved))
    # As if they had been counted so: a table that was changed by hand stops the publication.
    made = recall(space.folder, counting.KIND, JANUARY.isoformat())
    assert made
    files = [space.folder.root / name for name in made.files]
    remember(space.folder, counting.KIND, JANUARY.isoformat(), made.sources, facts=made.facts, files=files)
    return True


def test_a_protected_count_over_its_whole_range_changes_no_byte(space: Workspace) -> None:
    exact = pl.read_parquet(month_path(space.folder.restricted / "cells", CELLS.name, JANUARY))
    states = {records: results.release_cells(space).state for records in range(-5, 6) if move(space, exact, records)}
    alike = [records for records, state in states.items() if state == states[0]]
    assert alike == list(range(min(alike), min(alike) + 5))
    assert len(states) == 11
    editions = []
    for records in (alike[0], alike[-1]):
        move(space, exact, records)
        results.release_cells(space)
        results.find(space)
        editions.append(publishing.publish(space, now=NOW).edition)
    assert editions[0] == editions[1]


@pytest.mark.slow
def test_a_published_block_hides_nine_changed_records_whatever_they_are(space: Workspace) -> None:
    exact = pl.read_parquet(month_path(space.folder.restricted / "cells", CELLS.name, JANUARY))
    shown = results.release_cells(space).state
    results.find(space)
    publishing.publish(space, now=NOW)
    states = {records: results.release_cells(space).state for records in (-9, -4, 4, 9) if move(space, exact, records)}
    assert set(states.values()) == {shown}
    assert len(states) == 4
    move(space, exact, -12)
    assert results.release_cells(space).state != shown
