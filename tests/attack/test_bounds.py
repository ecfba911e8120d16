import random
from datetime import date

import numpy as np
import pytest
from scipy.optimize import linprog

from meos_pipeline.attack.bounds import Vector, bounds, total_bounds, vectors
from meos_pipeline.attack.cells import bound_leaks, released_leaks, sum_leaks, width_summary
from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.release import release
from meos_pipeline.policy import Policy
from tests.disclosure.district import KEY, MONTHS, UNTIL, district


def rounded(values, offset):
    total, before, out = 0, 0, []
    for value in values:
        total += value
        now = 5 * ((total + offset) // 5)
        out.append(now - before)
        before = now
    return tuple(out)


def vector(released, *, partition="weekday_block", period="quarter", start="2025-01-01"):
    return Vector(
        block=("noord", period, start),
        partition=partition,
        categories=PARTITIONS[partition].categories[: len(released)],
        released=released,
    )


def linked_bounds(inner, outer, place, *, base=5, also=()):
    """Bounds of one category of ``outer`` by linear programming over it and the months that make it up.

    ``also`` holds sums over categories (indices) that lie between two numbers. The offsets of the months are free.
    """
    size = len(outer.released)
    variables = size + len(inner)
    rows, limits = [], []
    rounded = np.cumsum(outer.released)
    equal = np.zeros((1, variables))
    equal[0, :size], equal[0, size:] = 1, -1
    for indices, least, most in also:
        row = np.zeros(variables)
        row[list(indices)] = 1
        rows += [row, -row]
        limits += [most, -least]
    ranges: list[tuple[float, float | None]] = [(0, None)] * size + [total_bounds(part, base=base) for part in inner]
    low, high = np.inf, -np.inf
    for offset in range(base):
        own_rows, own_limits = [], []
        for end in range(size):
            row = np.zeros(variables)
            row[: end + 1] = 1
            own_rows += [row, -row]
            own_limits += [rounded[end] - offset + base - 1, -(rounded[end] - offset)]
        goal = np.zeros(variables)
        goal[place] = 1
        for sign in (1, -1):
            solution = linprog(
                sign * goal,
                A_ub=np.array([*own_rows, *rows]),
                b_ub=np.array([*own_limits, *limits]),
                A_eq=equal if inner else None,
                b_eq=np.zeros(1) if inner else None,
                bounds=ranges if inner else ranges[:size],
                method="highs",
            )
            if not solution.success:
                continue
            if sign == 1:
                low = min(low, solution.fun)
            else:
                high = max(high, -solution.fun)
    if high < low:
        return (1, 0)
    return int(np.ceil(low - 1e-6)), int(np.floor(high + 1e-6))


@pytest.mark.parametrize("seed", range(6))
def test_linear_programming_finds_the_same_bounds_as_the_closed_form(seed):
    """Two independent ways: HiGHS over months and quarter, and running totals cut off by the known total."""
    draw = random.Random(seed)
    months = [[draw.choice([0, 1, 2, 5, 9, 30]) for _ in range(4)] for _ in range(3)]
    inner = [vector(rounded(month, draw.randrange(5)), period="month", partition="result") for month in months]
    quarter = [draw.choice([0, 1, 3, 8]) for _ in range(5)]
    quarter[2] += max(0, sum(map(sum, months)) - sum(quarter))
    months[0][0] += sum(quarter) - sum(map(sum, months))
    inner[0] = vector(rounded(months[0], draw.randrange(5)), period="month", partition="result")
    outer = vector(rounded(quarter, draw.randrange(5)))
    low, high = (sum(total_bounds(part)[side] for part in inner) for side in (0, 1))
    closed = bounds(outer, total=(low, high))
    for place in range(5):
        assert linked_bounds(inner, outer, place) == closed[place]
        assert closed[place][0] <= quarter[place] <= closed[place][1]


def test_what_an_insider_knows_narrows_the_bounds():
    outer = vector((10, 5, 0, 20))
    free = linked_bounds([], outer, 1)
    knowing = linked_bounds([], outer, 1, also=[((0,), 12, 12), ((1, 2), 3, 4)])
    assert free == bounds(outer)[1]
    assert knowing[1] - knowing[0] < free[1] - free[0]


def test_a_vector_that_no_truth_gives_has_no_bounds():
    assert bounds(vector((10, 5)), total=(400, 410)) == [(1, 0), (1, 0)]


def test_cells_stand_in_the_order_of_the_scheme_whatever_the_order_of_the_file():
    names = PARTITIONS["own_area"].categories
    cells = {("noord", "month", "2025-01-01", "own_area", name): 5 * place for place, name in enumerate(names)}
    assert vectors(dict(reversed(cells.items()))) == vectors(cells)
    assert vectors(cells)[0].categories == names


def test_no_small_cell_of_a_district_is_recovered_also_with_months_quarters_and_year_together():
    """P1: twenty teams, one year, every partition with a fixed list."""
    cells, officers = district(teams=tuple(f"t{number}" for number in range(20)), months=MONTHS, mean=300)
    outcome = release(cells, officers, Policy(), rounding_key=KEY, ledger=Ledger(), published_until=UNTIL)
    claims = {(t, p, s.isoformat(), part, c): n for t, p, s, part, c, n in outcome.cells.iter_rows()}
    small, recovered, width = width_summary(claims)
    assert small > 5000
    assert (recovered, width) == (0, 4)
    assert list(bound_leaks(claims)) == []
    assert list(sum_leaks(claims)) == []


@pytest.mark.parametrize(("quarter", "pinned"), [(90, {"month"}), (120, {"quarter"})])
def test_a_total_that_was_rounded_twice_pins_its_parts_down_and_stops_the_publication(quarter, pinned):
    """Months at their upper ends and a quarter at its lower end (or the reverse) leave two possible totals."""
    claims = {}
    for month in (1, 2, 3):
        for name, n in zip(PARTITIONS["dossier"].categories, (35, 0), strict=True):
            claims["noord", "month", date(2025, month, 1).isoformat(), "dossier", name] = n
    for place, name in enumerate(PARTITIONS["shift_kind"].categories):
        claims["noord", "quarter", "2025-01-01", "shift_kind", name] = quarter if place == 0 else 0
    found = {(leak.kind, leak.where.split()[1]) for leak in released_leaks(claims) if leak.certain}
    assert found == {("ADD", "quarter"), *(("BOUND", period) for period in pinned)}


def test_a_total_that_is_the_sum_of_its_months_tells_nothing_more():
    claims = {}
    for month in (1, 2, 3):
        for name, n in zip(PARTITIONS["dossier"].categories, (35, 0), strict=True):
            claims["noord", "month", date(2025, month, 1).isoformat(), "dossier", name] = n
    for place, name in enumerate(PARTITIONS["shift_kind"].categories):
        claims["noord", "quarter", "2025-01-01", "shift_kind", name] = 105 if place == 0 else 0
    assert released_leaks(claims) == []


def test_a_quarter_of_which_a_month_is_not_seen_is_not_held_against_the_others():
    claims = {("noord", "quarter", "2025-01-01", "shift_kind", name): 5 for name in PARTITIONS["shift_kind"].categories}
    for name in PARTITIONS["dossier"].categories:
        claims["noord", "month", "2025-02-01", "dossier", name] = 5
    assert released_leaks(claims) == []
