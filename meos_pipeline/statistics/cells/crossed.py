"""Counts of combinations of many columns: checks are put in order of one number each, and equal ones lie together.

The numbers sort as the table does, so nothing is grouped by text and nothing has to be sorted afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from meos_pipeline.statistics.cells.ordered import Integers, begins

BLOCK = 1 << 20
"""Counts that are added up at a time: they stay in the processor."""


@dataclass(frozen=True, slots=True)
class Axis:
    """A column of the key: its values in order, and the place of a record's value among them (never null)."""

    values: pl.Series
    place: pl.Expr


def of_texts(name: str, texts: Sequence[str], *, empty: str | None = None) -> Axis:
    """Column of places among ``texts``, which are in order; ``empty``, before all of them, is for null."""
    if empty is None or empty in texts:
        values, place = texts, pl.col(name)
    else:
        values, place = [empty, *texts], pl.col(name) + 1
    return Axis(pl.Series(name, values, dtype=pl.String), place if empty is None else place.fill_null(0))


def of_numbers(name: str, column: pl.Expr, values: pl.Series) -> Axis:
    """Whole numbers or days that all lie between the first and the last of ``values``."""
    first, last = values.to_physical().min(), values.to_physical().max()
    if not isinstance(first, int) or not isinstance(last, int):
        first, last = 0, -1
    every = pl.int_range(first, last + 1, dtype=pl.Int64, eager=True).cast(values.to_physical().dtype)
    return Axis(every.cast(values.dtype).alias(name), column.to_physical().cast(pl.Int64) - first)


def of_enum(name: str, column: pl.Expr, dtype: pl.Enum) -> Axis:
    """Codes of an Enum."""
    return Axis(pl.Series(name, dtype.categories, dtype=dtype), column.to_physical())


@dataclass(frozen=True, slots=True)
class Groups:
    """A kind of group: its names, and the place of a record's group among them; null leaves the record out."""

    names: Sequence[str]
    place: pl.Expr


def cross_counts(
    rows: pl.DataFrame,
    before: Sequence[Axis],
    groups: Mapping[str, Groups],
    after: Sequence[Axis] = (),
    *,
    also: tuple[str, pl.Expr] | None = None,
) -> pl.DataFrame:
    """Count records per combination of the axes and per kind of group, in the order of the columns.

    Args:
        rows: Records.
        before: Axes that come before the group.
        groups: Per kind, the groups.
        after: Axes that come after the group.
        also: Name and condition: how many of the records fulfil it.

    Returns:
        The axes, with ``group_kind`` and ``group`` between, ``n``, and the column of ``also``.
    """
    pairs = sorted((kind, name) for kind, of_kind in groups.items() for name in of_kind.names)
    size = _size(after)
    width = (len(pairs) + 1) * size
    fulfils = pl.lit(value=False) if also is None else also[1]
    of_kinds = [_place(pairs, kind, of_kind, size).alias(f"of {kind}") for kind, of_kind in groups.items()]
    frame = rows.select(
        _number(before).alias("before"), _number(after).alias("after"), fulfils.alias("also"), *of_kinds
    )
    order = np.argsort(frame["before"].to_numpy())
    number, last, is_also, *places = (frame[name].to_numpy()[order] for name in frame.columns)
    begin = begins(number)
    starts = np.append(np.flatnonzero(begin), number.size)
    base = (np.cumsum(begin) - 1) * width + last
    also_at = np.flatnonzero(is_also)
    found = [(np.zeros(0, dtype=np.int64),) * 3]
    at_a_time = max(BLOCK // width, 1)
    for first in range(0, starts.size - 1, at_a_time):
        cells = min(at_a_time, starts.size - 1 - first)
        block = slice(starts[first], starts[first + cells])
        of_block = base[block] - first * width
        codes = [of_block + place[block] for place in places]
        those = also_at[slice(*np.searchsorted(also_at, (block.start, block.stop)))] - block.start
        counts = np.bincount(np.concatenate(codes), minlength=cells * width)
        # The last places of a cell are for records without a group.
        counts.reshape(cells, width)[:, width - size :] = 0
        at = np.flatnonzero(counts)
        of_also = np.bincount(np.concatenate([code[those] for code in codes]), minlength=cells * width)
        found.append((at + first * width, counts[at], of_also[at]))
    at, n, n_also = (np.concatenate(parts) for parts in zip(*found, strict=True))
    cell = at // width
    place = at - cell * width
    kinds = pl.DataFrame(pairs, orient="row", schema={"group_kind": pl.String, "group": pl.String})
    pair, of_after = _places(np.arange(width - size), after)
    of_place = [*(kinds[name].gather(pair) for name in kinds.columns), *of_after]
    _, of_before = _places(number[starts[:-1]], before)
    counted = {"n": n} if also is None else {"n": n, also[0]: n_also}
    return pl.DataFrame(
        [
            *pl.DataFrame(of_before).select(pl.all().gather(cell)),
            *pl.DataFrame(of_place).select(pl.all().gather(place)),
            *(pl.Series(name, counts, dtype=pl.Int64) for name, counts in counted.items()),
        ]
    )


def _place(pairs: Sequence[tuple[str, str]], kind: str, groups: Groups, size: int) -> pl.Expr:
    """Where the places of a record's group begin within a cell: ``size`` for each group, the last for no group."""
    begin = pl.Series([pairs.index((kind, name)) * size for name in groups.names], dtype=pl.UInt32)
    return pl.lit(begin).gather(groups.place).fill_null(len(pairs) * size)


def _size(axes: Sequence[Axis]) -> int:
    size = 1
    for axis in axes:
        size *= max(axis.values.len(), 1)
    return size


def _number(axes: Sequence[Axis]) -> pl.Expr:
    number = pl.lit(0, dtype=pl.Int64)
    for axis in axes:
        number = number * max(axis.values.len(), 1) + axis.place.cast(pl.Int64)
    return number


def _places(numbers: Integers, axes: Sequence[Axis]) -> tuple[Integers, list[pl.Series]]:
    """Values on the axes, the last of which changes quickest, and what is left of the numbers."""
    columns = []
    for axis in reversed(axes):
        size = max(axis.values.len(), 1)
        rest = numbers // size
        columns.append(axis.values[numbers - rest * size])
        numbers = rest
    return numbers, columns[::-1]
