from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.run import compute_findings
from meos_pipeline.statistics.statistic import Context, Gate, Theme


@pytest.mark.parametrize("gate", list(Gate))
def test_every_statistic_of_a_gate_that_is_on_has_findings(district, gate):
    tables, context = district
    found = compute_findings(tables, context, gate=gate)
    ours = [s for s in all_statistics().values() if s.theme != Theme.DISPARITY]
    wanted = {s.name for s in ours if s.gate == gate}
    assert wanted <= set(found["statistic"])
    assert found.equals(FINDINGS.require(found).sort(FINDINGS.key))


def test_the_yield_is_never_without_coverage_and_its_bounds(district):
    tables, context = district
    found = compute_findings(tables, context, gate=Gate.RELEASED).filter(
        pl.col("statistic") == "yield_strict", pl.col("label") == "described"
    )
    assert found.filter(~pl.col("caveats").list.contains("coverage")).is_empty()
    headline = found.filter(pl.col("series") == "").height
    for series in ("corrected", "likely_low", "likely_high", "worst_low", "worst_high", "tipping"):
        assert found.filter(pl.col("series") == series).height == headline


def test_without_a_sample_the_bounds_of_the_yield_say_what_is_missing(district):
    tables, context = district
    cells = tables["cells"].filter(pl.col("partition") != "sample")
    found = compute_findings({"cells": cells}, context, gate=Gate.RELEASED)
    coverage = found.filter(pl.col("statistic") == "coverage_sample")
    assert set(coverage["label_reason"]) == {"steekproef_dekking.csv"}
    bounds = found.filter(pl.col("statistic") == "yield_strict", pl.col("series") == "corrected")
    assert set(bounds["label_reason"]) == {"no_coverage_sample"}
    assert bounds["estimate"].null_count() == bounds.height


def test_a_team_without_released_cells_is_withheld_not_zero(district):
    tables, context = district
    cells = tables["cells"].filter(pl.col("team") != "team-03")
    found = compute_findings({"cells": cells}, context, gate=Gate.RELEASED).filter(
        pl.col("team") == "team-03", pl.col("statistic") == "explanation_given"
    )
    assert set(found["label"].cast(pl.String())) == {"withheld"}


def test_the_known_yield_of_the_simulated_district_lies_within_its_interval(district):
    tables, context = district
    found = compute_findings(tables, context, gate=Gate.RELEASED).filter(
        pl.col("statistic") == "yield_strict", pl.col("team") == "", pl.col("series") == ""
    )
    truth = 0.11 / 0.9
    assert found.filter((pl.col("lower") > truth) | (pl.col("upper") < truth)).is_empty()


def test_no_teams_at_all_is_no_error(district):
    tables, _ = district
    context = Context(policy=Policy(), month=date(2026, 6, 1), teams=())
    for gate in Gate:
        FINDINGS.require(compute_findings(tables, context, gate=gate))
