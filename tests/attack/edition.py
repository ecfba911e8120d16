"""An honest little edition, made only from released cells, in every file kind that readers get."""

import base64
import html
import io
import json
import zipfile
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import xlsxwriter

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.disclosure.groups import ShownGroups
from meos_pipeline.disclosure.ledger import Ledger
from meos_pipeline.disclosure.release import release
from meos_pipeline.policy import Policy
from tests.disclosure.district import KEY, MONTHS, add, district

UNTIL = date(2025, 7, 1)
TEAMS = ("noord", "oost")
SHOWN = ("proactive", "result", "dossier", "own_area", "shift_kind")
GROUPS = ShownGroups(groups={"sex": frozenset({"male", "female"})}, teams=frozenset(TEAMS))


@cache
def exact():
    cells, officers = district(teams=TEAMS, months=MONTHS[:7], mean=90)
    return cells.filter(pl.col("partition").is_in(SHOWN)), officers


@cache
def first():
    cells, officers = exact()
    return release(cells, officers, Policy(), rounding_key=KEY, ledger=Ledger(), published_until=UNTIL, groups=GROUPS)


@cache
def second(records: int = 1):
    """The next edition, one correction later."""
    cells, officers = exact()
    changed = add(cells, "oost", MONTHS[2], records)
    return release(
        changed, officers, Policy(), rounding_key=KEY, ledger=first().ledger, published_until=UNTIL, groups=GROUPS
    )


def write_edition(folder: Path, cells: pl.DataFrame) -> Path:
    folder.mkdir(parents=True)
    for team in TEAMS:
        mine = cells.filter(pl.col("team") == team)
        place = folder / team
        place.mkdir()
        (place / "index.html").write_text(page(team, mine), encoding="utf-8")
        (place / "chart.svg").write_text(drawing(mine), encoding="utf-8")
        mine.write_csv(place / "cells.csv", separator=";")
        (place / "tables.xlsx").write_bytes(workbook(mine))
        (place / "a4.pdf").write_bytes(pdf(f"Team {team}: {mine['n'][0]} controles"))
        with zipfile.ZipFile(place / "all.zip", "w") as archive:
            archive.writestr("cells.csv", mine.write_csv(separator=";"))
    (folder / "assets").mkdir()
    (folder / "assets" / "report.css").write_text("p { margin: 3px }", encoding="utf-8")
    (folder / "manifest.json").write_text('{"files": {"a": "0123456789abcdef0123456789abcdef"}}', encoding="utf-8")
    return folder


def shown(n: int) -> str:
    return "<10" if 0 < n < 10 else f"{n:,}".replace(",", ".")


def page(team: str, cells: pl.DataFrame) -> str:
    rows = "".join(
        f'<tr><th scope="row">{html.escape(category)}</th>'
        f'<td data-cell="{team}|{period}|{start}|{partition}|{html.escape(category)}">{html.escape(shown(n))}</td></tr>'
        for _, period, start, partition, category, n in cells.iter_rows()
    )
    result = cells.filter(pl.col("partition") == "result", pl.col("period_start") == UNTIL)
    total = result["n"].sum()
    share = result["n"][0] / total
    figure = {
        "data": [{"type": "bar", "x": result["category"].to_list(), "y": typed(result["n"].to_numpy())}],
        "layout": {"margin": {"l": 41, "r": 13}, "yaxis": {"range": [0, 63]}},
    }
    return f"""<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Team {team}</title></head>
<body><h1>Team {team}</h1><!-- cijfers tot en met juli 2025 -->
<p title="{share:.0%} van {total}">In juli 2025 had {share:.0%} van {total} controles een misdrijf als resultaat.
Getoond vanaf 20 gebeurtenissen en een noemer van 50; 12 maanden; interval 13–29%.</p>
<table><thead><tr><th>categorie</th><th>aantal</th></tr></thead><tbody>{rows}</tbody></table>
{drawing(cells)}
<script type="application/json">{json.dumps(figure)}</script>
<script type="application/json">{json.dumps({"share": share, "years": [2024, 2025, 2026]})}</script>
</body></html>"""


def typed(values) -> dict[str, str]:
    array = np.asarray(values)
    return {"dtype": array.dtype.str.lstrip("<"), "bdata": base64.b64encode(array.tobytes()).decode()}


def drawing(cells: pl.DataFrame) -> str:
    some = cells.filter(pl.col("partition") == "proactive", pl.col("period_start") == UNTIL)
    bars = "".join(
        f'<rect x="{13 * place}" y="7" width="11" height="{n / 3:.2f}" data-cell="{team}|{period}|{start}|{partition}|{category}"'
        f' data-n="{n}"><title>{category}: {n}</title></rect>'
        for place, (team, period, start, partition, category, n) in enumerate(some.iter_rows())
    )
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 317 91"><path d="M 52.12345 5.12345 L 17 33"/>{bars}</svg>'


FIXED = {"created": datetime(2000, 1, 1, tzinfo=UTC)}


def workbook(cells: pl.DataFrame, change=None) -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties(FIXED)
    sheet = book.add_worksheet("cellen")
    sheet.write_row(0, 0, cells.columns)
    for number, row in enumerate(cells.iter_rows(), start=1):
        sheet.write_row(number, 0, [str(value) if isinstance(value, date) else value for value in row])
    if change:
        change(book, sheet)
    book.close()
    return stream.getvalue()


def pdf(text: str) -> bytes:
    """A one-page PDF with one line of text."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, part in enumerate(parts, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % table


assert set(SHOWN) <= set(PARTITIONS)
