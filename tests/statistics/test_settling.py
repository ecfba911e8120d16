"""Completeness of a month by its age, against delays that were planted."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from meos_pipeline.contracts.fine_cells import ENTERED
from meos_pipeline.disclosure.settlement import newest_settled_month, provisional_months
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.entered import days_after_month
from meos_pipeline.statistics.settling import advised_days, completeness, final_on, nowcast, shift_of_share

LAST = date(2026, 1, 31)


def checks(late: int, *, days: int = 20, total: int = 400) -> pl.DataFrame:
    """Checks of the last day of January; ``late`` of them registered ``days`` later, the others at once."""
    delays = [days * 1440 if place < late else 5 for place in range(total)]
    return pl.DataFrame(
        {"month": [date(2026, 1, 1)] * total, "check_date": [LAST] * total, "entry_delay_minutes": delays}
    )


def entered(rows: pl.DataFrame) -> pl.DataFrame:
    """The checks as cells of ``ENTERED``."""
    of_all = {"team": pl.lit("noord"), "partition": pl.lit("proactive"), "category": pl.lit("proactive")}
    days = rows.with_columns(**of_all, days=days_after_month())
    return ENTERED.require(days.group_by(ENTERED.key).agg(n=pl.len().cast(pl.Int64)))


def test_completeness_is_the_planted_share_before_and_all_after_the_delay():
    found = {one.age: one for one in completeness(entered(checks(40)), newest=date(2026, 6, 1))}
    assert found[14].share == pytest.approx(0.9)
    assert found[14].low < 0.9 < found[14].high
    assert found[21].share == 1.0
    assert found[21].low < 1.0


def test_a_month_that_may_still_grow_says_nothing():
    assert completeness(entered(checks(40)), newest=LAST + timedelta(days=30)) == []


def test_one_month_gives_no_advice():
    assert advised_days(completeness(entered(checks(0)), newest=date(2026, 6, 1)), wanted=0.5) is None


def test_advice_asks_for_the_lower_end():
    measured = [replace(one, months=6) for one in completeness(entered(checks(40)), newest=date(2026, 6, 1))]
    assert advised_days(measured, wanted=0.95) == 21
    assert advised_days(measured, wanted=0.85) in (3, 7)
    assert advised_days(measured, wanted=1.0) is None


def test_a_record_early_in_the_month_has_longer():
    early = checks(40).with_columns(check_date=pl.lit(date(2026, 1, 11)))
    found = {one.age: one.share for one in completeness(entered(early), newest=date(2026, 6, 1))}
    assert found[0] == 1.0


@pytest.mark.parametrize("month", [date(2026, 9, 1), date(2026, 2, 1), date(2026, 12, 1)])
def test_the_day_on_which_a_month_is_final_is_the_first_on_which_it_is_shown(month):
    day = final_on(month, 42)
    assert newest_settled_month(day, Policy(settlement_days=42)) == month
    assert newest_settled_month(day - timedelta(days=1), Policy(settlement_days=42)) < month


@pytest.mark.parametrize(
    ("day", "months"),
    [
        (date(2026, 11, 6), (9,)),
        (date(2026, 11, 7), (9, 10)),
        (date(2026, 11, 10), (9, 10)),
        (date(2026, 11, 11), (10,)),
        (date(2026, 12, 6), (10,)),
    ],
)
def test_a_month_is_provisional_from_seven_days_after_its_end_until_it_is_final(day, months):
    assert provisional_months(day, Policy()) == tuple(date(2026, month, 1) for month in months)


def months_of(rng: np.random.Generator, count: int, size: int, share: float, spread: float) -> pl.DataFrame:
    """Cells of so many months, each with its own part that was entered within a week; the others come ten days later."""
    rows = []
    for place in range(count):
        month = date(2024 + place // 12, place % 12 + 1, 1)
        chance = rng.beta(share * spread, (1 - share) * spread)
        n = int(rng.poisson(size))
        early = int(rng.binomial(n, chance))
        rows += [("noord", month, days, "proactive", "proactive", k) for days, k in ((0, early), (17, n - early)) if k]
    return pl.DataFrame(rows, schema=ENTERED.schema, orient="row")


@pytest.mark.parametrize(("share", "size"), [(0.97, 400), (0.9, 150), (0.7, 80)])
def test_the_nowcast_holds_the_final_count_in_nineteen_of_twenty_months(share, size):
    """A year is measured, the next month is told: 300 times, with months that differ more than chance."""
    rng = np.random.default_rng(5)
    held, widths = [], []
    for _ in range(300):
        cells = months_of(rng, 13, size, share, 300)
        last = cells["month"].max()
        (seen,) = completeness(cells.filter(pl.col("month") < last), newest=date(2026, 6, 1), ages=(7,))
        of_last = cells.filter(pl.col("month") == last)
        n, final = int(of_last.filter(pl.col("days") <= 7)["n"].sum()), int(of_last["n"].sum())
        told = nowcast(n, seen)
        held.append(told.lower <= final <= told.upper)
        widths.append((told.upper - told.lower) / final)
    assert np.mean(held) >= 0.94
    assert np.median(widths) < 0.4


@pytest.mark.parametrize(
    ("late_yes", "late_no", "least", "most"),
    [(0, 0, 0.0, 0.0), (8, 12, 0.0, 0.01), (0, 20, 0.008, 0.02), (0, 400, 0.1, 0.2)],
)
def test_a_share_moves_by_what_comes_late_times_how_much_that_differs(late_yes, late_no, least, most):
    rows = [
        ("noord", date(2026, 1, 1), days, "explained", category, n)
        for days, category, n in ((0, "yes", 400), (0, "no", 600), (20, "yes", late_yes), (20, "no", late_no))
        if n
    ]
    cells = pl.DataFrame(rows, schema=ENTERED.schema, orient="row")
    assert least <= shift_of_share(cells, "explained", ("yes",), ("yes", "no"), age=7) <= most


def test_without_early_checks_a_share_may_be_anything():
    assert shift_of_share(ENTERED.empty(), "explained", ("yes",), ("yes", "no"), age=7) == 1.0
