"""A section of the team report: one file in ``sections/`` and one block of words in ``reports/team.yaml``."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meos_pipeline.contracts.availability import missing_field
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import TextError
from meos_pipeline.reporting.own import OwnFigure
from meos_pipeline.reporting.results import TeamResults
from meos_pipeline.reporting.shift_plan import DrawnShift
from meos_pipeline.reporting.spec import Block, Flag
from meos_pipeline.reporting.words import Words
from meos_pipeline.statistics.kept import kept_shares

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
    drawn: tuple[DrawnShift, ...] = ()
    """Shifts of the coming month that were drawn for the team to join."""
    areas: Mapping[str, str] = field(default_factory=dict)
    """Names of areas by code, as the organisation list gives them."""
    own: tuple[OwnFigure, ...] = ()
    """Figures that the site declared itself."""
    shapes: Mapping[str, tuple[tuple[float, float], ...]] | None = None
    """Outlines of areas (RD) that the site supplies; without them areas are tiles."""

    def say(self, path: str, **values: str) -> str:
        """Words of this report: ``path`` below ``team/sections``."""
        return self.words(f"team/sections/{path}", **values)

    def former(self) -> tuple[str, ...]:
        """Of which teams before the figures are, and of which they are not, in a sentence per day on which it changed."""
        rows = self.publishable.former.filter(self.publishable.former["team"] == self.team)
        days: dict[tuple[date, bool], list[str]] = {}
        for name, last, is_carried in rows.select("former", "last_day", "is_carried").iter_rows():
            days.setdefault((last, is_carried), []).append(name)
        return tuple(
            self.words(
                f"team/former/{'carried' if is_carried else 'split'}",
                teams=", ".join(sorted(names)),
                day=self.words.notation.day(last),
            )
            for (last, is_carried), names in days.items()
        )

    def marked(self) -> tuple[str, ...]:
        """That too many rows of the month were set aside or replaced, in a sentence; nothing when it is not so."""
        policy = self.publishable.policy
        if self.publishable.quality.is_empty():
            return ()
        rows = self.publishable.quality
        kept = kept_shares(rows.filter(rows["team"] == self.team, rows["month"] == self.month))
        own = kept.filter(kept["team"] == self.team)
        if not own.filter((own["aside"] + own["replaced"]) > policy.set_aside_share * own["n"]).height:
            return ()
        share = self.words.notation.share(policy.set_aside_share)
        return (self.words("team/marked", share=share, month=self.words.notation.month(self.month)),)

    def not_delivered(self) -> tuple[str, ...]:
        """What the export has no column for, in one sentence for the whole page; nothing when it has them all."""
        rows = self.publishable.findings.filter(self.publishable.findings["team"] == self.team)
        fields = sorted({field for reason in rows["label_reason"].unique() if (field := missing_field(reason))})
        named = ", ".join(self.words.code("export_column", field) for field in fields)
        return (self.words("team/not_delivered", fields=named),) if named else ()

    def area(self, code: str) -> str:
        """Name of an area as people call it; without one 'wijk' and the end of its code, for a code says nothing."""
        if name := self.areas.get(code):
            return name
        known = self.words.code("area", code)
        return known if known != code else self.words("page/area", end=code[-_END_OF_CODE:])


_END_OF_CODE = 3
"""So many signs tell areas of a team apart."""
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
    return in_order(PACKAGE, "SECTION", list(words.tree["team"]["sections"]), "reports/team.yaml")


def in_order(package: str, constant: str, order: Sequence[str], words: str) -> tuple[Any, ...]:
    """The constant of that name of every module in a package, in the order in which its words stand.

    Raises:
        TextError: when a module has no words, or words have no module.
    """
    found = {
        module.name: getattr(importlib.import_module(f"{package}.{module.name}"), constant)
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
    }
    if mistakes := sorted(set(order) ^ set(found)):
        raise TextError(f"Files and their words in {words} differ: {', '.join(mistakes)}; add what is missing")
    return tuple(found[name] for name in order)
