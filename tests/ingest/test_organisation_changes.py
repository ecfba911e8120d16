"""Teams that merge, split or get another name: who a row counts for on which day, and what is told of it."""

from datetime import date

import polars as pl
import pytest

from meos_pipeline.contracts.succession import former_teams, heirs, present, renamed
from meos_pipeline.errors import InputError
from meos_pipeline.ingest.companions import read_companions
from meos_pipeline.ingest.refusals import parsed_before
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import NAME, row, take_in, text_of

HEADER = "basisteam_code;basisteam;district;eenheid;wijk_code;wijk_naam;geldig_van;geldig_tot;schrijfwijzen;opvolgers\n"
TEAMS = """
noord      Noord         2020-01-01  2024-09-30  samen
zuid       Zuid          2020-01-01  2024-09-30  samen
samen      Samen         2024-10-01  -           -
oost       Oost          2020-01-01  2024-09-30  ooster
ooster     Oosterpoort   2024-10-01  -           -
groot      Groot         2020-01-01  2024-09-30  links|rechts
links      Links         2024-10-01  -           -
rechts     Rechts        2024-10-01  -           -
weg        Opgeheven     2020-01-01  2024-09-30  -
zelfde     Oude Naam     2020-01-01  2024-09-30  -
zelfde     Nieuwe Naam   2024-10-01  -           -
blijft     Blijft        2020-01-01  -           -
"""
SEPTEMBER, OCTOBER = date(2024, 9, 1), date(2024, 10, 1)


def organisation_of(teams: str) -> str:
    lines = []
    for number, line in enumerate(teams.strip().splitlines()):
        code, *name, since, until, after = [part.replace("-", "") if part == "-" else part for part in line.split()]
        lines.append(f"{code};{' '.join(name)};Stad;Midden;WK{990000 + number};Buurt {number};{since};{until};;{after}")
    return HEADER + "\n".join(lines) + "\n"


@pytest.fixture
def folder(tmp_path) -> DataFolder:
    made = DataFolder(tmp_path / "data").make()
    (made.landing / "organisatie.csv").write_text(organisation_of(TEAMS))
    return made


def read(folder: DataFolder, name: str, day: str) -> tuple[str | None, tuple[tuple[str, str, int], ...]]:
    """Team that a row of that name and day counts for (nothing when it was set aside), and what is told of it."""
    rows = [row(1, datum=day, basisteam_medewerker=name), row(2, basisteam_medewerker="Blijft")]
    result = take_in(folder, {NAME: text_of(rows)})
    assert result.closes
    assert not result.refused
    table = pl.read_parquet(folder.tables / "police_checks" / "*" / "*.parquet")
    teams = [team for team in table["team"] if team != "blijft"]
    parsed = list(parsed_before(folder, Settings()))
    return (teams[0] if teams else None), parsed[0].other_days


@pytest.mark.parametrize(
    ("name", "day", "team", "code"),
    [
        ("Noord", "30-09-2024", "noord", ""),
        ("Noord", "01-10-2024", "samen", "W-TEAM-NAAM"),
        ("BT NOORD", "14-10-2024", "samen", "W-TEAM-NAAM"),
        ("Samen", "30-09-2024", None, "R-TEAM-DATUM"),
        ("Oost", "14-10-2024", "ooster", "W-TEAM-NAAM"),
        ("oosterpoort", "30-09-2024", "oost", "W-TEAM-NAAM"),
        ("Groot", "30-09-2024", "groot", ""),
        ("Groot", "14-10-2024", None, "R-TEAM-DATUM"),
        ("Links", "30-09-2024", None, "R-TEAM-DATUM"),
        ("Opgeheven", "14-10-2024", None, "R-TEAM-DATUM"),
        ("Oude naam", "30-09-2024", "zelfde", ""),
        ("oude-NAAM", "14-10-2024", "zelfde", "W-TEAM-NAAM"),
        ("Nieuwe_Naam", "14-10-2024", "zelfde", ""),
    ],
)
def test_a_name_counts_for_the_team_of_the_day_or_is_told_by_team_and_row(folder, name, day, team, code):
    counted, told = read(folder, name, day)
    assert counted == team
    assert [item[1] for item in told] == ([code] if code else [])
    if code.startswith("R-"):
        aside = pl.read_parquet(folder.quarantine / "*.parquet")
        assert aside.select("line", "code", "is_row").rows() == [(2, code, True)]
        assert told[0][0] in {"samen", "groot", "links", "weg"}


def test_old_names_in_every_row_refuse_no_file(folder):
    rows = [row(number, basisteam_medewerker="Groot") for number in range(40)]
    result = take_in(folder, {NAME: text_of(rows)})
    assert not result.refused
    assert result.reconciliation.filter(scope="file").select("quarantined").item() == 40


@pytest.mark.parametrize(
    ("teams", "said"),
    [
        ("a A 2020-01-01 - b\nb B 2020-01-01 - -", "'a' has successors and no last day"),
        ("a A 2020-01-01 2024-09-30 x\nb B 2020-01-01 - -", "names a successor that is no other team"),
        ("a A 2020-01-01 2024-09-30 a\nb B 2020-01-01 - -", "names a successor that is no other team"),
        ("a A 2020-01-01 2024-09-30 b\nb B 2024-11-01 - -", "'b' is a successor of 'a' and does not exist"),
        ("a A 2020-01-01 2024-09-30 b\nb B 2020-01-01 2024-08-31 -", "'b' is a successor of 'a' and does not exist"),
        ("a De_Wijk 2020-01-01 - -\nb de-wijk 2020-01-01 - -", "the spelling 'de-wijk' belongs to a and b"),
        ("a De_Wijk 2020-01-01 - -\nb DE-WIJK 2024-01-01 - -", "the spelling 'de-wijk' belongs to a and b"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(folder, teams, said):
    (folder.landing / "organisatie.csv").write_text(organisation_of(teams))
    with pytest.raises(InputError, match=said):
        read_companions(folder, Settings())


def test_history_goes_along_with_a_merger_and_a_renaming_and_not_with_a_split(folder):
    organisation = read_companions(folder, Settings())["organisation"]
    assert heirs(organisation, SEPTEMBER) == {}
    assert heirs(organisation, OCTOBER) == {"noord": "samen", "zuid": "samen", "oost": "ooster"}
    assert renamed(organisation, OCTOBER) == {"oost": "ooster"}
    assert set(present(organisation, OCTOBER)["team"]) == {
        "samen", "ooster", "groot", "links", "rechts", "weg", "zelfde", "blijft",
    }  # fmt: skip
    assert former_teams(organisation, OCTOBER).select("team", "former", "is_carried").rows() == [
        ("links", "Groot", False),
        ("ooster", "Oost", True),
        ("rechts", "Groot", False),
        ("samen", "Noord", True),
        ("samen", "Zuid", True),
    ]


def test_a_team_bears_its_newest_name_and_its_areas_theirs(folder):
    organisation = read_companions(folder, Settings())["organisation"]
    assert set(organisation.filter(team="zelfde")["team_name"]) == {"Nieuwe Naam"}
    assert organisation.filter(team="blijft")["area_name"].to_list() == ["Buurt 11"]


def test_companion_rows_count_for_the_team_that_bore_the_name_in_their_month(folder):
    (folder.landing / "inzet_maand.csv").write_text(
        "maand;basisteam;diensten\n01-09-2024;Oude naam;10\n01-10-2024;Oost;20\n01-10-2024;Samen;30\n01-09-2024;Oost;40\n"
    )
    found = read_companions(folder, Settings())["deployment"]
    assert found.select("team", "shifts").rows() == [("zelfde", 10), ("ooster", 20), ("samen", 30), ("oost", 40)]


def test_companion_rows_under_the_names_of_merged_teams_are_added_up_and_true_doubles_refused(folder):
    shifts, sheets = folder.landing / "inzet_maand.csv", folder.landing / "steekproef_dekking.csv"
    shifts.write_text("maand;basisteam;diensten\n01-10-2024;Noord;10\n01-10-2024;Zuid;20\n01-09-2024;Zuid;3\n")
    sheets.write_text(
        "datum;basisteam;blad;waargenomen_controles;waarvan_geregistreerd;waarvan_met_resultaat;"
        "waarvan_met_resultaat_geregistreerd\n02-10-2024;Noord;1;5;4;1;1\n02-10-2024;Zuid;1;6;3;0;0\n"
    )
    found = read_companions(folder, Settings())
    assert found["deployment"].select("team", "shifts").rows() == [("zuid", 3), ("samen", 30)]
    assert found["coverage_sample"].select("team", "sheet", "observed").rows() == [("samen", 1, 5), ("samen", 2, 6)]
    shifts.write_text("maand;basisteam;diensten\n01-10-2024;Noord;10\n01-10-2024;BT Noord;20\n")
    with pytest.raises(InputError, match="repeats the same maand, basisteam"):
        read_companions(folder, Settings())
