"""Benchmark ratios: Philadelphia's published figures, tipping factors and what rounding adds."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.statistics.methods.benchmark import (
    excess,
    log_rate_ratio,
    pooled_log_ratio,
    tipping_factor,
    tipping_registration,
)

DATA = Path(__file__).parents[2] / "data" / "philly_opp_tutorial" / "philly_2017.csv"


def _philadelphia() -> dict[str, dict[str, float]]:
    return {row["race"]: row for row in pl.read_csv(DATA).iter_rows(named=True)}


@pytest.mark.parametrize("race", list(_philadelphia()))
def test_philadelphia_has_its_published_stop_rates(race):
    row = _philadelphia()[race]
    assert row["stops_2017"] / row["population_2017"] == pytest.approx(row["published_stop_rate"], abs=5.1e-4)


@pytest.mark.parametrize(("race", "published", "ratio"), [("black", 3.4, 3.40736514), ("hispanic", 1.5, 1.462942)])
def test_philadelphia_has_its_published_rate_ratios(race, published, ratio):
    group, white = _philadelphia()[race], _philadelphia()["white"]
    found = log_rate_ratio(
        np.array([float(group["stops_2017"])]),
        np.array([float(white["stops_2017"])]),
        np.log([group["population_2017"] / white["population_2017"]]),
        rounding_base=0,
    )
    assert np.exp(found.estimate[0]) == pytest.approx(ratio, rel=1e-6)
    assert round(float(np.exp(found.estimate[0])), 1) == published
    if race == "black":
        assert found.error[0] == pytest.approx(0.00496151, abs=1e-8)


@pytest.mark.parametrize(
    ("of", "race", "published"),
    [("search", "black", 1.5), ("search", "hispanic", 1.2), ("frisk", "black", 2.1), ("frisk", "hispanic", 1.5)],
)
def test_philadelphia_has_its_published_ratios_of_searches_and_frisks(of, race, published):
    """The share of stops with a search, as published to three digits, over that of white drivers."""
    group, white = _philadelphia()[race], _philadelphia()["white"]
    events = [np.array([row["stops_2017"] * row[f"published_{of}_rate"]]) for row in (group, white)]
    found = log_rate_ratio(*events, np.log([group["stops_2017"] / white["stops_2017"]]), rounding_base=0)
    assert round(float(np.exp(found.estimate[0])), 1) == published


def test_one_team_pooled_is_that_team():
    estimate, error, dispersion = pooled_log_ratio(np.array([30.0]), np.array([60.0]), np.array([0.2]))
    assert estimate == pytest.approx(np.log(0.5) - 0.2)
    assert error == pytest.approx(np.sqrt(1 / 30 + 1 / 60))
    assert dispersion == 1.0


def test_pooling_is_that_of_a_binomial_model_with_offset_and_dispersion():
    import statsmodels.api as sm

    rng = np.random.default_rng(2)
    total, offset = rng.integers(50, 400, 12), rng.normal(0, 0.5, 12)
    events = rng.binomial(total, 1 / (1 + np.exp(-offset - 0.3 - rng.normal(0, 0.3, 12))))
    theirs = sm.GLM(
        np.column_stack([events, total - events]), np.ones((12, 1)), family=sm.families.Binomial(), offset=offset
    ).fit(tol=1e-12)
    share = theirs.predict()
    pearson = ((events - total * share) ** 2 / (total * share * (1 - share))).sum() / 11
    estimate, error, dispersion = pooled_log_ratio(events.astype(float), (total - events).astype(float), offset)
    assert estimate == pytest.approx(theirs.params[0], rel=1e-8)
    assert dispersion == pytest.approx(pearson, rel=1e-8)
    assert error == pytest.approx(theirs.bse[0] * np.sqrt(pearson), rel=1e-8)


def test_rounded_counts_have_a_wider_interval_than_exact_ones():
    counts = (np.array([20.0]), np.array([20.0]), np.array([0.0]))
    exact, rounded = log_rate_ratio(*counts, rounding_base=0), log_rate_ratio(*counts, rounding_base=5)
    assert rounded.error[0] ** 2 - exact.error[0] ** 2 == pytest.approx(2 * (25 - 1) / 6 / 20**2)


def test_a_count_of_zero_gives_nan_not_infinity():
    found = log_rate_ratio(np.array([0.0, 5.0]), np.array([5.0, 0.0]), np.zeros(2), rounding_base=5)
    assert np.isnan(found.estimate).all()
    assert np.isnan(found.error).all()
    assert np.isnan(pooled_log_ratio(np.zeros(2), np.ones(2), np.zeros(2))[0])


@pytest.mark.parametrize(("lower", "upper", "factor"), [(1.3, 2.0, 1.3), (0.4, 0.5, 2.0), (0.9, 1.2, 1.0)])
def test_the_tipping_factor_is_how_far_the_nearer_bound_lies_from_one(lower, upper, factor):
    assert tipping_factor(np.array([lower]), np.array([upper]))[0] == pytest.approx(factor)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(ratio=st.floats(0.3, 3.0), selective=st.floats(0.3, 1.0))
def test_at_the_tipping_point_of_registration_the_ratio_is_one(ratio, selective):
    factor = tipping_registration(np.array([ratio]), np.array([selective]))[0]
    if np.isnan(factor):
        assert ratio * (1 - selective) >= 1 - 1e-9
    else:
        assert ratio * (1 + (factor - 1) * selective) == pytest.approx(1.0)


@settings(max_examples=50, derandomize=True, deadline=None)
@given(events=st.integers(1, 500), others=st.integers(1, 500), theta=st.floats(-2, 2))
def test_without_the_excess_the_odds_are_those_of_a_ratio_of_one(events, others, theta):
    total = float(events + others)
    more = excess(np.array([float(events)]), np.array([total]), np.array([theta]))[0]
    rest = events - more
    assert rest / (total - rest) == pytest.approx(events / others * np.exp(-theta), rel=1e-6)
    assert np.sign(more) == np.sign(theta) or abs(more) < 1e-9
