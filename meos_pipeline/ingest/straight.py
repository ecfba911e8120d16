"""Whether days and months stand where they should: what a spreadsheet turned is known by the rows together."""

import polars as pl

from meos_pipeline.ingest.export import Export
from meos_pipeline.ingest.messages import refused
from meos_pipeline.ingest.names import month_in

_FIRST_DAYS = 12
"""Days that can be a month."""
_TURNED_MONTHS = 3
"""Months without a later day, from which on the first twelve days are months that were turned."""
_TURNED_SHARE = 0.9
_FEWEST = 20
"""Fewer rows than this say nothing about a year as a whole."""
_MOST = 500_000
"""Rows that are looked at; of more every so many."""
_LATE = 45 * 24 * 60
"""Minutes after which nobody enters a check."""
_ODD_SHARE = 0.4
"""A turned day is mostly more than a month from its own; entered before, or too late after."""


def require_straight_days(export: Export, days: pl.DataFrame, parts: pl.LazyFrame, language: str) -> None:
    """Refuse a file in which a spreadsheet turned day and month of every day that can be a month.

    A program that expects the month first turns 3-10 into the tenth of March and leaves 13-10 as it is. Then the first
    twelve days of a month stand alone in months of which no later day is there, and turned back they all fit. In a
    workbook the turned ones are dates and the others are texts.

    When the file holds a whole year, each month has later days of its own. Then three things may tell: the order of the
    rows, the moments of entry, and the way in which days are written. A file of several months without any later day is
    refused: nobody can tell.

    Args:
        export: The export.
        days: ``check_date`` and ``len``: rows per day.
        parts: The rows as they were read.
        language: Language of messages.

    Raises:
        ExportError: F-DATUMVORM.
    """
    named = month_in(export.name)
    day, month, year = (getattr(pl.col("check_date").dt, part)() for part in ("day", "month", "year"))
    counted = days.drop_nulls().select("len", day.alias("day"), month.alias("month"), year.alias("year"))
    count = _in_months_without_later_days(counted, {(day.year, day.month) for day in named or ()})
    if not count and counted.select("year", "month").n_unique() >= _TURNED_MONTHS:
        early = counted.filter(pl.col("day") <= _FIRST_DAYS, pl.col("day") != pl.col("month"))
        later = int(counted.filter(pl.col("day") > _FIRST_DAYS)["len"].sum())
        # Turned back, the days of an action each month would all lie in one: of one or two days nothing is said.
        is_open = early["day"].n_unique() >= _TURNED_MONTHS and early["len"].sum() >= _FEWEST
        if is_open and (not later or (later >= _FEWEST and _tells(export, parts))):
            count = int(early["len"].sum())
    if count:
        column = export.mapping.sources.get("date", "datum")
        raise refused("F-DATUMVORM", language, file=export.name, column=column, count=count)


def _in_months_without_later_days(counted: pl.DataFrame, named: set[tuple[int, int]]) -> int:
    """Rows of the first twelve days of months without a later day, when turned back nearly all of them fit; else 0."""
    full = named | set(counted.filter(pl.col("day") > _FIRST_DAYS).select("year", "month").iter_rows())
    doubtful = [
        (rows, day, month, year)
        for rows, day, month, year in counted.iter_rows()
        if day <= _FIRST_DAYS and day != month and (year, month) not in full
    ]
    turned = [row for row in doubtful if (row[3], row[1]) in full]
    count = sum(row[0] for row in turned)
    is_spread = len({row[2:] for row in turned}) >= _TURNED_MONTHS
    return count if is_spread and count >= _TURNED_SHARE * sum(row[0] for row in doubtful) else 0


def _tells(export: Export, parts: pl.LazyFrame) -> bool:
    """Whether the order of rows, the moments of entry or the way of writing tells that the first twelve days were turned."""
    step = 1 + export.rows_in // _MOST
    day = pl.col("check_date").dt
    is_early = (day.day() <= _FIRST_DAYS) & (day.day() != day.month())
    rows = (
        parts.filter(pl.col("check_date").is_not_null(), pl.col("line") % step == 0)
        .select("line", "check_date", "entry_delay_minutes", is_early.alias("is_early"))
        .sort("line")
        .collect(engine="streaming")
    )
    turned = pl.date(day.year(), day.day(), day.month())
    rows = rows.with_columns(pl.when(is_early).then(turned).otherwise("check_date").alias("turned"))
    if _is_smoother(rows) or _are_entries_impossible(rows):
        return True
    if step > 1:
        return False  # another look at all texts of a large file costs more than it tells
    texts = {"written": "datetime" if "datetime" in export.rows.collect_schema() else "date", "number": "check_id"}
    have = {name: column for name, column in texts.items() if column in export.rows.collect_schema()}
    told = export.rows.select("line", **{name: pl.col(column) for name, column in have.items()}).collect()
    rows = rows.join(told, on="line", how="left")
    if "number" in have and _is_smoother(rows.sort(pl.col("number").str.len_chars(), "number", "line")):
        return True
    return "written" in have and _is_written_otherwise(rows)


def _is_smoother(rows: pl.DataFrame) -> bool:
    """Whether days leap about in this order of rows, and do not once they are turned back."""
    read, turned = (rows[name].diff().dt.total_days().abs().sum() for name in ("check_date", "turned"))
    return 2 * turned < read


def _are_entries_impossible(rows: pl.DataFrame) -> bool:
    """Whether checks on days that can be a month were entered before they were, or months later, and others were not."""
    is_odd = (pl.col("entry_delay_minutes").is_null() | (pl.col("entry_delay_minutes") > _LATE)).mean()
    odd = dict(rows.group_by("is_early").agg(is_odd.alias("odd")).iter_rows())
    return bool(odd[True] > odd[False] + _ODD_SHARE)


def _is_written_otherwise(rows: pl.DataFrame) -> bool:
    """Whether days that can be a month are written in another form than days that cannot."""
    form = pl.col("written").str.strip_chars().str.replace_all(r"\d{4}", "Y").str.replace_all(r"\d+", "9")
    forms = rows.group_by("is_early", form.alias("form")).len().sort("len", descending=True)
    usual = forms.group_by("is_early", maintain_order=True).agg(
        pl.col("form").first(), (pl.col("len").max() / pl.col("len").sum()).alias("share")
    )
    return usual["form"].n_unique() == usual.height and bool((usual["share"] > _TURNED_SHARE).all())
