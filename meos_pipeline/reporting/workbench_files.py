"""The files of the workbench: one DuckDB file with views, a workbook, a data dictionary, and examples of SQL."""

import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from meos_pipeline.contracts.workbench import ABOUT, COUNTS, DICTIONARY, OUTCOMES, WORKBENCH
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import StorageError
from meos_pipeline.reporting.pdf import STATIC
from meos_pipeline.reporting.words import Words
from meos_pipeline.reporting.workbench import meaning

DATABASE, WORKBOOK, DICTIONARY_PAGE, EXAMPLES = "workbench.duckdb", "workbench.xlsx", "dictionary.md", "examples"
SQL = STATIC / "workbench"
MOST_ROWS = 1_000_000
"""Rows of a sheet; Excel holds 1,048,576."""
_HUNDRED = 100
_SUMMARY = (
    "team",
    "period",
    "measure",
    "value",
    "lower",
    "upper",
    "verdict",
    "coverage",
    "coverage_lower",
    "coverage_upper",
    "coverage_name",
)


def workbench_files(
    tables: Mapping[str, pl.DataFrame], publishable: Publishable, words: Words, *, most_rows: int = MOST_ROWS
) -> dict[str, bytes]:
    """Return the content of every file of the workbench, by its name below the folder.

    Args:
        tables: Tables of the workbench.
        publishable: For the day the workbook bears.
        words: Words of one language.
        most_rows: Rows that fit on a sheet; the oldest counts above it are left out of the workbook, which says so.

    Raises:
        StorageError: when there is no room to make the database.
    """
    examples = sorted((SQL / EXAMPLES).glob("*.sql"))
    return {
        DATABASE: _database(tables),
        WORKBOOK: _workbook(tables, publishable, words, most_rows),
        DICTIONARY_PAGE: _dictionary(tables, words).encode(),
        **{f"{EXAMPLES}/{path.name}": path.read_bytes() for path in examples},
    }


def _database(tables: Mapping[str, pl.DataFrame]) -> bytes:
    """All tables and views as one DuckDB file, made aside; DuckDB may reach no other file and no network."""
    import duckdb

    try:
        with TemporaryDirectory(prefix="meos-") as aside:
            path = Path(aside) / DATABASE
            with duckdb.connect(str(path), config={"autoinstall_known_extensions": False}) as database:
                for name, table in tables.items():
                    database.register("given", table.with_columns(pl.col(pl.Enum).cast(pl.String)).to_arrow())
                    database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM given')  # noqa: S608 - a name of a contract
                    database.unregister("given")
                for contract in WORKBENCH:
                    said = f"{contract.meaning_nl} / {contract.meaning}".replace("'", "''")
                    database.execute(f"COMMENT ON TABLE \"{contract.name}\" IS '{said}'")
                database.execute((SQL / "views.sql").read_text(encoding="utf-8"))
            return path.read_bytes()
    except (OSError, duckdb.IOException) as error:
        raise StorageError(
            "The workbench could not be made: the folder for temporary files is full or closed; free space, then say it again"
        ) from error


def _dictionary(tables: Mapping[str, pl.DataFrame], words: Words) -> str:
    """The dictionary as a page of text: made from the contracts."""
    lines = [f"# {words('workbench/sheet/dictionary')}", ""]
    lines += [f"- {what}: {told}" if not what.isdigit() else f"- {told}" for what, told in tables[ABOUT.name].rows()]
    columns = tables[DICTIONARY.name]
    for table in WORKBENCH:
        lines += ["", f"## {table.name}", "", meaning(table, words), "", "| | | |", "| --- | --- | --- |"]
        lines += [
            f"| `{name}` | {kind} | {told.replace('|', chr(92) + '|')} |"
            for _, name, kind, told in columns.filter(table_name=table.name).rows()
        ]
    return "\n".join([*lines, ""])


def _workbook(tables: Mapping[str, pl.DataFrame], publishable: Publishable, words: Words, most_rows: int) -> bytes:
    """Sheets with filters, without a formula: a summary of yields beside coverage, counts, findings, dictionary."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    made = datetime.combine(publishable.made_on, datetime.min.time())
    book.set_properties({"title": "workbench", "company": publishable.site.organisation, "created": made})
    counts = tables[COUNTS.name]
    cut = max(0, counts.height - most_rows)
    _read_me(book, tables[ABOUT.name], words, cut)
    _sheet(book, "summary", _summary(tables[OUTCOMES.name], words), words)
    newest = counts.sort("period_start", descending=True, maintain_order=True).head(most_rows).sort(COUNTS.key)
    _sheet(book, "counts", newest, words)
    _sheet(book, "findings", tables[OUTCOMES.name].head(most_rows), words)
    _sheet(book, "dictionary", tables[DICTIONARY.name], words)
    book.close()
    return out.getvalue()


def _read_me(book: Any, about: pl.DataFrame, words: Words, cut: int) -> None:  # noqa: ANN401 - XlsxWriter has no types
    sheet = book.add_worksheet(words("workbench/sheet/read_me"))
    sheet.set_column(0, 0, 110)
    lines = [told if what.isdigit() else f"{what}: {told}" for what, told in about.rows()]
    lines.append(words("workbench/workbook/pivot"))
    if cut:
        lines.append(words("workbench/workbook/cut", n=words.notation.number(cut)))
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, wrap)


def _summary(findings: pl.DataFrame, words: Words) -> pl.DataFrame:
    """Yields of the longest newest period of every team, the corrected one first, each with its coverage."""
    yields = findings.filter(
        pl.col("statistic").str.starts_with("yield"),
        pl.col("stratum") == "",
        pl.col("series") == "",
        ~pl.col("is_provisional"),
    )
    newest = yields.filter(pl.col("period_end") == pl.col("period_end").max())
    longest = newest.filter(pl.col("period_start") == pl.col("period_start").min().over("team", "statistic"))
    ordered = longest.sort("team_name", pl.col("statistic") != "yield_corrected", "statistic")
    hundred = ("estimate", "lower", "upper", "coverage", "coverage_lower", "coverage_upper")
    notation = words.notation
    periods = [notation.period(start, end) for start, end in ordered.select("period_start", "period_end").iter_rows()]
    table = ordered.select(
        "team_name",
        pl.Series("period", periods, dtype=pl.String),
        "measure_name",
        *((pl.col(name) * _HUNDRED).round().cast(pl.Int64) for name in hundred[:3]),
        "verdict_name",
        *((pl.col(name) * _HUNDRED).round().cast(pl.Int64) for name in hundred[3:]),
        "coverage_name",
    )
    return table.rename(
        dict(zip(table.columns, (words(f"workbench/summary/{name}") for name in _SUMMARY), strict=True))
    )


def _sheet(book: Any, key: str, table: pl.DataFrame, words: Words) -> None:  # noqa: ANN401 - XlsxWriter has no types
    """One table with filters; an Excel table needs a row, so one without rows is only its heads."""
    sheet = book.add_worksheet(words(f"workbench/sheet/{key}"))
    plain = table.with_columns(pl.col(pl.Enum).cast(pl.String))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet.add_table(
        0,
        0,
        max(1, plain.height),
        plain.width - 1,
        {
            "name": key,
            "style": "Table Style Light 1",
            "columns": [{"header": name} for name in plain.columns],
        },
    )
    for column, name in enumerate(plain.columns):
        series = plain[name]
        if series.dtype == pl.Boolean:
            series = series.cast(pl.Int8)
        write = (
            sheet.write_number
            if series.dtype.is_numeric()
            else sheet.write_datetime
            if series.dtype == pl.Date
            else sheet.write_string
        )
        style = [day] if series.dtype == pl.Date else []
        for row, value in enumerate(series, start=1):
            if value is not None:
                write(row, column, value, *style)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, plain.width - 1, 18)
