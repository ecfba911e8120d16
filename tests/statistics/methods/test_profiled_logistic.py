"""Fits on cells are fits on rows, with one team and with two hundred."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meos_pipeline.statistics.methods.profiled_logistic import codes, fit


def _rows(teams: int, rows: int, days: int, seed: int = 7):
    rng = np.random.default_rng(seed)
    team, day = rng.integers(0, teams, rows), rng.integers(0, days, rows)
    design = np.column_stack([rng.integers(0, 2, rows), rng.integers(0, 6, rows) / 5, rng.integers(0, 2, rows)]).astype(
        float
    )
    linear = (
        -0.8
        - 0.13 * design[:, 0]
        + 0.4 * design[:, 1]
        + rng.normal(0, 0.3, teams)[team]
        + rng.normal(0, 0.4, days)[day]
    )
    events = (rng.random(rows) < 1 / (1 + np.exp(-linear))).astype(float)
    return team, day, design, events


def _cells(keys: np.ndarray, events: np.ndarray):
    profile, inverse = np.unique(keys, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    return profile, np.bincount(inverse, weights=events), np.bincount(inverse).astype(float)


def _errors(covariance: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(covariance))


def _statsmodels(events, design, team, teams, **options):
    import statsmodels.api as sm

    model = sm.GLM(events, np.column_stack([design, np.eye(teams)[team]]), family=sm.families.Binomial())
    return model.fit(tol=1e-13, tol_criterion="params", **options)


def test_estimates_and_model_errors_on_coarse_cells_equal_those_on_rows():
    team, _, design, events = _rows(8, 20_000, 300)
    theirs = _statsmodels(events, design, team, 8)
    profile, successes, total = _cells(np.column_stack([design, team]), events)
    ours = fit(successes, total, profile[:, :3], profile[:, 3].astype(np.int64))
    assert len(profile) < 200
    assert ours.coefficients == pytest.approx(theirs.params[:3], abs=1e-8)
    assert ours.intercepts == pytest.approx(theirs.params[3:], abs=1e-8)
    assert _errors(ours.covariance) == pytest.approx(theirs.bse[:3], abs=1e-7)
    assert _errors(ours.intercept_covariance()) == pytest.approx(theirs.bse[3:], abs=1e-7)


def test_cluster_robust_errors_on_cells_equal_those_on_rows():
    team, day, design, events = _rows(8, 20_000, 300)
    cluster = team * 1000 + day
    theirs = _statsmodels(
        events, design, team, 8, cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False}
    )
    profile, successes, total = _cells(np.column_stack([design, team, day]), events)
    ours = fit(successes, total, profile[:, :3], profile[:, 3].astype(np.int64))
    clusters = np.unique(cluster).size
    robust = ours.clustered((profile[:, 3] * 1000 + profile[:, 4]).astype(np.int64))
    assert _errors(robust) == pytest.approx(theirs.bse[:3] * np.sqrt(clusters / (clusters - 1)), abs=1e-7)


def test_two_hundred_teams_profiled_out_equal_two_hundred_columns():
    team, _, design, events = _rows(200, 8_000, 300)
    whole = np.column_stack([design, np.eye(200)[team]])
    beta = np.zeros(whole.shape[1])
    for _ in range(12):
        share = 1 / (1 + np.exp(-whole @ beta))
        information = whole.T @ (whole * (share * (1 - share))[:, None])
        beta += np.linalg.solve(information, whole.T @ (events - share))
    profile, successes, total = _cells(np.column_stack([design, team]), events)
    ours = fit(successes, total, profile[:, :3], profile[:, 3].astype(np.int64))
    assert ours.coefficients == pytest.approx(beta[:3], abs=1e-8)
    assert ours.intercepts == pytest.approx(beta[3:], abs=1e-8)
    covariance = np.linalg.inv(information)
    assert _errors(ours.covariance) == pytest.approx(_errors(covariance)[:3], abs=1e-7)
    assert _errors(ours.intercept_covariance()) == pytest.approx(_errors(covariance)[3:], abs=1e-7)


def test_splitting_a_cell_or_adding_an_empty_one_changes_nothing():
    team, _, design, events = _rows(3, 2_000, 30)
    whole = fit(events, np.ones(events.size), design, team)
    empty = fit(
        np.append(events, 0.0),
        np.append(np.ones(events.size), 0.0),
        np.vstack([design, [[9, 9, 9]]]),
        np.append(team, 0),
    )
    assert empty.coefficients == pytest.approx(whole.coefficients, abs=1e-9)


def test_a_stratum_without_both_outcomes_says_nothing_and_leaves_the_others_alone():
    team, _, design, events = _rows(3, 3_000, 30)
    events = np.where(team == 2, 1.0, events)
    ours = fit(events, np.ones(events.size), design, team)
    rest = fit(events[team < 2], np.ones((team < 2).sum()), design[team < 2], team[team < 2])
    assert np.isnan(ours.intercepts[2])
    assert ours.coefficients == pytest.approx(rest.coefficients, abs=1e-9)


@pytest.mark.parametrize(
    ("events", "design", "reason"),
    [
        ([0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], "separation"),
        ([0, 1, 0, 1, 0, 1], [1, 1, 1, 1, 1, 1], "collinear"),
        ([0, 0, 0, 0, 0, 0], [0, 1, 0, 1, 0, 1], "no_variation"),
        ([], [], "no_variation"),
    ],
)
def test_what_has_no_estimate_says_why_and_gives_nan(events, design, reason):
    events, column = np.array(events, dtype=float), np.array(design, dtype=float)
    repeated, X = np.repeat(events, 200), np.repeat(column, 200)[:, None]
    found = fit(repeated, np.ones(repeated.size), X, np.zeros(repeated.size, dtype=np.int64))
    assert found.reason == reason
    assert np.isnan(found.coefficients).all()


def test_toronto_arrests_have_the_coefficients_that_fox_prints():
    """Release without summons: Fox, Journal of Statistical Software 8(15), 2003, with colour crossing year and age."""
    rows = pl.read_csv(Path(__file__).parents[2] / "data" / "cmh_tables" / "toronto_arrests.csv")
    white = (rows["colour"] == "White").cast(pl.Float64).to_numpy()
    years = np.column_stack([(rows["year"] == year).cast(pl.Float64).to_numpy() for year in range(1998, 2003)])
    age = rows["age"].cast(pl.Float64).to_numpy()
    employed, citizen = ((rows[name] == "Yes").cast(pl.Float64).to_numpy() for name in ("employed", "citizen"))
    checks = rows["checks"].cast(pl.Float64).to_numpy()
    design = np.column_stack([employed, citizen, checks, white, years, age, white[:, None] * years, white * age])
    released = (rows["released"] == "Yes").cast(pl.Float64).to_numpy()
    found = fit(released, np.ones(rows.height), design, np.zeros(rows.height, dtype=np.int64))
    assert found.coefficients[:4] == pytest.approx([0.735064, 0.585984, -0.366642, 1.212517], abs=1e-6)
    assert [round(float(one), 3) for one in found.coefficients[:4]] == [0.735, 0.586, -0.367, 1.213]


@pytest.mark.parametrize("far", [0.0, 2_000.0])
def test_a_fit_on_patterns_of_covariates_equals_one_with_a_row_for_each_cell(far: float):
    team, day, design, events = _rows(8, 20_000, 300)
    profile, successes, total = _cells(np.column_stack([design, team, day]), events)
    strata, cluster = (
        profile[:, 3].astype(np.int64)[::-1],
        (profile[:, 3] * 1000 + profile[:, 4]).astype(np.int64)[::-1],
    )
    covariates = profile[::-1, :3] + far
    patterns, pattern = np.unique(covariates, axis=0, return_inverse=True)
    cells = (successes[::-1], total[::-1])
    narrow, wide = fit(*cells, patterns, strata, pattern.reshape(-1)), fit(*cells, covariates, strata)
    assert len(patterns) < 30
    assert narrow.coefficients == pytest.approx(wide.coefficients, rel=1e-10)
    assert narrow.intercepts == pytest.approx(wide.intercepts, rel=1e-9)
    assert narrow.condition == pytest.approx(wide.condition, rel=1e-8)
    assert narrow.covariance == pytest.approx(wide.covariance, rel=1e-8)
    assert narrow.clustered(cluster) == pytest.approx(wide.clustered(cluster), rel=1e-8)
    assert narrow.intercept_covariance() == pytest.approx(wide.intercept_covariance(), rel=1e-6)
    # Covariates far from zero are no other covariates.
    near = fit(*cells, covariates - far, strata)
    assert wide.coefficients == pytest.approx(near.coefficients, rel=1e-9)
    assert wide.clustered(cluster) == pytest.approx(near.clustered(cluster), rel=1e-7)


@given(st.lists(st.one_of(st.integers(-50, 50), st.integers(-(10**12), 10**12)), max_size=60))
def test_codes_are_those_of_a_sort(values: list[int]):
    found, place = codes(np.array(values, dtype=np.int64))
    distinct, expected = np.unique(np.array(values, dtype=np.int64), return_inverse=True)
    assert found.tolist() == distinct.tolist()
    assert place.tolist() == expected.tolist()
