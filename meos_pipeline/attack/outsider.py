"""The whole attack: read everything, combine editions, report."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from meos_pipeline.attack.beside import MANIFEST, manifest_leaks, quality_leaks
from meos_pipeline.attack.bounds import vectors
from meos_pipeline.attack.canaries import canary_leaks
from meos_pipeline.attack.cells import (
    ALL,
    claimed,
    drift_leaks,
    other_team_leaks,
    pair_leaks,
    released_leaks,
    whole,
    without_months,
)
from meos_pipeline.attack.document import CellKey, Document
from meos_pipeline.attack.files import read_folder
from meos_pipeline.attack.leak import Leak
from meos_pipeline.attack.results import result_leaks
from meos_pipeline.attack.suspicions import suspicions
from meos_pipeline.policy import Policy


def attack(
    folder: Path,
    earlier: Sequence[Path] = (),
    *,
    canaries: Sequence[str] = (),
    shared: frozenset[str] = frozenset({"district", "assets", "overview"}),
    contact: str = "",
    publisher: str = "",
    look: "Callable[[Path], Seen] | None" = None,
    keep: "Callable[[Seen], object] | None" = None,
    has_cells: bool = True,
    corrected: tuple[str, str] | None = None,
    policy: Policy | None = None,
) -> list[Leak]:
    """Attack a published folder, with earlier editions beside it.

    Args:
        folder: An edition (or any folder of published files).
        earlier: Earlier editions; the outsider kept them.
        canaries: Planted identifiers that may be nowhere.
        shared: Folders that belong to no team.
        contact: Mail address that may be on the pages.
        publisher: Organisation that files may name as their author.
        look: How to see an earlier edition, when what was seen of it is kept; default ``see``.
        keep: Is given what an outsider keeps of this folder, for the next attack.
        has_cells: Whether any count was released; a site with a handful of checks has pages without one.
        corrected: First days of the first and last month that a declared correction changes: readers are told that
            figures of those months moved, so that they did is no leak.
        policy: From when on a change is broad, and how many records a revision needs; default as we ship it.

    Returns:
        Leaks, in a fixed order. When no file or no cell could be read there is a leak ``UNREAD``:
        an attack that saw nothing has proven nothing.
    """
    rules = policy or Policy()
    documents = list(read_folder(folder))
    cells, leaks = claimed(documents)
    if not any(document.texts and document.file for document in documents):
        return [Leak("UNREAD", ".", "folder", "there is nothing to read")]
    if not cells and has_cells:
        leaks.append(Leak("UNREAD", ".", "cells", "no cell with a key could be read, so nothing was attacked"))
    teams = frozenset(key[0] for key in cells) - shared
    released = denominators(cells)
    seen = _seen(cells, documents)
    leaks += seen.leaks
    if keep:
        keep(seen)
    leaks += other_team_leaks(documents, teams)
    for document in documents:
        if Path(document.file).name != "manifest.json":
            leaks += suspicions(document, released, contact=contact, publisher=publisher)
        leaks += [*quality_leaks(document), *result_leaks(document)]
    manifest = folder / MANIFEST
    if manifest.is_file():
        leaks += manifest_leaks(MANIFEST, manifest.read_text(encoding="utf-8", errors="replace"))
    for before in earlier:
        old = (look or see)(before)
        known = old.cells if corrected is None else without_months(old.cells, *corrected)
        leaks += [replace(leak, file=f"{before.name}/{leak.file}") for leak in old.leaks]
        leaks += [*drift_leaks(cells, known, rules), *pair_leaks(cells, known, rules)]
        if not old.cells:
            told = "no cell could be read in the earlier edition"
            leaks.append(Leak("UNREAD", before.name, "cells", told, certain=False))  # a handful of checks has none
        if canaries:
            leaks += canary_leaks(read_folder(before), canaries)
    leaks += canary_leaks(documents, canaries)
    return sorted(set(leaks))


@dataclass(frozen=True, slots=True)
class Seen:
    """What an outsider keeps of an edition: its cells, and what they give away by themselves."""

    cells: Mapping[CellKey, int]
    leaks: tuple[Leak, ...]


def see(folder: Path) -> Seen:
    """Read an edition as somebody who keeps it."""
    documents = list(read_folder(folder))
    return _seen(claimed(documents)[0], documents)


def _seen(cells: Mapping[CellKey, int], documents: Sequence[Document]) -> Seen:
    return Seen(cells, tuple(released_leaks(whole(cells, documents))))


def denominators(cells: Mapping[CellKey, int]) -> frozenset[int]:
    """Released sums a share can have below the line: runs of categories, added over runs of months."""
    series: dict[tuple[str, str, str, int, int], list[int]] = {}
    for vector in vectors({key: n for key, n in cells.items() if key[4] != ALL}):
        team, period, _ = vector.block
        size = len(vector.released)
        runs = (
            itertools.combinations(range(size + 1), 2)
            if size <= 12  # noqa: PLR2004 - long lists: whole, each one, each prefix
            else [
                *((0, end) for end in range(1, size + 1)),
                *((at, at + 1) for at in range(size)),
                *((at, at + 4) for at in range(0, size, 4)),
            ]
        )
        for first, last in runs:
            series.setdefault((team, period, vector.partition, first, last), []).append(
                sum(vector.released[first:last])
            )
    sums = set()
    for values in series.values():
        running = [0, *itertools.accumulate(values)]
        sums |= {later - before for before, later in itertools.combinations(running, 2)}
    return frozenset(sums - {0})
