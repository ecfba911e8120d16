"""A section of the team report: one file in ``sections/`` and one block of words in ``reports/team.yaml``."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import TextError
from meos_pipeline.reporting.results import TeamResults
from meos_pipeline.reporting.spec import Block, Flag
from meos_pipeline.reporting.words import Words

PACKAGE = "meos_pipeline.reporting.sections"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything one team's report is made from."""

    team: str
    team_name: str
    month: date
    words: Words
    publishable: Publishable
    results: TeamResults
    everyone: Mapping[str, TeamResults]
    """Results of all teams; '' is all teams together."""
    flags: tuple[Flag, ...] = ()
    shapes: Mapping[str, tuple[tuple[float, float], ...]] | None = None
    """Outlines of areas (RD) that the site supplies; without them areas are tiles."""

    def say(self, path: str, **values: str) -> str:
        """Words of this report: ``path`` below ``team/sections``."""
        return self.words(f"team/sections/{path}", **values)


Build = Callable[[Report], Block | None]


@dataclass(frozen=True, slots=True)
class Section:
    """Selects and draws; computes nothing. ``build`` returns ``None`` when there is nothing to tell."""

    name: str
    build: Build


def all_sections(words: Words) -> tuple[Section, ...]:
    """All sections in the order of ``reports/team.yaml``.

    Raises:
        TextError: when a section has no words, or words have no section.
    """
    package = importlib.import_module(PACKAGE)
    found: dict[str, Section] = {
        module.name: importlib.import_module(f"{PACKAGE}.{module.name}").SECTION
        for module in pkgutil.iter_modules(package.__path__)
    }
    order = list(words.tree["team"]["sections"])
    if mistakes := sorted(set(order) ^ set(found)):
        raise TextError(
            f"Sections and their words in reports/team.yaml differ: {', '.join(mistakes)}; add what is missing"
        )
    return tuple(found[name] for name in order)
