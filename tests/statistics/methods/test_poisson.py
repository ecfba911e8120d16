"""Counts per area: the stop-and-frisk coefficients that readers of Gelman & Hill print."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.methods.poisson import poisson

DATA = Path(__file__).parents[2] / "data" / "frisk_arm" / "frisk_with_noise.csv"


def _frisk():
    rows = (
        pl.read_csv(DATA).group_by("precinct", "eth").agg(pl.col("stops", "past_arrests").sum()).sort("precinct", "eth")
    )
    counts, arrests, group, precinct = (rows[name].to_numpy() for name in ("stops", "past_arrests", "eth", "precinct"))
    return counts.astype(float), np.log(arrests), group, precinct


def _dummies(labels: np.ndarray) -> np.ndarray:
    return (labels[:, None] == np.unique(labels)[1:]).astype(float)


def test_intercept_only_gives_the_published_rate_and_deviance():
    counts, offset, group, _ = _frisk()
    found = poisson(counts, offset, np.ones((group.size, 1)), np.arange(group.size))
    assert found.coefficients[0] == pytest.approx(-0.5877, abs=5e-5)
    assert found.deviance == pytest.approx(46120, abs=0.5)


def test_groups_give_the_published_coefficients_errors_and_deviance():
    counts, offset, group, _ = _frisk()
    found = poisson(counts, offset, np.column_stack([np.ones(group.size), _dummies(group)]), np.arange(group.size))
    assert found.coefficients == pytest.approx([-0.588086, 0.070208, -0.161581], abs=1e-6)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx([0.003784, 0.006061, 0.008558], abs=1e-6)
    assert found.deviance == pytest.approx(45437.4, abs=0.05)


def test_groups_and_precincts_give_the_published_coefficients_and_overdispersion():
    counts, offset, group, precinct = _frisk()
    design = np.column_stack([np.ones(group.size), _dummies(group), _dummies(precinct)])
    found = poisson(counts, offset, design, np.arange(group.size))
    assert found.coefficients[:3] == pytest.approx([-1.378868, 0.010188, -0.419001], abs=1e-6)
    assert np.sqrt(np.diag(found.covariance))[:3] == pytest.approx([0.051019, 0.006802, 0.009435], abs=1e-6)
    assert found.dispersion == pytest.approx(21.885051, abs=1e-5)
    half = 1.959964 * np.sqrt(np.diag(found.covariance) * found.dispersion)
    interval = np.exp(found.coefficients[1] + np.array([-1, 1]) * half[1])
    assert interval == pytest.approx([0.949158, 1.075253], abs=1e-5)


def test_without_offset_the_published_coefficients_come_back():
    counts, _, group, precinct = _frisk()
    design = np.column_stack([np.ones(group.size), _dummies(group), _dummies(precinct)])
    found = poisson(counts, np.zeros(counts.size), design, np.arange(group.size))
    assert found.coefficients[:3] == pytest.approx([5.320809, -0.447714, -1.414281], abs=1e-6)


def test_clustered_errors_are_those_of_statsmodels():
    import statsmodels.api as sm

    counts, offset, group, precinct = _frisk()
    design = np.column_stack([np.ones(group.size), _dummies(group)])
    theirs = sm.GLM(counts, design, family=sm.families.Poisson(), offset=offset).fit(
        cov_type="cluster", cov_kwds={"groups": precinct, "use_correction": False}, tol=1e-12
    )
    ours = poisson(counts, offset, design, precinct)
    assert np.sqrt(np.diag(ours.clustered)) == pytest.approx(theirs.bse * np.sqrt(75 / 74), rel=1e-7)


@pytest.mark.parametrize("counts", [[0.0] * 9, [5.0] * 2])
def test_nothing_to_fit_gives_nan_and_a_reason(counts):
    design = np.column_stack([np.ones(len(counts)), np.arange(len(counts)), np.arange(len(counts)) ** 2])
    found = poisson(np.array(counts), np.zeros(len(counts)), design, np.arange(len(counts)))
    assert np.isnan(found.coefficients).all()
    assert found.reason in {"no_variation", "collinear"}


def test_length_of_stay_in_arizona_has_the_coefficients_that_funnelplotr_prints():
    stays = pl.read_csv(DATA.parents[1] / "funnel_medpar" / "medpar.csv", schema_overrides={"provnum": pl.String})
    kinds = [(stays["type"] == kind).cast(pl.Float64).to_numpy() for kind in (2, 3)]
    plain = [stays[name].cast(pl.Float64).to_numpy() for name in ("hmo", "died", "age80")]
    design = np.column_stack([np.ones(stays.height), *plain, *kinds])
    counts = stays["los"].cast(pl.Float64).to_numpy()
    found = poisson(counts, np.zeros(counts.size), design, np.arange(counts.size))
    printed = [2.26875, -0.07637, -0.24574, -0.02141, 0.24921, 0.74869]
    assert [round(float(one), 5) for one in found.coefficients] == printed
    errors = [round(float(one), 5) for one in np.sqrt(np.diag(found.covariance))]
    assert errors == [0.01246, 0.02393, 0.01826, 0.0205, 0.02099, 0.02627]
    assert round(found.deviance, 1) == 7977.7
    assert found.dispersion == pytest.approx(6.240519, rel=4e-6)
