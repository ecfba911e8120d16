"""Results that were left empty widen a yield: all of them a hit, or none; with too many only that is told."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.effectiveness.yields import yield_findings
from meos_pipeline.statistics.statistic import Context

MONTH = date(2025, 6, 1)
CONTEXT = Context(policy=Policy(), month=MONTH, teams=("north",))


@pytest.mark.parametrize(("empty", "is_shown"), [(0, True), (70, True), (120, True), (130, False), (400, False)])
def test_above_a_fifth_left_empty_only_the_bounds_are_told(empty: int, is_shown: bool) -> None:
    counts = {"H1": 100, "nothing_found": 400, "unknown": empty}
    cells = pl.DataFrame(
        [("north", "month", MONTH, "result", name, n) for name, n in counts.items() if n],
        orient="row",
        schema=CELLS.schema,
    )
    found = yield_findings({"cells": cells}, CONTEXT, statistic="yield_strict", events=("H1",))
    team = found.filter(pl.col("team") == "north", pl.col("series") == "", pl.col("period_start") == MONTH).row(
        0, named=True
    )
    assert (team["estimate"] is not None) == is_shown
    without = (
        yield_findings(
            {"cells": cells.filter(pl.col("category") != "unknown")}, CONTEXT, statistic="yield_strict", events=("H1",)
        )
        .filter(pl.col("team") == "north", pl.col("period_start") == MONTH)
        .row(0, named=True)
    )
    share = empty / (500 + empty)
    if is_shown:
        assert team["estimate"] == without["estimate"]
        assert team["lower"] == pytest.approx(without["lower"] * (1 - share))
        assert team["upper"] == pytest.approx(without["upper"] * (1 - share) + share)
        assert ("results_left_empty" in team["caveats"]) == (empty > 0)
    else:
        assert (team["label"], team["label_reason"]) == ("not_comparable", "results_left_empty")
        assert team["lower"] == pytest.approx(100 / (500 + empty))
        assert team["upper"] == pytest.approx((100 + empty) / (500 + empty))
