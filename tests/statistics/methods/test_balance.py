"""Entropy balancing: what it reaches, and that it says when it does not."""

import numpy as np
import pytest

from meos_pipeline.statistics.methods.balance import entropy_balance


def _comparison(seed: int = 1, cells: int = 60):
    rng = np.random.default_rng(seed)
    design = np.column_stack([rng.integers(0, 2, cells), rng.normal(size=cells), rng.integers(0, 3, cells) == 1])
    return design.astype(float), rng.integers(20, 200, cells).astype(float)


def test_the_weighted_means_are_those_of_the_team():
    design, counts = _comparison()
    target = np.array([0.7, 0.3, 0.2])
    balance = entropy_balance(design, counts, target)
    assert balance.weights @ design == pytest.approx(target, abs=1e-6)
    assert balance.weights.sum() == pytest.approx(1.0)
    assert balance.comparable


def test_a_target_that_already_holds_leaves_the_counts_as_they_are():
    design, counts = _comparison()
    balance = entropy_balance(design, counts, counts @ design / counts.sum())
    assert balance.weights == pytest.approx(counts / counts.sum())
    assert balance.effective == pytest.approx(counts.sum())


@pytest.mark.parametrize("target", [[0.5, 9.0, 0.3], [1.4, 0.0, 0.3], [0.5, 0.0, -0.4]])
def test_circumstances_that_no_other_team_has_are_not_comparable(target):
    design, counts = _comparison()
    balance = entropy_balance(design, counts, np.array(target))
    assert not balance.comparable
    assert np.isfinite(balance.weights).all()


def test_a_covariate_that_others_lack_altogether_is_not_comparable():
    design, counts = _comparison()
    design[:, 2] = 0.0
    assert entropy_balance(design, counts, np.array([0.5, 0.0, 0.3])).largest_difference == np.inf


def test_no_other_checks_are_not_comparable():
    design, counts = _comparison()
    assert not entropy_balance(design, np.zeros(counts.size), np.zeros(3)).comparable


def test_cells_without_checks_get_no_weight():
    design, counts = _comparison()
    counts[:10] = 0
    assert entropy_balance(design, counts, np.array([0.6, 0.1, 0.3])).weights[:10].sum() == 0
