"""What cells with a key give away: base, one value per set, additivity, bounds, other teams, drift."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import PurePosixPath

from meos_pipeline.attack.bounds import Vector, bounds, linked_bounds, total_bounds, vectors
from meos_pipeline.attack.document import CellKey, Document
from meos_pipeline.attack.leak import Leak
from meos_pipeline.contracts.cells import PARTITIONS

NARROWEST = 4
"""A true count of which fewer than five values remain possible is recovered."""

SMALL = 10
"""Released counts up to this are small."""

ALL = "*"
"""Category of a total: data-cell="team|month|2026-10-01|result|*"."""


def claimed(documents: Iterable[Document]) -> tuple[dict[CellKey, int], list[Leak]]:
    """Value of every cell that is shown, and the cells that say something they may not."""
    cells: dict[CellKey, int] = {}
    leaks = []
    for document in documents:
        for claim in document.claims:
            if claim.value is None:
                continue
            if claim.value % 5 or claim.value < 0:
                leaks.append(Leak("BASE", document.file, _name(claim.key), "the count is not a multiple of 5"))
                continue
            known = cells.setdefault(claim.key, int(claim.value))
            if known != claim.value:
                leaks.append(Leak("SAME", document.file, _name(claim.key), "one set has two values"))
    return cells, leaks


def sum_leaks(cells: Mapping[CellKey, int]) -> Iterator[Leak]:
    """Parts that do not add up to their total, and sets that have two values."""
    parts = {key: n for key, n in cells.items() if key[4] != ALL}
    totals: dict[tuple[str, str, str, str], dict[str, int]] = defaultdict(dict)
    for vector in vectors(parts):
        team, period, start = vector.block
        population = PARTITIONS[vector.partition].population
        totals[team, period, start, population][vector.partition] = sum(vector.released)
        shown = cells.get((team, period, start, vector.partition, ALL))
        if shown is not None and shown != sum(vector.released):
            yield Leak("ADD", "all files", f"{team} {period} {start} {vector.partition}", "the parts do not add up")
    for (team, period, start, population), by_partition in totals.items():
        first = cells.get((team, period, start, "proactive", "proactive")) if population == "proactive" else None
        values = {*by_partition.values(), *([first] if first is not None else [])}
        if len(values) > 1:
            yield Leak(
                "SAME",
                "all files",
                f"{team} {period} {start} {population}",
                f"{len(by_partition)} partitions of one population have different totals",
            )


def bound_leaks(cells: Mapping[CellKey, int], *, linked: int = 40) -> Iterator[Leak]:
    """Small cells of which fewer than five true counts remain possible.

    Every block is bounded exactly; of the blocks that hang together over time, the ``linked`` smallest cells
    at the end of their block (where a known total bites) are attacked by linear programming.
    """
    found = vectors({key: n for key, n in cells.items() if key[4] != ALL})
    for vector in found:
        for category, released, (low, high) in zip(vector.categories, vector.released, bounds(vector), strict=True):
            if released <= SMALL and high - low < NARROWEST:
                yield _bound(vector, category)
    for vector, place, inner in itertools.islice(_linked(found), linked):
        low, high = linked_bounds(inner, vector, place)
        if high - low < NARROWEST:
            yield _bound(vector, vector.categories[place])


def width_summary(cells: Mapping[CellKey, int]) -> tuple[int, int, int]:
    """Number of small cells, number that is recovered, and the smallest width."""
    widths = [
        high - low
        for vector in vectors({key: n for key, n in cells.items() if key[4] != ALL})
        for released, (low, high) in zip(vector.released, bounds(vector), strict=True)
        if released <= SMALL
    ]
    return len(widths), sum(width <= 0 for width in widths), min(widths, default=-1)


def other_team_leaks(documents: Iterable[Document], teams: frozenset[str]) -> Iterator[Leak]:
    """Cells of one team in the folder of another."""
    for document in documents:
        folders = [part for part in PurePosixPath(document.file).parts if part in teams]
        if not folders:
            continue
        others = Counter(claim.key[0] for claim in document.claims if claim.key[0] in teams - {folders[0]})
        for other in sorted(others):
            yield Leak("OTHER_TEAM", document.file, other, "the folder of one team holds cells of another")


def drift_leaks(now: Mapping[CellKey, int], earlier: Mapping[CellKey, int]) -> Iterator[Leak]:
    """Released blocks that changed between editions as they would without a revision gate.

    A gate lets a block change only when ten records did, so nearly every honest change is larger than one
    step of the base; and settled months rarely change at all.
    """
    both = now.keys() & earlier.keys()
    blocks: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for key in both:
        blocks[key[:3]].append(abs(now[key] - earlier[key]))
    changed = {block: sum(steps) for block, steps in blocks.items() if any(steps)}
    single = sorted(block for block, size in changed.items() if size <= 10)  # noqa: PLR2004 - one record moves two cells one step
    for team, period, start in single:
        yield Leak(
            "DRIFT",
            "earlier edition",
            f"{team} {period} {start}",
            "a block changed by one step only",
            certain=len(single) > 2,  # noqa: PLR2004
        )
    if len(changed) > max(3, len(blocks) // 2):
        yield Leak(
            "DRIFT", "earlier edition", f"{len(changed)} of {len(blocks)} blocks", "most released blocks changed"
        )


def _linked(found: list[Vector]) -> Iterator[tuple[Vector, int, list[Vector]]]:
    months: dict[tuple[str, str, date], Vector] = {}
    for vector in found:
        team, period, start = vector.block
        population = PARTITIONS[vector.partition].population
        if period == "month":
            months.setdefault((team, population, date.fromisoformat(start)), vector)
    candidates: list[tuple[int, Vector, int, list[Vector]]] = []
    for vector in found:
        team, period, start = vector.block
        size = {"quarter": 3, "year": 12}.get(period, 0)
        if not size:
            continue
        first = date.fromisoformat(start)
        population = PARTITIONS[vector.partition].population
        inner = [
            months[key]
            for step in range(size)
            if (key := (team, population, first.replace(month=first.month + step))) in months
        ]
        if len(inner) < size:
            continue
        slack = sum(total_bounds(part)[1] for part in inner) - sum(vector.released)
        candidates.extend(
            (slack, vector, place, inner) for place in (len(vector.released) - 1, 0) if vector.released[place] <= SMALL
        )
    for _, vector, place, inner in sorted(candidates, key=lambda item: (item[0], item[1].block, item[1].partition)):
        yield vector, place, inner


def _bound(vector: Vector, category: str) -> Leak:
    team, period, start = vector.block
    return Leak(
        "BOUND",
        "all files",
        f"{team} {period} {start} {vector.partition} {category}",
        "fewer than five true counts remain possible",
    )


def _name(key: CellKey) -> str:
    return " ".join(key)
