"""What follows about the true counts: exact bounds within a block, linear programming over linked blocks.

The outsider knows the scheme (systematic rounding, order of categories, base) and not the offset. So he
tries every offset: for each one, every running total lies in an interval of width ``base - 1``; a system
of differences, of which the tightest bounds are known in closed form. What all offsets leave possible is
what he cannot decide.
"""

from collections.abc import Mapping
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
