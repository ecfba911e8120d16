"""What follows about the true counts: exact bounds within a block, linear programming over linked blocks.

The outsider knows the scheme (systematic rounding, order of categories, base) and not the offset. So he
tries every offset: for each one, every running total lies in an interval of width ``base - 1``; a system
of differences, of which the tightest bounds are known in closed form. What all offsets leave possible is
what he cannot decide.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from meos_pipeline.attack.document import CellKey
from meos_pipeline.contracts.cells import PARTITIONS

Block = tuple[str, str, str]
"""team, period, period_start."""
Interval = tuple[int, int]
_NONE: Interval = (1, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """Released cells of one partition in one block, in the order of the scheme."""

    block: Block
    partition: str
    categories: tuple[str, ...]
    released: tuple[int, ...]


def vectors(cells: Mapping[CellKey, int]) -> list[Vector]:
    """Put released cells in the order of the scheme."""
    grouped: dict[tuple[Block, str], dict[str, int]] = {}
    for (team, period, start, partition, category), n in cells.items():
        if partition in PARTITIONS:
            grouped.setdefault(((team, period, start), partition), {})[category] = n
    found = []
    for (block, partition), values in sorted(grouped.items()):
        fixed = PARTITIONS[partition].categories
        order = [name for name in fixed if name in values] + sorted(set(values) - set(fixed))
        found.append(
            Vector(block=block, partition=partition, categories=tuple(order), released=tuple(values[c] for c in order))
        )
    return found


def bounds(vector: Vector, *, base: int = 5, total: Interval | None = None) -> list[Interval]:
    """Smallest and largest true count of every category, over all offsets.

    Args:
        vector: Released cells.
        base: Rounding base.
        total: What is known of the block's true total from elsewhere.
    """
    rounded = np.cumsum(vector.released) - np.arange(base)[:, None]
    lowest, highest = np.maximum(rounded, 0), rounded + base - 1
    if total is not None:
        lowest[:, -1], highest[:, -1] = np.maximum(lowest[:, -1], total[0]), np.minimum(highest[:, -1], total[1])
    lowest = np.maximum.accumulate(lowest, axis=1)
    highest = np.minimum.accumulate(highest[:, ::-1], axis=1)[:, ::-1]
    possible = (lowest <= highest).all(axis=1) & (highest >= 0).all(axis=1)
    if not possible.any():
        return [_NONE] * len(vector.released)
    lowest, highest = lowest[possible], highest[possible]
    least, most = lowest.copy(), highest.copy()
    least[:, 1:] -= highest[:, :-1]
    most[:, 1:] -= lowest[:, :-1]
    low, high = np.maximum(least, 0).min(axis=0).tolist(), most.max(axis=0).tolist()
    return list(zip(low, high, strict=True))


def total_bounds(vector: Vector, *, base: int = 5) -> Interval:
    """Smallest and largest true total of a vector."""
    return around(sum(vector.released), base=base)


def around(released: int, *, base: int = 5) -> Interval:
    """Smallest and largest true value of a number that was rounded by itself."""
    return max(0, released - base + 1), released + base - 1


def linked_bounds(
    inner: Sequence[Vector],
    outer: Vector,
    place: int,
    *,
    base: int = 5,
    also: Sequence[tuple[Sequence[int], float, float]] = (),
) -> Interval:
    """Bounds of one category of ``outer`` by linear programming, with the blocks that make it up (its months).

    Args:
        inner: Vectors of the blocks whose totals add up to that of ``outer``.
        outer: The vector whose category is attacked.
        place: Index of that category.
        base: Rounding base.
        also: Further knowledge of ``outer``: sums over categories (indices) that lie between two numbers.

    Returns:
        Smallest and largest whole number over all offsets of ``outer``; the months' offsets are left free,
        so the bounds hold for whoever knows none of them.
    """
    from scipy.optimize import linprog

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
        return _NONE
    return int(np.ceil(low - 1e-6)), int(np.floor(high + 1e-6))
