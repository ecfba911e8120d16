"""How narrow small cells become when all tables of a quarter are linked: by linear programming, an outsider's best.

``python -m benchmarks.linked DATA [QUARTERS] [CELLS]`` reads the released cells of a data folder. For drawn small cells of
drawn quarters it looks for the smallest and largest true count that fit the months' results and six tables of the
quarter at once: running totals of every run with a free offset, equal totals, and classes of results and blocks of the day
that several tables count. A run's exact total is unknown and stands in a product, so it is tried at its released value and
two and four beside it; what is not tried could only make cells wider. Widths below four are narrow; there should be none.
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from meos_pipeline.attack.bounds import Vector, vectors
from meos_pipeline.disclosure.periods import RESULTS

TABLES = ("reason_hit", "legal_basis_hit", "block_hit", "weekday_block", "shift_kind", "area")
WIDE_ENOUGH = 4


class Quarter:
    """Variables: every cell of the months' results and of the quarter's tables, then an offset per run."""

    def __init__(self, months: list[Vector], tables: list[Vector]) -> None:
        """Number the variables."""
        self.months, self.parts = months, [*months, *tables]
        starts = np.cumsum([0, *(len(part.released) for part in self.parts)])
        self.cells = [
            (part, at, int(first) + at)
            for part, first in zip(self.parts, starts, strict=False)
            for at in range(len(part.released))
        ]
        self.runs: dict[tuple[int, str], list[int]] = {}
        for number, (part, first) in enumerate(zip(self.parts, starts, strict=False)):
            for at, name in enumerate(part.categories):
                key = name.rpartition("|")[2] if number >= len(months) and "|" in name else ""
                self.runs.setdefault((number, key), []).append(int(first) + at)
        self.released = [part.released[at] for part, at, _ in self.cells]
        self.size = len(self.cells) + len(self.runs)
        self.sets = self._sets()
        self._made: list = []
        self._rest = self.systems()

    def _sets(self) -> list[tuple[list[int], list[int]]]:
        """Pairs of lists of cells that count the same records."""
        named: dict[str, list[list[int]]] = {}
        months: dict[str, list[int]] = {}
        for part, at, place in self.cells:
            if part in self.months:
                for name in ("", f"hit {RESULTS.get(part.categories[at], 'none')}"):
                    months.setdefault(name, []).append(place)
        for part in self.parts[len(self.months) :]:
            mine: dict[str, list[int]] = {}
            for other, at, place in self.cells:
                if other is part:
                    for name in _names(part.partition, part.categories[at]):
                        mine.setdefault(name, []).append(place)
            for name, places in mine.items():
                named.setdefault(name, []).append(places)
        for name, places in months.items():
            named.setdefault(name, []).insert(0, places)
        return [(lists[0], other) for lists in named.values() for other in lists[1:]]

    def systems(self) -> Iterator[tuple[csr_matrix, np.ndarray, csr_matrix, np.ndarray]]:
        """One linear system per guess of the runs' exact totals."""
        hits = sorted({key for (number, key) in self.runs if self.parts[number].partition == "reason_hit"})
        blocks = sorted({key for (number, key) in self.runs if self.parts[number].partition == "weekday_block"})
        for more in (0, 4, 2, -2, -4):
            for hit, block in itertools.product(hits, blocks) if more else [("", "")]:
                system = self._system(more, hit, block)
                if system:
                    yield system

    def _system(self, more: int, hit: str, block: str):
        rows, limits, equal, values = [], [], [], []
        for number, ((at, key), places) in enumerate(self.runs.items()):
            shown = sum(self.released[place] for place in places)
            partition, offset = self.parts[at].partition, len(self.cells) + number
            is_month = at < len(self.months)
            total = shown + more * (not is_month and key in {"", block if partition == "weekday_block" else hit})
            if total < 0:
                return None
            if not is_month:
                equal.append(self._row(places))
                values.append(total)
            running = 0
            for end, place in enumerate(places[: None if is_month else -1], start=1):
                running += self.released[place]
                stretch = 1.0 if is_month else total / shown if shown else 0.0
                if is_month or (shown and total):
                    row = self._row(places[:end])
                    row[offset] = stretch
                    rows += [row, -row]
                    limits += [
                        (running + (4 if is_month else 5)) * stretch - (0 if is_month else 1e-6),
                        -running * stretch,
                    ]
        for one, other in self.sets:
            equal.append(self._row(one) - self._row(other))
            values.append(0)
        return csr_matrix(np.array(rows)), np.array(limits), csr_matrix(np.array(equal)), np.array(values)

    def _row(self, places: list[int]) -> np.ndarray:
        row = np.zeros(self.size)
        row[places] = 1
        return row

    def _each(self) -> Iterator[tuple]:
        """Systems as far as they were made, then new ones."""
        yield from self._made
        for system in self._rest:
            self._made.append(system)
            yield system

    def width(self, place: int) -> float:
        """Largest minus smallest true count that fits; stops when that is wide enough."""
        goal = np.zeros(self.size)
        goal[place] = 1
        ranges = [(0, None)] * len(self.cells) + [(0, 4 if at < len(self.months) else 5) for at, _ in self.runs]
        low, high = np.inf, -np.inf
        for rows, limits, equal, values in self._each():
            for sign in (1, -1):
                found = linprog(
                    sign * goal, A_ub=rows, b_ub=limits, A_eq=equal, b_eq=values, bounds=ranges, method="highs"
                )
                if found.success:
                    low = min(low, np.ceil(found.fun - 1e-6)) if sign == 1 else low
                    high = max(high, np.floor(-found.fun + 1e-6)) if sign == -1 else high
            if high - low >= WIDE_ENOUGH:
                break
        return float(high - low)


def _names(partition: str, category: str) -> Iterator[str]:
    yield ""
    if partition.endswith("_hit"):
        yield f"hit {category.rpartition('|')[2]}"
    if partition == "block_hit":
        yield f"block {category.partition('|')[0]}"
    if partition == "weekday_block":
        yield f"block {category.rpartition('|')[2]}"


def main(folder: str, quarters: str = "8", cells: str = "20") -> None:
    """Print how many drawn small cells are narrow."""
    table = pl.read_parquet(Path(folder) / "restricted" / "release" / "cells.parquet")
    found = vectors({(t, p, s.isoformat(), part, c): n for t, p, s, part, c, n in table.iter_rows()})
    draw = np.random.default_rng(1)
    blocks = sorted({vector.block for vector in found if vector.partition == "reason_hit"})
    widths = []
    for number in draw.permutation(len(blocks))[: int(quarters)]:
        team, _, start = blocks[number]
        first = int(start[5:7])
        days = {f"{start[:5]}{month:02d}-01" for month in range(first, first + 3)}
        months = [v for v in found if v.partition == "result" and v.block[0] == team and v.block[2] in days]
        quarter = Quarter(months, [v for v in found if v.block == blocks[number] and v.partition in TABLES])
        small = [place for place, n in enumerate(quarter.released) if n <= 10]
        widths += [quarter.width(small[at]) for at in draw.permutation(len(small))[: int(cells)]]
    narrow = sum(width < WIDE_ENOUGH for width in widths)
    sys.stdout.write(
        f"{len(widths)} small cells drawn, {narrow} narrower than {WIDE_ENOUGH}, smallest {min(widths):g}\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
