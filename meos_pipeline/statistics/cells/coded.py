"""Categories as small numbers: one or two bytes a record instead of a text, and counting is adding up in an array."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

BATCH_ROWS = 250_000
"""Records that are held at a time; counting needs no more of them."""


@dataclass(frozen=True, slots=True)
class Coded:
    """The category of a record as its place in ``labels``."""

    labels: tuple[str, ...]
    code: pl.Expr

    def crossed(self, other: "Coded") -> "Coded":
        """Both categories at once, as 'a|b'."""
        labels = tuple(f"{first}|{second}" for first in self.labels for second in other.labels)
        return Coded(labels, self.code.cast(pl.UInt16) * len(other.labels) + other.code)


def among(column: pl.Expr, values: Iterable[str]) -> Coded:
    """Texts that are all among ``values``; a null has no code."""
    labels = tuple(values)
    return Coded(labels, column.cast(pl.Enum(labels)).to_physical().cast(pl.UInt32))


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
    """Counts per team and category, added up batch by batch."""

    def __init__(self, teams: tuple[str, ...], partitions: Mapping[str, Coded]) -> None:
        """Start at nothing; a batch brings ``team`` and one column of codes per partition."""
        self._teams, self._partitions = teams, partitions
        self.names = tuple(partitions)
        self._counts: dict[str, npt.NDArray[np.int64]] = {
            name: np.zeros(len(teams) * len(coded.labels), dtype=np.int64) for name, coded in partitions.items()
        }

    def add(self, batch: pl.DataFrame, names: Iterable[str]) -> None:
        """Count the records of a batch in these partitions."""
        team = batch["team"].to_numpy().astype(np.int64)
        for name in names:
            counts = self._counts[name]
            code = team * len(self._partitions[name].labels) + batch[name].to_numpy()
            counts += np.bincount(code, minlength=counts.size)

    def table(self, name: str) -> pl.DataFrame:
        """Rows team, partition, category and n of a partition, where there is anything to count."""
        at = np.flatnonzero(self._counts[name])
        labels = self._partitions[name].labels
        return pl.DataFrame(
            {
                "team": [self._teams[number // len(labels)] for number in at.tolist()],
                "partition": [name] * at.size,
                "category": [labels[number % len(labels)] for number in at.tolist()],
                "n": self._counts[name][at],
            },
            schema={"team": pl.String, "partition": pl.String, "category": pl.String, "n": pl.Int64},
        )
