"""The threshold test's sampler: its gradient, and Rhode Island's published thresholds."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.methods.threshold import NORMAL, PUBLISHED_BETA, Decisions, _Model, sample

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


@pytest.mark.slow
def test_rhode_island_has_its_published_thresholds():
    """18 cells within 0.003 of Pierson et al. (arXiv:1706.05678), with their model and priors.

    A Stan refit of four times 2,500 draws comes within 0.0005. Ours, 48 chains of 130 draws, lies 0.0008 above it on
    average and 0.0022 at most. More draws do not bring it nearer than that: two runs of 48 chains of a thousand draws
    (15 CPU minutes each, R-hat 1.007 and 1.004) lie 0.0005 and 0.0008 above on average, 0.0014 and 0.0018 at most.
    """
    decisions, rows = _rhode_island()
    found = sample(decisions, family="beta", priors=PUBLISHED_BETA, seed=1, draws=130)
    means = found.cells.mean(axis=0)
    print(
        f"largest difference {np.abs(means - rows['published_threshold'].to_numpy()).max():.5f} R-hat {found.largest_rhat:.4f}"
    )
    assert found.largest_rhat < 1.05
    assert means == pytest.approx(rows["published_threshold"].to_numpy(), abs=0.003)
    assert found.cells.std(axis=0) == pytest.approx(rows["stan_sd"].to_numpy(), rel=0.10)
