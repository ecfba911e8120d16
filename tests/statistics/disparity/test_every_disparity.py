"""Laws of all statistics of the disparity part: they keep the contract, and say nothing where there is nothing."""

import json

import numpy as np
import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS
from meos_pipeline.disclosure.gate import gate
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.statistic import Gate, Theme

from ..veil_worlds import evening_checks  # noqa: TID252 - shared by two folders
from .worlds import CONTEXT, circumstances, clock_cells, monthly, organisation, population, sex_cells, teams

DISPARITY = {name: one for name, one in all_statistics().items() if one.theme is Theme.DISPARITY and not one.optional}
NAMES = teams(8)


@pytest.fixture(scope="module")
def whole() -> dict[str, pl.DataFrame]:
    cells = sex_cells(
        {team: {"male": (60, 30, 400, 10), "female": (60, 20, 300, 5), "unknown": (2, 1, 7, 0)} for team in NAMES}
    )
    groups, people = circumstances(3, effects=np.linspace(-0.2, 0.2, 8), checks=800)
    return {
        "cells": pl.concat([cells, monthly(NAMES, [80] * 12)]),
        "organisation": organisation(NAMES),
        "population": pl.concat([population(NAMES, {"male": 5_000, "female": 5_000}), people]),
        "clock_cells": clock_cells(evening_checks(1, checks=12_000, team_effects=(0.0,) * 8)),
        "group_cells": groups,
    }


@pytest.fixture(scope="module", params=sorted(DISPARITY))
def found(request, whole) -> pl.DataFrame:
    return DISPARITY[request.param].compute(whole, CONTEXT)


def test_there_are_at_least_eight():
    assert len(DISPARITY) >= 8


def test_it_keeps_the_contract(found):
    FINDINGS.require(found)


def test_an_estimate_is_empty_exactly_when_its_label_says_so(found):
    silent = found["label"].cast(pl.String).is_in(["too_few", "not_comparable", "missing_input", "withheld"])
    assert (found["estimate"].is_null() == silent).all()


def test_every_silent_row_has_a_reason(found):
    silent = found.filter(pl.col("label").cast(pl.String).is_in(["too_few", "not_comparable"]))
    assert (silent["label_reason"] != "").all()


def test_no_bound_is_infinite_and_the_estimate_lies_between(found):
    bounded = found.drop_nulls(["estimate", "lower", "upper"])
    assert bounded.select((pl.col("lower") <= pl.col("estimate") + 1e-9).all()).item()
    assert bounded.select((pl.col("estimate") <= pl.col("upper") + 1e-9).all()).item()
    assert np.isfinite(bounded.select("lower", "upper").to_numpy()).all()


def test_the_detail_is_json(found):
    assert all(isinstance(json.loads(text), dict) for text in found["detail"])


def test_every_difference_stands_beside_what_selective_registration_could_make_of_it(found):
    """The band for a group registered more or less often, and how selective it must be to end the difference."""
    ours = found.filter(~pl.col("statistic").str.ends_with("_placebo"), pl.col("unit").cast(pl.String) != "share")
    shown = ours.filter(pl.col("estimate").is_not_null())
    keys = ["team", "period_start", "stratum", "group"]
    headline = shown.filter(pl.col("series") == "")
    for series in ("registration_low", "registration_high"):
        assert headline.join(shown.filter(pl.col("series") == series), on=keys, how="anti").is_empty()
    compared = shown.filter(pl.col("series").is_in(["", "versus_teams", "hit_difference"]))
    assert all("tipping_registration" in json.loads(text) for text in compared["detail"])
    assert (headline["caveats"].list.contains("selective_registration")).all()


@pytest.mark.parametrize("name", sorted(DISPARITY))
@pytest.mark.parametrize(
    "tables",
    [
        {},
        {"cells": CELLS.empty()},
        {"cells": CELLS.empty(), "clock_cells": CLOCK_CELLS.empty(), "group_cells": GROUP_CELLS.empty()},
    ],
)
def test_with_no_groups_at_all_there_are_no_rows_and_no_errors(name, tables):
    assert DISPARITY[name].compute(tables, CONTEXT).is_empty()


@pytest.mark.parametrize("name", sorted(DISPARITY))
def test_only_unknown_groups_give_no_comparison(name, whole):
    unknown = whole["cells"].filter(pl.col("category").str.starts_with("unknown") | (pl.col("partition") != "sex_hit"))
    found = DISPARITY[name].compute(
        whole | {"cells": unknown, "group_cells": GROUP_CELLS.empty(), "clock_cells": CLOCK_CELLS.empty()}, CONTEXT
    )
    FINDINGS.require(found)
    assert not found.filter(pl.col("group").str.contains("male")).height or name == "area_level"


@pytest.mark.parametrize("name", sorted(DISPARITY))
def test_one_group_only_gives_labelled_rows_or_none(name, whole):
    one = {
        "cells": whole["cells"].filter(~pl.col("category").str.starts_with("female")),
        "group_cells": whole["group_cells"].filter(pl.col("group") != "female"),
        "clock_cells": whole["clock_cells"].filter(pl.col("group") != "female"),
    }
    found = FINDINGS.require(DISPARITY[name].compute(whole | one, CONTEXT))
    about = found.filter(pl.col("reference") == "sex=female", ~pl.col("statistic").str.ends_with("placebo"))
    assert about["estimate"].null_count() == about.height


@pytest.mark.parametrize("name", sorted(DISPARITY))
def test_the_order_of_rows_does_not_matter(name, whole):
    shuffled = {table: frame.sample(fraction=1.0, shuffle=True, seed=4) for table, frame in whole.items()}
    one, other = (DISPARITY[name].compute(tables, CONTEXT).sort(FINDINGS.key) for tables in (whole, shuffled))
    assert one.drop("estimate", "lower", "upper", "detail").equals(other.drop("estimate", "lower", "upper", "detail"))
    for column in ("estimate", "lower", "upper"):
        assert np.allclose(one[column].to_numpy(), other[column].to_numpy(), atol=1e-7, equal_nan=True)


@pytest.mark.parametrize("name", [name for name, one in sorted(DISPARITY.items()) if one.gate is Gate.MODEL])
def test_a_model_result_says_what_the_gate_asks_for(name, whole):
    lived_in = organisation(NAMES).with_columns(
        area=pl.col("team").str.extract(r"(\d+)$").cast(pl.Int64).cast(pl.String) + "-0"
    )
    found = DISPARITY[name].compute(whole | {"organisation": lived_in}, CONTEXT)
    through = gate(found, CONTEXT.policy)
    shown = found.filter(pl.col("estimate").is_not_null()).height
    assert shown > 0
    assert through.filter(pl.col("estimate").is_not_null()).height >= 0.9 * shown
