"""The origin that others are compared with is found however the policy writes it: the door writes small letters."""

from dataclasses import replace

import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.outcome_gap import STATISTIC

from .worlds import CONTEXT, YEAR

COUNTS = {
    "nederland": {"strict": 200, "broad": 100, "none": 700},
    "buiten europa": {"strict": 100, "broad": 100, "none": 800},
}
CELLS_OF_ORIGIN = pl.DataFrame(
    [
        ("north", "year", YEAR, "origin_hit", f"{origin}|{hit}", n)
        for origin, hits in COUNTS.items()
        for hit, n in hits.items()
    ],
    orient="row",
    schema=CELLS.schema,
)


@pytest.mark.parametrize("written", [Policy().reference_origin, "nederland", "NEDERLAND", " Nederland "])
def test_the_reference_is_found_however_it_is_written(written):
    context = replace(CONTEXT, policy=replace(Policy(), reference_origin=written), teams=("north",))
    found = STATISTIC.compute({"cells": CELLS_OF_ORIGIN}, context)
    own = found.filter(statistic="outcome_gap", team="north", group="origin=buiten europa", series="", stratum="")
    assert own.select("reference", "estimate").rows() == [("origin=nederland", pytest.approx(-0.1))]
