"""Deliveries on which the program once went wrong, through ``meos run``: the right value, said where people look."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, settle

CASES = Path(__file__).parents[1] / "data" / "cases"


@dataclass(frozen=True, kw_only=True)
class Right:
    """What is right of a case."""

    code: int
    accepted: int
    says: tuple[str, ...] = ()
    """In the output of the run and of ``status``."""
    never: tuple[str, ...] = ()


RIGHT = {
    "record_numbers_begin_again": Right(
        code=3, accepted=8, says=("F-NUMMER-BEREIK", "noord_2026-09", "zuid_2026-09", "number_scope")
    ),
    "record_number_written_otherwise": Right(code=0, accepted=8),
    "officer_number_written_otherwise": Right(code=3, accepted=40, says=("F-DUBBELE-LEVERING",)),
    "placeholders_are_one_vehicle_or_person": Right(code=0, accepted=80, says=("W-PLAATSHOUDER",)),
    "police_uk_revised_outcome": Right(code=0, accepted=2),
    "later_export_with_emptied_column": Right(
        code=3, accepted=20, says=("F-KOLOM-LEEGGEMAAKT", "resultaat_code", "leeg_bedoeld")
    ),
    "file_same_time_two": Right(code=3, accepted=0, says=("W-GELIJKE-TIJD",)),
    "file_code_result_all_empty": Right(code=3, accepted=30, says=("W-KOLOM-LEEG", "resultaat_code")),
    "file_nm_thumbs": Right(code=2, accepted=0, never=("Thumbs",)),
    "file_csv_trailing_delim_rows": Right(code=2, accepted=0, says=("F-KOLOMMEN",)),
    "new_result_code_biases_yield": Right(code=0, accepted=60),
    "file_comp_man_comma": Right(code=0, accepted=0, never=("F-MANIFEST",)),
    "file_comp_man_utf16": Right(code=0, accepted=0, never=("F-MANIFEST",)),
}


HOLDS: dict[str, Callable[[pl.DataFrame], bool]] = {
    "officer_number_written_otherwise": lambda rows: rows["officer_key"].n_unique() == 3,
    "placeholders_are_one_vehicle_or_person": lambda rows: (
        rows.select("person_key", "vehicle_key").null_count().row(0) == (80, 80)
    ),
}
"""What holds of the records: three officers are three however their numbers are written; words for nobody link no checks."""


@pytest.mark.parametrize("name", RIGHT)
def test_a_delivery_that_once_went_wrong_gives_its_right_value(name: str, tmp_path: Path, meos: Meos) -> None:
    right, folder = RIGHT[name], _site(name, tmp_path / "data")
    ran = meos("run", "--data", folder.root)
    looked = meos("status", "--data", folder.root)
    assert ran.code == right.code, ran.text
    for words in right.says:
        assert words in ran.text
        assert words in looked.text
    for words in right.never:
        assert words not in ran.text + looked.text
    if ran.code == 3:
        assert "Next: nothing to do" not in looked.text
    if right.accepted:
        assert _records(folder).height == right.accepted
    if name in HOLDS:
        assert HOLDS[name](_records(folder))


def test_a_spelling_of_two_teams_refuses_the_organisation_list(tmp_path: Path, meos: Meos) -> None:
    folder = _site("file_comp_org_alias_clash", tmp_path / "data")
    said = meos("run", "--data", folder.root)
    assert said.code == 2, said.text
    assert "zuiderhaven" in said.text
    assert "organisatie.csv" in said.text


def test_an_acknowledged_row_asks_no_more(tmp_path: Path, meos: Meos) -> None:
    folder = _site("record_number_written_otherwise", tmp_path / "data")
    (folder.landing / "b_2026-09_20261004T0600.csv").unlink()
    file = folder.landing / "a_2026-09_20261003T0600.csv"
    file.write_text(file.read_text().replace("10-09-2026", "31-09-2026", 1))
    settle(folder)
    first = meos("run", "--data", folder.root)
    assert first.code == 3, first.text
    assert "1 of 8 rows set aside (R-DATUM 1)" in first.text
    assert meos("run", "--data", folder.root).code == 3, "a run without news tells the same"
    assert meos("acknowledge", file.name, "--why", "typed wrong", "--data", folder.root).code == 0
    assert meos("run", "--data", folder.root).code == 0


def _site(name: str, root: Path) -> DataFolder:
    """The site of a case, ready to run."""
    case = CASES / name
    if (case / "landing").is_dir():
        shutil.copytree(case, root)
    else:
        shutil.copytree(CASES / "base", root / "landing")
        shutil.move(root / "landing" / "meos.toml", root / "meos.toml")
        for path in case.iterdir():
            shutil.copy(path, root / "landing" / path.name)
    folder = DataFolder(root).make()
    fictional_key_file(folder.restricted / "fictional-keys.json", seed=1)
    settle(folder)
    return folder


def _records(folder: DataFolder) -> pl.DataFrame:
    return pl.read_parquet(folder.tables / "police_checks" / "*" / "*.parquet")
