"""What stands beside the cells: shares of the quality of the data, the account of rows, and the manifest."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from meos_pipeline.attack.document import Document, Grid
from meos_pipeline.attack.leak import Leak
from meos_pipeline.attack.parsing import shown_number

QUALITY_PAGES = frozenset({"kwaliteit", "quality"})
MANIFEST = "manifest.json"
_PERCENT = re.compile(r"^(\d+(?:[.,]\d+)?)\s?%$")
_HASH = re.compile(r"^[0-9a-f]{32,128}$")
_OPEN = frozenset({"files", "configuration"})
"""Keys of a manifest with hashes of what readers get, and a keyed one of how the program was set."""
_STEP = 5
_HALF = 0.5 + 1e-9


def quality_leaks(document: Document) -> Iterator[Leak]:
    """Shares that released counts cannot give, and an account of rows whose parts are not what came in.

    A share of records that broke a rule is ``5 a / n`` with a released ``n``, to whole percents. A share without its
    ``n``, or one that no ``a`` gives, was worked out from exact records: with the number of checks beside it, it is
    its own numerator.
    """
    if PurePosixPath(document.file).stem not in QUALITY_PAGES:
        return
    for number, grid in enumerate(document.grids, start=1):
        where = f"{grid.where} {number}"
        for row in grid.rows[1:]:
            shares = [found for cell in row if (found := _PERCENT.match(cell.strip()))]
            if not shares:
                continue
            n = next((value for cell in row[1:] if (value := shown_number(cell)) is not None), None)
            if n is None:
                yield Leak("QUALITY", document.file, where, "a share stands without the released number it is of")
            elif not _is_released(shares[0][1], n):
                yield Leak("QUALITY", document.file, where, "a share is none that released counts can give")
        yield from _account(document, grid, where)


def manifest_leaks(file: str, text: str) -> Iterator[Leak]:
    """Hashes of what readers do not have: whoever holds an export can tell which version of it was used."""
    if PurePosixPath(file).name != MANIFEST:
        return
    try:
        content: Mapping[str, Any] = json.loads(text)
    except ValueError:
        yield Leak("UNREAD", file, "manifest", "the manifest cannot be read")
        return
    for key in sorted(set(content) - _OPEN):
        if any(_HASH.match(value) for value in _texts(content[key])):
            yield Leak("MANIFEST", file, key, "a plain hash of something that readers do not have is there")


def _is_released(text: str, n: float) -> bool:
    """Whether a share is a whole percent that some released part of ``n`` lies within half a percent of."""
    percent = float(text.replace(",", "."))
    if n <= 0 or percent != round(percent):
        return False
    # A half is rounded up or to even, as the writer likes: 15 of 120 may be 12 or 13%.
    return any(abs(100 * part / n - percent) <= _HALF for part in range(0, int(n) + 1, _STEP))


def _account(document: Document, grid: Grid, where: str) -> Iterator[Leak]:
    """The last table of the page that counts rows: its first number is the sum of the others."""
    counts = [shown_number(row[1]) if len(row) == 2 else None for row in grid.rows[1:]]  # noqa: PLR2004 - stage, number
    if len(counts) < 3 or any(value is None for value in counts):  # noqa: PLR2004 - what came in and two parts
        return
    whole, *parts = [value for value in counts if value is not None]
    if whole != sum(parts):
        yield Leak("ADD", document.file, where, "the parts of the rows are not what came in")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (str(key), *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
