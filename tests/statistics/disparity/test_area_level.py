"""D7: areas, not people; and D6's refusals."""

import json
from datetime import date

import numpy as np
import polars as pl
import pytest

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.companions import POPULATION
from meos_pipeline.statistics.disparity import area_level, threshold_test

from .worlds import CONTEXT, circumstances, headline


def _areas(
    number: int = 60, *, slope: float = 0.0, incidents_follow: float = 0.0, suspects: bool = True, seed: int = 1
):
    rng = np.random.default_rng(seed)
    share = rng.uniform(0.1, 0.6, number)
    incidents = 200 * np.exp(incidents_follow * (share - 0.35) / 0.1) * rng.uniform(0.8, 1.25, number)
    checks = rng.poisson(incidents * np.exp(slope * (share - 0.35) / 0.1))
    cells = pl.DataFrame(
        [
            (f"team-{one % 20:02d}", "quarter", date(2024, 1, 1), "area", f"a{one}", int(checks[one]))
            for one in range(number)
        ],
        schema=CELLS.schema,
        orient="row",
    )
    people = [
        (f"a{one}", benchmark, "sex", group, 2023, int(total * part))
        for one in range(number)
        for benchmark, total in (("residents", 5_000), *((("suspects", incidents[one] * 10),) if suspects else ()))
        for group, part in (("male", share[one]), ("female", 1 - share[one]))
    ]
    return {"cells": cells, "population": pl.DataFrame(people, schema=POPULATION.schema, orient="row")}


def test_without_a_relation_the_ratio_is_one():
    found = headline(area_level.compute(_areas(), CONTEXT), group="sex=male").row(0, named=True)
    assert found["lower"] < 1 < found["upper"]
    assert (found["label"], found["stratum"]) == ("described", "exposure=suspects")
    assert "ecological" in found["caveats"]


def test_a_planted_relation_comes_back_per_ten_points():
    found = headline(area_level.compute(_areas(slope=0.4), CONTEXT), group="sex=male").row(0, named=True)
    assert found["estimate"] == pytest.approx(np.exp(0.4), rel=0.06)


def test_deployment_that_follows_incidents_looks_like_a_relation_unless_incidents_are_the_exposure():
    """The reason for the caveat: no bias at all, and a ratio far above 1 per resident."""
    naive = headline(area_level.compute(_areas(incidents_follow=0.4, suspects=False), CONTEXT), group="sex=male")
    fair = headline(area_level.compute(_areas(incidents_follow=0.4), CONTEXT), group="sex=male")
    assert naive["lower"].item() > 1.2
    assert fair["lower"].item() < 1 < fair["upper"].item()


def test_few_areas_are_too_few():
    found = headline(area_level.compute(_areas(10), CONTEXT), group="sex=male").row(0, named=True)
    assert (found["label"], found["label_reason"], found["estimate"]) == ("too_few", "fewest_areas", None)


def test_areas_with_the_same_composition_say_nothing_of_ten_points_more():
    """A ratio of 1e110 with an overflow in its bound was printed of a district whose areas are all alike."""
    tables = _areas()
    alike = pl.col("people").mean().over("benchmark", "group") + (pl.int_range(pl.len()) % 3)
    tables["population"] = tables["population"].with_columns(people=alike.cast(pl.Int64))
    found = headline(area_level.compute(tables, CONTEXT), group="sex=male").row(0, named=True)
    assert (found["label"], found["label_reason"]) == ("not_comparable", "areas_alike")
    assert (found["estimate"], found["upper"]) == (None, None)


def test_a_ratio_that_no_one_could_read_is_too_few():
    tables = _areas(16, slope=0.3)
    tables["cells"] = tables["cells"].with_columns(n=pl.when(pl.col("n").rank("ordinal") > 13).then(5).otherwise(0))
    found = headline(area_level.compute(tables, CONTEXT), group="sex=male").row(0, named=True)
    assert found["label"] in {"too_few", "not_comparable"}
    assert found["estimate"] is None


def test_areas_of_one_team_are_clusters_when_there_are_teams_enough():
    found = headline(area_level.compute(_areas(), CONTEXT), group="sex=male")
    assert json.loads(found["detail"].item())["clusters"] == 20


def test_the_threshold_test_is_off_unless_asked_for_and_refuses_few_teams():
    assert threshold_test.STATISTIC.optional
    cells, _ = circumstances(1, effects=np.zeros(4), checks=200)
    searched = cells.with_columns(searched=(pl.col("n") * 0.5).cast(pl.Int64).clip(1))
    found = headline(threshold_test.compute({"group_cells": searched}, CONTEXT)).row(0, named=True)
    assert (found["label"], found["label_reason"], found["estimate"]) == ("too_few", "fewest_teams", None)


def test_the_threshold_test_refuses_where_searches_are_common():
    cells, _ = circumstances(1, effects=np.zeros(20), checks=200)
    searched = cells.with_columns(searched=(pl.col("n") * 0.5).cast(pl.Int64).clip(1))
    found = headline(threshold_test.compute({"group_cells": searched}, CONTEXT)).row(0, named=True)
    assert found["label_reason"] == "decisions_not_rare"
