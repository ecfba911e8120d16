"""A benchmark case, and what measuring it gives.

Every file of this folder may declare ``CASES``. Cases of one topic answer one question: ours, its rivals, and the
floor (the least that any program could do). ``prepare`` and the import of the case's module are not timed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Bench:
    """What a case gets: how many rows, where shared input lies, and an empty folder of its own."""

    rows: int
    inputs: Path
    work: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way to do one thing."""

    topic: str
    name: str
    run: Callable[[Bench, Any], Mapping[str, object] | None]
    """Does the work; gets what ``prepare`` returned; may return facts (results that must be equal, counts)."""
    prepare: Callable[[Bench], Any] | None = None
    """Builds the input in the same process, not timed; keep it small in memory, since the peak is of the process."""
    inputs: Callable[[Bench], None] | None = None
    """Makes shared input files once, in a process of its own."""
    role: str = "rival"
    """ours, rival or floor."""
    sizes: tuple[int, ...] = (MILLION, 10 * MILLION)
    """Numbers of rows at which the case runs; the quick mode takes the smallest."""
    needs: tuple[str, ...] = ()
    """Modules that must be installed; without them the case is left out and the table says so."""
    repeats: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Medians over the runs of one case at one size."""

    topic: str
    name: str
    role: str
    rows: int
    runs: int
    wall_seconds: float
    cpu_seconds: float
    peak_mb: float
    facts: Mapping[str, object] = field(default_factory=dict)
