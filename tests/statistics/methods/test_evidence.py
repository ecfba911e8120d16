"""The posterior of coverage: published registers, laws of the draws, and small worlds with a known truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import simulations_evidence as worlds
from meos_pipeline.statistics.methods import evidence as e
from meos_pipeline.statistics.methods.evidence_grid import Prior, Sheets, draw_paths, over_sheets

DATA = Path(__file__).parents[2] / "data"


def sheets(counts=(), *, quarter=0, register=None, weight=1.0, gates=()):
    """Sheets drawn as 'seen with, recorded with, seen without, recorded without'."""
    table = np.array(counts, dtype=np.int64).reshape(-1, 4)
    return Sheets(
        quarter=np.full(len(table), quarter, dtype=np.int64),
        seen_with=table[:, 0],
        recorded_with=table[:, 1],
        seen_without=table[:, 2],
        recorded_without=table[:, 3],
        weight=np.full(len(table), weight),
        register=register,
        gates=frozenset(gates),
    )


def coverage(team, *, prior=None, quarters=1, draws=2_000, seed=1):
    """Draws of coverage without and with a result, of each quarter."""
    paths, _ = draw_paths([team], quarters, prior=prior or Prior(), draws=draws, seed=seed)
    one = paths[0]
    return over_sheets(one.without_result, one.habit), over_sheets(one.without_result + one.difference, one.habit)


@pytest.mark.parametrize(
    "row",
    [
        row
        for row in pl.read_csv(DATA / "capture_recapture" / "two_source_published.csv").iter_rows(named=True)
        if row["method"] == "petersen"
    ],
)
def test_registers_that_do_not_depend_give_the_published_number(row):
    independent = Prior(
        register=(0.0, 0.3),
        without_result=(0.0, 3.0),
        spread_without=(3.0, (3.0, 4.0)),
        difference=(0.0, 0.01),
        spread_difference=(0.01, (0.01, 0.02)),
        habit=(0.0,),
    )
    team = sheets(register=(float(row["n2"]), float(row["m2"]), float(row["n2"]), float(row["m2"])))
    without, _ = coverage(team, prior=independent)
    assert row["n1"] / np.median(without) == pytest.approx(row["published_N"], rel=0.03)


def test_without_sheets_nothing_is_learnt_and_no_direction_is_favoured():
    without, with_result = coverage(sheets())
    assert np.quantile(without, 0.025) < 0.25
    assert np.quantile(without, 0.975) > 0.85
    assert np.mean(with_result > without) == pytest.approx(0.5, abs=0.05)


def test_many_checks_on_many_sheets_give_the_share_that_was_recorded():
    without, with_result = coverage(sheets([(5, 4, 20, 9)] * 120))
    assert np.median(without) == pytest.approx(0.45, abs=0.02)
    assert np.median(with_result) == pytest.approx(0.80, abs=0.03)
    assert np.quantile(without, 0.975) - np.quantile(without, 0.025) < 0.06


def test_sheets_that_differ_from_each_other_are_worth_fewer_checks():
    def width(table):
        without, _ = coverage(sheets(table))
        return np.quantile(without, 0.975) - np.quantile(without, 0.025)

    assert width([(0, 0, 10, 10), (0, 0, 10, 2)] * 15) > 1.3 * width([(0, 0, 10, 6)] * 30)


def test_a_sheet_that_counts_half_is_half_a_sheet():
    half, _ = coverage(sheets([(0, 0, 12, 8)] * 20, weight=0.5), prior=Prior(habit=(0.0,)))
    fewer, _ = coverage(sheets([(0, 0, 12, 8)] * 10), prior=Prior(habit=(0.0,)))
    assert np.quantile(half, [0.025, 0.5, 0.975]) == pytest.approx(np.quantile(fewer, [0.025, 0.5, 0.975]), abs=0.01)


def test_the_same_seed_gives_the_same_draws():
    team = sheets([(2, 2, 8, 5)] * 12)
    assert np.array_equal(coverage(team)[0], coverage(team)[0])
    assert not np.array_equal(coverage(team)[0], coverage(team, seed=2)[0])


def test_teams_learn_from_each_other():
    few, many = sheets([(1, 1, 4, 3)] * 3), sheets([(2, 2, 8, 5)] * 60)
    alone, _ = draw_paths([few], 1, prior=Prior(), draws=1_000, seed=1)
    together, _ = draw_paths([few, many, many, many], 1, prior=Prior(), draws=1_000, seed=1)
    assert together[0].without_result.std() < 0.8 * alone[0].without_result.std()


def test_coverage_follows_a_jump_where_an_agreement_begins_and_drifts_elsewhere():
    def last(gates):
        before, after = sheets([(1, 1, 6, 3)] * 20), sheets([(1, 1, 6, 5)] * 20)
        both = replace(
            before,
            quarter=np.repeat([0, 1], 20).astype(np.int64),
            **{
                name: np.concatenate([getattr(before, name), getattr(after, name)])
                for name in ("seen_with", "recorded_with", "seen_without", "recorded_without", "weight")
            },
            gates=frozenset(gates),
        )
        without, _ = coverage(both, quarters=2)
        return float(np.median(without[:, 1] - without[:, 0]))

    assert last({1}) > last(()) + 0.05
    assert last({1}) == pytest.approx(2 / 6, abs=0.08)


def _window(with_result, without_result, *, g=0.0):
    made = worlds.World(with_result=with_result, without_result=without_result, teams=1, seen=60)
    return worlds.seen_through(np.random.default_rng(3), made, observer_share=g)[0][0].window(0, 3)


@settings(derandomize=True, deadline=None, max_examples=12)
@given(st.floats(0.1, 0.95), st.floats(0.1, 0.95), st.sampled_from([0.0, 0.3]))
def test_a_draw_has_a_lower_yield_than_recorded_exactly_when_results_are_recorded_more_often(with_, without, g):
    window = _window(with_, without, g=g)
    assert np.array_equal(window.corrected_yield < window.recorded_yield, window.with_result > window.without_result)
    low, high = window.coverage * window.recorded_yield, 1 - window.coverage * (1 - window.recorded_yield)
    assert ((low <= window.corrected_yield + 1e-9) & (window.corrected_yield <= high + 1e-9)).all()


def test_ten_of_a_hundred_that_look_like_sixty_three():
    """Results recorded in 90 of 100, others in 6: a recorded yield of .625 is a yield of .10."""
    exact = e.Totals(
        recorded_with=np.array([90.0]),
        recorded_without=np.array([54.0]),
        all_with=np.array([100.0]),
        all_without=np.array([900.0]),
    )
    assert float(exact.recorded_yield[0]) == 0.625
    assert float(exact.corrected_yield[0]) == 0.10
    assert float(exact.coverage[0]) == pytest.approx(0.144)
    assert e.outer_bound(exact, exact, exact, 0.95) == pytest.approx((0.09, 0.946))
    # Sixteen results were left empty: at the same coverages they are 16 / .9 checks with one, or 16 / .06 without.
    fewest, most = (exact.filled(16, with_result=answer) for answer in (False, True))
    assert float(most.corrected_yield[0]) == pytest.approx((100 + 16 / 0.9) / (1000 + 16 / 0.9))
    assert float(fewest.corrected_yield[0]) == pytest.approx(100 / (1000 + 16 / 0.06))
    assert (float(fewest.recorded_yield[0]), float(most.recorded_yield[0])) == (90 / 160, 106 / 160)
    assert e.outer_bound(exact, fewest, most, 0.95) == pytest.approx((0.144 * 90 / 160, 1 - 0.144 * 54 / 160))


def _ratio(*values):
    ones = np.ones(len(values))
    return e.Totals(recorded_with=np.array(values) * 0.5, recorded_without=ones * 0.5, all_with=ones, all_without=ones)


@pytest.mark.parametrize(
    ("draws", "said"),
    [
        ([1.5] * 96 + [0.8] * 4, e.Direction.TOO_HIGH),
        ([1.5] * 94 + [0.8] * 6, e.Direction.UNKNOWN),
        ([0.5] * 96 + [1.2] * 4, e.Direction.TOO_LOW),
        ([1.02] * 96 + [1.2] * 4, e.Direction.ALIKE),
        ([1.02] * 50 + [0.98] * 50, e.Direction.ALIKE),
        ([1.5] * 50 + [0.6] * 50, e.Direction.UNKNOWN),
    ],
)
def test_the_rule_of_the_direction(draws, said):
    assert e.direction(_ratio(*draws), certain=0.95, alike_ratio=1.1, alike=0.95) is said


def test_what_was_watched_into_recording_is_taken_off():
    window, less = _window(0.9, 0.6), _window(0.9, 0.6, g=0.3)
    assert np.median(less.without_result) == pytest.approx((np.median(window.without_result) - 0.3) / 0.7, abs=0.04)
    assert np.median(less.corrected_yield) < np.median(window.corrected_yield)


HALF_OF_THE_THIRD = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0.5], [0, 0, 0.5]])


@pytest.mark.parametrize(
    ("lengths", "first", "quarters", "before", "after"),
    [
        (np.eye(5), 3, 4, [1 / 3, 1 / 3, 1 / 3, 0, 0], [0, 0, 0, 0.5, 0.5]),
        (np.eye(5), 3, 1, [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]),
        (HALF_OF_THE_THIRD, 3, 4, [0.4, 0.4, 0.2, 0], [0, 0, 0, 1]),
        (HALF_OF_THE_THIRD, 3, 2, [0, 2 / 3, 1 / 3, 0], [0, 0, 0, 1]),
    ],
    ids=["a quarter begins", "one on either side", "inside a quarter", "its part counts as one"],
)
def test_no_step_is_before_and_after(lengths, first, quarters, before, after):
    assert [side.tolist() for side in e.around(lengths, first, quarters=quarters)] == [
        pytest.approx(before),
        pytest.approx(after),
    ]


def test_a_quarter_whose_records_are_not_shown_counts_for_nothing():
    paths, _ = draw_paths([sheets([(2, 2, 8, 5)] * 20)], 2, prior=Prior(), draws=500, seed=1)
    counts = e.Recorded(
        with_result=np.array([0.0, 50.0]), without_result=np.array([0.0, 200.0]), noise=np.array([0.0, 12.0])
    )
    watched = e.quantities(paths[0], counts, observer_share=0.0, seed=1)
    assert not watched.totals.all_with[:, 0].any()
    assert np.array_equal(watched.window(0, 1).all_without, watched.window(1, 1).all_without)


@pytest.mark.parametrize(
    ("world", "side", "often"),
    [
        (worlds.EQUAL, "too_high", (0.0, 0.15)),
        (worlds.EQUAL, "too_low", (0.0, 0.15)),
        (replace(worlds.APART, seen=60.0), "too_high", (0.8, 1.0)),
        (replace(worlds.APART, with_result=0.57, without_result=0.85, seen=120.0), "too_low", (0.8, 1.0)),
    ],
)
def test_small_worlds_keep_what_the_appendix_promises(world, side, often):
    found = worlds.measured(np.random.default_rng(11), 6, world)
    assert often[0] <= found[side] <= often[1]
    assert found["contradictions"] == 0
    assert min(found[f"cover {name}"] for name in worlds.MEASURES) >= 0.8
    assert found["width coverage"] < 0.27
