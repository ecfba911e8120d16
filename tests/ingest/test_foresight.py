"""A look at an export says what taking it in would change; taking it in then changes exactly that."""

import polars as pl
import pytest

from meos_pipeline.errors import ExportError, InputError
from meos_pipeline.ingest.foresight import Foreseen
from meos_pipeline.ingest.inspect import inspect
from meos_pipeline.ingest.profiles import read_profile
from meos_pipeline.settings import Settings, Sources
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import HEADER, KEYS, NOW, new_folder, row, take_in, text_of

FIRST, LATER, EARLIER = (f"controles_2024-10_2024111{day}T0600.csv" for day in (0, 5, 1))
COLUMNS = (*HEADER, "verwijderd")


@pytest.fixture
def folder(tmp_path) -> DataFolder:
    made = new_folder(tmp_path)
    take_in(made, {FIRST: text_of([row(number) for number in range(30)])})
    return made


def look(folder: DataFolder, tmp_path, rows, name: str = LATER, settings: Settings | None = None) -> Foreseen:
    path = tmp_path / name
    path.write_text(text_of(rows, COLUMNS))
    before = sorted(folder.root.rglob("*"))
    seen = inspect(path, read_profile("meos", folder.root), settings or Settings(), folder, now=NOW, keys=KEYS)
    assert sorted(folder.root.rglob("*")) == before
    assert seen.changes is not None
    return seen.changes


def table(folder: DataFolder) -> pl.DataFrame:
    return pl.read_parquet(folder.tables / "police_checks" / "*" / "*.parquet")


ROWS = [
    *(row(number) for number in range(5)),
    row(5, resultaat_code="AANHOUDING"),
    row(6, resultaat_code="AANHOUDING", tijd="03:10"),
    row(7, datum="02-11-2024"),
    row(8, verwijderd="J"),
    row(40),
    row(41, datum="03-09-2024"),
    row(42, verwijderd="J"),
]


def test_new_corrected_and_deleted_records_are_told_by_month_and_field(folder, tmp_path):
    seen = look(folder, tmp_path, ROWS)
    assert seen.months == [("2024-09", 1, 0, 0, 0), ("2024-10", 1, 3, 1, 5), ("2024-11", 0, 1, 0, 0)]
    assert dict(seen.fields) == {"resultaat_code": 2, "tijd": 1, "datum": 1}
    assert (seen.unchanged, seen.older, seen.told) == (5, 0, [])
    height = table(folder).height
    take_in(folder, {LATER: text_of(ROWS, COLUMNS)})
    assert table(folder).height == height + 2 - 1


def test_an_older_export_would_change_nothing_that_a_later_one_said(folder, tmp_path):
    take_in(folder, {LATER: text_of(ROWS, COLUMNS)})
    seen = look(folder, tmp_path, [row(5), row(6), row(60)], name=EARLIER)
    assert seen.months == [("2024-10", 1, 0, 0, 0)]
    assert seen.older == 2


def test_records_that_a_complete_export_leaves_out_are_told_as_deleted(folder, tmp_path):
    complete = Settings(sources=Sources(complete=True))
    seen = look(folder, tmp_path, [row(number) for number in range(20)], settings=complete)
    assert seen.months == [("2024-10", 0, 0, 10, 20)]


def test_a_second_delivery_is_told_before_it_is_made(folder, tmp_path):
    distinct = [
        row(100 + number, tijd=f"{number % 24:02d}:{number % 60:02d}", leeftijd=str(18 + number))
        for number in range(40)
    ]
    take_in(folder, {EARLIER: text_of(distinct)})
    again = [item | {"controle_id": f"X{place:04d}"} for place, item in enumerate(distinct)]
    seen = look(folder, tmp_path, again)
    assert [line.split(":")[0] for line in seen.told] == ["F-DUBBELE-LEVERING"]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("bestand;rijen\n{name};5", "F-RIJEN"),
        ("bestand;rijen;van\n{name};5;x", "F-MANIFEST"),
        ("bestand;rijen\n{name};2", ""),
    ],
)
def test_a_look_at_an_export_reads_the_manifest(lines: str, code: str, folder: DataFolder) -> None:
    path = folder.landing / "controles_2024-10_20241110T0600.csv"
    path.write_text(text_of([row(1), row(2)]))
    (folder.landing / "manifest.csv").write_text(lines.format(name=path.name) + "\n")
    if not code:
        assert inspect(path, read_profile("meos", folder.root), Settings(), folder, now=NOW).accepted == 2
        return
    with pytest.raises((ExportError, InputError), match=code):
        inspect(path, read_profile("meos", folder.root), Settings(), folder, now=NOW)
