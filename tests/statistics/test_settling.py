"""Completeness of a month by its age, against delays that were planted."""

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest

from meos_pipeline.contracts.fine_cells import ENTERED
from meos_pipeline.disclosure.settlement import newest_settled_month, provisional_months
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.entered import days_after_month
from meos_pipeline.statistics.settling import advised_days, completeness, final_on

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
