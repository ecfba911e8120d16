"""The label rule against its table of operating characteristics (200,000 draws; specification 2.3)."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.methods.labels import Margins, comparison_label
from meos_pipeline.statistics.methods.power import checks_for_visible

MARGINS = Margins.of(Policy())
CLEAR = {Label.CLEARLY_HIGHER, Label.CLEARLY_LOWER}
INDICATION = {Label.INDICATION_HIGHER, Label.INDICATION_LOWER}


@pytest.mark.parametrize(
    ("odds", "se", "shares"),
    [
        (1.00, 0.05, (0.000, 0.005, 0.995, 0.000)),
        (1.00, 0.10, (0.004, 0.046, 0.444, 0.506)),
        (1.00, 0.28, (0.022, 0.028, 0.000, 0.950)),
        (1.10, 0.05, (0.025, 0.155, 0.820, 0.000)),
        (1.25, 0.08, (0.357, 0.439, 0.050, 0.154)),
        (1.35, 0.20, (0.173, 0.148, 0.000, 0.679)),
        (2.00, 0.28, (0.569, 0.128, 0.000, 0.303)),
    ],
)
def test_labels_occur_as_often_as_the_table_says(odds, se, shares):
    """Shares are those of clearly, indication, no relevant difference, undecided."""
    draws = math.log(odds) + se * np.random.default_rng(3).standard_normal(20_000)
    labels = [comparison_label(float(draw), se, MARGINS)[0] for draw in draws]
    found = [
        np.mean([label in CLEAR for label in labels]),
        np.mean([label in INDICATION for label in labels]),
        np.mean([label == Label.NO_RELEVANT_DIFFERENCE for label in labels]),
        np.mean([label == Label.UNDECIDED for label in labels]),
    ]
    assert found == pytest.approx(shares, abs=0.011)


@pytest.mark.parametrize(("estimate", "se"), [(0.0, 0.31), (math.nan, 0.1), (math.inf, 0.1), (0.1, math.nan)])
def test_too_few_is_said_before_anything_else(estimate, se):
    assert comparison_label(estimate, se, MARGINS)[0] == Label.TOO_FEW


def test_no_relevant_difference_is_impossible_above_a_standard_error_of_0_135():
    labels = {comparison_label(x, 0.1358, MARGINS)[0] for x in np.linspace(-1, 1, 401)}
    assert Label.NO_RELEVANT_DIFFERENCE not in labels


@pytest.mark.parametrize("se", [0.05, 0.15, 0.6])
def test_with_the_checks_that_are_named_the_fixed_difference_is_found_as_often_as_planned(se):
    policy = Policy()
    wanted = checks_for_visible(se, 400, policy)
    assert wanted is not None
    then = se * math.sqrt(400 / wanted)
    power = 1 - NormalDist().cdf(1.959964 - math.log(policy.visible_ratio) / then)
    assert power == pytest.approx(policy.planner_power, abs=0.01)


def test_where_residents_miss_more_than_the_difference_no_number_of_checks_shows_it():
    assert checks_for_visible(0.1, 400, Policy(), fixed_se=0.3) is None
    assert checks_for_visible(float("nan"), 400, Policy()) is None
