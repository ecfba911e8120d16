"""What the name of an export says: when it was made, and which month it holds."""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from meos_pipeline.settings import Settings

_MONTH = re.compile(r"(?<!\d)(20\d\d)-(0[1-9]|1[0-2])(?!\d|-\d)")
"""A month; '2024-10-01' is a day."""
_TABLES = (".csv", ".txt", ".tsv", ".tab", ".xlsx", ".xls", ".ods", ".parquet")
_TIME = re.compile(
    r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)[T_ ]?"
    r"(?:([0-2]\d)([0-5]\d)([0-5]\d)?|([0-2]\d)[:.-]([0-5]\d)(?:[:.-]([0-5]\d))?)(?!\d)"
    r"(Z(?![A-Za-z])|[+-]\d\d:?\d\d(?!\d))?(?!-\d\d(?!\d))"
)
"""A day and a time. Two days ('2024-10-01_2024-10-31') are a period: '2024-10' is no time with seconds."""


def export_time(name: str, settings: Settings) -> datetime | None:
    """Return the export time that a file name states, in UTC; None when it states none, or more than one.

    Without a zone of its own ('Z', '+0200') it is local time of the site.
    """
    found = set(_TIME.findall(name))
    if len(found) != 1:
        return None
    *parts, zone = found.pop()
    clock = [int(one or other or 0) for one, other in zip(parts[3:6], parts[6:], strict=True)]
    try:
        local = datetime(*map(int, parts[:3]), *clock, tzinfo=_zone(zone, settings))  # type: ignore[arg-type, misc]
    except ValueError:
        return None
    return local.astimezone(UTC)


def meant_for(name: str, beside: Collection[str]) -> str:
    """Return the name of a file beside the exports that another file nearly has ('Manifest.csv', 'acties (1).xlsx').

    Args:
        name: Name of a file in landing.
        beside: Names of files that belong beside the exports; only CSV files can be meant.

    Returns:
        The name that is meant; '' for any other file, and for one that has such a name.
    """
    written = name.lower()
    if name in beside or not written.endswith(_TABLES):
        return ""
    near = (known for known in sorted(beside) if known.endswith(".csv"))
    return next((known for known in near if re.match(rf"{re.escape(known[:-4])}(?![a-z0-9])", written)), "")


def series_of(name: str) -> str:
    """Return a file's name without its export time when it says which month the file holds; else the name as it is."""
    return _TIME.sub("", name) if _MONTH.search(name) else name


def month_in(name: str) -> tuple[date, date] | None:
    """Return first and last day of the month in a file name, or of the months when it names more."""
    months = sorted(date(int(year), int(month), 1) for year, month in _MONTH.findall(name))
    return (months[0], (months[-1] + timedelta(days=31)).replace(day=1) - timedelta(days=1)) if months else None


def _zone(text: str, settings: Settings) -> ZoneInfo | timezone:
    if not text:
        return ZoneInfo(settings.site.time_zone)
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))
