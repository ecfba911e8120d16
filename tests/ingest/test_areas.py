"""Areas of residents join those of teams and checks, however they are written; a file that has none of ours says so."""

from pathlib import Path

import pytest

from meos_pipeline.errors import InputError
from meos_pipeline.ingest.companions import read_companions
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import new_folder

HEADER = "wijk_code;soort;kenmerk;groep;jaar;aantal\n"


def residents(folder: DataFolder, *areas: str) -> None:
    """A file of residents: two hundred men in each area."""
    rows = [f"{area};INWONERS;GESLACHT;M;2025;200\n" for area in areas]
    (folder.landing / "bevolking.csv").write_text(HEADER + "".join(rows), encoding="utf-8")


@pytest.mark.parametrize(
    ("in_file", "in_list", "found"),
    [
        # residents               list of teams   what joins
        (("WK034407",), "WK034407", {"WK034407"}),
        (("wk034407",), "WK034407", {"WK034407"}),
        (("Wk034407", "WK059900"), "wk034407", {"WK034407"}),
        (("kanaleneiland",), "Kanaleneiland", {"KANALENEILAND"}),
    ],
)
def test_an_area_has_one_form(in_file: tuple[str, ...], in_list: str, found: set[str], tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    teams = folder.landing / "organisatie.csv"
    teams.write_text(teams.read_text(encoding="utf-8").replace("WK034407", in_list), encoding="utf-8")
    residents(folder, *in_file)
    tables = read_companions(folder, Settings())
    assert set(tables["population"]["area"]) & set(tables["organisation"]["area"]) == found


@pytest.mark.parametrize("areas", [("WK059900",), ("34407", "34401"), ("Utrecht-Zuid",)])
def test_residents_of_other_areas_alone_are_refused(areas: tuple[str, ...], tmp_path: Path) -> None:
    folder = new_folder(tmp_path)
    residents(folder, *areas)
    with pytest.raises(InputError, match=r"'bevolking\.csv' column 'wijk_code': no area of a team is in it"):
        read_companions(folder, Settings())
