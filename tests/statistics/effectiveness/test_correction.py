"""Domain E2: a true yield of .10 that looks like .63."""

import pytest

from meos_pipeline.statistics.methods.coverage_correction import (
    corrected_yield,
    likely_range,
    tipping_dependence,
    worst_case,
)

TRUE, WITH, WITHOUT = 0.10, 0.9, 0.06
COVERAGE = TRUE * WITH + (1 - TRUE) * WITHOUT
OBSERVED = TRUE * WITH / COVERAGE


def test_the_example_of_the_specification():
    assert pytest.approx((0.625, 0.144)) == (OBSERVED, COVERAGE)
    assert float(corrected_yield(OBSERVED, WITH / WITHOUT)) == pytest.approx(0.10)
    assert [float(bound) for bound in worst_case(OBSERVED, COVERAGE)] == pytest.approx([0.09, 0.946])
    assert [float(bound) for bound in likely_range(OBSERVED, COVERAGE, 15)] == pytest.approx([0.09, 0.625])


def test_at_the_tipping_point_the_corrected_yield_is_the_threshold():
    assert float(corrected_yield(0.4, tipping_dependence(0.4, 0.2))) == pytest.approx(0.2)


@pytest.mark.parametrize("observed", [0.0, 1.0])
def test_no_hits_and_all_hits_stay_what_they_are(observed):
    assert float(corrected_yield(observed, 3.0)) == observed
