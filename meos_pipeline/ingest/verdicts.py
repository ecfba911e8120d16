"""Judgements about a file as a whole that only its cells can tell: wrong list, wrong date form, shifted columns."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.ingest.export import Export
from meos_pipeline.ingest.messages import refused
from meos_pipeline.ingest.names import month_in
from meos_pipeline.ingest.profiles import CODE_LISTS, YES_NO_FIELDS, Profile, normal_code
from meos_pipeline.ingest.receive import ArchivedFile
from meos_pipeline.ingest.straight import require_straight_days
from meos_pipeline.settings import Settings

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

_TEAM_SHARE = 0.05
"""More unknown teams than this means that the organisation list is out of date."""
_UNREAD_SHARE = 0.5
"""More days that cannot be read than this means that days are written in another form."""
_SHIFTED_SHARE = 0.01
"""More citizen numbers than this in a column of teams or officers means that columns are shifted."""
_SHIFTED_ROWS = 3
_FEWEST_UNKNOWN = 3
_MOST_CODES = 5
_CODE_FORM = r"^[A-Za-z][A-Za-z_/ \-]{1,39}$"
"""What may be named in a message: words without digits."""
_FEWEST = 20
"""Fewer rows than this say nothing about shares."""
_TIME_SHARE = 0.05
"""More times than this whose last digits are no minutes mean that times are counted in minutes, or parts of a day or hour."""
_NO_MINUTES = r"^\d{0,2}[6-9]\d(?:\.0)?$|^\d{0,2}[.,](?:\d{3,}|[6-9]\d|[1-9])$"
_NEARLY_ALL = 0.9
_TRAITS = ("age", "age_range", "birth_date", "birth_year", "sex", "bsn", "person_id")
"""Fields in which the persons of a check differ, mostly."""
_TWICE_SHARE, _TWICE_TOLD, _FEWEST_TWICE = 0.5, 0.05, 6
"""Rows of persons that equal another row of their check: so many are a second delivery, and so many are told."""


def require_believable(
    export: Export,
    door: "Door",
    *,
    issues: dict[tuple[str, str], int],
    days: pl.DataFrame,
    parts: pl.LazyFrame,
    filled: Mapping[str, int],
) -> None:
    """Refuse a file whose cells show that it was misread or mis-exported as a whole.

    Args:
        export: The export.
        door: How its layout is read, the language of messages, and the shares from which on a file is refused.
        issues: (field, code) -> number of rows.
        days: ``check_date`` and ``len``: rows per day, those without a day too.
        parts: The rows as they were read.
        filled: Column -> cells that are not empty.

    Raises:
        ExportError: F-DATUMVORM, F-DATUM, F-TIJD, F-VERSCHOVEN, F-TEAMLIJST, F-KOLOM-LEEG, F-CODELIST, F-CODES or F-JANEE.
    """
    profile, settings = door.profile, door.settings
    language, rows = settings.site.languages[0], int(days["len"].sum())
    _require_plausible(export, issues, rows, language)
    require_straight_days(export, days, parts, language)
    _require_known_results(export, profile, issues, rows, settings)
    _require_known_codes(export, issues, filled, settings)
    _require_known_answers(export, issues, filled, settings)


def require_fast_identity(file: ArchivedFile, profile: Profile, settings: Settings) -> None:
    """Refuse a file whose records can only be told apart by what may change later, unless it holds every record.

    Raises:
        ExportError: F-IDENTITEIT.
    """
    revised = profile.revised_identity
    if revised and "check_id" not in profile.columns and not file.is_complete:
        language = settings.site.languages[0]
        raise refused("F-IDENTITEIT", language, file=file.name, columns=", ".join(revised))


def told_by_the_name(file: ArchivedFile, months: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """Return warnings of a file whose name tells another month than its rows, or no period though it is complete."""
    named = month_in(file.name)
    held = [month for month, counts in months.items() if counts.get("candidate")]
    is_there = not (named and held) or any(named[0].isoformat() <= month <= named[1].isoformat() for month in held)
    found = {"W-MAAND-NAAM": not is_there, "W-VOLLEDIG-PERIODE": file.is_complete and file.covered is None}
    return {code: 1 for code, is_so in found.items() if is_so}


def require_whole(export: Export, profile: Profile, stated: int | None, language: str) -> None:
    """Refuse a file with another number of records than the manifest says, or with every record in it more than once.

    Args:
        export: The export.
        profile: How its layout is read.
        stated: What the manifest says; a totals row may count or not.
        language: Language of messages.

    Raises:
        ExportError: F-RIJEN or F-RIJEN-DUBBEL.
    """
    totals = sum(bad.code == "R-VOETREGEL" for bad in export.bad_lines)
    if stated and stated not in (export.rows_in, export.rows_in - totals):
        raise refused("F-RIJEN", language, file=export.name, rows=export.rows_in, count=stated)
    if profile.rows_are != "persons":
        return  # equal rows count once
    # A number of the person may run on where the rows are delivered again.
    same = [name for name in export.rows.collect_schema() if name != "line" and not re.fullmatch(r"person_\d+", name)]
    alike = export.rows.group_by(same).len().filter(pl.col("len") > 1).select("len").collect(engine="streaming")["len"]
    count, rows = int(alike.sum()), export.rows_in
    can_differ = not export.mapping.person_row and rows >= _FEWEST and any(name in same for name in _TRAITS)
    if count > (_TWICE_SHARE if can_differ else _NEARLY_ALL) * rows and rows >= _FEWEST_TWICE:
        raise refused("F-RIJEN-DUBBEL", language, file=export.name, count=count, rows=rows)
    if count > _TWICE_TOLD * rows and not export.mapping.person_row:
        export.warnings["W-RIJ-GELIJK"] = int(alike.sum()) - alike.len()


def _require_plausible(export: Export, issues: dict[tuple[str, str], int], rows: int, language: str) -> None:
    """Refuse a file whose cells show that it was misread or mis-exported as a whole.

    Args:
        export: The export.
        issues: (field, code) -> number of rows.
        rows: Rows read.
        language: Language of messages.

    Raises:
        ExportError: F-DATUMVORM, F-DATUM, F-TIJD, F-VERSCHOVEN, F-TEAMLIJST or F-KOLOM-LEEG.
    """
    months_first = issues.get(("date", "R-DATUM-MAAND"), 0)
    either = issues.get(("date", "W-DATUM-TWEE"), 0)
    days_first = issues.get(("date", "W-DATUM-DAG"), 0)
    column = export.mapping.sources.get("date", "datum")
    if months_first or (either and not days_first):
        raise refused("F-DATUMVORM", language, file=export.name, column=column, count=months_first + either)
    unread = sum(issues.get(("date", code), 0) for code in ("R-DATUM", "R-EXCELFOUT"))
    beyond = [issues.get(("date", code), 0) for code in ("R-TE-OUD", "R-TOEKOMST")]
    # Days both long ago and still to come: their parts stand in another order.
    unread += sum(beyond) if all(beyond) else 0
    if unread > _UNREAD_SHARE * rows and rows >= _SHIFTED_ROWS:
        raise refused("F-DATUM", language, file=export.name, column=column, count=unread, rows=rows)
    _require_times(export, issues, rows, language)
    for field in ("officer", "team"):
        misplaced = issues.get((field, "R-BSN-PLAATS"), 0)
        if misplaced > _SHIFTED_SHARE * rows and misplaced >= _SHIFTED_ROWS:
            raise refused(
                "F-VERSCHOVEN", language, file=export.name, column=export.mapping.fields[field], count=misplaced
            )
    unknown = issues.get(("team", "R-TEAM-ONBEKEND"), 0)
    if unknown > _TEAM_SHARE * rows and (rows >= _FEWEST or (unknown == rows and rows >= _SHIFTED_ROWS)):
        raise refused(
            "F-TEAMLIJST",
            language,
            file=export.name,
            column=export.mapping.fields.get("team", ""),
            count=unknown,
            rows=rows,
        )
    empty = [
        export.mapping.fields[field]
        for field, code in (("check_id", "R-SLEUTEL-LEEG"), ("date", "R-DATUM-LEEG"), ("team", "R-TEAM-LEEG"))
        if field in export.mapping.fields and issues.get((field, code), 0) == rows and rows > 1
    ]
    if empty:
        raise refused("F-KOLOM-LEEG", language, file=export.name, columns=", ".join(empty))


def _require_times(export: Export, issues: dict[tuple[str, str], int], rows: int, language: str) -> None:
    """Refuse a file whose times are minutes since midnight, or parts of a day or hour: some would be read as another time."""
    unread = issues.get(("time", "R-TIJD"), 0)
    if unread < _FEWEST_UNKNOWN or unread <= _TIME_SHARE * rows or "time" not in export.rows.collect_schema():
        return
    is_count = pl.col("time").str.strip_chars().str.contains(_NO_MINUTES).fill_null(value=False)
    counted = int(export.rows.select(is_count.sum()).collect(engine="streaming").item())
    if counted >= _FEWEST_UNKNOWN and counted > _TIME_SHARE * rows:
        column = export.mapping.sources.get("time", "tijd")
        raise refused("F-TIJD", language, file=export.name, column=column, count=counted, rows=rows)


def _require_known_answers(
    export: Export, issues: dict[tuple[str, str], int], filled: Mapping[str, int], settings: Settings
) -> None:
    """Refuse a file with a yes/no column of which too much is neither: what is left would be chosen by its answer.

    Raises:
        ExportError: F-JANEE, with those columns.
    """
    policy = settings.policy
    limits = dict.fromkeys(YES_NO_FIELDS, policy.result_empty_bounds)
    limits |= {
        f"flag_{name}_{number}": policy.result_not_understood_share if name == "results" else policy.result_empty_bounds
        for name, table in export.mapping.flags.items()
        for number in range(len(table))
    }
    unread = [
        export.mapping.sources[name]
        for name, limit in limits.items()
        if (number := issues.get((name, "R-JANEE"), 0)) >= _FEWEST_UNKNOWN and number > limit * filled.get(name, 0)
    ]
    if unread:
        raise refused("F-JANEE", settings.site.languages[0], file=export.name, columns=", ".join(unread))


def _require_known_results(
    export: Export, profile: Profile, issues: dict[tuple[str, str], int], rows: int, settings: Settings
) -> None:
    """Refuse a file of which too many results are not understood: what is left would be chosen by its outcome.

    Raises:
        ExportError: F-CODELIST, with the codes that occur often and cannot be a name or a number.
    """
    unknown = issues.get(("results", "R-CODE-UITKOMST"), 0)
    if unknown < _FEWEST_UNKNOWN or unknown <= settings.policy.result_not_understood_share * rows:
        return
    known = profile.code_table("results")
    often = (
        export.rows.select(pl.col("results").str.strip_chars())
        .filter(pl.col("results").str.contains(_CODE_FORM))
        .group_by("results")
        .len()
        .filter(pl.col("len") >= _FEWEST_UNKNOWN)
        .sort("len", "results", descending=[True, False])
        .collect(engine="streaming")["results"]
    )
    codes = [code for code in often if normal_code(code) not in known][:_MOST_CODES]
    raise refused(
        "F-CODELIST",
        settings.site.languages[0],
        file=export.name,
        column=export.mapping.fields.get("results", ""),
        count=unknown,
        rows=rows,
        codes=", ".join(codes) or "–",
    )


def _require_known_codes(
    export: Export, issues: dict[tuple[str, str], int], filled: Mapping[str, int], settings: Settings
) -> None:
    """Refuse a file with a column of codes or yes and no of which nothing at all is understood: it is another column.

    Raises:
        ExportError: F-CODES, with those columns.
    """
    unread = [
        header
        for name, header in export.mapping.fields.items()
        if name in (*CODE_LISTS, *YES_NO_FIELDS)
        and filled.get(name, 0) >= _FEWEST_UNKNOWN
        and sum(issues.get((name, code), 0) for code in ("R-CODE", "R-JANEE", "R-CODE-UITKOMST")) >= filled[name]
    ]
    if unread:
        raise refused("F-CODES", settings.site.languages[0], file=export.name, columns=", ".join(unread))
