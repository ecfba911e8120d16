"""Judgements about a file as a whole that only its cells can tell: wrong list, wrong date form, shifted columns."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.ingest.export import Export
from meos_pipeline.ingest.messages import refused
from meos_pipeline.ingest.profiles import CODE_LISTS, YES_NO_FIELDS, Profile, normal_code
from meos_pipeline.settings import Settings

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


def require_plausible(export: Export, issues: dict[tuple[str, str], int], rows: int, language: str) -> None:
    """Refuse a file whose cells show that it was misread or mis-exported as a whole.

    Args:
        export: The export.
        issues: (field, code) -> number of rows.
        rows: Rows read.
        language: Language of messages.

    Raises:
        ExportError: F-DATUMVORM, F-DATUM, F-VERSCHOVEN, F-TEAMLIJST or F-KOLOM-LEEG.
    """
    months_first = issues.get(("date", "R-DATUM-MAAND"), 0)
    either = issues.get(("date", "W-DATUM-TWEE"), 0)
    days_first = issues.get(("date", "W-DATUM-DAG"), 0)
    column = export.mapping.sources.get("date", "datum")
    if months_first or (either and not days_first):
        raise refused("F-DATUMVORM", language, file=export.name, column=column, count=months_first + either)
    unread = sum(issues.get(("date", code), 0) for code in ("R-DATUM", "R-EXCELFOUT"))
    if unread > _UNREAD_SHARE * rows and rows >= _SHIFTED_ROWS:
        raise refused("F-DATUM", language, file=export.name, column=column, count=unread, rows=rows)
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


def require_known_results(
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


def require_known_codes(
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
