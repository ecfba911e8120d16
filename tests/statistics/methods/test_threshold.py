"""The threshold test's sampler: its gradient, and Rhode Island's published thresholds."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.methods.threshold import NORMAL, PUBLISHED_BETA, Decisions, _Model, _whiten, sample

DATA = Path(__file__).parents[2] / "data" / "opp_threshold" / "stan_refit_RI.csv"


def _rhode_island() -> tuple[Decisions, pl.DataFrame]:
    rows = pl.read_csv(DATA)
    places, groups = rows["location"].unique(maintain_order=True).to_list(), ["white", "black", "hispanic"]
    return Decisions(
        place=np.array([places.index(name) for name in rows["location"]]),
        group=np.array([groups.index(name) for name in rows["race"]]),
        exposed=rows["num_stops"].cast(pl.Float64).to_numpy(),
        chosen=rows["num_searches"].cast(pl.Float64).to_numpy(),
        hits=rows["num_hits"].cast(pl.Float64).to_numpy(),
    ), rows


@pytest.mark.parametrize(("family", "priors"), [("beta", PUBLISHED_BETA), ("normal", NORMAL)])
def test_the_gradient_is_that_of_the_density(family, priors):
    model = _Model(_rhode_island()[0], family, priors)
    rng = np.random.default_rng(1)
    at = rng.normal(0, 0.1, model.dimension)
    at[: model.groups], at[model.bounds[1] : model.bounds[2]], at[model.bounds[2] : model.bounds[3]] = 0.2, -1.5, -2.5
    at[model.bounds[3] : model.bounds[4]], at[model.bounds[6] :] = 0.8, rng.normal(0, 1, model.cells)
    steps = np.eye(model.dimension) * 1e-5
    numeric = (model.density(at + steps)[0] - model.density(at - steps)[0]) / 2e-5
    analytic = model.density(at[None, :])[1][0]
    assert analytic == pytest.approx(numeric, rel=2e-3, abs=2e-1)


@pytest.mark.parametrize(("family", "priors"), [("beta", PUBLISHED_BETA), ("normal", NORMAL)])
def test_the_three_outcomes_of_a_decision_have_probabilities_that_sum_to_one(family, priors):
    model = _Model(_rhode_island()[0], family, priors)
    hit, miss, rest = model.signal(np.array([[-2.0]]), np.array([[0.6]]), np.array([[-0.8]]))
    assert (hit + miss + rest).item() == pytest.approx(1.0)
    assert min(hit.item(), miss.item(), rest.item()) > 0


def test_rhode_island_has_its_published_search_and_hit_rates():
    _, rows = _rhode_island()
    searched, found = rows["num_searches"] / rows["num_stops"], rows["num_hits"] / rows["num_searches"]
    assert searched.to_numpy() == pytest.approx(rows["published_search_rate"].to_numpy(), rel=5e-6)
    assert found.to_numpy() == pytest.approx(rows["published_hit_rate"].to_numpy(), rel=5e-6)


@pytest.mark.parametrize("group", [0, 1, 2])
def test_paths_are_the_same_in_a_world_and_its_mirror_image(group):
    """Else one half of the posterior is left more easily than the other, and thresholds come out too high."""
    model = _Model(_rhode_island()[0], "normal", NORMAL)
    _, root = _whiten(model)
    mirror = np.where(model.mirrored_with() == group, -1.0, 1.0)
    covariance = root @ root.T
    assert mirror[:, None] * covariance * mirror == pytest.approx(covariance)


def test_a_spread_drawn_anew_leaves_thresholds_in_place_and_has_either_sign():
    model = _Model(_rhode_island()[0], "beta", PUBLISHED_BETA)
    rng = np.random.default_rng(1)
    before = np.tile(rng.normal(0, 0.3, model.dimension), (200, 1))
    after = model.redrawn_spread(before, rng)
    assert model.thresholds(after) == pytest.approx(model.thresholds(before))
    assert (after[:, : model.groups] > 0).mean(axis=0) == pytest.approx(0.5, abs=0.15)
    assert (np.abs(after[:, : model.groups]).std(axis=0) > 0).all()


@pytest.mark.slow
def test_rhode_island_has_its_published_thresholds():
    """18 cells within 0.001 of Pierson et al. (arXiv:1706.05678), with their model and priors.

    A Stan refit of four times 2,500 draws comes within 0.0005. Takes some five CPU minutes.
    """
    decisions, rows = _rhode_island()
    found = sample(decisions, family="beta", priors=PUBLISHED_BETA, seed=1, draws=300)
    means = found.cells.mean(axis=0)
    away = means - rows["published_threshold"].to_numpy()
    print(f"largest {np.abs(away).max():.5f} mean {away.mean():+.5f} R-hat {found.largest_rhat:.4f}")
    assert found.largest_rhat < 1.05
    assert means == pytest.approx(rows["published_threshold"].to_numpy(), abs=0.001)
    assert found.cells.std(axis=0) == pytest.approx(rows["stan_sd"].to_numpy(), rel=0.10)
