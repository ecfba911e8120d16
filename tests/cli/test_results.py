"""What the step that computes findings hands to the statistics."""

from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.contracts.fine_cells_disparity import GROUP_CELLS
from meos_pipeline.disclosure.door import Passed, keep, take
from meos_pipeline.steps.results import find
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.storage.durable import write_table
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.tables import month_path
from tests.statistics.disparity.worlds import circumstances

YEAR, DECEMBER = date(2024, 1, 1), date(2024, 12, 1)
"""The newest year that is over: an open one is not judged."""


def _odds(district: DataFolder, unknown: int) -> set[str]:
    """Why the odds of a result of men have the label they have, when so many checks have no known sex."""
    space = open_workspace(district.root)
    root, door = district.restricted / "release", space.keys.lasting_key("door")
    released = take(root, "cells", door)
    rows = [
        (team, "year", YEAR, "sex_hit", f"{group}|none", n)
        for team in released["team"].unique().sort()
        for group, n in (("male", 500), ("female", 500), ("unknown", unknown))
    ]
    others = released.filter(pl.col("partition") != "sex_hit")
    sexes = pl.DataFrame(rows, schema=CELLS.schema, orient="row")
    keep(root, "cells", Passed(pl.concat([others, sexes]).sort(CELLS.key)), door)
    find(space)
    found = FINDINGS.require(take(root, "findings", door))
    of_men = found.filter(
        pl.col("statistic") == "stratified_odds", pl.col("group") == "sex=male", pl.col("series") == ""
    )
    return set(of_men["label_reason"])


def test_checks_without_a_known_group_limit_what_models_may_say(district: DataFolder) -> None:
    """Models read fine cells, where the unknown do not appear: without the released cells they would not know."""
    cells, _ = circumstances(1, effects=np.zeros(2), checks=2_000)
    fine = cells.with_columns(month=pl.lit(DECEMBER)).group_by(GROUP_CELLS.key).agg(pl.col("n", "searched").sum())
    path = month_path(district.restricted / "cells", GROUP_CELLS.name, DECEMBER)
    write_table(path, GROUP_CELLS.require(fine.select(GROUP_CELLS.names).sort(GROUP_CELLS.key)))
    assert _odds(district, unknown=0) == {""}
    assert _odds(district, unknown=900) == {"missing_groups"}
