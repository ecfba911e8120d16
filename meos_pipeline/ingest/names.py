"""What the name of an export says: when it was made, and which month it holds."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from meos_pipeline.settings import Settings

_MONTH = re.compile(r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])(?![\d-])")
_TIME = re.compile(
    r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)[T_ ]?([0-2]\d)[:.-]?([0-5]\d)(?:[:.-]?([0-5]\d))?(?!\d)"
    r"(Z(?![A-Za-z])|[+-]\d\d:?\d\d(?!\d))?"
)


def export_time(name: str, settings: Settings) -> datetime | None:
    """Return the export time that a file name states, in UTC; None when it states none.

    Without a zone of its own ('Z', '+0200') it is local time of the site.
    """
    stated = _TIME.search(name)
    if stated is None:
        return None
    *parts, zone = stated.groups()
    try:
        local = datetime(*(int(part or 0) for part in parts), tzinfo=_zone(zone, settings))  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    return local.astimezone(UTC)


def series_of(name: str) -> str:
    """Return a file's name without its export time when it says which month the file holds; else the name as it is."""
    return _TIME.sub("", name) if _MONTH.search(name) else name


def month_in(name: str) -> tuple[date, date] | None:
    """Return first and last day of the month in a file name."""
    stated = _MONTH.search(name)
    if stated is None:
        return None
    first = date(int(stated[1]), int(stated[2]), 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _zone(text: str | None, settings: Settings) -> ZoneInfo | timezone:
    if text is None:
        return ZoneInfo(settings.site.time_zone)
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
