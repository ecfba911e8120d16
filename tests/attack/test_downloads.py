"""The attack reads what readers take along: every table of every download, in both languages, and the figures of a page."""

import json
import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from meos_pipeline.attack.cells import claimed
from meos_pipeline.attack.document import Document
from meos_pipeline.attack.files import read_bytes, read_folder
from meos_pipeline.attack.outsider import denominators
from meos_pipeline.attack.suspicions import suspicions
from meos_pipeline.reporting.render import render_edition
from tests.reporting.fixture import publishable

DOWNLOADS = ("tables.csv", "tables_en.csv", "tables.xlsx", "tables_en.xlsx")
COUNTS = {"tables.csv": "Controles", "tables_en.csv": "Checks", "tables.xlsx": "Controles", "tables_en.xlsx": "Checks"}


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one team of a made-up edition."""
    target = tmp_path_factory.mktemp("edition")
    render_edition(publishable(teams=1), target)
    return target / "team-noordkade"


def taken_apart(name: str, content: bytes) -> Document:
    document = Document(file=name)
    read_bytes(document, name, content)
    return document


def kinds(document: Document, released: frozenset[int] = frozenset()) -> set[str]:
    return {leak.kind for leak in suspicions(document, released) if leak.certain}


def in_text(content: bytes, head: str) -> bytes:
    """Make the first whole number below a head one that is no multiple of five."""
    before, after = content.decode("utf-8-sig").split(f"{head}\r\n", 1)
    changed = re.sub(r"([;,])(\d+)\r\n", lambda found: f"{found[1]}{int(found[2]) + 1}\r\n", after, count=1)
    assert changed != after
    return f"{before}{head}\r\n{changed}".encode()


def in_book(content: bytes, head: str) -> bytes:
    book = openpyxl.load_workbook(BytesIO(content))
    for sheet in book.worksheets[1:]:
        heads = [cell.value for cell in sheet[3]]
        if head in heads:
            cell = next(c for c in list(sheet.columns)[heads.index(head)][3:] if isinstance(c.value, int))
            cell.value += 1
            break
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", DOWNLOADS)
def test_every_table_of_a_download_is_read_with_its_own_head(name: str, team: Path) -> None:
    whole = taken_apart(name, (team / name).read_bytes())
    assert kinds(whole) == set()
    assert len(whole.grids) > 15
    assert COUNTS[name] in {value for grid in whole.grids for value in grid.rows[0]}


@pytest.mark.parametrize("name", DOWNLOADS)
def test_an_exact_count_in_a_table_far_down_a_download_is_found(name: str, team: Path) -> None:
    plant = in_text if name.endswith(".csv") else in_book
    changed = taken_apart(name, plant((team / name).read_bytes(), COUNTS[name]))
    assert "RAW" in kinds(changed)


def test_the_figures_of_a_page_are_read_although_they_are_a_script(team: Path) -> None:
    path = team / "effectiveness_en.js"
    released = denominators(claimed(list(read_folder(team)))[0])
    assert kinds(taken_apart(path.name, path.read_bytes()), released) == set()
    figures = json.loads(path.read_text(encoding="utf-8").removeprefix("window.meosFigures=").rstrip(";\n"))
    first = figures[next(iter(figures))]["views"][0]["wide"]
    for plant, kind in (
        (lambda: first["data"][-1]["text"].append("37 of 523 checks"), "RAW"),
        (lambda: first["layout"].update(width=1, said=[37 / 523]), "RATIO"),
        (lambda: first.update(layout={}, data=[{"y": [37, 41, 58, 62]}]), "RAW"),
    ):
        plant()
        planted = f"window.meosFigures={json.dumps(figures)};\n".encode()
        assert kind in kinds(taken_apart(path.name, planted), released)


def test_no_file_of_a_team_is_passed_over(team: Path) -> None:
    """Whatever a team can download gives words, numbers or tables to look at; a new kind of file has to be read too."""
    unseen = [d.file for d in read_folder(team) if not (d.grids or d.numbers or len(d.texts) > 1)]
    assert unseen == []
