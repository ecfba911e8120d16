"""What the team agreed: kind and aim from lists (never a title that somebody typed), and what was measured around it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.results import Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.words import Words

MEASURE_OF_AIM = {
    "coverage_no_result": "coverage",
    "registrations": "registrations_per_100_shifts",
    "yield": "yield_broad",
    "reason": "objective_ground",
    "dossier": "dossier_complete",
    "explained": "explanation_given",
    "timeliness": "timeliness",
    "debriefed": "debriefed",
    "reason_text": "reason_text_usable",
    "history": "history_consulted",
    "repeat": "repeat_persons",
    "repeat_vehicle": "repeat_vehicles",
}
"""The measure that an aim is judged on."""


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

    @property
    def measure(self) -> str:
        """The measure it aims at; '' for none."""
        return MEASURE_OF_AIM.get(self.aim, "")

    def title(self, words: Words) -> str:
        """What an agreement aims at; of other actions their kind as well."""
        kind = words(f"codes/action_kind/{self.kind}")
        if not self.aim:
            return kind
        told = words(f"codes/aim/{self.aim}")
        return told if self.kind == "agreement" else f"{kind}: {told}"

    def goes_on(self, day: date) -> bool:
        """Whether it still holds on that day."""
        return self.starts <= day and (self.ends is None or self.ends >= day) and self.state != "dropped"

    def looking_back(self, today: date, words: Words) -> tuple[str, ...]:
        """When the team looks back on it, or that the day has passed; nothing when that was done or no day was set.

        Args:
            today: Newest day of the data, which stands on the page.
            words: Words of the page.
        """
        if self.look_back is None or self.state != "running":
            return ()
        key = "ahead" if self.look_back > today else "due"
        return (words(f"now/agreement/look_back/{key}", day=words.notation.day(self.look_back)),)


def agreements_of(publishable: Publishable, team: str) -> list[Agreement]:
    """Agreements and actions of a team that began by the newest day of the data, the newest first.

    Not by the end of the report month: a team that agreed something since would read that it agreed nothing.
    """
    actions = publishable.actions
    if actions.is_empty():
        return []
    rows = actions.filter(actions["team"] == team).sort("starts", "action_id", descending=True).to_dicts()
    return [_agreement(row) for row in rows if row["starts"] <= publishable.made_on]


def last_agreement(publishable: Publishable, team: str) -> Agreement | None:
    """The newest agreement, or without one the newest action with an aim."""
    found = agreements_of(publishable, team)
    own = [a for a in found if a.kind == "agreement"] or [a for a in found if a.measure]
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


def _agreement(row: Mapping[str, Any]) -> Agreement:
    return Agreement(
        action_id=str(row["action_id"]),
        kind=str(row["kind"]),
        aim=str(row["aim"] or ""),
        starts=row["starts"],
        ends=row["ends"],
        look_back=row["look_back"],
        state=str(row["state"] or ""),
        wants_help=bool(row["help"]),
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
