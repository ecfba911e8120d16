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
    silent = {"coverage_change"}  # no action on recording
    assert wanted - silent <= set(found["statistic"])
    assert found.equals(FINDINGS.require(found).sort(FINDINGS.key))


def test_a_recorded_yield_is_marked_and_the_yield_of_all_checks_is_there_with_its_bounds(district):
    tables, context = district
    recorded = compute_findings(tables, context, gate=Gate.RELEASED).filter(
        pl.col("statistic") == "yield_strict", pl.col("label") == "described"
    )
    assert recorded.filter(~pl.col("caveats").list.contains("coverage")).is_empty()
    found = compute_findings(tables, context, gate=Gate.MODEL).filter(pl.col("statistic") == "yield_corrected")
    for team in ("", *context.teams):
        of = {row["series"]: row for row in found.filter(pl.col("team") == team).iter_rows(named=True)}
        assert set(of) == {"", "recorded", "watched", "outer"}
        assert of["outer"]["lower"] <= of[""]["lower"] <= of[""]["upper"] <= of["outer"]["upper"]
        assert of["outer"]["lower"] <= of["recorded"]["estimate"] <= of["outer"]["upper"]


@pytest.mark.parametrize(
    ("sheets", "reason"),
    [
        (None, "steekproef_dekking.csv"),
        (pl.lit(value=False), "no_sheets"),
        (pl.col("sample_date") >= date(2026, 3, 1), "few_sheets"),
    ],
)
def test_without_enough_sheets_no_yield_and_no_bound_is_said(district, sheets, reason):
    tables, context = district
    tables = dict(tables)
    sample = tables.pop("coverage_sample")
    if sheets is not None:
        tables["coverage_sample"] = sample.filter(sheets)
    found = compute_findings(tables, context, gate=Gate.MODEL)
    for statistic in ("coverage", "yield_corrected", "coverage_direction"):
        rows = found.filter(pl.col("statistic") == statistic, pl.col("team") != "")
        assert set(rows["label_reason"]) == {reason}
        assert rows["estimate"].null_count() == rows["lower"].null_count() == rows.height


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
