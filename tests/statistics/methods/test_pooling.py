import numpy as np
import pytest

from meos_pipeline.statistics.methods.pooling import pool_binomial, pool_normal

KIND = {"confidence_level": 0.95, "relevant": np.log(1.1), "equivalent": np.log(1.25)}


SCHOOLS = np.array([28, 8, -3, 7, -1, 1, 18, 12]) / 40, np.array([15, 10, 16, 11, 9, 11, 10, 18]) / 40
"""Gelman et al. (2013) table 5.2, divided by 40: the grid is for logarithms of ratios."""


def _integrated() -> tuple[float, float, np.ndarray]:
    """Posterior means of μ, τ and the schools with μ integrated by hand (ibid. 5.20-5.21) and τ by quadrature."""
    y, s = SCHOOLS
    tau = np.linspace(1e-9, 2, 20_001)[:, None]
    weight = 1 / (s**2 + tau**2)
    mean = (weight * y).sum(1) / weight.sum(1)
    log = 0.5 * (np.log(weight).sum(1) - np.log(weight.sum(1)) - (weight * (y - mean[:, None]) ** 2).sum(1))
    density = np.exp(log - log.max())
    density /= density.sum()
    drawn = (y / s**2 + mean[:, None] / tau**2) / (1 / s**2 + 1 / tau**2)
    return float(density @ mean), float(density @ tau[:, 0]), density @ drawn


def test_eight_schools_are_pooled_as_integration_says():
    mu, tau, schools = _integrated()
    assert (round(mu * 40, 2), round(tau * 40, 2)) == (7.93, 6.57)
    pooled = pool_normal(*SCHOOLS, **KIND)
    assert pooled.mu * 40 == pytest.approx(mu * 40, abs=0.06)
    assert pooled.tau * 40 == pytest.approx(tau * 40, abs=0.15)
    assert pooled.mean * 40 == pytest.approx(schools * 40, abs=0.12)


def test_two_likelihoods_agree_where_counts_are_large():
    k, n = np.array([2000, 2200, 1900, 2100, 2050, 1980]), np.full(6, 10_000_000)
    share = pool_binomial(k, n, **KIND)
    normal = pool_normal(np.log(k / n), 1 / np.sqrt(k), **KIND)
    assert normal.mean == pytest.approx(share.mean, abs=1e-3)
    assert normal.sd == pytest.approx(share.sd, rel=0.05)


def test_an_offset_moves_nothing_but_the_scale():
    k, n = np.array([30, 50, 40, 35, 45, 60]), np.full(6, 200)
    plain, moved = pool_binomial(k, n, **KIND), pool_binomial(k, n, offset=0.7, **KIND)
    assert moved.mean == pytest.approx(plain.mean - 0.7, abs=0.01)
    assert moved.above == pytest.approx(plain.above, abs=0.01)


@pytest.mark.parametrize(("k", "n"), [([0] * 6, [50] * 6), ([50] * 6, [50] * 6), ([0, 50, 0, 50, 0, 50], [50] * 6)])
def test_no_hits_and_all_hits_stay_finite(k, n):
    pooled = pool_binomial(k, n, **KIND)
    for values in (pooled.mean, pooled.sd, pooled.lower, pooled.upper, pooled.above):
        assert np.isfinite(values).all()
    assert (pooled.lower <= pooled.mean).all()
    assert (pooled.mean <= pooled.upper).all()


def test_a_team_with_little_is_drawn_to_the_mean_and_one_with_much_is_not():
    pooled = pool_binomial([2, 200, 40, 41, 39, 42, 38], [4, 400, 200, 200, 200, 200, 200], **KIND)
    assert pooled.mean[0] < pooled.mean[1]
    assert pooled.sd[0] > pooled.sd[1]
    assert pooled.higher[1] > 0.95
