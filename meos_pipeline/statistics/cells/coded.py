"""Categories as small numbers: one or two bytes a record instead of a text, and counting is adding up in an array."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt
import polars as pl

_TOGETHER = 1 << 15
"""Combinations that are counted together: their counts stay near the processor."""


@dataclass(frozen=True, slots=True)
class Coded:
    """The category of a record as its place in ``labels``."""

    labels: tuple[str, ...]
    code: pl.Expr

    def crossed(self, other: "Coded") -> "Coded":
        """Both categories at once, as 'a|b'."""
        labels = tuple(f"{first}|{second}" for first in self.labels for second in other.labels)
        return Coded(labels, self.code.cast(pl.UInt16) * len(other.labels) + other.code)


def of_texts(name: str, texts: Sequence[str]) -> Coded:
    """Column of places among ``texts``; null is 'unknown'."""
    labels = tuple(texts) if "unknown" in texts else (*texts, "unknown")
    return Coded(labels, pl.col(name).fill_null(labels.index("unknown")))


def of_enum(name: str, dtype: pl.Enum) -> Coded:
    """Values of an Enum column, and 'unknown' where it is empty."""
    labels = tuple(dtype.categories)
    code = pl.col(name).cast(dtype).to_physical().cast(pl.UInt8)
    return Coded((*labels, "unknown"), code.fill_null(pl.lit(len(labels), dtype=pl.UInt8)))


def choice(labels: tuple[str, ...], *conditions: pl.Expr) -> Coded:
    """The label of the first condition that holds; the one label more is for none. A null condition does not hold.

    Raises:
        ValueError: when there is not one label more than there are conditions.
    """
    if len(labels) != len(conditions) + 1:
        raise ValueError("one label for every condition and one for none of them")
    code = pl.lit(len(conditions), dtype=pl.UInt8)
    for number, condition in reversed(list(enumerate(conditions))):
        code = pl.when(condition).then(pl.lit(number, dtype=pl.UInt8)).otherwise(code)
    return Coded(labels, code)


class Tally:
    """Counts per team and category."""

    def __init__(self, teams: tuple[str, ...], partitions: Mapping[str, Coded]) -> None:
        """Start at nothing."""
        self._teams, self._partitions = teams, partitions
        self.names = tuple(partitions)
        self._counts: dict[str, npt.NDArray[np.int64]] = {
            name: np.zeros(len(teams) * len(coded.labels), dtype=np.int64) for name, coded in partitions.items()
        }

    def add(self, rows: pl.DataFrame, names: Iterable[str]) -> None:
        """Count records, with ``team`` and one column of codes per partition, in these partitions.

        Partitions are counted together, as one number, as long as there are few combinations.
        """
        team = rows["team"].to_numpy()
        for some in self._together(names):
            sizes = [len(self._teams), *(len(self._partitions[name].labels) for name in some)]
            code = team
            for name, size in zip(some, sizes[1:], strict=True):
                code = code * np.uint32(size) + rows[name].to_numpy()
            counts = np.bincount(code, minlength=prod(sizes)).reshape(sizes)
            for place, name in enumerate(some, start=1):
                others = tuple(axis for axis in range(1, len(sizes)) if axis != place)
                self._counts[name] += counts.sum(axis=others).ravel()

    def _together(self, names: Iterable[str]) -> Iterator[list[str]]:
        """Names of partitions in bunches with few combinations."""
        bunch: list[str] = []
        size = 0
        for name in names:
            labels = len(self._partitions[name].labels)
            if bunch and size * labels > _TOGETHER:
                yield bunch
                bunch = []
            size = size * labels if bunch else max(len(self._teams), 1) * labels
            bunch.append(name)
        yield bunch

    def table(self) -> pl.DataFrame:
        """Rows team, partition, category and n, where there is anything to count."""
        rows: list[tuple[str, str, str, int]] = []
        for name, counts in self._counts.items():
            labels = self._partitions[name].labels
            at = np.flatnonzero(counts)
            rows += [
                (self._teams[number // len(labels)], name, labels[number % len(labels)], n)
                for number, n in zip(at.tolist(), counts[at].tolist(), strict=True)
            ]
        schema = {"team": pl.String, "partition": pl.String, "category": pl.String, "n": pl.Int64}
        return pl.DataFrame(rows, orient="row", schema=schema)
