"""Every message of the catalogue is raised: the rare ones by a case here, and none that nothing raises is kept."""

import ast
import os
import re
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from meos_pipeline.errors import KeyFileError, StorageError
from meos_pipeline.ingest import receive as receiving
from meos_pipeline.ingest import unpack
from meos_pipeline.ingest.keys import new_key_file, read_keys
from meos_pipeline.ingest.messages import catalogue, parts
from meos_pipeline.ingest.profiles import normal_header
from meos_pipeline.ingest.receive import read_archive, receive, require_unchanged
from meos_pipeline.settings import Settings, Site, Sources
from meos_pipeline.steps.arrivals import Kind, _of_months
from tests.ingest.district import HEADER, KEYS, NAME, NOW, new_folder, row, take_in, text_of
from tests.ingest.test_catalogue import ROWS, workbook

ROOT = Path(__file__).parents[2]
RARE = {
    "R-BSN-PLAATS": {"medewerker": "123456782"},
    "R-TEAM-LEEG": {"basisteam_medewerker": ""},
    "R-JANEE": {"uitleg_gegeven": "misschien"},
    "R-GETAL": {"duur_minuten": "veel"},
    "R-GEBIED": {"wijk_code": "Kanaleneiland"},
    "R-LOCATIE": {"lat": "0", "lon": "0"},
    "W-TIJD-24": {"tijd": "24:00"},
    "W-OUDER-DAN-JAAR": {"datum": "14-10-2022"},
    "W-GEBDATUM": {"leeftijd": "", "geboortedatum": "00-00-1990"},
    "W-KENTEKEN-DATUM": {"kenteken": "8-mrt-12"},
    "R-PERIODE": {"datum": "14-09-2024"},
    "R-PROEF": {"proef": "J"},
    "W-GRAF-ONBEKEND": {"verwijderd": "J"},
}
COLUMNS = (*HEADER, "uitleg_gegeven", "duur_minuten", "wijk_code", "lat", "lon", "geboortedatum", "verwijderd", "proef")


@pytest.fixture
def folder(tmp_path):
    return new_folder(tmp_path)


def own_profile(tmp_path: Path) -> Settings:
    """The Dutch layout with a column that says whether a record is a test."""
    shipped = ROOT / "meos_pipeline" / "ingest" / "profiles" / "meos.toml"
    path = tmp_path / "own.toml"
    path.write_text(shipped.read_text().replace('status = ["status"]', 'status = ["status"]\ntest = ["proef"]'))
    return Settings(sources=Sources(profile=str(path)))


def test_a_cell_that_is_rarely_wrong_is_told(folder, tmp_path):
    """One file with one row for each: each code, and as many rows as were wrong."""
    (folder.landing / "manifest.csv").write_text(
        f"bestand;exporttijd;van;tot;volledig\n{NAME};2024-11-10T06:00:00+01:00;2022-01-01;2024-12-31;\n"
    )
    wrong = [row(100 + place, **change) for place, (code, change) in enumerate(RARE.items()) if code != "R-PERIODE"]
    many = [row(500 + number) for number in range(400)]
    result = take_in(folder, {NAME: text_of([*many, *wrong], COLUMNS)}, own_profile(tmp_path))
    assert result.closes
    assert not result.refused
    told = set(result.warnings[NAME]) | set(pl.read_parquet(folder.quarantine / "*.parquet")["code"])
    assert set(RARE) - told == {"R-PERIODE"}


@pytest.mark.parametrize(
    ("days", "told", "refused"),
    [
        (("14/10/2024", "03/10/2024"), {"W-DATUM-DAG", "W-DATUM-TWEE"}, ""),
        pytest.param(("10/14/2024", "03/10/2024"), set(), "F-DATUMVORM", id="R-DATUM-MAAND refuses the file"),
    ],
)
def test_dates_with_slashes_prove_together_how_they_are_written(folder, days, told, refused):
    result = take_in(folder, {NAME: text_of([row(number, datum=days[number % 2]) for number in range(20)])})
    assert {code for code in result.warnings.get(NAME, {}) if "DATUM" in code} == told
    assert [message.split(":")[0] for message in result.refused.values()] == ([refused] if refused else [])


def test_a_row_outside_the_declared_period_is_told(folder):
    (folder.landing / "manifest.csv").write_text(
        f"bestand;exporttijd;van;tot;volledig\n{NAME};2024-11-10T06:00:00;2024-10-01;2024-10-31;\nweg.csv;;;;\n"
    )
    receipt_of = take_in(folder, {NAME: text_of([*ROWS, row(99, **RARE["R-PERIODE"])])})
    assert "R-PERIODE" in set(pl.read_parquet(folder.quarantine / "*.parquet")["code"])
    assert {"W-TIJDZONE", "W-MANIFEST-BESTAND"} <= set(receipt_of.warnings["landing"])


def test_an_older_export_and_the_same_bytes_again_are_told(folder):
    take_in(folder, {NAME: text_of(ROWS)})
    older = NAME.replace("20241110", "20241109")
    told = take_in(folder, {older: text_of([row(200)]), "again_20241110T0600.csv": text_of(ROWS)})
    assert {"W-OUDER", "W-DUBBEL-BESTAND"} <= set(told.warnings["landing"])


def test_numbers_that_name_another_check_are_told(folder):
    take_in(folder, {NAME: text_of([row(number) for number in range(400)])})
    other = row(7, datum="02-10-2024", tijd="03:11", basisteam_medewerker="Utrecht-West", medewerker="p777",
                kenteken="XX-99-YY", bsn="111222333")  # fmt: skip
    later = NAME.replace("20241110", "20241111")
    told = take_in(folder, {later: text_of([other, *(row(number) for number in range(8, 300))])})
    assert told.warnings[later].get("W-NUMMER-ANDERS") == 1


def test_a_number_of_nobody_is_told_by_its_share(folder):
    from meos_pipeline.ingest.months import read_unlinked

    numbers = [
        row(number, kenteken="AA-11-BB" if number < 30 else f"{number:03d}-XY-1", bsn="") for number in range(300)
    ]
    take_in(folder, {NAME: text_of(numbers)})
    assert sum(columns.get("vehicle_key", 0) for columns in read_unlinked(folder).values()) == 30
    space = SimpleNamespace(folder=folder, settings=Settings(site=Site(languages=("en",))))
    told = {notice.what for notice in _of_months(space) if notice.kind is Kind.UNLINKED}
    assert told == {parts("W-NUMMER-VAN-NIEMAND", "en", column="vehicle_key", count=30)[0]}


def test_a_file_that_grows_while_it_is_copied_waits(folder, monkeypatch):
    copy = receiving._copy

    def slow(folder_, path):
        """The writer goes on after the copy was ready."""
        made = copy(folder_, path)
        with path.open("a") as writer:
            writer.write("rest")
        return made

    monkeypatch.setattr(receiving, "_copy", slow)
    (folder.landing / NAME).write_text(text_of(ROWS[:10]))
    receipt = receive(folder, Settings(), now=NOW)
    assert receipt.waiting == [NAME]
    assert [warning.split(":")[0] for warning in receipt.warnings] == ["F-GROEIT"]
    assert (folder.landing / NAME).read_text().endswith("rest")
    assert not list(folder.archive.iterdir())


def test_a_half_copy_is_left_alone_until_it_is_still(folder):
    """A writer that pauses in the middle of a copy: the first half is no export."""
    from datetime import datetime, timedelta

    path = folder.landing / NAME
    path.write_text(text_of(ROWS[:10]))
    now = datetime.fromtimestamp(path.stat().st_mtime, tz=NOW.tzinfo)
    waits = receive(folder, Settings(), now=now + timedelta(seconds=1), settle=timedelta(seconds=10))
    assert waits.waiting == [NAME]
    path.write_text(text_of(ROWS))
    done = now + timedelta(seconds=60)
    os.utime(path, (now.timestamp(), now.timestamp()))
    assert receive(folder, Settings(), now=done, settle=timedelta(seconds=10)).archived == [NAME]
    assert next(iter(read_archive(folder, Settings()))).path.read_text() == text_of(ROWS)


def test_an_archived_file_that_changed_and_a_disk_that_refuses_are_told(folder, monkeypatch):
    take_in(folder, {NAME: text_of(ROWS)})
    file = read_archive(folder, Settings())[0]
    file.path.chmod(0o600)
    file.path.write_text("else")
    with pytest.raises(StorageError, match="S-ARCHIEF"):
        require_unchanged(file)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(receiving, "_copy", full)
    (folder.landing / "b_20241112T0600.csv").write_text(text_of(ROWS))
    with pytest.raises(StorageError, match="S-SCHIJF"):
        receive(folder, Settings(), now=NOW)


def test_a_sheet_that_is_full_is_told(tmp_path, monkeypatch):
    (tmp_path / "book.xlsx").write_bytes(workbook(ROWS))
    monkeypatch.setattr(unpack, "_MOST_ROWS", len(ROWS) + 1)
    headers = [[normal_header(name)] for name in ("controle_id", "datum")]
    facts = unpack.workbook(tmp_path / "book.xlsx", tmp_path / "out.parquet", {"sheets": [], "headers": headers})
    assert facts["warnings"] == {"W-RIJGRENS": 1}


def test_a_key_file_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "keys.json"
    new_key_file(path)
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="K-RECHTEN"):
        read_keys(path)
    assert KEYS.years


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_every_message_is_raised_by_the_code_and_by_a_test(code):
    source = _texts(ROOT / "meos_pipeline")
    assert any(text == code or text.startswith(f"{code}:") for text in source), f"nothing raises {code}: remove it"
    tests = _texts(ROOT / "tests")
    assert any(re.search(rf"(?<![A-Z-]){code}(?![A-Z-])", text) for text in tests), f"no test raises {code}"


_KNOWN: dict[Path, frozenset[str]] = {}


def _texts(folder: Path) -> frozenset[str]:
    """Every text in the code of a folder."""
    if folder not in _KNOWN:
        _KNOWN[folder] = frozenset(
            node.value
            for path in folder.rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
    return _KNOWN[folder]
