import json
import math
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.disclosure.gate import gate
from meos_pipeline.policy import Policy


def finding(**given):
    row = {
        "statistic": "veil",
        "version": 1,
        "method": "logistic",
        "team": "noord",
        "period_start": date(2025, 1, 1),
        "period_end": date(2025, 12, 31),
        "stratum": "",
        "group": "",
        "reference": "",
        "series": "",
        "unit": "ratio",
        "estimate": 1.23456,
        "lower": 1.01234,
        "upper": 1.54321,
        "events": 123,
        "n": 1234,
        "reference_events": 321,
        "reference_n": 3210,
        "label": "described",
        "label_reason": "",
        "caveats": [],
        "needed": None,
        "detail": json.dumps({"residual_dof": 50}),
    } | given
    return pl.DataFrame([row], schema=FINDINGS.schema, orient="row")


def only(frame):
    return frame.row(0, named=True)


def test_a_model_result_leaves_coarsely():
    passed = only(gate(finding(), Policy()))
    assert passed["estimate"] == pytest.approx(math.exp(0.21), rel=1e-5)
    assert (passed["events"], passed["n"], passed["reference_n"]) == (150, 1250, 3250)
    assert passed["label"] == "described"


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"events": 19}, "model_events"),
        ({"events": None}, "model_events"),
        ({"reference_events": 19}, "model_events"),
        ({"detail": json.dumps({"residual_dof": 9})}, "model_residual_dof"),
        ({"detail": "{}"}, "model_residual_dof"),
        ({"detail": json.dumps({"residual_dof": "many"})}, "model_residual_dof"),
        ({"detail": json.dumps({"residual_dof": True})}, "model_residual_dof"),
    ],
)
def test_what_rests_on_too_little_or_does_not_say_is_kept_back_without_any_number(given_, reason):
    kept = only(gate(finding(**given_), Policy()))
    numbers = ("estimate", "lower", "upper", "events", "n", "reference_events", "reference_n", "needed")
    assert [kept[name] for name in numbers] == [None] * len(numbers)
    assert (kept["label"], kept["label_reason"], kept["detail"]) == ("withheld", reason, "{}")


@pytest.mark.parametrize(
    "given_", [{"events": 20}, {"reference_events": 20}, {"reference_events": None}, {"detail": '{"residual_dof": 10}'}]
)
def test_what_is_just_enough_passes(given_):
    assert only(gate(finding(**given_), Policy()))["label"] == "described"


def test_a_further_series_is_judged_by_what_its_result_says():
    further = {"series": "registration_low", "events": None, "reference_events": None, "n": None, "detail": "{}"}
    passed = gate(pl.concat([finding(), finding(**further)]), Policy())
    refused = gate(pl.concat([finding(events=19), finding(**further)]), Policy())
    assert passed["label"].to_list() == ["described", "described"]
    assert refused["label"].to_list() == ["withheld", "withheld"]


def test_covariances_and_likelihoods_do_not_pass():
    detail = {
        "residual_dof": 50,
        "covariance": [[1.0]],
        "log_likelihood": -3.21,
        "dispersion": 1.23456,
        "coefficients": [0.1234],
    }
    passed = json.loads(only(gate(finding(detail=json.dumps(detail)), Policy()))["detail"])
    assert passed == {"residual_dof": 50, "dispersion": 1.23}


def test_a_row_without_an_estimate_keeps_its_label_and_loses_its_counts():
    empty = {
        "estimate": None,
        "lower": None,
        "upper": None,
        "label": "missing_input",
        "label_reason": "population",
        "events": 3,
        "n": 17,
    }
    passed = only(gate(finding(**empty), Policy()))
    assert (passed["label"], passed["label_reason"], passed["events"], passed["n"]) == (
        "missing_input",
        "population",
        None,
        None,
    )


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.sampled_from(["ratio", "share", "minutes", "standard_deviations", "difference", "count"]),
    st.floats(0.001, 500) | st.floats(-1, 1),
    st.integers(0, 5000),
    st.integers(0, 30),
)
def test_passing_twice_is_passing_once(unit, estimate, events, dof):
    once = gate(
        finding(
            unit=unit,
            estimate=estimate,
            events=events,
            needed=7,
            detail=json.dumps({"residual_dof": dof, "dispersion": estimate}),
        ),
        Policy(),
    )
    assert gate(once, Policy()).equals(once)


def test_two_decimals_on_the_log_scale_leave_many_numerators():
    """Against the fact that four decimals and a standard error gave both numerators back, 12 of 12."""

    def result(a, b):
        return only(gate(finding(estimate=(a / 1500) / (b / 2600), events=a, reference_events=b), Policy()))

    shown = result(211, 324)
    same = [(a, b) for a in range(200, 225) for b in range(310, 340) if result(a, b)["estimate"] == shown["estimate"]]
    assert len(same) > 15


def test_five_numbers_of_officers_remain_possible_after_the_gate():
    """Two floors of neighbouring numbers would give one of five away: the count of officers and its degrees of freedom."""
    left: dict[str, set[int]] = {}
    for officers in range(11, 60):
        detail = json.dumps({"clusters": officers, "residual_dof": officers - 1, "design_effect": 1.4})
        (row,) = gate(finding(statistic="dossier_by_officer", events=100, n=250, detail=detail), Policy())["detail"]
        left.setdefault(row, set()).add(officers)
    assert min(len(possible) for possible in list(left.values())[1:-1]) == 5
