"""Where the site stands: what arrived, what was refused, what is published, and what to do next."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from meos_pipeline.contracts.cells import CELLS
from meos_pipeline.contracts.fine_cells import ENTERED
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.statistics.settling import FEWEST_MONTHS, Completeness, advised_days, completeness, final_on
from meos_pipeline.steps import accounts, care, handed_in, intake, publishing, settled
from meos_pipeline.steps import plan as plans
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.tables import months_of, scan_months

NOTHING = "nothing to do"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Lines for people, one row per month, and the next thing to do."""

    lines: list[str]
    months: Sequence[tuple[object, ...]]
    next: str


def status(space: Workspace, *, now: datetime) -> Status:
    """Tell the state of a site from its files alone."""
    from meos_pipeline.quality.summary import read_validation

    folder = space.folder
    waiting = plans.waiting(space, now=now)
    missing = ""
    sheets: list[str] = []
    try:
        work = plans.plan(space, now=now)
        sheets = handed_in.in_words(space)
    except InputError as error:
        work, missing = [], str(error)
    stale = {date.fromisoformat(f"{item.what}-01") for item in work if item.step in plans.OF_MONTHS}
    is_read = not any(item.step == "read" for item in work)
    done = set(months_of(folder.restricted / "cells", CELLS.name))
    records = dict(
        scan_months(folder.tables, POLICE_CHECKS).group_by("month").len().collect().sort("month").iter_rows()
    )
    failed = dict(
        read_validation(folder)
        .filter(~pl.col("passed"), pl.col("month").is_not_null())
        .group_by("month")
        .len()
        .iter_rows()
    )
    current = publishing.current_edition(space)
    quarantined = accounts.read_quarantine(space).height
    silent = care.silent_teams(space) if records and is_read and not missing else []
    lines = [
        f"Data folder: {folder.root}",
        f"Waiting in landing: {counted(len(waiting), 'file')}",
        f"Set aside in quarantine: {counted(quarantined, 'row or field', 'rows or fields')}",
        *sheets,
        f"Published: {current or 'nothing yet'}",
    ]
    kept = publishing.kept_editions(space)
    if len(kept) > 1:
        lines.append(f"Editions that are kept: {', '.join(kept)}")
    if silent:
        lines.append(f"Teams without a recent export: {', '.join(silent)}")
    months = [
        (
            f"{month:%Y-%m}",
            records.get(month, 0),
            failed.get(month, 0),
            "no" if month in stale or month not in done else "yes",
        )
        for month in sorted({*records, *stale})
    ]
    return Status(lines=lines, months=months, next=missing or _next(work, bool(records), current))


def status_document(space: Workspace, *, now: datetime) -> dict[str, Any]:
    """Return the state of a site for another program: names, numbers and days, never a value from the data."""
    from meos_pipeline.steps.arrivals import arrivals

    standing = status(space, now=now)
    settling = settling_of(space)
    asking = arrivals(space, now=now).asking
    return {
        "site": space.settings.site.organisation,
        "at": now.isoformat(timespec="seconds"),
        "published": publishing.current_edition(space) or "",
        "newest_export": settling.newest.isoformat() if settling.newest else "",
        "settlement_days": space.settings.policy.settlement_days,
        "advised_settlement_days": settling.advised,
        "months": [
            {
                "month": month,
                "records": records,
                "rules_failed": failed,
                "is_counted": counts == "yes",
                "final_on": settling.final[str(month)].isoformat(),
                "is_provisional": month in settling.early,
                "is_final": settling.newest is not None and settling.final[str(month)] <= settling.newest,
            }
            for month, records, failed, counts in standing.months
            if str(month) in settling.final
        ],
        "completeness": [asdict(one) for one in settling.measured],
        "asking": [{"kind": notice.kind.value, "about": notice.about, "code": notice.code} for notice in asking],
        "next": what_next(standing, len(asking)),
    }


def what_next(standing: Status, asking: int) -> str:
    """Return what to do next: never 'nothing' while files or months ask for a person."""
    if standing.next != NOTHING or not asking:
        return standing.next
    return f"look at what asks for you in the table above: {counted(asking, 'line', 'lines')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settling:
    """When months are final, and how complete months are by their age."""

    newest: date | None
    """Day of the newest export."""
    final: dict[str, date]
    """Month as 2026-09 -> the day from which an export makes it final."""
    measured: list[Completeness]
    early: tuple[str, ...] = ()
    """Months that are shown as provisional until then."""
    advised: int | None
    """Days after which a month is complete enough; None when that cannot be told."""


def settling_of(space: Workspace) -> Settling:
    """Measure how late records come in, and tell when months are final. Reads tables, changes nothing."""
    policy = space.settings.policy
    months = months_of(space.folder.tables, POLICE_CHECKS.name)
    if not months:
        return Settling(newest=None, final={}, measured=[], advised=None)
    newest = intake.newest_export(space).date()
    measured = completeness(scan_months(space.folder.restricted / "cells", ENTERED).collect(), newest=newest)
    return Settling(
        newest=newest,
        final={f"{month:%Y-%m}": final_on(month, policy.settlement_days) for month in months},
        early=tuple(f"{month:%Y-%m}" for month in settled.early_months(space, newest)),
        measured=measured,
        advised=advised_days(measured, wanted=policy.settled_share),
    )


def settling_lines(found: Settling, settlement_days: int, language: str) -> list[str]:
    """Return what there is to say of months that are not final, and of ``settlement_days``.

    Args:
        found: What was measured.
        settlement_days: As the policy has it.
        language: In which months are named.
    """
    told = [
        f"{_named(date.fromisoformat(f'{month}-01'), language)} {'is provisional and ' if month in found.early else ''}"
        f"becomes final on {_day(day, language)}"
        for month, day in found.final.items()
        if found.newest is not None and day > found.newest
    ]
    if not found.measured:
        return told
    now = max((one for one in found.measured if one.age <= settlement_days), key=lambda one: one.age)
    told.append(
        f"{now.age} days after its end a month is {now.share:.1%} complete ({now.low:.1%} to {now.high:.1%}, "
        f"{counted(now.months, 'month')})"
    )
    if max(one.months for one in found.measured) < FEWEST_MONTHS:
        told.append(f"For advice on 'settlement_days' {FEWEST_MONTHS} months are needed of which the delays are known")
    elif found.advised is None:
        told.append("No age measured is complete enough to advise on 'settlement_days'")
    elif found.advised != settlement_days:
        told.append(
            f"By these delays 'settlement_days' can be {found.advised}; it is {settlement_days}. Later corrections are not in them"
        )
    return told


_MONTHS = {
    "nl": [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}


def _named(month: date, language: str) -> str:
    return f"{_MONTHS[language][month.month - 1]} {month.year}"


def _day(day: date, language: str) -> str:
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def _next(work: Sequence[plans.Work], known: bool, current: str) -> str:
    steps = {item.step for item in work}
    if steps == {"read"} and not known:
        return "put exports in landing, then 'meos run'"
    if steps - {"release", "find", "publish"}:
        return "meos run"
    return "meos publish" if steps or not current else NOTHING
