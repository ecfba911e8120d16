"""The shifts that were drawn for a team: as a calendar file, and as a list to print."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from icalendar import Calendar, Event

from meos_pipeline.reporting.pages import environment
from meos_pipeline.reporting.pdf import STATIC
from meos_pipeline.reporting.words import Words

CALENDAR = {"nl": "diensten.ics", "en": "shifts.ics"}
"""Name of the calendar file beside the counting page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnShift:
    """A shift that was drawn to be joined."""

    team: str
    day: date
    block: str
    is_reserve: bool
    turn: int
    """Order in which to join, and after these to try the reserves."""
    weight: float
    """Shifts of the month that it stands for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """How many sheets a year a team with usual habits needs; the same for every team."""

    within: float
    """Half of the margin of coverage without a result that is wanted, as a share."""
    low: int
    high: int
    direction: int
    """Sheets after which a difference between the two coverages is seen with the chance of the policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftPlan:
    """Which shifts teams join, and how many sheets to aim for."""

    drawn: tuple[DrawnShift, ...] = ()
    aim: Aim | None = None

    def of(self, *teams: str) -> "ShiftPlan":
        """The plan of some teams; of none only the sheets to aim for are left."""
        return replace(self, drawn=tuple(shift for shift in self.drawn if shift.team in teams))


def aim_in_words(aim: Aim, words: Words) -> str:
    """How many sheets to aim for, in words."""
    number = words.notation.number
    margin, low, high = number(round(aim.within * 100)), number(aim.low), number(aim.high)
    return words("plan/aim", margin=margin, low=low, high=high, direction=number(aim.direction))


def shifts_ics(drawn: Sequence[DrawnShift], words: Words, *, made_on: date) -> bytes:
    """A calendar file (RFC 5545) with a private, whole day per shift, the reserves as free time; the same draw gives the same bytes.

    Args:
        drawn: Shifts of one team.
        words: Words of one language.
        made_on: Day that stands for the moment of making: a publication has no clock.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//meos_pipeline//telmee//NL")
    calendar.add("version", "2.0")
    for shift in drawn:
        event = Event()
        named = "plan/event_reserve" if shift.is_reserve else "plan/event"
        event.add("uid", f"{shift.team}-{shift.day.isoformat()}-{shift.block}@telmee")
        event.add("dtstamp", datetime.combine(made_on, time(), tzinfo=UTC))
        event.add("dtstart", shift.day)
        event.add("summary", words(named, block=words(f"codes/shift_block/{shift.block}")))
        event.add("class", "PRIVATE")
        event.add("transp", "TRANSPARENT" if shift.is_reserve else "OPAQUE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def shifts_html(drawn: Sequence[DrawnShift], words: Words, *, team_name: str, month: date) -> str:
    """The list as a page of its own, to print."""
    return (
        environment()
        .get_template("shifts.html.j2")
        .render(
            language=words.language,
            say=words,
            css=(STATIC / "count.css").read_text(encoding="utf-8"),
            title=words("plan/title", team=team_name, month=words.notation.month(month)),
            rows=shift_rows(drawn, words),
        )
    )


def shift_rows(drawn: Sequence[DrawnShift], words: Words) -> list[tuple[str, str, str]]:
    """Day, part of the day, and turn or reserve of each shift, in words."""
    first = sum(not shift.is_reserve for shift in drawn)
    return [
        (
            f"{words.code('weekday', str(shift.day.isoweekday()))} {words.notation.day(shift.day)}",
            words(f"codes/shift_block/{shift.block}"),
            words("plan/reserve", n=str(shift.turn - first)) if shift.is_reserve else str(shift.turn),
        )
        for shift in sorted(drawn, key=lambda shift: shift.turn)
    ]
