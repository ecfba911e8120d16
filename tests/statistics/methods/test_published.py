"""Published figures, to their printed digits."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.methods import funnel, interrupted, proportion, rate

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    ("events", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_newcombes_table(events, n, low, high):
    found = proportion.wilson(events, n, 0.95)
    assert [round(float(bound), 4) for bound in found] == [low, high]


def test_newcombes_difference_of_56_of_70_and_48_of_80_is_printed_as_published():
    low, high = proportion.difference_interval(56, 70, 48, 80, 0.95)
    assert [round(float(low), 4), round(float(high), 4)] == [0.0524, 0.3339]


@pytest.mark.parametrize(("rho", "months"), [(0.0, 60), (0.3, 60), (0.6, 120)])
def test_reml_ar1_agrees_with_a_state_space_fit(rho, months):
    """statsmodels fits regression with AR(1) errors by the Kalman filter: another method, the same model."""
    from statsmodels.tsa.arima.model import ARIMA

    random = np.random.default_rng(5)
    error = np.zeros(months)
    for month in range(1, months):
        error[month] = rho * error[month - 1] + 0.1 * random.standard_normal()
    X = np.column_stack([np.ones(months), np.arange(months) >= months // 2, np.arange(months) / months])
    y = X @ np.array([5.0, 0.2, -0.1]) + error
    other = ARIMA(y, exog=X, order=(1, 0, 0), trend="n").fit(cov_type="oim")
    ours = interrupted.reml_ar1(y, X)
    assert ours.estimate == pytest.approx(other.params[1], abs=0.35 * other.bse[1])
    assert ours.se == pytest.approx(other.bse[1], rel=0.35)
    assert ours.se > 0.95 * other.bse[1], "restricted likelihood is not narrower than likelihood"


def test_sicily_by_reml_ar1_agrees_with_the_specification():
    sicily = pl.read_csv(DATA / "sicily_its" / "sicily.csv")
    month = sicily["month"].to_numpy()
    seasons = [function(2 * np.pi * k * month / 12) for k in (1, 2) for function in (np.sin, np.cos)]
    X = np.column_stack([np.ones(59), sicily["smokban"].to_numpy(), sicily["time"].to_numpy() / 12, *seasons])
    y = np.log((sicily["aces"].to_numpy() + 0.5) / sicily["stdpop"].to_numpy())
    effect = interrupted.reml_ar1(y, X)
    assert np.exp([effect.estimate, *effect.interval(0.95)]) == pytest.approx([0.8832, 0.8389, 0.9299], abs=2e-3)


@pytest.mark.parametrize(
    ("expected", "level", "low", "high"),
    [
        (15, 0.95, 0.5596924, 1.6493480),
        (20, 0.95, 0.6108260, 1.5444190),
        (30, 0.95, 0.6746958, 1.4275620),
        (15, 0.998, 0.3862650, 2.0829070),
        (20, 0.998, 0.4479107, 1.9020940),
        (30, 0.998, 0.5289724, 1.7027710),
    ],
)
def test_exact_funnel_limits_are_those_published(expected, level, low, high):
    found = rate.poisson_exact(expected, level)
    assert [float(bound) / expected for bound in found] == pytest.approx([low, high], rel=1e-6)


def _medpar() -> tuple[np.ndarray, np.ndarray]:
    import statsmodels.api as sm

    stays = pl.read_csv(DATA / "funnel_medpar" / "medpar.csv", schema_overrides={"provnum": pl.String})
    kinds = [(stays["type"] == kind).cast(pl.Int64).to_numpy() for kind in (2, 3)]
    X = np.column_stack([np.ones(stays.height), stays["hmo"], stays["died"], stays["age80"], *kinds])
    fit = sm.GLM(stays["los"].to_numpy(), X, family=sm.families.Poisson()).fit()
    hospitals = (
        stays.with_columns(expected=pl.Series(fit.fittedvalues))
        .group_by("provnum")
        .agg(pl.col("los").sum(), pl.col("expected").sum().round(2))
        .sort("provnum")
    )
    return hospitals["los"].to_numpy().astype(float), hospitals["expected"].to_numpy()


def test_medpar_funnel_has_25_hospitals_outside_without_and_9_with_extra_variance():
    observed, expected = _medpar()
    low, high = (bound / expected for bound in rate.poisson_exact(expected, 0.998))
    ratio = observed / expected
    assert len(ratio) == 54
    assert int(((ratio < low) | (ratio > high)).sum()) == 25
    se = 1 / np.sqrt(expected)
    spread = funnel.extra_variance(np.log(ratio), se, centre=0.0, trim="truncate", correct=False)
    low, high = funnel.limits(spread, se, 0.998)
    assert spread.dispersion == pytest.approx(8.53285129, rel=1e-6)
    assert spread.tau_squared == pytest.approx(0.02841023, rel=1e-6)
    assert int(((np.log(ratio) < low) | (np.log(ratio) > high)).sum()) == 9
