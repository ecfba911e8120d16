"""Revisions have a budget, and tell who brings records in nothing of the others: an insider with n known records."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.attack.cells import released_leaks
from meos_pipeline.contracts.cells import PERIODS
from meos_pipeline.disclosure.ledger import LEDGER, Ledger
from meos_pipeline.disclosure.release import release
from meos_pipeline.disclosure.revision import revise, spent
from meos_pipeline.disclosure.rounding import round_cells
from meos_pipeline.policy import Policy
from tests.disclosure.district import KEY, MONTHS, add, district

UNTIL = date(2025, 6, 1)
CATEGORIES = ("timely", "later", "unknown")


def block(counts: tuple[int, ...], *, team: str = "noord") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "team": [team] * 3,
            "family": ["checks"] * 3,
            "period": ["month"] * 3,
            "period_start": [date(2025, 1, 1)] * 3,
            "partition": ["timeliness"] * 3,
            "category": CATEGORIES,
            "n_exact": counts,
        },
        schema_overrides={"period": PERIODS},
    )


def first_and_again(counts: tuple[int, ...], more: tuple[int, ...], key: bytes) -> tuple[list[int], list[int]]:
    """Released numbers before and after known records were brought in."""

    def released(frame: pl.DataFrame) -> list[int]:
        return frame.sort(pl.col("category").replace_strict(dict(zip(CATEGORIES, range(3), strict=True))))[
            "n_released"
        ].to_list()

    one = round_cells(block(counts), rounding_key=key, base=5)
    ledger = revise(one, LEDGER.empty(), revision_records=10, published_until=UNTIL)
    after = tuple(a + b for a, b in zip(counts, more, strict=True))
    two = round_cells(block(after), rounding_key=key, base=5, before=ledger)
    again = revise(two, ledger, revision_records=10, published_until=UNTIL, revisions=3)
    return released(ledger), released(again)


KEYS = [bytes([number]) * 32 for number in range(12)]


@pytest.mark.parametrize("more", [(12, 0, 0), (0, 12, 0), (4, 4, 4), (11, 1, 0), (0, 0, 10)])
def test_what_changes_on_the_page_follows_from_what_was_brought_in_and_from_nothing_else(more):
    """So after any 12 insertions as many true counts remain possible as before: five or more, a width of 4."""
    for key in KEYS[:4]:
        steps = set()
        for x in range(40, 50):
            before, after = first_and_again((x, 2 * x + 3, 25), more, key)
            steps.add(tuple(b - a for a, b in zip(before, after, strict=True)))
        assert len(steps) == 1


def test_with_one_offset_for_both_the_same_insertion_would_tell(monkeypatch):
    """The code before: the whole block rounded again with its first offset. Twelve known records tell the tens apart."""
    steps = set()
    for x in range(40, 50):
        before = round_cells(block((x, 90, 25)), rounding_key=KEY, base=5)["n_released"][0]
        after = round_cells(block((x + 12, 90, 25)), rounding_key=KEY, base=5)["n_released"][0]
        steps.add(after - before)
    assert len(steps) > 1


def test_the_price_is_less_than_one_check_in_the_error_of_a_month():
    """Root of the mean squared error of a team-month, over offsets: now and after a revision."""
    first, again = [], []
    for key in [bytes([number, number // 7]) * 16 for number in range(120)]:
        counts, more = (137, 62, 12), (9, 7, 3)
        before, after = first_and_again(counts, more, key)
        first.append(sum(before) - sum(counts))
        again.append(sum(after) - sum(counts) - sum(more))
    error = [(sum(miss**2 for miss in misses) / len(misses)) ** 0.5 for misses in (first, again)]
    assert 1.0 < error[0] < 2.2
    assert error[1] <= error[0] + 1


def test_a_block_changes_three_times_and_then_never_again():
    ledger = revise(
        round_cells(block((100, 50, 20)), rounding_key=KEY, base=5),
        LEDGER.empty(),
        revision_records=10,
        published_until=UNTIL,
    )
    seen = []
    for number in range(1, 6):
        now = round_cells(block((100 + 15 * number, 50, 20)), rounding_key=KEY, base=5, before=ledger)
        ledger = revise(now, ledger, revision_records=10, published_until=UNTIL, revisions=3)
        seen.append(ledger["n_released"].sum())
    assert len(set(seen[:3])) == 3
    assert seen[2] == seen[3] == seen[4]
    assert ledger["pending"].min() >= 10


@pytest.mark.parametrize("records", [10, 12, 30, 200])
def test_after_a_revision_months_still_add_up_and_nothing_is_recovered(records):
    cells, officers = district(teams=("noord", "oost"), months=MONTHS[:7], mean=90)
    options = {"rounding_key": KEY, "published_until": MONTHS[6]}
    before = release(cells, officers, Policy(), ledger=Ledger(), **options)
    changed = add(cells, "oost", MONTHS[1], records)
    after = release(changed, officers, Policy(), ledger=before.ledger, **options)
    assert not after.cells.equals(before.cells)
    claims = {(team, period, start.isoformat(), *rest): n for team, period, start, *rest, n in after.cells.rows()}
    assert [leak for leak in released_leaks(claims) if leak.certain] == []
    assert after.cells["n"].min() >= 0
    assert (after.cells["n"] % 5 == 0).all()


def test_a_block_whose_revisions_are_spent_is_told_and_no_other():
    """Four times ten records: three show, the fourth does not, and is told with how many changed since."""
    cells, officers = district(teams=("noord", "oost"), months=MONTHS[:2], mean=90)
    options = {"rounding_key": KEY, "policy": Policy(), "published_until": MONTHS[1]}
    released = release(cells, officers, ledger=Ledger(), **options)
    told = []
    for _ in range(4):
        cells = add(cells, "oost", MONTHS[0], 10)
        released = release(cells, officers, ledger=released.ledger, **options)
        told.append(spent(released.ledger.table, Policy()).rows())
    assert told == [[], [], [], [("oost", MONTHS[0], 10)]]
