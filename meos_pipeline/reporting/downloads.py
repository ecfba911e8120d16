"""The figures to take along: a workbook and texts, made from the same tables as the page. No formulas, ever."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.reporting.card import Card
from meos_pipeline.reporting.pages import stamp
from meos_pipeline.reporting.results import OF_ONE_PERSON, Count, Finding
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.spec import Block, State, Table

NAMES = {"nl": "tables", "en": "tables_en"}
"""Name of the workbook and of the text with all tables, per language."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_DELIMITERS = {"nl": ";", "en": ","}
_SHEET_NAME = 31
_BAD_IN_SHEET = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_downloads(tables: Sequence[Table], report: Report, folder: Path) -> list[tuple[str, str]]:
    """Write the workbook and the text of all tables; return the words and the name of each, for links on the page."""
    words, name = report.words, NAMES[report.words.language]
    made = datetime.combine(report.publishable.made_on, datetime.min.time())
    write_workbook(folder / f"{name}.xlsx", tables, report, made)
    (folder / f"{name}.csv").write_bytes(tables_csv(tables, report))
    return [(words("downloads/xlsx"), f"{name}.xlsx"), (words("downloads/csv"), f"{name}.csv")]


def tables_of(blocks: Sequence[Block], cards: Sequence[Card] = ()) -> list[Table]:
    """Every table of the pages, in their order, each once."""
    found: dict[str, Table] = {}
    for card in cards:
        for chart in card.charts:
            found.setdefault(chart.table.key, chart.table)
    for block in blocks:
        for table in (*block.open_tables, *(chart.table for chart in block.charts), *block.tables):
            found.setdefault(table.key, table)
    return list(found.values())


def plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) and text not in {"-", "–"} else text


def write_workbook(path: Path, tables: Sequence[Table], report: Report, made: datetime) -> None:
    """Write one sheet per table, after a sheet that explains marks and bounds."""
    import xlsxwriter

    words = report.words
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": report.team_name, "company": report.publishable.site.organisation, "created": made})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    head = book.add_format({"bold": True, "font_size": 13})
    sheet = book.add_worksheet(words("downloads/read_me")[:_SHEET_NAME])
    sheet.set_column(0, 0, 100)
    lines = [words(f"downloads/explain/{key}") for key in words.tree["downloads"]["explain"]]
    sheet.write_string(0, 0, f"{report.team_name}: {words.notation.month(report.month)}", head)
    for row, line in enumerate([*lines, *filter(None, [stamp(report.publishable.site, words)])], start=2):
        sheet.write_string(row, 0, line, wrap)
    used = {words("downloads/read_me")[:_SHEET_NAME].lower()}
    for number, table in enumerate(tables, start=1):
        if table.rows:
            _sheet(book, table, number, words("downloads/table"), used, head)
    book.close()


def _sheet(book: object, table: Table, number: int, kind: str, used: set[str], head: object) -> None:
    name = f"{number}. {table.caption.translate(_BAD_IN_SHEET)}"[:_SHEET_NAME].strip()
    while name.lower() in used:
        name = f"{number}{name}"[:_SHEET_NAME]
    used.add(name.lower())
    sheet = book.add_worksheet(name)  # type: ignore[attr-defined]
    sheet.write_string(0, 0, table.caption, head)
    columns = _unique(table.columns)
    sheet.add_table(
        2,
        0,
        2 + len(table.rows),
        len(columns) - 1,
        {
            "name": f"{kind}_{number}",
            "columns": [{"header": c} for c in columns],
            "style": "Table Style Light 1",
        },
    )
    for r, row in enumerate(table.rows, start=3):
        for c, cell in enumerate(row):
            if cell.value is not None and c in table.numeric:
                sheet.write_number(r, c, _coarse(cell.value))
            else:
                sheet.write_string(r, c, _marked(cell.text, cell.state))
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, max(1, len(columns) - 1), 20)


def _marked(text: str, state: State | None) -> str:
    """The text; an empty place gets a mark that a screen reader can say."""
    return "[x]" if text == "–" and state is State.TOO_FEW else text


def _unique(columns: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for column in columns:
        name = column or "."
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return result


def tables_csv(tables: Sequence[Table], report: Report) -> bytes:
    """All tables below each other, for the Excel of the reader: byte order mark, CRLF, and the signs of the language.

    Dutch has ';' and a decimal comma, English ',' and a decimal point.
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=_DELIMITERS[report.words.language], lineterminator="\r\n")
    for table in tables:
        writer.writerow([plain(table.caption)])
        writer.writerow([plain(c) for c in table.columns])
        for row in table.rows:
            writer.writerow(
                [
                    _csv_number(cell.value, report)
                    if cell.value is not None and c in table.numeric
                    else plain(_marked(cell.text, cell.state))
                    for c, cell in enumerate(row)
                ]
            )
        writer.writerow([])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def _coarse(value: float) -> float:
    """As coarse as the page: shares and ratios in hundredths, other numbers in tenths. More decimals would be the count."""
    return round(value, 2 if abs(value) < 10 else 1)  # noqa: PLR2004 - from ten on a hundredth says nothing


def _csv_number(value: float, report: Report) -> str:
    text = f"{_coarse(value):.2f}".rstrip("0").rstrip(".")
    return text.replace(".", ",") if report.words.language == "nl" else text


def cells_csv(counts: Sequence[Count], publishable: Publishable, early: Sequence[Finding] = ()) -> bytes:
    """Released cells of one team for machines: comma, point, UTF-8; under the smallest shown count no number.

    Args:
        counts: Released cells.
        publishable: For the smallest count that is shown.
        early: Counts of months that have not settled, which say so.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["team", "period", "period_start", "partition", "category", "n", "status"])
    small = f"<{publishable.policy.smallest_shown_count}"
    shown = [c for c in counts if c.partition not in OF_ONE_PERSON]
    for c in sorted(shown, key=lambda c: (c.partition, c.period_start, c.category)):
        writer.writerow(
            [
                c.team,
                c.period,
                c.period_start.isoformat(),
                c.partition,
                plain(c.category),
                "" if c.is_small else c.n,
                small if c.is_small else "shown",
            ]
        )
    for finding in early:
        start = finding.period_start.isoformat()
        writer.writerow([finding.team, "provisional", start, "proactive", "*", finding.n, "provisional"])
    return out.getvalue().encode("utf-8")
