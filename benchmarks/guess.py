"""How often an outsider who guesses as well as can be is right about a true count behind a released one.

``python -m benchmarks.guess DATA`` reads the released cells of a data folder, and the exact ones only to mark the guesses. The
outsider knows the scheme and not the offset. He thinks of each count as Poisson around the mean of the team's released
months, tries every offset, and passes what is possible and likely along the categories (forward and backward). Each guess
comes with how sure he is; who is as often right as he thinks cannot do much better. Taking the tables of a month together,
for they share its offset and total, was tried: he becomes surer and is right less often.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import poisson

from meos_pipeline.attack.bounds import Vector, vectors
from meos_pipeline.attack.cells import SMALL
from meos_pipeline.contracts.cells import CELLS, PARTITIONS
from meos_pipeline.policy import Policy
from meos_pipeline.storage.tables import scan_months

BASE = Policy().rounding_base
LONGEST = 12
"""Categories of a table that is guessed at: long lists of areas have no mean to go by."""
LEAST_MEAN = 0.3
"""Mean that is thought of where every month shows none."""
SURE = 0.9
Floats = npt.NDArray[np.float64]


class Chain:
    """One table of one month: how likely each step of the running total is, between remainders of five."""

    def __init__(self, vector: Vector, means: list[float]) -> None:
        """Make a matrix per category, from the remainder before it to that after it."""
        self.vector = vector
        whole = np.cumsum([0, *vector.released])
        remainder = np.arange(BASE)
        self.counts = [
            whole[at + 1] + remainder[None, :] - whole[at] - remainder[:, None] for at in range(len(vector.released))
        ]
        self.steps = [poisson.pmf(count, mean) for count, mean in zip(self.counts, means, strict=True)]

    def guesses(self) -> list[tuple[int, float]]:
        """Likeliest count of each category, and how sure that is, over all offsets."""
        before = [np.eye(BASE)]
        for step in self.steps:
            before.append(before[-1] @ step)
        after = [np.eye(BASE)]
        for step in reversed(self.steps):
            after.append(step @ after[-1])
        after.reverse()
        found = []
        for at, (count, step) in enumerate(zip(self.counts, self.steps, strict=True)):
            weight = step * np.outer(before[at].sum(axis=0), after[at + 1].sum(axis=1))
            chance = np.bincount(np.maximum(count, 0).ravel(), weights=weight.ravel())
            found.append((int(chance.argmax()), float(chance.max() / chance.sum())))
        return found


def guessed(released: pl.DataFrame, exact: pl.DataFrame) -> pl.DataFrame:
    """Every cell of the months: ``released``, ``exact``, the ``guess`` and how ``sure`` it is."""
    keys = ("team", "period", "period_start", "partition", "category")
    text = [pl.col(name).cast(pl.String) for name in keys]
    truth = {tuple(row): n for *row, n in exact.select(*text, "n").iter_rows()}
    found = vectors({tuple(row): n for *row, n in released.select(*text, "n").iter_rows()})
    usable = [
        v
        for v in found
        if set(v.categories) == set(PARTITIONS[v.partition].categories) and len(v.categories) <= LONGEST
    ]
    shown: dict[tuple[str, str, str], list[int]] = {}
    for vector in usable:
        for category, n in zip(vector.categories, vector.released, strict=True):
            shown.setdefault((vector.block[0], vector.partition, category), []).append(n)
    rows = []
    for vector in usable:
        means = [
            max(LEAST_MEAN, float(np.mean(shown[vector.block[0], vector.partition, c]))) for c in vector.categories
        ]
        guesses = Chain(vector, means).guesses()
        for category, n, (guess, sure) in zip(vector.categories, vector.released, guesses, strict=True):
            rows.append((n, truth.get((*vector.block, vector.partition, category), 0), guess, sure))
    return pl.DataFrame(rows, schema=["released", "exact", "guess", "sure"], orient="row")


def main(words: list[str]) -> int:
    """Print how often guesses are right, by the size of what is shown."""
    restricted = Path(words[0]) / "restricted"
    months = pl.col("period").cast(pl.String) == "month"
    released = pl.read_parquet(restricted / "release" / "cells.parquet").filter(months)
    exact = scan_months(restricted / "cells", CELLS).filter(months).collect()
    found = guessed(released, exact)
    right = pl.col("guess") == pl.col("exact")
    sure = found.filter(pl.col("sure") >= SURE, pl.col("guess") > 0)
    for name, which in (
        ("shown as 0", pl.col("released") == 0),
        (f"shown as 5 to {SMALL}", pl.col("released").is_between(1, SMALL)),
        (f"above {SMALL}", pl.col("released") > SMALL),
    ):
        part = found.filter(which)
        told = part.select(right.mean(), pl.col("sure").mean().alias("thought")).row(0) if part.height else (0, 0)
        sys.stdout.write(f"{name}: {part.height} counts, {told[0]:.2f} right, {told[1]:.2f} thought\n")
    sys.stdout.write(
        f"sure of at least one record and of how many ({SURE:.0%}): {sure.height}, of which {sure.filter(right).height} right\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
