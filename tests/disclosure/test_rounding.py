import itertools
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.attack.bounds import Vector, bounds
from meos_pipeline.contracts.cells import PARTITIONS, PERIODS
from meos_pipeline.disclosure.rounding import offset, round_cells
from meos_pipeline.errors import DisclosureError

RESULT = PARTITIONS["result"].categories
# around the limits, where mistakes live
COUNTS = st.lists(st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 57, 1234]), min_size=8, max_size=8)
KEYS = st.binary(min_size=16, max_size=32)


def block(counts, *, partition="result", family="checks", start=date(2026, 1, 1)):
    return pl.DataFrame(
        {
            "team": "noord",
            "family": family,
            "period": "month",
            "period_start": start,
            "partition": partition,
            "category": list(PARTITIONS[partition].categories)[: len(counts)],
            "n_exact": counts,
        },
        schema_overrides={"period": PERIODS, "n_exact": pl.Int64},
    )


def released(counts, key, **options):
    return round_cells(block(counts, **options), rounding_key=key, base=5)["n_released"].to_list()


def by_offset(counts):
    """Released values per offset, from keys that give each of them."""
    found = {}
    number = 0
    while len(found) < 5:
        number += 1
        key = number.to_bytes(16, "big")
        u = offset(key, family="checks", team="noord", period="month", period_start=date(2026, 1, 1), base=5)
        found.setdefault(u, released(counts, key))
    return found


@settings(derandomize=True, deadline=None, max_examples=40)
@given(COUNTS, KEYS)
def test_released_cells_are_multiples_of_five_and_never_negative(counts, key):
    assert all(n % 5 == 0 and n >= 0 for n in released(counts, key))


@settings(derandomize=True, deadline=None, max_examples=40)
@given(COUNTS, KEYS)
def test_every_contiguous_run_is_within_four_and_exact_when_it_is_a_multiple_of_five(counts, key):
    n = released(counts, key)
    for first, last in itertools.combinations(range(9), 2):
        truth, shown = sum(counts[first:last]), sum(n[first:last])
        assert abs(shown - truth) <= 4
        if truth % 5 == 0:
            assert shown == truth


@settings(derandomize=True, deadline=None, max_examples=20)
@given(COUNTS)
def test_the_mean_over_the_five_offsets_is_exactly_the_truth(counts):
    found = by_offset(counts)
    assert [sum(found[u][place] for u in range(5)) for place in range(8)] == [5 * n for n in counts]


@settings(derandomize=True, deadline=None, max_examples=40)
@given(COUNTS, KEYS)
def test_at_least_five_true_counts_remain_possible_for_every_cell_and_the_truth_is_one(counts, key):
    vector = Vector(
        block=("noord", "month", "2026-01-01"),
        partition="result",
        categories=RESULT,
        released=tuple(released(counts, key)),
    )
    for truth, (low, high) in zip(counts, bounds(vector), strict=True):
        assert low <= truth <= high
        assert high - low >= 4


@settings(derandomize=True, deadline=None, max_examples=15)
@given(st.lists(st.integers(0, 7), min_size=3, max_size=3), KEYS)
def test_the_bounds_of_the_outsider_are_exactly_what_brute_force_finds(counts, key):
    start = date(2026, 1, 1)
    frame = block(counts, partition="own_area", start=start)
    shown = round_cells(frame, rounding_key=key, base=5)["n_released"].to_list()
    vector = Vector(
        block=("noord", "month", "2026-01-01"),
        partition="own_area",
        categories=PARTITIONS["own_area"].categories,
        released=tuple(shown),
    )

    def rounded(values, u):
        total, before, out = 0, 0, []
        for value in values:
            total += value
            now = 5 * ((total + u) // 5)
            out.append(now - before)
            before = now
        return out

    possible = [
        v for v in itertools.product(range(max(shown) + 10), repeat=3) for u in range(5) if rounded(v, u) == shown
    ]
    expected = [(min(v[place] for v in possible), max(v[place] for v in possible)) for place in range(3)]
    assert bounds(vector) == expected


def test_the_order_of_rows_and_a_second_run_change_nothing():
    counts = [3, 0, 14, 2, 2, 7, 1, 31]
    frame = block(counts)
    one = round_cells(frame, rounding_key=b"k" * 16, base=5)
    assert one.equals(round_cells(frame.reverse(), rounding_key=b"k" * 16, base=5))
    assert one.equals(round_cells(frame.sample(fraction=1, shuffle=True, seed=3), rounding_key=b"k" * 16, base=5))


def test_partitions_of_one_block_have_the_same_released_total():
    for number in range(25):
        key = number.to_bytes(16, "big")
        result = released([3, 0, 14, 2, 2, 7, 1, 4], key)
        dossier = released([29, 4], key, partition="dossier")
        proactive = released([33, 12, 1], key, partition="proactive")
        assert sum(result) == sum(dossier) == proactive[0]


def test_offsets_differ_between_teams_periods_months_populations_and_keys():
    base = {"family": "checks", "team": "noord", "period": "month", "period_start": date(2026, 1, 1), "base": 5}

    def several(change):
        return [offset(n.to_bytes(16, "big"), **{**base, **change}) for n in range(40)]

    rows = [
        several({}),
        several({"team": "oost"}),
        several({"period": "quarter"}),
        several({"period_start": date(2026, 2, 1)}),
        several({"family": "queries"}),
    ]
    assert len({tuple(row) for row in rows}) == len(rows)
    assert {u for row in rows for u in row} == {0, 1, 2, 3, 4}


def test_no_two_blocks_share_an_offset_text():
    """'ab' + 'c' and 'a' + 'bc' would be one block without the lengths."""
    keys = [n.to_bytes(16, "big") for n in range(60)]
    one = [offset(k, family="ab", team="c", period="month", period_start=date(2026, 1, 1), base=5) for k in keys]
    two = [offset(k, family="a", team="bc", period="month", period_start=date(2026, 1, 1), base=5) for k in keys]
    assert one != two


@pytest.mark.parametrize(
    ("counts", "key", "base", "message"),
    [
        ([1, 2], b"short", 5, "meos key new"),
        ([1, 2], b"k" * 16, 3, "floor of 5"),
        ([-1, 2], b"k" * 16, 5, "negative"),
        ([None, 2], b"k" * 16, 5, "no count"),
    ],
)
def test_refuses_what_would_not_protect(counts, key, base, message):
    with pytest.raises(DisclosureError, match=message):
        round_cells(block(counts), rounding_key=key, base=base)
