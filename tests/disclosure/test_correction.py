"""What a correction touches: told apart from late records, and never below what a revision needs."""

import polars as pl
import pytest

from meos_pipeline.attack.cells import drift_leaks, without_months
from meos_pipeline.disclosure.correction import Touched, touched
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.release import Release, release
from meos_pipeline.policy import Policy
from tests.disclosure.district import KEY, MONTHS, add, district

UNTIL = MONTHS[6]
TEAMS = ("noord", "oost")


def released(cells: pl.DataFrame, officers: pl.DataFrame, ledger: Ledger, **more: object) -> Release:
    return release(cells, officers, Policy(), rounding_key=KEY, ledger=ledger, published_until=UNTIL, **more)


def after(records: int, months: int, *, teams: tuple[str, ...] = TEAMS) -> tuple[Release, Release, Touched]:
    """The release before, the one in which so many records came into so many months of each team, and what that touches."""
    cells, officers = district(teams=teams, months=MONTHS[:7], mean=90)
    first = released(cells, officers, Ledger())
    for team in teams:
        for month in MONTHS[:months]:
            cells = add(cells, team, month, records)
    second = released(cells, officers, first.ledger)
    return first, second, touched(first.ledger, second.ledger, Policy())


@pytest.mark.parametrize(
    ("records", "months", "broad", "changed", "stays"),
    [(40, 7, True, 14, 0), (40, 6, True, 12, 0), (40, 1, False, 2, 0), (9, 7, False, 0, 14), (0, 7, False, 0, 0)],
)
def test_broad_is_more_than_half_of_the_blocks(records, months, broad, changed, stays):
    _, _, found = after(records, months)
    assert found.is_broad is broad
    assert (found.months["changed"].sum(), found.months["stays"].sum()) == (changed, stays)
    assert found.thin == 0
    assert found.span == ((MONTHS[0], MONTHS[months - 1]) if changed else None)


def test_a_broad_change_is_drift_to_an_outsider_and_none_in_months_that_were_declared():
    first, second, _ = after(40, 7)

    def claims(cells: pl.DataFrame) -> dict[tuple[str, str, str, str, str], int]:
        return {(team, period, start.isoformat(), *rest): n for team, period, start, *rest, n in cells.rows()}

    now, before = claims(second.cells), claims(first.cells)
    assert [leak for leak in drift_leaks(now, before) if leak.certain]
    declared = without_months(before, MONTHS[0].isoformat(), MONTHS[6].isoformat())
    assert list(drift_leaks(now, declared)) == []
    half = without_months(before, MONTHS[0].isoformat(), MONTHS[2].isoformat())
    assert {key[2] for key in half} >= {month.isoformat() for month in MONTHS[3:7]}
    assert not {key[2] for key in half if key[1] == "quarter"} & {"2025-01-01"}


def test_a_change_below_the_gate_would_be_seen():
    """A ledger that somebody renewed without the gate: one record moved a month."""
    cells, officers = district(teams=TEAMS, months=MONTHS[:7], mean=90)
    first = released(cells, officers, Ledger())
    fresh = released(add(cells, "oost", MONTHS[1], 4), officers, Ledger())
    assert touched(first.ledger, fresh.ledger, Policy()).thin == 1


def test_a_spent_budget_stays_whatever_is_declared():
    cells, officers = district(teams=TEAMS, months=MONTHS[:7], mean=90)
    ledger = released(cells, officers, Ledger()).ledger
    for _ in range(Policy().revisions_per_block):
        cells = add(cells, "oost", MONTHS[1], 20)
        ledger = released(cells, officers, ledger).ledger
    found = touched(
        ledger,
        released(add(cells, "oost", MONTHS[1], 60), officers, ledger, correcting=True).ledger,
        Policy(),
    )
    assert found.span is None
    assert found.months.rows() == [(MONTHS[1], 0, 1)]


@pytest.mark.parametrize(("correcting", "moves"), [(True, True), (False, False)])
def test_a_false_provisional_month_changes_by_a_declared_correction_alone(correcting, moves):
    cells, officers = district(teams=TEAMS, months=MONTHS[:8], mean=90)
    early = {"provisional": [MONTHS[7]], "seen_on": MONTHS[8]}
    first = released(cells, officers, Ledger(), **early)
    later = {"provisional": [MONTHS[7]], "seen_on": MONTHS[8].replace(day=20), "correcting": correcting}
    second = released(add(cells, "oost", MONTHS[7], 40), officers, first.ledger, **later)
    assert (not second.provisional.equals(first.provisional)) is moves
    assert (MONTHS[8].replace(day=20) in set(second.provisional["seen_on"])) is moves
