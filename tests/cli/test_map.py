"""A layout never seen before becomes a profile by which the file is read as it is meant."""

import io
import json
import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import questionary
import xlsxwriter

from meos_pipeline.ingest.inspect import inspect
from meos_pipeline.ingest.profiles import Profile, read_profile
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos

ROWS = 60
FIRST = date(2026, 3, 1)
RESULTS = ("arrest", "traffic_fine", "warning", "nothing_found")


def checks() -> list[dict[str, object]]:
    chance = random.Random(3)
    return [
        {
            "number": f"C{1000 + place}",
            "day": FIRST + timedelta(days=place % 28),
            "minute": place * 37 % 1440,
            "team": ("Noord", "Zuid")[place % 2],
            "result": RESULTS[place % 4],
            "age": 18 + place % 50,
            "officer": 7_000_000 + chance.randrange(40),
            "name": f"Jansen{place}",
        }
        for place in range(ROWS)
    ]


def clock(check: dict[str, object]) -> str:
    return "{:02d}:{:02d}".format(*divmod(int(str(check["minute"])), 60))


NL = {
    "arrest": "Aangehouden",
    "traffic_fine": "Bekeuring",
    "warning": "Gewaarschuwd",
    "nothing_found": "Geen bijzonderheden",
}
EN = {"arrest": "Arrested", "traffic_fine": "Citation", "warning": "Warned", "nothing_found": "No further action"}


def dutch(check: dict[str, object]) -> dict[str, object]:
    return {
        "Nummer controle": check["number"],
        "Datum controle": f"{check['day']:%d-%m-%Y}",
        "Tijdstip": clock(check),
        "Team": check["team"],
        "Afloop": NL[str(check["result"])],
        "Leeftijd": check["age"],
        "Naam": check["name"],
    }


def english(check: dict[str, object]) -> dict[str, object]:
    return {
        "Stop ID": check["number"],
        "Date of stop": f"{check['day']:%m/%d/%Y}",
        "Stop time": clock(check),
        "Precinct": check["team"],
        "Disposition": EN[str(check["result"])],
        "Badge number": check["officer"],
        "Person name": check["name"],
    }


def moments(check: dict[str, object]) -> dict[str, object]:
    return {
        "record_id": check["number"],
        "stop_datetime": f"{check['day']:%Y-%m-%d} {clock(check)}:00",
        "district": check["team"],
        "outcome": EN[str(check["result"])],
        "narrative": f"long text about {check['name']}",
    }


def flags(check: dict[str, object]) -> dict[str, object]:
    return {
        "incident_number": check["number"],
        "incident_date": f"{check['day']:%Y-%m-%d}",
        "unit": check["team"],
        "arrest_made": "Y" if check["result"] == "arrest" else "N",
        "ticket": "Y" if check["result"] == "traffic_fine" else "N",
        "warned": "Y" if check["result"] == "warning" else "N",
    }


def of_an_information_desk(check: dict[str, object]) -> dict[str, object]:
    """Headers that no list knows: the cells have to tell. Several codes in a cell, apart by a sign of this source."""
    found = NL[str(check["result"])]
    return {
        "Kenmerk": check["number"],
        "Wanneer gezien": f"{check['day']:%d-%m-%Y}",
        "Klok": clock(check),
        "Wie": f"Basisteam {check['team']}",
        "Waarmee klaar": f"Drugs in beslag + {found}" if check["result"] == "arrest" else found,
        "Mens": ("man", "vrouw")[int(str(check["age"])) % 2],
        "Betrokkene": check["name"],
    }


def as_csv(path: Path, rows: list[dict[str, object]], separator: str, title: str = "", encoding: str = "utf-8") -> Path:
    lines = [title] if title else []
    lines += [separator.join(rows[0]), *(separator.join(map(str, row.values())) for row in rows)]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def as_workbook(path: Path, rows: list[dict[str, object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Toelichting").write(0, 0, "Gemaakt door de afdeling")
        sheet = book.add_worksheet("Gegevens")
        sheet.write(0, 0, "Overzicht controles")
        for place, row in enumerate([list(rows[0]), *(list(row.values()) for row in rows)]):
            for column, cell in enumerate(row):
                sheet.write(place + 2, column, cell)
    return path


LAYOUTS = {
    "dutch CSV with a title": lambda folder: as_csv(folder / "nl.csv", [*map(dutch, checks())], ";", "Export maart"),
    "dutch CSV of Windows": lambda folder: as_csv(
        folder / "win.csv",
        [
            dutch(item) | {"Afloop": "Gewaarschuwd é" if item["result"] == "warning" else NL[str(item["result"])]}
            for item in checks()
        ],
        ",",
        encoding="cp1252",
    ),
    "dutch workbook": lambda folder: as_workbook(folder / "nl.xlsx", [*map(dutch, checks())]),
    "english CSV, month first": lambda folder: as_csv(folder / "en.csv", [*map(english, checks())], ","),
    "english tabs, moments": lambda folder: as_csv(folder / "moments.tsv", [*map(moments, checks())], "\t"),
    "english workbook of flags": lambda folder: as_workbook(folder / "flags.xlsx", [*map(flags, checks())]),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_new_layout_is_read_as_it_is_meant_by_its_proposals_alone(layout, meos: Meos, tmp_path):
    file = LAYOUTS[layout](tmp_path)
    said = meos("map", file, "--yes", "--to", tmp_path / "new.toml", "--data", tmp_path / "data")
    assert said.code == 0, said.text
    assert "Jansen" not in said.text
    seen = inspect(file, read_profile("new.toml", tmp_path), Settings(), now=_now())
    quarter = ROWS // 4
    assert (seen.accepted, seen.quarantined) == (ROWS, 0)
    assert seen.classes == dict.fromkeys(("H1", "H3", "H4", "H0"), quarter) | {"H2": 0, "H5": 0, "": 0}
    assert "all checks" in said.out
    assert not {"name", "naam"} & set(_columns(tmp_path / "new.toml"))


LIST_OF_TEAMS = """basisteam_code;basisteam;district;eenheid;wijk_code;wijk_naam;geldig_van;geldig_tot;schrijfwijzen;opvolgers
noord;Noord;Waterland;Midden;WK1;Een;01-01-2020;;;
zuid;Zuid;Waterland;Midden;WK2;Twee;01-01-2020;;;
"""


def test_cells_tell_what_a_column_is_when_its_header_says_nothing(meos: Meos, tmp_path):
    (tmp_path / "data" / "landing").mkdir(parents=True)
    (tmp_path / "data" / "landing" / "organisatie.csv").write_text(LIST_OF_TEAMS, encoding="utf-8")
    answers = tmp_path / "answers.toml"
    answers.write_text('[columns]\n"Wanneer gezien" = "date"\n"Klok" = "time"\n', encoding="utf-8")
    file = as_csv(tmp_path / "x.csv", [*map(of_an_information_desk, checks())], ";")
    said = meos("map", file, "--answers", answers, "--to", tmp_path / "new.toml", "--data", tmp_path / "data")
    assert said.code == 0, said.text
    profile = read_profile("new.toml", tmp_path)
    told = {"check_id": "Kenmerk", "date": "Wanneer gezien", "team": "Wie", "results": "Waarmee klaar", "sex": "Mens"}
    assert {field: names[0] for field, names in profile.columns.items()} == told | {"time": "Klok"}
    assert profile.multi[-1] == "+"
    seen = inspect(file, profile, Settings(), DataFolder(tmp_path / "data"), now=_now())
    assert (seen.accepted, seen.quarantined) == (ROWS, 0)
    assert seen.classes["H1"] == ROWS // 4
    assert "H1 crime" in said.out


@pytest.mark.parametrize(
    ("layout", "column", "code", "says"),
    [
        (dutch, "Team", 2, "No column gives team, and without it no row is a check: nothing was written"),
        (dutch, "Datum controle", 2, "No column gives date, and without it"),
        (english, "Disposition", 3, "No column gives results: no check would have a result"),
        (english, "Stop ID", 3, "No column gives check_id"),
    ],
)
def test_what_no_column_gives_is_told_with_what_to_do(layout, column, code, says, meos: Meos, tmp_path):
    rows = [{name: cell for name, cell in layout(item).items() if name != column} for item in checks()]
    file = as_csv(tmp_path / "x.csv", rows, ";")
    said = meos("map", file, "--yes", "--to", tmp_path / "new.toml", "--data", tmp_path / "data")
    assert said.code == code, said.text
    assert says in said.text
    assert (tmp_path / "new.toml").exists() == (code != 2)


def test_a_profile_without_a_team_is_refused_and_a_file_without_its_column_too(meos: Meos, tmp_path):
    file = as_csv(tmp_path / "x.csv", [*map(dutch, checks())], ";")
    columns = '[columns]\ncheck_id = ["Nummer controle"]\ndate = ["Datum controle"]\n'
    (tmp_path / "none.toml").write_text(columns, encoding="utf-8")
    said = meos("inspect", file, "--profile", tmp_path / "none.toml", "--data", tmp_path / "data")
    assert said.code == 2
    assert "[columns] has no 'team'" in said.text
    other = f'{columns}team = ["Bureau"]\n[required]\ncolumns = ["check_id"]\n'
    (tmp_path / "other.toml").write_text(other, encoding="utf-8")
    said = meos("inspect", file, "--profile", tmp_path / "other.toml", "--data", tmp_path / "data")
    assert said.code == 2
    assert "F-KOP-ONTBREEKT" in said.text
    assert "Bureau (team)" in said.text


def test_a_person_answers_in_the_terminal_in_the_language_of_the_run(meos: Meos, tmp_path, monkeypatch):
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.input import create_pipe_input
    from prompt_toolkit.output import DummyOutput

    rows = [
        dutch(item) | {"Afloop": "Zwabber" if item["result"] == "warning" else NL[str(item["result"])]}
        for item in checks()
    ]
    file = as_csv(tmp_path / "x.csv", rows, ";")
    asked: list[tuple[str, list[str], str]] = []
    real = questionary.select

    def select(question: str, **words: Any) -> questionary.Question:
        asked.append((question, [str(one.title) for one in words["choices"]], words["instruction"]))
        return real(question, **words)

    monkeypatch.setattr(questionary, "select", select)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setenv("MEOS_LANGUAGE", "nl")
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        keys.send_text("\r" * 7 + "\r\r\r" + "driving_ban\r" + "\r")
        said = meos("map", file, "--to", tmp_path / "new.toml", "--data", tmp_path / "data")
    assert said.code == 0, said.text
    questions = [question for question, _, _ in asked]
    assert questions[0] == "Nummer controle →"
    assert questions[-1] == "Zijn alle rijen op eigen initiatief van agenten?"
    codes = next(choices for question, choices, _ in asked if "Zwabber" in question)
    assert "licence_taken (rijbewijs ingenomen)" in codes
    assert {instruction for _, _, instruction in asked} == {"(pijltjes en Enter; typen maakt de lijst korter)"}
    assert "Zwabber" in [*read_profile("new.toml", tmp_path).codes["results"]]


def test_a_code_that_nobody_knows_is_told_and_an_answer_maps_it(meos: Meos, tmp_path):
    rows = [
        dutch(item) | {"Afloop": "Zwabber" if item["result"] == "warning" else NL[str(item["result"])]}
        for item in checks()
    ]
    file = as_csv(tmp_path / "x.csv", rows, ";")
    said = meos("map", file, "--yes", "--to", tmp_path / "a.toml", "--data", tmp_path / "data")
    assert said.code != 0
    assert "Zwabber" in said.text
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps({"codes": {"results": {"Zwabber": "warning"}}}), encoding="utf-8")
    said = meos("map", file, "--answers", answers, "--to", tmp_path / "b.toml", "--data", tmp_path / "data")
    assert said.code == 0, said.text
    assert read_profile("b.toml", tmp_path).codes["results"]["Zwabber"] == "warning"


def test_a_changed_layout_starts_from_the_old_profile_and_tells_the_difference(meos: Meos, tmp_path):
    old = as_csv(tmp_path / "old.csv", [*map(dutch, checks())], ";")
    assert meos("map", old, "--yes", "--to", tmp_path / "old.toml", "--data", tmp_path / "data").code == 0
    renamed = [
        {("Resultaat" if name == "Afloop" else name): cell for name, cell in dutch(item).items()} for item in checks()
    ]
    new = as_csv(tmp_path / "new.csv", renamed, ";")
    said = meos(
        "map",
        new,
        "--yes",
        "--profile",
        tmp_path / "old.toml",
        "--to",
        tmp_path / "new.toml",
        "--data",
        tmp_path / "data",
    )
    assert said.code == 0, said.text
    assert re.search(r"columns\.results +│ \+ Resultaat *$", said.out, re.MULTILINE)
    assert "codes.results" not in said.out
    assert read_profile("new.toml", tmp_path).columns["results"][:2] == ("Resultaat", "Afloop")


def test_a_profile_is_never_overwritten(meos: Meos, tmp_path):
    file = as_csv(tmp_path / "x.csv", [*map(dutch, checks())], ";")
    (tmp_path / "there.toml").write_text("mine", encoding="utf-8")
    said = meos("map", file, "--yes", "--to", tmp_path / "there.toml", "--data", tmp_path / "data")
    assert said.code == 2
    assert (tmp_path / "there.toml").read_text(encoding="utf-8") == "mine"


def test_a_profile_named_by_a_path_works_from_where_one_stands(meos: Meos, tmp_path, monkeypatch):
    file = as_csv(tmp_path / "x.csv", [*map(dutch, checks())], ";")
    assert meos("map", file, "--yes", "--to", tmp_path / "mine.toml", "--data", tmp_path / "data").code == 0
    monkeypatch.chdir(tmp_path)
    said = meos("inspect", "x.csv", "--profile", "mine.toml", "--data", tmp_path / "data", "--json")
    assert said.code == 0, said.text
    assert json.loads(said.out)["accepted"] == ROWS


def test_nobody_to_answer_is_told(meos: Meos, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    file = as_csv(tmp_path / "x.csv", [*map(dutch, checks())], ";")
    assert meos("map", file, "--data", tmp_path / "data").code == 2


def test_every_key_of_a_profile_has_its_meaning(meos: Meos):
    from meos_pipeline.ingest.profile_text import explained

    assert [key for key, meaning in explained() if not meaning] == []
    assert {key for key, _ in explained()} == set(Profile.__slots__)
    assert "number_scope" in meos("map", "--explain").out


def _columns(path: Path) -> list[str]:
    return [name.lower() for names in read_profile(path.name, path.parent).columns.values() for name in names]


def _now():
    from datetime import UTC, datetime

    return datetime(2026, 6, 1, tzinfo=UTC)


def test_a_personal_column_gives_no_codes():
    from meos_pipeline.ingest.proposal import codes_of

    cells = pl.Series(["AB-123-C", "12-ABC-3", "999990019"])
    blank = Profile(name="x")
    assert codes_of(cells, "plate", blank, [blank]) == []
    assert codes_of(cells, "reasons", blank, [blank]) == []
