"""Rows of which nothing can be said: named together when there are many, so that they do not drown what is known."""

from collections.abc import Sequence

from meos_pipeline.reporting.spec import Mark

MOST_DRAWN = 2
"""Up to this many rows without a number keep their place in the picture."""


def drawn_and_silent(marks: Sequence[Mark]) -> tuple[tuple[Mark, ...], tuple[str, ...]]:
    """Marks to draw, and the names of those that are only named; the table has all of them."""
    silent = tuple(mark.label for mark in marks if mark.value is None)
    if len(silent) <= MOST_DRAWN or len(silent) == len(marks):
        return tuple(marks), ()
    return tuple(mark for mark in marks if mark.value is not None), silent
