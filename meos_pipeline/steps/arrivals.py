"""What every delivered file gave, in every run: what was set aside, refused, guessed or not read, and the next step.

One structure for ``meos run``, ``meos status``, Dagster and the alert. It is read from what the intake left on disk,
so a run in which no month changed tells the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.steps.confirming import read_confirmed
from meos_pipeline.steps.handed_in import refused
from meos_pipeline.steps.language import language_of
from meos_pipeline.steps.workspace import Workspace

if TYPE_CHECKING:
    from meos_pipeline.ingest.parsed import Parsed

LATE = timedelta(hours=1)
"""An export that lies in landing for longer than this is told: something keeps it from being taken in."""
_MOST_CODES = 4
"""Reasons named in one line; the quarantine lists all."""


class Kind(StrEnum):
    """What there is to tell of a file, a month or a rule, the most pressing first."""

    REFUSED = "refused"
    ALL_SET_ASIDE = "all rows set aside"
    SET_ASIDE = "rows set aside"
    LATE = "not taken in"
    RULE = "rule failed"
    GUESSED_TIME = "export time guessed"
    OTHER_DAY = "team of another day"
    WARNING = "warning"
    CODE = "unknown code"
    COLUMN = "columns not read"
    UNLINKED = "number of nobody"
    WAITING = "still growing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell. Names of files, columns, codes and rules; never a value from the data."""

    kind: Kind
    about: str
    """Name of a file, or a month."""
    what: str
    code: str = ""
    count: int = 0
    next: str = "nothing"
    asks: bool = False
    """Whether a person has to act or acknowledge before a run ends well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Every notice, the most pressing first."""

    notices: tuple[Notice, ...]

    @property
    def asking(self) -> tuple[Notice, ...]:
        """Notices that nobody acted on or acknowledged yet."""
        return tuple(notice for notice in self.notices if notice.asks)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """Return what is asked and what is told, as kind, about, what and next; warnings of one kind stand together."""
        single = [notice for notice in self.notices if notice.asks or notice.kind not in _TOGETHER]
        rest: dict[tuple[Kind, str], list[Notice]] = {}
        for notice in self.notices:
            if notice not in single:
                rest.setdefault((notice.kind, notice.code), []).append(notice)
        return [(notice.kind.value, notice.about, notice.what, notice.next) for notice in single] + [
            (kind.value, _names(notices), notices[0].what, notices[0].next) for (kind, _), notices in rest.items()
        ]

    def table(self) -> pl.DataFrame:
        """Return ``rows`` as a table."""
        columns = ("kind", "about", "what", "next")
        return pl.DataFrame(self.rows(), orient="row", schema=dict.fromkeys(columns, pl.String))


_TOGETHER = (Kind.WARNING, Kind.CODE, Kind.COLUMN, Kind.UNLINKED)


def arrivals(space: Workspace, *, now: datetime | None = None) -> Arrivals:
    """Return what every delivered file gave.

    Args:
        space: The workspace.
        now: The moment of running; without it nothing is said about how long files lie in landing.
    """
    found = [*_of_files(space), *_of_handed_in(space), *_of_months(space), *(_of_landing(space, now) if now else ())]
    order = list(Kind)
    return Arrivals(notices=tuple(sorted(found, key=lambda item: (not item.asks, order.index(item.kind), item.about))))


def _of_handed_in(space: Workspace) -> Iterable[Notice]:
    """What was refused of the files of the counting page; nothing while a companion file cannot be read."""
    try:
        found = refused(space)
    except InputError:
        return
    for name, told in found.items():
        yield Notice(
            kind=Kind.REFUSED,
            about=name,
            what=told,
            code=told.split(":", 1)[0],
            next=f'hand it in again, or: meos acknowledge {name} --why "…"',
            asks=True,
        )


def _of_files(space: Workspace) -> Iterable[Notice]:
    from meos_pipeline.ingest.refusals import (
        State,
        parsed_before,
        read_acknowledged,
        read_refusals,
        replaced_by,
        rows_set_aside,
    )

    language = language_of(space.settings)
    parsed = list(parsed_before(space.folder, space.settings))
    for refusal in read_refusals(space.folder, space.settings):
        is_open = refusal.state == State.OPEN
        yield Notice(
            kind=Kind.REFUSED,
            about=refusal.name,
            what=refusal.message if is_open else f"{refusal.code}: {_SETTLED[refusal.state.value]} {refusal.why}",
            code=refusal.code,
            next=f'mend it and deliver it again, or: meos acknowledge {refusal.name} --why "…"'
            if is_open
            else "nothing",
            asks=is_open,
        )
    aside, by_rule = _set_aside(space), rows_set_aside(space.folder)
    let_go = read_acknowledged(space.folder)
    for item in parsed:
        if item.refused:
            continue
        name, export = item.file.name, item.file.export_id
        codes = aside.get(export, {})
        rows = item.set_aside + by_rule.get(export, 0)
        if rows:
            instead = replaced_by(item.file, parsed)
            is_known = bool(instead) or let_go.get((item.file.sha, name), 0) >= rows
            is_all = rows >= item.rows_in
            why = ", ".join(f"{code} {number}" for code, number in list(codes.items())[:_MOST_CODES])
            yield Notice(
                kind=Kind.ALL_SET_ASIDE if is_all else Kind.SET_ASIDE,
                about=name,
                what=f"{rows} of {counted(item.rows_in, 'row')} set aside ({why})",
                count=rows,
                next=f"replaced by {instead}" if instead else "nothing" if is_known else _next_of_rows(item, codes),
                asks=not is_known,
            )
        yield from _of_reading(item, language, let_go)


def _next_of_rows(item: "Parsed", codes: Mapping[str, int]) -> str:
    """What to do about rows that were set aside: for want of a key of their year one makes it, else one mends the export."""
    lacking = [year for year, key in sorted(item.years.items()) if not key]
    if "R-SLEUTELJAAR" in codes and lacking:
        return f"meos key rotate {lacking[0]}, then: meos run"
    return f'meos quarantine list; mend the export, or: meos acknowledge {item.file.name} --why "…"'


def _of_reading(item: "Parsed", language: str, let_go: Mapping[tuple[str, str], int]) -> Iterable[Notice]:
    """What reading a file told: guesses, warnings, unknown codes and columns."""
    from meos_pipeline.ingest.messages import parts

    name = item.file.name
    if not item.file.is_time_known:
        yield _message(Kind.GUESSED_TIME, name, "W-EXPORTTIJD", 1, parts("W-EXPORTTIJD", language, file=name))
    for team, code, number in item.other_days:
        what, do = parts(code, language, file=name)
        yield Notice(
            kind=Kind.OTHER_DAY,
            about=name,
            code=f"{code} {team}",
            count=number,
            what=f"{code} {team}: {counted(number, 'row')}. {what}",
            next=do,
        )
    for code, number in sorted(item.warnings.items()):
        if code.startswith(("W-KOLOM-EXTRA", "W-TEAM-NAAM")):
            continue
        columns = item.absent if code == "W-VLAG-LEEG" else item.empty
        said = parts(code, language, file=name, columns=", ".join(columns), count=number)
        yield _message(
            Kind.WARNING, name, code, number, said, asks=code in _ASKING and not let_go.get((item.file.sha, name))
        )
    for field, number in sorted(item.unknown_codes.items()):
        what, do = parts("R-CODE", language, file=name)
        yield Notice(
            kind=Kind.CODE,
            about=name,
            code=f"R-CODE {field}",
            count=number,
            what=f"{field}: {what} ({number})",
            next=do,
        )
    if item.unread:
        what, do = parts("W-KOLOM-EXTRA", language, file=name)
        listed = ", ".join(item.unread)
        yield Notice(
            kind=Kind.COLUMN, about=name, code=listed, count=len(item.unread), what=f"{what} {listed}", next=do
        )


_ASKING = ("W-GELIJKE-TIJD", "W-NUMMER-ANDERS", "W-KOLOM-LEEG", "W-KOLOM-LEGER", "W-VOLLEDIG-PERIODE")
"""Warnings that a person has to look at: a figure may be wrong by them."""
_SETTLED = {"replaced": "replaced by", "let_go": "let go, because"}


def _of_months(space: Workspace) -> Iterable[Notice]:
    from meos_pipeline.ingest.messages import parts
    from meos_pipeline.ingest.months import read_unlinked
    from meos_pipeline.quality.summary import read_validation

    language = language_of(space.settings)
    for month, columns in read_unlinked(space.folder).items():
        for column, number in columns.items():
            what, do = parts("W-NUMMER-VAN-NIEMAND", language, column=column, count=number)
            yield Notice(kind=Kind.UNLINKED, about=f"{month:%Y-%m}", code=column, count=number, what=what, next=do)
    failed: dict[tuple[str, str], list[date | None]] = {}
    confirmed = read_confirmed(space.folder)
    for row in read_validation(space.folder).filter(~pl.col("passed")).sort("month").iter_rows(named=True):
        said = "confirmed" if (row["rule"], row["month"]) in confirmed else str(row["severity"])
        failed.setdefault((said, row["rule"]), []).append(row["month"])
    for (severity, rule), months in sorted(failed.items()):
        named = [f"{month:%Y-%m}" for month in months if month is not None]
        yield Notice(
            kind=Kind.RULE,
            about=", ".join(named[-3:]) or "companion file",
            code=rule,
            count=len(months),
            what=f"{rule} ({severity})",
            next="nothing" if severity == "confirmed" else f"meos expectations explain {rule}",
        )


def _of_landing(space: Workspace, now: datetime) -> Iterable[Notice]:
    from meos_pipeline.ingest.receive import exports_in, readable

    for entry in exports_in(space.folder.landing):
        age = now.timestamp() - entry.stat(follow_symlinks=False).st_mtime
        if age >= LATE.total_seconds():
            yield Notice(
                kind=Kind.LATE,
                about=readable(entry.name),
                what=f"lies in landing for {counted(int(age // 3600), 'hour')}",
                next="meos run",
                asks=True,
            )


def _set_aside(space: Workspace) -> dict[str, dict[str, int]]:
    """Per export, code -> rows that are set aside as a whole, most rows first."""
    files = sorted(space.folder.quarantine.glob("*.parquet"))
    if not files:
        return {}
    rows = pl.concat([pl.read_parquet(path).filter("is_row") for path in files])
    told: dict[str, dict[str, int]] = {}
    for export, code, number in (
        rows.group_by("export_id", "code").len().sort("len", "code", descending=[True, False]).iter_rows()
    ):
        told.setdefault(export, {})[code] = number
    return told


def _message(kind: Kind, about: str, code: str, number: int, said: tuple[str, str], *, asks: bool = False) -> Notice:
    what, do = said
    return Notice(kind=kind, about=about, code=code, count=number, what=f"{code}: {what}", next=do, asks=asks)


def _names(notices: list[Notice]) -> str:
    about = list(dict.fromkeys(notice.about for notice in notices))
    return about[0] if len(about) == 1 else f"{about[-1]} and {len(about) - 1} more"
