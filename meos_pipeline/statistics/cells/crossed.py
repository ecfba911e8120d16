"""Counts of combinations of many columns: each record becomes one number, and equal numbers lie together once sorted.

The numbers sort as the table does, so nothing is grouped by text and nothing has to be sorted afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from meos_pipeline.statistics.cells.ordered import Numbers, starts_of

_NO_GROUP = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Axis:
    """A column of the key: its values in order, and the place of a record's value among them (never null)."""

    values: pl.Series
    place: pl.Expr


def of_texts(name: str, column: pl.Expr, seen: pl.Series) -> Axis:
    """Texts that are all among ``seen``."""
    values = seen.unique().sort().alias(name)
    return Axis(values, column.cast(pl.Enum(values)).to_physical())


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
    rows: pl.LazyFrame,
    before: Sequence[Axis],
    groups: Mapping[str, Groups],
    after: Sequence[Axis] = (),
    *,
    also: tuple[str, pl.Expr] | None = None,
) -> pl.DataFrame:
    """Count records per combination of the axes and per kind of group, in the order of the columns.

    Args:
        rows: Records; of each, one number is held per kind of group.
        before: Axes that come before the group.
        groups: Per kind, the groups.
        after: Axes that come after the group.
        also: Name and condition: how many of the records fulfil it.

    Returns:
        The axes, with ``group_kind`` and ``group`` between, ``n``, and the column of ``also``.
    """
    pairs = sorted((kind, name) for kind, of_kind in groups.items() for name in of_kind.names)
    number_of = {pair: number for number, pair in enumerate(pairs)}
    frame = rows.select(
        _number(before).alias("before"),
        _number(after).alias("after"),
        (pl.lit(value=False) if also is None else also[1]).cast(pl.UInt64).alias("also"),
        *(of_kind.place.cast(pl.UInt32).fill_null(_NO_GROUP).alias(f"of {kind}") for kind, of_kind in groups.items()),
    ).collect(engine="streaming")
    first, last, is_also = (frame[name].to_numpy() for name in ("before", "after", "also"))
    width = np.uint64(_size(after))
    parts = []
    for kind, of_kind in groups.items():
        place = frame[f"of {kind}"].to_numpy()
        inside = place != _NO_GROUP
        numbers = np.array([number_of[kind, name] for name in of_kind.names], dtype=np.uint64)
        group = numbers[place[inside]] if numbers.size else np.zeros(0, dtype=np.uint64)
        cell = (first[inside] * np.uint64(max(len(pairs), 1)) + group) * width + last[inside]
        parts.append(cell * np.uint64(2) + is_also[inside])
    everything: Numbers = np.concatenate(parts)
    everything.sort()
    cells = everything >> np.uint64(1)
    starts = starts_of(cells)
    found = cells[starts]
    n = np.diff(starts, append=cells.size)
    columns = {"n": pl.Series(n.astype(np.int64))}
    if also is not None:
        columns[also[0]] = pl.Series(
            np.add.reduceat(everything & np.uint64(1), starts).astype(np.int64) if starts.size else n.astype(np.int64)
        )
    found, of_after = _places(found, after)
    found, group = np.divmod(found, np.uint64(max(len(pairs), 1)))
    _, of_before = _places(found, before)
    of_pair = pl.DataFrame(pairs, orient="row", schema={"group_kind": pl.String, "group": pl.String})
    return pl.DataFrame(
        [*of_before, *(of_pair[name].gather(group) for name in of_pair.columns), *of_after]
    ).with_columns(**columns)


def _size(axes: Sequence[Axis]) -> int:
    size = 1
    for axis in axes:
        size *= max(axis.values.len(), 1)
    return size


def _number(axes: Sequence[Axis]) -> pl.Expr:
    number = pl.lit(0, dtype=pl.UInt64)
    for axis in axes:
        number = number * max(axis.values.len(), 1) + axis.place.cast(pl.UInt64)
    return number


def _places(numbers: Numbers, axes: Sequence[Axis]) -> tuple[Numbers, list[pl.Series]]:
    """Values on the axes, the last of which changes quickest, and what is left of the numbers."""
    columns = []
    for axis in reversed(axes):
        numbers, place = np.divmod(numbers, np.uint64(max(axis.values.len(), 1)))
        columns.append(axis.values.gather(place))
    return numbers, columns[::-1]
