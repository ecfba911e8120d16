"""The robust test in fair and unfair worlds (statistics specification, table of D5)."""

import numpy as np
import pytest

from meos_pipeline.statistics.methods.robust_test import robust_test
from meos_pipeline.statistics.methods.stratified import risk_difference

FAIR, UNFAIR = 0.10, 0.06
"""Probability of a result from which an officer checks."""


def _world(rng, *, risk: float, threshold: float, signal: float, people: int):
    """People at risk, those checked and those with a result; the signal of the guilty lies ``signal`` higher."""
    guilty = rng.random(people) < risk
    seen = rng.normal(np.where(guilty, signal, 0.0), 1.0)
    odds = np.log(risk / (1 - risk)) + seen * signal - signal**2 / 2
    checked = odds > np.log(threshold / (1 - threshold))
    return float(people), float(checked.sum()), float((checked & guilty).sum())


def _test(seed: int, *, risk: float = 0.085, threshold: float = FAIR, signal: float = 1.5, overstated: float = 1.0):
    rng = np.random.default_rng(seed)
    everyone, checks, hits = _world(rng, risk=0.085, threshold=FAIR, signal=1.5, people=40_000)
    of_group, group_checks, group_hits = _world(rng, risk=risk, threshold=threshold, signal=signal, people=8_000)
    rate = np.log(group_checks / of_group / overstated) - np.log(checks / everyone)
    difference = risk_difference(np.array([[[group_hits, group_checks - group_hits], [hits, checks - hits]]]))
    return robust_test(
        float(rate), float(np.sqrt(1 / group_checks + 1 / checks)), difference.estimate, difference.error, tipping=1.0
    )


def _alarms(number: int = 60, **world) -> float:
    return float(np.mean([_test(seed, **world).lower_bar_for_group < 0.05 for seed in range(4_000, 4_000 + number)]))


@pytest.mark.parametrize("risk", [0.085, 0.14, 0.05])
def test_is_silent_in_fair_worlds_whatever_the_risk_of_the_group(risk):
    assert _alarms(risk=risk) <= 0.03


def test_speaks_when_the_bar_is_lower_for_the_group():
    assert _alarms(threshold=UNFAIR) >= 0.95


def test_misses_a_lower_bar_when_the_group_is_checked_less_all_the_same():
    assert _alarms(threshold=UNFAIR, risk=0.05) <= 0.05


def test_cannot_tell_a_lower_bar_from_a_poorer_signal():
    """The reason why it is no verdict: fair thresholds, less information about the group, and it speaks."""
    assert _alarms(signal=0.9) >= 0.9


def test_a_benchmark_that_overstates_the_group_silences_it():
    assert _alarms(threshold=UNFAIR, overstated=1.5) <= _alarms(threshold=UNFAIR)


def test_a_ratio_within_the_tipping_ratio_does_not_count_as_checked_more():
    near = robust_test(np.log(1.2), 0.01, -0.05, 0.005, tipping=1.3)
    far = robust_test(np.log(1.5), 0.01, -0.05, 0.005, tipping=1.3)
    assert near.lower_bar_for_group > 0.9
    assert far.lower_bar_for_group < 1e-6


def test_the_two_directions_mirror_each_other():
    one = robust_test(0.5, 0.1, -0.04, 0.01, tipping=1.3)
    other = robust_test(-0.5, 0.1, 0.04, 0.01, tipping=1.3)
    assert one.lower_bar_for_group == pytest.approx(other.lower_bar_for_reference)


def test_nan_stays_nan():
    assert np.isnan(robust_test(np.nan, np.nan, 0.1, 0.1, tipping=1.3).lower_bar_for_group)
