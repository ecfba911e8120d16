"""What cells with a key give away: base, one value per set, additivity, bounds, other teams, drift."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import PurePosixPath

from meos_pipeline.attack.bounds import Vector, around, bounds, vectors
from meos_pipeline.attack.document import CellKey, Document
from meos_pipeline.attack.leak import Leak
from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.policy import Policy

SHIPPED = Policy()
"""Limits as we ship them: what an outsider knows of a site that told no other ones."""

NARROWEST = SHIPPED.rounding_base - 1
"""A true count of which fewer values than the base remain possible is recovered."""

SMALL = SHIPPED.smallest_shown_count
"""Released counts up to this are small."""

_MANY = 2
"""An honest publication can look like a leak in so many blocks."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}

PROVISIONAL = "provisional"
"""Period of a count of a month that has not settled: data-cell="team|provisional|2026-10-01|proactive|*"."""

ALL = "*"
"""Category of a total: data-cell="team|month|2026-10-01|result|*"."""


def claimed(documents: Iterable[Document]) -> tuple[dict[CellKey, int], list[Leak]]:
    """Value of every cell that is shown, and the cells that say something they may not.

    "<10" is read as what it stands for, a released 5; other marks give no value (see ``whole``).
    """
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


def whole(cells: Mapping[CellKey, int], documents: Iterable[Document]) -> dict[CellKey, int]:
    """The cells of partitions of which no cell is hidden ("<20" may be 5, 10 or 15): only those can be added up.

    That the hidden ones are safe too does not rest on their being hidden: see ``released_leaks``.
    """
    hidden = {
        claim.key[:4]
        for document in documents
        for claim in document.claims
        if claim.value is None and claim.key not in cells
    }
    return {key: n for key, n in cells.items() if key[:4] not in hidden}


def released_leaks(cells: Mapping[CellKey, int]) -> list[Leak]:
    """What an outsider would learn who saw every released cell, also those that pages show as "<10"."""
    return sorted({*sum_leaks(cells), *sibling_leaks(cells), *bound_leaks(cells)})


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
        months = _months_of(totals, (team, period, start, population))
        if months is not None and sum(months) not in values:
            yield Leak(
                "ADD", "all files", f"{team} {period} {start} {population}", "the months do not add up to the period"
            )


def sibling_leaks(cells: Mapping[CellKey, int]) -> Iterator[Leak]:
    """Sets that two tables of one period count: a class of results, or a block of the day."""
    classes: dict[tuple[str, str, str], dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for vector in vectors({key: n for key, n in cells.items() if key[4] != ALL}):
        its = PARTITIONS[vector.partition]
        if set(its.categories) - set(vector.categories):
            continue  # an open list, or a table that is not shown whole
        for category, n in zip(vector.categories, vector.released, strict=True):
            for name in _classes_of(vector.partition, category):
                by_table = classes[vector.block][name]
                by_table[vector.partition] = by_table.get(vector.partition, 0) + n
    for (team, period, start), by_class in sorted(classes.items()):
        for name, by_table in sorted(by_class.items()):
            values = set(by_table.values())
            first = date.fromisoformat(start)
            months = [
                classes.get((team, "month", first.replace(month=first.month + later).isoformat()), {})
                for later in range(_MONTHS[period])
            ]
            seen = [month[name]["result"] for month in months if "result" in month.get(name, {})]
            if len(seen) == len(months):
                values.add(sum(seen))
            if len(values) > 1:
                yield Leak(
                    "SAME", "all files", f"{team} {period} {start} {name}", "one set has two values in two tables"
                )


def _classes_of(partition: str, category: str) -> Iterator[str]:
    if partition == "result":
        yield {"H1": "strict", "H2": "broad", "H3": "broad", "unknown": "unknown"}.get(category, "none")
    elif partition.endswith("_hit") and "|" in category:
        yield category.rpartition("|")[2]
    if partition == "block_hit":
        yield f"block {category.partition('|')[0]}"
    elif partition == "weekday_block":
        yield f"block {category.rpartition('|')[2]}"


def _months_of(
    totals: Mapping[tuple[str, str, str, str], Mapping[str, int]], longer: tuple[str, str, str, str]
) -> list[int] | None:
    """Totals of the months of a longer period; None when not all of them can be seen, or it is a month itself."""
    team, period, start, population = longer
    first = date.fromisoformat(start)
    names = [
        (team, "month", first.replace(month=first.month + later).isoformat(), population)
        for later in range(_MONTHS.get(period, 0))
    ]
    if not names or not all(name in totals for name in names):
        return None
    return [next(iter(totals[name].values())) for name in names]


def bound_leaks(cells: Mapping[CellKey, int]) -> Iterator[Leak]:
    """Small cells of which fewer than five true counts remain possible.

    Every block is bounded exactly, first by itself, then with what the periods inside it or around it say of its
    total. Where months add up to the longer period they say the same, so nothing is learned: its parts are then
    bounded as if its total were exact to the base, which is more than can be known. Where they do not, they were
    rounded twice, and offsets that stand at their ends on both sides pin the total down.
    """
    found = vectors({key: n for key, n in cells.items() if key[4] != ALL})
    known = _totals(found)
    for vector in found:
        if min(vector.released) > SMALL:
            continue
        alone = bounds(vector)
        together = bounds(vector, total=_linked_total(vector, known))
        for category, released, own, linked in zip(vector.categories, vector.released, alone, together, strict=True):
            if released > SMALL:
                continue
            if own[1] - own[0] < NARROWEST or linked[0] <= linked[1] < linked[0] + NARROWEST:
                yield _bound(vector, category)


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


def drift_leaks(now: Mapping[CellKey, int], earlier: Mapping[CellKey, int], policy: Policy = SHIPPED) -> Iterator[Leak]:
    """Released blocks that changed between editions as they would without a revision gate.

    A gate lets a block change only when ten records did, so nearly every honest change is larger than one
    step of the base; and settled months rarely change at all.
    """
    both = {key for key in now.keys() & earlier.keys() if key[1] != PROVISIONAL}
    blocks: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for key in both:
        blocks[key[:3]].append(abs(now[key] - earlier[key]))
    changed = {block: sum(steps) for block, steps in blocks.items() if any(steps)}
    # One record moves two cells one step.
    single = sorted(block for block, size in changed.items() if size <= 2 * policy.rounding_base)
    for team, period, start in single:
        yield Leak(
            "DRIFT",
            "earlier edition",
            f"{team} {period} {start}",
            "a block changed by one step only",
            certain=len(single) > _MANY,
        )
    if len(changed) > max(policy.broad_change_blocks, policy.broad_change_share * len(blocks)):
        yield Leak(
            "DRIFT", "earlier edition", f"{len(changed)} of {len(blocks)} blocks", "most released blocks changed"
        )


def without_months(cells: Mapping[CellKey, int], first: str, last: str) -> dict[CellKey, int]:
    """The cells of periods that hold none of the months from the first to the last."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)

    def is_apart(key: CellKey) -> bool:
        start = date.fromisoformat(key[2])
        months = _MONTHS.get(key[1], 1)
        final = (start.year * 12 + start.month - 1) + months - 1
        return start > end or final < begin.year * 12 + begin.month - 1

    return {key: n for key, n in cells.items() if is_apart(key)}


def pair_leaks(now: Mapping[CellKey, int], earlier: Mapping[CellKey, int], policy: Policy = SHIPPED) -> Iterator[Leak]:
    """What the provisional and the final count of a month tell together.

    A provisional count stands until its month is final, and then moves by what a revision needs or not at all. A count
    that follows each late record, or a total that moves by a step, tells who looks often which record came in when.
    """
    small = []
    for (team, period, start, partition, category), before in sorted(earlier.items()):
        if period != PROVISIONAL:
            continue
        where = f"{team} month {start}"
        if now.get((team, period, start, partition, category), before) != before:
            yield Leak("DRIFT", "earlier edition", where, "a provisional count changed before its month was final")
        block = (team, "month", start, partition)
        final = [now[key] for name in PARTITIONS[partition].categories if (key := (*block, name)) in now]
        if final and 0 < abs(sum(final) - before) < policy.revision_records:
            small.append(where)
    for where in small:
        yield Leak(
            "DRIFT",
            "earlier edition",
            where,
            "the final count is one step from the provisional one",
            certain=len(small) > _MANY,  # records that were taken out beside many that came in
        )


_Totals = dict[tuple[str, str, str], dict[date, tuple[int, int]]]
"""Per team, population and period: bounds of the true total, by first day."""


def _totals(found: list[Vector]) -> _Totals:
    """A period whose months add up to it was not rounded by itself: only its months say how large it is."""
    shown: dict[tuple[str, str, str], dict[date, int]] = defaultdict(dict)
    for vector in found:
        team, period, start = vector.block
        population = PARTITIONS[vector.partition].population
        shown[team, population, period].setdefault(date.fromisoformat(start), sum(vector.released))
    known: _Totals = {}
    for (team, population, period), by_start in shown.items():
        known[team, population, period] = {}
        for first, total in by_start.items():
            months = [n for day, n in shown.get((team, population, "month"), {}).items() if _holds(period, first, day)]
            parts = months if len(months) == _MONTHS[period] and sum(months) == total else [total]
            ends = [around(part) for part in parts]
            known[team, population, period][first] = (sum(end[0] for end in ends), sum(end[1] for end in ends))
    return known


def _linked_total(vector: Vector, known: _Totals) -> tuple[int, int]:
    """Bounds of a block's total from the shorter periods it is made of, and from the quarter around a month."""
    team, period, start = vector.block
    population, first = PARTITIONS[vector.partition].population, date.fromisoformat(start)
    low, high = known[team, population, period][first]
    for shorter in {"quarter": ["month"], "year": ["month", "quarter"]}.get(period, []):
        inside = [its for day, its in known.get((team, population, shorter), {}).items() if _holds(period, first, day)]
        if len(inside) * _MONTHS[shorter] == _MONTHS[period]:
            low, high = max(low, sum(its[0] for its in inside)), min(high, sum(its[1] for its in inside))
    if period == "month":
        quarter = first.replace(month=3 * ((first.month - 1) // 3) + 1)
        whole_quarter = known.get((team, population, "quarter"), {}).get(quarter)
        beside = [
            its
            for day, its in known[team, population, "month"].items()
            if day != first and _holds("quarter", quarter, day)
        ]
        if whole_quarter and len(beside) == _MONTHS["quarter"] - 1:
            low = max(low, whole_quarter[0] - sum(its[1] for its in beside))
            high = min(high, whole_quarter[1] - sum(its[0] for its in beside))
    return low, high


def _holds(period: str, first: date, day: date) -> bool:
    return first.year == day.year and first.month <= day.month < first.month + _MONTHS[period]


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
