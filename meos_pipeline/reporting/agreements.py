"""What the team agreed: kind and aim from lists (never a title that somebody typed), and what was measured around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.claims import Said, say
from meos_pipeline.reporting.facts import claimed
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.words import Words
from meos_pipeline.statistics.change.actions import COVERAGE
from meos_pipeline.statistics.measures import measure_of_aim

_CLOSED = ("kept", "dropped")
"""States after which a team is done with an agreement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreement or action of a team."""

    action_id: str
    kind: str
    aim: str
    """A name below ``codes/aim``; '' when it aims at nothing that is measured."""
    starts: date
    ends: date | None = None
    look_back: date | None = None
    state: str = ""
    wants_help: bool = False
    """Whether the team still asks for help: one that was kept or let go no longer does."""

    @property
    def measure(self) -> str:
        """The measure it aims at; '' for none."""
        if self.aim == COVERAGE:
            return "coverage"
        return measure.name if (measure := measure_of_aim(self.aim)) else ""

    def title(self, words: Words) -> str:
        """What an agreement aims at; of other actions their kind as well."""
        kind = words(f"codes/action_kind/{self.kind}")
        if not self.aim:
            return kind
        told = words(f"codes/aim/{self.aim}")
        return told if self.kind == "agreement" else f"{kind}: {told}"

    def is_open(self, today: date) -> bool:
        """Whether the team still has to look back on it: by its state and its days, never by the report month."""
        is_past = any(day is not None and day <= today for day in (self.ends, self.look_back))
        return self.state in {"running", "adjusted"} and not is_past

    def begins_after(self, today: date) -> bool:
        """Whether it begins after the newest day of the data."""
        return self.starts > today

    def looking_back(self, today: date, words: Words) -> tuple[str, ...]:
        """When the team looks back on it, or that the day has passed; nothing when that was done or no day was set.

        One that was adjusted is looked back on again when its day is still to come.

        Args:
            today: Newest day of the data, which stands on the page.
            words: Words of the page.
        """
        if self.look_back is None or self.state in _CLOSED:
            return ()
        if self.look_back > today:
            key = "ahead"
        elif self.state == "running":
            key = "due"
        else:
            return ()
        return (words(f"now/agreement/look_back/{key}", day=words.notation.day(self.look_back)),)

    def told(self, today: date, words: Words) -> tuple[str, ...]:
        """What the team said of it, once it did, and when it looks back.

        Args:
            today: Newest day of the data, which stands on the page.
            words: Words of the page.
        """
        said = () if self.state == "running" else (words(f"now/agreement/state/{self.state}"),)
        return (*said, *self.looking_back(today, words))


def agreements_of(publishable: Publishable, team: str) -> list[Agreement]:
    """Agreements and actions of a team, the newest first, also those that begin after the newest day of the data.

    A team that agreed something since its last export would else read that it agreed nothing.
    """
    actions = publishable.actions
    if actions.is_empty():
        return []
    rows = actions.filter(actions["team"] == team).sort("starts", "action_id", descending=True).to_dicts()
    return [_agreement(row) for row in rows]


def agreements_to_lead(publishable: Publishable, team: str) -> list[Agreement]:
    """Agreements, the newest first; without any the actions with an aim."""
    found = agreements_of(publishable, team)
    return [a for a in found if a.kind == "agreement"] or [a for a in found if a.measure]


def last_agreement(publishable: Publishable, team: str) -> Agreement | None:
    """The newest agreement, or without one the newest action with an aim."""
    own = agreements_to_lead(publishable, team)
    return own[0] if own else None


def effect_of(report: Report, agreement: Agreement) -> Finding | None:
    """What the series shows around an action: a verdict on its own aim, or nothing."""
    stratum = f"action={agreement.action_id}"
    names = ("coverage_change",) if agreement.measure == "coverage" else ("action_effect",)
    for name in names:
        found = [f for f in report.results.all(name, stratum=stratum) if not f.series]
        if found:
            return found[-1]
    return None


def around(report: Report, agreement: Agreement) -> tuple[Finding, Finding] | None:
    """The figures before and after, when both may be shown."""
    stratum = f"action={agreement.action_id}"
    names = ("coverage_change",) if agreement.measure == "coverage" else ("action_effect",)
    for name in names:
        sides = {f.series: f for f in report.results.all(name, stratum=stratum, series=None)}
        before, after = sides.get("before"), sides.get("after")
        if before is not None and after is not None and before.is_shown and after.is_shown:
            return before, after
    return None


def before_and_after(report: Report, agreement: Agreement, *, is_alone: bool = True) -> Said | None:
    """The same two figures wherever a page tells of the agreement: of the long periods before and after it.

    Not ``is_alone`` behind the sentence with the figure of now, which says of which checks it is.
    """
    pair = around(report, agreement)
    if pair is None:
        return None
    claims = {"before": claimed(pair[0], is_beside=True), "after": claimed(pair[1], is_beside=True)}
    coverage = "coverage_sides" if is_alone else "coverage_then"
    key = coverage if pair[0].period_start == pair[1].period_start else "around_sides"
    since = report.words.notation.day(agreement.starts)
    return say(report.words, f"now/agreement/{key}", {"since": since}, **claims)


def _agreement(row: Mapping[str, Any]) -> Agreement:
    return Agreement(
        action_id=str(row["action_id"]),
        kind=str(row["kind"]),
        aim=str(row["aim"] or ""),
        starts=row["starts"],
        ends=row["ends"],
        look_back=row["look_back"],
        state=str(row["state"] or ""),
        wants_help=bool(row["help"]) and row["state"] not in _CLOSED,
    )


def agreements_to_look_back(actions: pl.DataFrame, team: str) -> list[dict[str, Any]]:
    """Rows of a team's agreements that have an aim and a day to look back, the first to look back on first.

    Args:
        actions: ``TEAM_ACTIONS``, or an empty frame.
        team: Slug.
    """
    if actions.is_empty():
        return []
    own = actions.filter(
        pl.col("team") == team,
        pl.col("kind").cast(pl.String) == "agreement",
        pl.col("aim").is_not_null(),
        pl.col("look_back").is_not_null(),
    )
    return own.sort("look_back", "action_id").to_dicts()
