"""A published file, taken apart: bytes, texts, tables, number lists and cells."""

from collections.abc import Sequence
from dataclasses import dataclass, field

CellKey = tuple[str, str, str, str, str]
"""team, period, period_start, partition, category."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words somewhere in a file."""

    where: str
    text: str
    shape: bool = False
    """True for drawing instructions (paths, transforms): numbers in it are places on paper."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: rows of texts."""

    where: str
    rows: list[list[str]]
    mapped: frozenset[tuple[int, int]] = frozenset()
    """Places whose number is a cell with a key."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of numbers, such as a chart's axis."""

    where: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Claim:
    """A file says that a cell has a value; None when it shows no number for it."""

    where: str
    key: CellKey
    value: float | None


@dataclass(slots=True, kw_only=True)
class Document:
    """Everything found in one file, also in files inside it."""

    file: str
    blobs: list[bytes] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    numbers: list[Numbers] = field(default_factory=list)
    keys: list[Text] = field(default_factory=list)
    """Names of fields and columns."""
    claims: list[Claim] = field(default_factory=list)
    authors: list[Text] = field(default_factory=list)
    """Who made the file, as it says itself."""
    oddities: list[tuple[str, str, str]] = field(default_factory=list)
    """Leak kind, place and message of things that are wrong by their presence."""
