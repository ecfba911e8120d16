"""Corrections of what readers saw: declared by an analyst, with a reason from a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Cause(StrEnum):
    """Why published figures change at once. Readers see these, never what somebody typed."""

    MAPPING = "mapping"
    """Columns or codes of the source were read wrongly."""
    SOURCE = "source"
    """The source delivered records again, corrected."""
    ORGANISATION = "organisation"
    """The list of teams changed."""
    SETTINGS = "settings"
    """A number of the policy or another setting changed."""
    SOFTWARE = "software"
    """Another version of the program counts otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction, as readers are told of it."""

    on: date
    """Day of the act."""
    cause: Cause
    first: date
    """First day of the first month that changed."""
    last: date
    """First day of the last month that changed."""
    replaces: Sequence[str]
    """Ids of the editions that it took the place of."""
