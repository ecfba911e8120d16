"""Longer periods: divided from what their months show (decision 8)."""

import random
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.contracts.cells import PARTITIONS, PERIODS
from meos_pipeline.disclosure.periods import FINE, round_periods
from meos_pipeline.disclosure.rounding import BLOCK, secret_number

QUARTER = {"team": "noord", "family": "checks", "period": "quarter", "period_start": date(2026, 1, 1)}
KINDS = PARTITIONS["shift_kind"].categories


def block(counts, partition="shift_kind"):
    categories = list(PARTITIONS[partition].categories)[: len(counts)]
    return pl.DataFrame(
        {**QUARTER, "partition": partition, "category": categories, "n_exact": counts},
        schema_overrides={"period": PERIODS, "n_exact": pl.Int64},
    )


def wanted(**totals):
    return (
        block([0])
        .select(BLOCK)
        .join(
            pl.DataFrame(
                {
                    "population": "proactive",
                    "run": ["" if run == "whole" else run for run in totals],
                    "n_total": list(totals.values()),
                },
                schema_overrides={"n_total": pl.Int64},
            ),
            how="cross",
        )
    )


def stretched(counts, total, u):
    """The formula in whole numbers, written anew; ``u`` in steps of 1 / FINE."""
    exact, so_far, before, out = sum(counts), 0, 0, []
    for at, n in enumerate(counts):
        so_far += n
        edge = 5 * ((so_far * total * FINE + u * exact) // (5 * FINE * exact)) if exact else 0
        edge = total if at == len(counts) - 1 else edge
        out.append(edge - before)
        before = edge
    return out


def test_parts_add_up_to_their_months_and_follow_the_formula():
    draw = random.Random(5)
    for _ in range(60):
        counts = [draw.choice([0, 0, 1, 3, 7, 40, 900]) for _ in KINDS]
        total = max(0, 5 * (sum(counts) // 5) + 5 * draw.randint(-2, 2))
        key = draw.randbytes(16)
        shown = round_periods(block(counts), wanted(whole=total), rounding_key=key, base=5)["n_released"].to_list()
        u = secret_number(key, "checks", "noord", "quarter", "2026-01-01", "shift_kind", "") % (5 * FINE)
        assert shown == stretched(counts, total, u)
        assert sum(shown) == total
        assert min(shown) >= 0


def test_stretched_parts_are_right_on_average():
    """Over all offsets the mean of a part is its share of the total: no category gains by being last."""
    counts, total = [3, 0, 41, 7, 1, 0, 12, 5], 75
    sums = [0] * 8
    for u in range(5 * FINE):
        sums = [a + b for a, b in zip(sums, stretched(counts, total, u), strict=True)]
    means = [n / (5 * FINE) for n in sums]
    assert means == pytest.approx([n * total / sum(counts) for n in counts], abs=0.005)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([0, 0, 5, 5, 10, 45, 500]), min_size=1, max_size=8), st.data())
def test_five_truths_fit_every_cell_of_a_run(shown, data):
    """What is released is a possible truth, and so are one to four records more in any one cell of every run."""
    total = sum(shown)
    place = data.draw(st.integers(0, len(shown) - 1))
    for more in range(5):
        u = -(-more * FINE * sum(shown[:place]) // max(total, 1))
        truth = [n + more * (at == place) for at, n in enumerate(shown)]
        assert u < 5 * FINE
        assert stretched(truth, total, u) == shown


def test_a_class_of_results_has_one_value_in_every_table_and_a_block_of_the_day_too():
    draw = random.Random(3)
    totals = {"strict": 45, "broad": 60, "none": 300, "unknown": 0}
    exact = {"strict": 48, "broad": 57, "none": 301, "unknown": 0}
    tables = [block([0] * len(PARTITIONS[name].categories), name) for name in ("reason_hit", "block_hit")]
    for at, table in enumerate(tables):
        counts = [0] * table.height
        for hit, n in exact.items():
            places = [place for place, name in enumerate(table["category"]) if name.endswith(f"|{hit}")]
            for place in draw.choices(places, k=n):
                counts[place] += 1
        tables[at] = table.with_columns(n_exact=pl.Series(counts))
    by_block = pl.col("category").str.split("|")
    blocks = tables[1].group_by(by_block.list.first()).agg(pl.col("n_exact").sum())
    days = block([0] * 49, "weekday_block").with_columns(block=by_block.list.last()).drop("n_exact")
    week = (
        days.join(blocks, left_on="block", right_on="category", how="left")
        .with_columns(n_exact=pl.when(pl.col("category").str.starts_with("3|")).then("n_exact").otherwise(0))
        .select(tables[0].columns)
    )
    frame = pl.concat([*tables, week])
    shown = round_periods(frame, wanted(whole=405, **totals), rounding_key=b"k" * 16, base=5)
    assert shown.height == frame.height
    for name in ("reason_hit", "block_hit"):
        mine = shown.filter(pl.col("partition") == name).group_by(by_block.list.last()).agg(pl.col("n_released").sum())
        assert dict(mine.rows()) == totals
    sums = {
        name: dict(shown.filter(pl.col("partition") == name).group_by(part).agg(pl.col("n_released").sum()).rows())
        for name, part in (("block_hit", by_block.list.first()), ("weekday_block", by_block.list.last()))
    }
    assert sums["block_hit"] == sums["weekday_block"]


def test_a_period_without_any_record_left_shows_its_months_in_the_last_category():
    shown = round_periods(block([0] * len(KINDS)), wanted(whole=10), rounding_key=b"k" * 16, base=5)
    assert shown["n_released"].to_list() == [0] * (len(KINDS) - 1) + [10]


def test_a_population_that_no_month_counts_is_rounded_by_itself():
    counts = [11, 3, 0, 8]
    shown = round_periods(block(counts, "second_register"), wanted(whole=10), rounding_key=b"k" * 16, base=5)
    assert abs(shown["n_released"].sum() - sum(counts)) <= 4
