"""Slots of a month from which shifts are drawn, when there is no roster: each day has an early, a late and a night shift.

Recorded checks are known per weekday and four hours; a shift of eight hours takes them in proportion to the hours it
shares with each. One check is added to every slot of the week: where nothing was ever recorded, checks may be missing.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from meos_pipeline.statistics.methods.sampling_plan import PlannedBlock

FIRST_HOUR = {"early": 5, "late": 13, "night": 21}
HOURS = 8
_WEEK = 7 * 24


def expected(recorded: Mapping[tuple[int, str], float]) -> dict[tuple[int, str], float]:
    """Checks expected on one weekday and shift, relative to each other.

    Args:
        recorded: Recorded checks per weekday (1 = Monday) and four-hour block ('20-24').
    """
    hours = [0.0] * _WEEK
    for (weekday, block), count in recorded.items():
        first = int(block[:2])
        for hour in range(first, first + 4):
            hours[(weekday - 1) * 24 + hour] += count / 4
    return {
        (weekday, block): 1.0 + sum(hours[((weekday - 1) * 24 + first + step) % _WEEK] for step in range(HOURS))
        for weekday in range(1, 8)
        for block, first in FIRST_HOUR.items()
    }


def calendar(month: date, recorded: Mapping[tuple[int, str], float]) -> list[PlannedBlock]:
    """Every day and part of the day of a month, as one shift each.

    Args:
        month: First day of the month.
        recorded: As in ``expected``.
    """
    following = (month + timedelta(days=31)).replace(day=1)
    days = [month + timedelta(days=step) for step in range((following - month).days)]
    checks = expected(recorded)
    return [
        PlannedBlock(day=day, block=block, shifts=1.0, checks=checks[day.isoweekday(), block])
        for day in days
        for block in FIRST_HOUR
    ]
