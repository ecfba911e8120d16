"""Cells of companion files: the same grammar as that of exports, by the contract of each table."""

import polars as pl

from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.ingest import grammar
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.profiles import normal_code
from meos_pipeline.ingest.teams import TeamNames, spelling
from meos_pipeline.ingest.texts import decimal_number, whole_number, yes_no
from meos_pipeline.numbered import counted


def typed(
    text: pl.Series,
    column: Column,
    table: Table,
    names: TeamNames | None,
    name: str,
    lines: list[int],
    header: str,
    mistakes: list[str],
    days: pl.Series | None = None,
) -> pl.Series:
    """Read the cells of one column by its contract; add a mistake for what cannot be read.

    Args:
        text: The cells; null where there is nothing.
        column: The column of the contract.
        table: The contract.
        names: How teams may be written; None for the list of teams itself.
        name: Name of the file, for mistakes.
        lines: Line of each cell.
        header: Name of the column in the file.
        mistakes: Mistakes are added to this list.
        days: When each row counts; None where the table has no day.
    """
    frame = text.to_frame("text")
    source = pl.col("text")
    fallback = column.when_empty
    if column.codes or isinstance(column.dtype, pl.Enum):
        known = {normal_code(code): value for code, value in column.codes.items()}
        allowed = set(column.dtype.categories) if isinstance(column.dtype, pl.Enum) else set(known.values())
        known |= {normal_code(value): value for value in allowed if value}
        values = [None if item is None else known.get(normal_code(item)) for item in text]
        made = pl.Series(column.name, values, dtype=pl.String).cast(column.dtype)
    elif column.dtype == pl.Date():
        is_first = (pl.col("day").dt.day() == 1) | (column.name != "month")
        only_day_first, is_double = grammar.slash_reading(source)
        # With slashes day and month can be either, unless another row of the column, or the day of a month, proves it.
        is_open = pl.lit(column.name != "month") & is_double & ~only_day_first.any()
        made = (
            frame.with_columns(_date(source).alias("day"))
            .select(pl.when(is_first & ~is_open.fill_null(value=False)).then("day"))
            .to_series()
        )
    elif column.dtype == pl.Boolean():
        made = frame.select(yes_no(source)).to_series()
    elif column.dtype in (pl.Int64(), pl.Int16()):
        number = whole_number(source)
        made = frame.select(pl.when(number >= 0).then(number).cast(column.dtype, strict=False)).to_series()
    elif column.dtype == pl.Float64():
        made = frame.select(decimal_number(source, is_degrees=column.name in _DEGREES)).to_series()
    elif names is not None and (column.name == "team" or (table.name, column.name) == ("breaks", "scope")):
        everyone: dict[str | None, str | None] = {None: None}
        if column.name == "scope":
            everyone = {None: "all", "all": "all", "alle": "all"}
        when = [None] * len(text) if days is None else days.to_list()
        teams = [
            everyone[form] if (form := item and spelling(item)) in everyone else names.of(str(item), day)
            for item, day in zip(text, when, strict=True)
        ]
        made = pl.Series(teams, dtype=pl.String)
    else:
        made = text
    if fallback is not None:
        made = made.fill_null(fallback) if text.null_count() == made.null_count() else made
    wrong = made.is_null() & (
        text.is_not_null() if column.nullable else pl.Series([True] * len(text), dtype=pl.Boolean)
    )
    if wrong.any():
        is_known = len(lines) == len(text)
        shown = ", ".join(str(lines[at] if is_known else at + 1) for at in wrong.arg_true().to_list()[:5])
        kinds = {"team": "unknown team, or one that was split by then", "month": "not the first day of a month"}
        what = kinds.get(column.name, f"not a usable {_KINDS.get(str(column.dtype), 'value')}")
        mistakes.append(
            f"'{name}' column '{header}': {what} in {counted(int(wrong.sum()), 'row')} (first at {shown}); mend this"
        )
    return made.alias(column.name)


_DEGREES = ("latitude", "longitude")
_KINDS = {
    "Date": "date (write 2026-02-01, not 01/02/2026)",
    "Int64": "whole number from 0 on (write 1000, not 1.000)",
    "Int16": "whole number from 0 on (write 1000, not 1.000)",
    "Float64": "number",
    "Boolean": "J or N",
}


def _date(text: pl.Expr) -> pl.Expr:
    """Date or month: dd-mm-yyyy, yyyy-mm-dd, yyyy-mm or mm-yyyy (first day); midnight may stand behind it."""
    month = pl.coalesce(
        text.str.replace(r"^(\d{4})[-/](\d{1,2})$", "$1-$2-1"), text.str.replace(r"^(\d{1,2})[-/](\d{4})$", "$2-$1-1")
    )
    other = text.str.replace(r"^(\d{1,2})[-/](\d{4})$", "$2-$1-1")
    read = (grammar.moment(cell, Grammar(), is_day=True).struct for cell in (text, month, other))
    return pl.coalesce(pl.when(found.field("minute").is_null()).then(found.field("day")) for found in read)
