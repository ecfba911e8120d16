"""What a statistic is: a question, what it estimates, when it misleads, and how it is computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.policy import Policy

if TYPE_CHECKING:
    from meos_pipeline.statistics.measures import Measure


class Theme(StrEnum):
    """Part of the report a statistic belongs to, in reading order."""

    USE = "use"
    EFFECTIVENESS = "effectiveness"
    REPEATS = "repeats"
    ACCOUNTABILITY = "accountability"
    CHANGE = "change"
    TEAMS = "teams"
    WHERE_WHEN = "where_when"
    DISPARITY = "disparity"


class Gate(StrEnum):
    """Which cells a statistic reads, and so which rule guards its result."""

    RELEASED = "released"
    """Protected cells: whatever it computes may be shown."""
    MODEL = "model"
    """Exact fine cells: its result passes the second, narrower gate of ``disclosure``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What every statistic may know besides its tables."""

    policy: Policy
    month: date
    """First day of the report month: the newest that may be shown."""
    teams: tuple[str, ...]
    """Slugs of all teams that should appear, also those without records."""


Compute = Callable[[Mapping[str, pl.DataFrame], Context], pl.DataFrame]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One statistic. ``compute`` returns rows of the ``FINDINGS`` contract."""

    name: str
    theme: Theme
    question: str
    question_nl: str
    estimand: str
    assumptions: str
    misleads: str
    minimum: str
    source: str
    inputs: tuple[str, ...]
    """Names of tables it reads: 'cells', a fine cell table, a companion. An absent companion gives
    one row per team with label ``missing_input``."""
    gate: Gate
    compute: Compute
    version: int = 1
    optional: bool = False
    """Off unless ``meos.toml`` asks for it."""
    measure: "Measure | None" = None
    """What it counts, when that is compared over time and between teams as well."""
