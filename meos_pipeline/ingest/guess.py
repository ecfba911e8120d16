"""Which row of an unknown file holds the names of its columns: a full row of differing words above rows as wide."""

import re
from collections.abc import Sequence

_LOOKED_AT = 30
"""Rows in which the header is looked for."""
_FEWEST = 3
"""Columns that a table has at least."""
_WIDE = 0.8
"""A header has at least this part of the columns that the widest row has."""
_VALUE = re.compile(r"[\d.,:/\-\s]+")


def guess_header(rows: Sequence[Sequence[str | None]]) -> int | None:
    """Return the place of the header among the first rows; None when no row can be one.

    >>> guess_header([("Export 2026", None, None), ("nr", "datum", "team"), ("1", "01-02-2026", "Noord")])
    1
    """
    filled = [[text.strip() for text in row if text and text.strip()] for row in rows[:_LOOKED_AT]]
    widest = max((len(row) for row in filled), default=0)
    if widest < _FEWEST:
        return None
    for place, row in enumerate(filled):
        is_wide = len(row) >= max(_FEWEST, _WIDE * widest)
        if is_wide and len(set(row)) == len(row) and not any(_VALUE.fullmatch(text) for text in row):
            return place
    return None
