"""Mantel-Haenszel, Breslow-Day and Tarone against published tables."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.methods.stratified import (
    association,
    homogeneity,
    log_odds_ratio,
    risk_difference,
)

DATA = Path(__file__).parents[2] / "data" / "cmh_tables"
Z = 1.959963984540054


def _verified(name: str) -> np.ndarray:
    rows = pl.read_csv(DATA / "r_verified_tables.csv").filter(pl.col("set") == name).sort("stratum", "row", "col")
    return rows["n"].cast(pl.Float64).to_numpy().reshape(-1, 2, 2)


def _berkeley() -> np.ndarray:
    rows = pl.read_csv(DATA / "ucb_admissions.csv").sort("dept", "gender", "admit", descending=[False, True, False])
    return rows["n"].cast(pl.Float64).to_numpy().reshape(-1, 2, 2)


def _toronto() -> np.ndarray:
    rows = (
        pl.read_csv(DATA / "toronto_arrests.csv")
        .group_by("checks", "colour", "released")
        .len()
        .pivot("released", index=["checks", "colour"], values="len")
        .fill_null(0)
    )
    whole = rows.select("checks").unique().join(pl.DataFrame({"colour": ["White", "Black"]}), how="cross")
    joined = (
        whole.join(rows, on=["checks", "colour"], how="left")
        .fill_null(0)
        .sort("checks", "colour", descending=[False, True])
    )
    return joined.select("Yes", "No").cast(pl.Float64).to_numpy().reshape(-1, 2, 2)


def _ratio(tables: np.ndarray) -> tuple[float, float, float]:
    found = log_odds_ratio(tables)
    return tuple(float(np.exp(found.estimate + side * Z * found.error)) for side in (0, -1, 1))


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (_berkeley(), (0.9046968, 0.7719074, 1.0603298)),
        (_verified("rabbits"), (7.0, 1.026713, 47.725133)),
        (_verified("desctools2"), (3.5912, 1.781135, 7.240633)),
        (_verified("statsmodels3"), (1.101879, 0.9402012, 1.2913602)),
        (_toronto(), (1.73602376, 1.47972742, 2.03671193)),
    ],
    ids=["berkeley", "rabbits", "desctools", "statsmodels", "toronto"],
)
def test_the_pooled_odds_ratio_and_its_interval_are_those_of_r(tables, expected):
    assert _ratio(tables) == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize(
    ("tables", "corrected", "statistic", "p_value"),
    [
        (_berkeley(), True, 1.4269, 0.2323),
        (_berkeley(), False, 1.5246, 0.2169),
        (_verified("rabbits"), True, 3.9286, 0.04747),
        (_verified("desctools2"), True, 11.8852, 0.0005658),
        (_verified("statsmodels3"), True, 1.3368, 0.2476),
    ],
)
def test_the_association_test_is_that_of_r(tables, corrected, statistic, p_value):
    assert association(tables, corrected=corrected) == pytest.approx((statistic, p_value), rel=2e-4)


def test_breslow_day_and_tarone_are_those_of_desctools():
    found = homogeneity(_verified("desctools2"))
    assert (found.breslow_day, found.tarone, found.p_value) == pytest.approx((1.8438, 1.8436, 0.7645), rel=1e-4)
    assert homogeneity(_verified("statsmodels3")).breslow_day == pytest.approx(18.83297, rel=1e-6)


def test_agrees_with_statsmodels_on_random_sparse_strata():
    from statsmodels.stats.contingency_tables import StratifiedTable

    tables = np.random.default_rng(5).poisson([[[2, 5], [3, 4]]] * 40).astype(float)
    theirs = StratifiedTable([table for table in tables if table.sum()])
    ours = log_odds_ratio(tables)
    assert (ours.estimate, ours.error) == pytest.approx((theirs.logodds_pooled, theirs.logodds_pooled_se), rel=1e-10)


def test_one_stratum_gives_the_plain_difference_of_shares():
    found = risk_difference(np.array([[[30.0, 70.0], [20.0, 80.0]]]))
    assert found.estimate == pytest.approx(0.10)
    assert found.error == pytest.approx(np.sqrt(0.3 * 0.7 / 100 + 0.2 * 0.8 / 100), rel=0.02)


@pytest.mark.parametrize("tables", [np.zeros((0, 2, 2)), np.zeros((3, 2, 2)), np.array([[[5.0, 0.0], [4.0, 0.0]]])])
def test_strata_that_say_nothing_give_nan_and_no_error(tables):
    assert np.isnan(log_odds_ratio(tables).estimate)
    assert np.isnan(homogeneity(tables).p_value)
    assert np.isnan(association(tables, corrected=True)[0])
