"""Files that look healthy and say something else than was meant: every form of a kind is refused, or read as it was meant.

Each table is a kind; each row a form of it, in the formats in which it occurs. Nothing of such a file may count.
"""

import io
from collections.abc import Callable
from datetime import UTC, datetime

import polars as pl
import pytest
import xlsxwriter

from meos_pipeline.errors import InputError
from meos_pipeline.ingest.companions import read_companions
from meos_pipeline.ingest.profiles import PROFILES
from meos_pipeline.ingest.receive import export_time
from meos_pipeline.ingest.teams import slug_of
from meos_pipeline.settings import Settings, Sources
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import ORGANISATION, month_of_rows, row, take_in, text_of

NAME, LATER = "controles_2024-10_20241110T0600.csv", "controles_2024-10_20241111T0600.csv"
Rows = list[dict[str, str]]


def _rows(count: int, change: Callable[[int], dict[str, str]] = lambda _: {}) -> Rows:
    """Checks spread over a month, an arrest in one of four."""
    codes = ("AANHOUDING", *["GEEN_BIJZONDERHEDEN"] * 3)
    return month_of_rows(range(count), lambda number: {"resultaat_code": codes[number % 4]} | change(number))


def _workbook(rows: list[dict[str, object]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"default_date_format": "dd-mm-yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for place, cells in enumerate(rows, start=1):
            for at, cell in enumerate(cells.values()):
                sheet.write(place, at, cell)
    return stream.getvalue()


def _parquet(rows: Rows) -> bytes:
    stream = io.BytesIO()
    pl.DataFrame(rows).write_parquet(stream)
    return stream.getvalue()


def _table(folder: DataFolder) -> pl.DataFrame:
    paths = sorted(folder.tables.glob("police_checks/*/*.parquet"))
    return pl.concat([pl.read_parquet(path) for path in paths]).sort("line") if paths else pl.DataFrame()


def _turned(separator: str, form: str) -> Callable[[int], dict[str, str]]:
    """Days of October of which a spreadsheet that expects the month first turned the first twelve."""

    def change(number: int) -> dict[str, str]:
        day = 1 + number % 28
        if day > 12:
            return {"datum": f"{day}{separator}10{separator}2024"}
        return {"datum": form.format(day=day)}

    return change


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("csv", _turned("/", "10/{day}/2024")),
        ("parquet", _turned("-", "10-{day:02d}-2024")),
        ("parquet", _turned("-", "2024-{day:02d}-10")),
        ("csv", _turned(".", "10.{day}.2024 0:00:00")),
        ("csv", lambda number: {"datum": f"10-{1 + number % 12:02d}-2024"}),
    ],
    ids=["slashes", "hyphens", "year first", "points and midnight", "the first twelve days alone"],
)
def test_days_that_a_spreadsheet_turned_refuse_the_file(
    kind: str, change: Callable[[int], dict[str, str]], folder: DataFolder
) -> None:
    rows = _rows(84, change)
    name = NAME.replace("csv", kind)
    result = take_in(folder, {name: text_of(rows) if kind == "csv" else _parquet(rows)})
    assert "F-DATUMVORM" in result.refused[name]


def test_days_that_excel_turned_into_dates_refuse_the_workbook(folder: DataFolder) -> None:
    rows: list[dict[str, object]] = [dict(item) for item in _rows(84)]
    for number, item in enumerate(rows):
        day = 1 + number % 28
        item["datum"] = f"{day}/10/2024" if day > 12 else datetime(2024, day, 10)  # noqa: DTZ001 - a cell has no zone
    name = NAME.replace("csv", "xlsx")
    assert "F-DATUMVORM" in take_in(folder, {name: _workbook(rows)}).refused[name]


@pytest.mark.parametrize(
    "days",
    [
        [f"{day:02d}-{month:02d}-2024" for month in (8, 9) for day in range(1, 29)] + ["01-10-2024", "02-10-2024"],
        [f"{day:02d}-10-2024" for day in range(1, 13)],
        [f"{day:02d}-10-2024" for day in range(1, 29)] + ["03-06-2024", "05-07-2024", "01-09-2024"],
        ["01-02-2024", "01-03-2024", "01-04-2024", "01-05-2024", "20-06-2024"],
    ],
    ids=["a month that has begun", "twelve days", "a few late ones", "one day a month"],
)
def test_days_that_nobody_turned_are_read(days: list[str], folder: DataFolder) -> None:
    rows = [row(number, datum=day) for number, day in enumerate(days)]
    assert take_in(folder, {"controles_20241110T0600.csv": text_of(rows)}).refused == {}


@pytest.mark.parametrize(
    ("column", "code", "change"),
    [
        ("datum", "F-DATUM", lambda number: f"24-10-{1 + number % 28:02d}"),
        ("datum", "F-DATUM", lambda number: f"2024-W{40 + number % 4}"),
        ("datum", "F-DATUM", lambda number: str(1728900000 + number * 3600)),
        ("tijd", "F-TIJD", lambda number: str(number * 35 % 1440)),
        ("tijd", "F-TIJD", lambda number: f"{number * 35 % 1440}.0"),
        ("tijd", "F-TIJD", lambda number: f"{number * 35 % 1440:04d}"),
        ("tijd", "F-TIJD", lambda number: str(number * 35 % 1440 / 1440)),
        ("tijd", "F-TIJD", lambda number: str(number * 35 % 1440 / 1440).replace(".", ",")),
        ("tijd", "F-TIJD", lambda number: f"{number % 24}.{number * 25 % 100:02d}"),
        ("tijd", "F-TIJD", lambda number: str(number % 24 + number % 4 / 4)),
    ],
)
def test_a_column_in_another_form_refuses_the_file(
    column: str, code: str, change: Callable[[int], str], folder: DataFolder
) -> None:
    result = take_in(folder, {NAME: text_of(_rows(60, lambda number: {column: change(number)}))})
    assert f"{code}: " in result.refused[NAME]
    assert column in result.refused[NAME]


@pytest.mark.parametrize(("yes", "no"), [("-1", "0"), ("1,0", "0,0"), ("1.0", "0.0"), ("WAAR", "ONWAAR"), ("X", "n")])
def test_words_for_yes_and_no_in_pairs(yes: str, no: str, folder: DataFolder) -> None:
    take_in(folder, {NAME: text_of(_rows(40, lambda number: {"proactief": no if number % 4 else yes}))})
    assert dict(_table(folder)["is_proactive"].value_counts().iter_rows()) == {True: 10, False: 30}


@pytest.mark.parametrize(
    ("column", "yes", "no"),
    [("proactief", "W", "O"), ("proactief", "1", "2"), ("aangehouden", "W", "O"), ("aangehouden", "ja, deels", "nee"),
     ("aangehouden", "2", "0")],
)  # fmt: skip
def test_a_column_of_yes_and_no_that_is_read_by_half_refuses_the_file(
    column: str, yes: str, no: str, folder: DataFolder
) -> None:
    chosen = Settings()
    rows = _rows(40, lambda number: {column: no if number % 4 else yes})
    if column == "aangehouden":
        own = (PROFILES / "meos.toml").read_text().replace('results = ["resultaat_code", "resultaatcode"]\n', "")
        own = own.replace('"team", "results"]', '"team"]').replace(
            "[dropped]", '[flags.results]\naangehouden = "arrest"\n\n[dropped]', 1
        )
        (folder.root / "own.toml").write_text(own)
        chosen = Settings(sources=Sources(profile="own.toml"))
        rows = [{name: cell for name, cell in item.items() if name != "resultaat_code"} for item in rows]
    result = take_in(folder, {NAME: text_of(rows, tuple(rows[0]))}, chosen)
    assert "F-JANEE" in result.refused[NAME]
    assert column in result.refused[NAME]


@pytest.mark.parametrize(("kind", "twin"), [("csv", "LEEFTIJD "), ("xlsx", "Leeftijd"), ("parquet", "leef_tijd")])
def test_two_columns_of_one_name_refuse_the_file(twin: str, kind: str, folder: DataFolder) -> None:
    rows = [item | {twin: "70"} for item in _rows(5)]
    name = NAME.replace("csv", kind)
    content = {"csv": lambda: text_of(rows, tuple(rows[0])), "xlsx": lambda: _workbook(list(rows)),
               "parquet": lambda: _parquet(rows)}[kind]()  # fmt: skip
    result = take_in(folder, {name: content})
    assert "F-KOP-DUBBEL" in result.refused[name]
    assert "leeftijd" in result.refused[name]


@pytest.mark.parametrize("word", ["n.v.t.", "NULL", "onbekend"])
def test_a_column_with_words_for_nothing_is_empty(word: str, folder: DataFolder) -> None:
    result = take_in(folder, {NAME: text_of(_rows(20, lambda _: {"resultaat_code": word}))})
    assert result.warnings[NAME]["W-KOLOM-LEEG"] == 1


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("controles_2024-10-01_2024-10-31.csv", None),
        ("controles 2024-10-01 2024-10-31.xlsx", None),
        ("controles_20241001_20241031.csv", None),
        ("controles_2024-09-01_2024-10.csv", None),
        ("controles_2024-10-01T0000_2024-10-31T2359.csv", None),
        ("controles_2024-10_20241110.csv", None),
        ("controles_2024-10-01_2024-10-31_20241110T0600Z.csv", datetime(2024, 11, 10, 6, tzinfo=UTC)),
        ("controles_2024-10_2024-11-10T06-00-00.csv", datetime(2024, 11, 10, 5, tzinfo=UTC)),
        ("controles_20241110T0600-0500.csv", datetime(2024, 11, 10, 11, tzinfo=UTC)),
        ("controles_20241110T0600-2.csv", datetime(2024, 11, 10, 5, tzinfo=UTC)),
    ],
)
def test_a_period_in_a_name_is_no_export_time(name: str, moment: datetime | None) -> None:
    assert export_time(name, Settings()) == moment


@pytest.mark.parametrize(
    "lines",
    [
        f"bestand;van;tot\n{NAME};31-10-2024;01-10-2024",
        f"bestand;van\n{NAME};01-10-2024",
        f"bestand;tot;volledig\n{NAME};31-10-2024;J",
        f"bestand;exporttijd\n{NAME};2024-11-12T06:00\n{NAME};2024-11-14T06:00",
        f"bestand;exporttijd;exporttijd\n{NAME};2024-11-12T06:00;2024-11-14T06:00",
        f'bestand;exporttijd\n"{NAME};2024-11-12T06:00\nb.csv;2024-11-12',
        f"bestand;exporttijd\n{NAME};11/12/2024 06:00",
        f"bestand;van;tot\n{NAME};01/10/2024;31/10/2024",
    ],
    ids=["turned", "no end", "no beginning", "two lines", "two columns", "open quote", "slashes", "one with slashes"],
)
def test_a_manifest_that_can_be_read_in_two_ways_is_refused_and_no_export_is_taken(
    lines: str, folder: DataFolder
) -> None:
    result = take_in(folder, {NAME: text_of(_rows(5)), "manifest.csv": f"{lines}\n"})
    assert list(result.refused) == ["manifest.csv"]
    assert "F-MANIFEST" in result.refused["manifest.csv"]
    assert (folder.landing / NAME).exists()


@pytest.mark.parametrize(
    "name",
    ["Manifest.csv", "manifest.txt", "manifest (1).csv", "manifest.csv.csv", "manifest.xlsx", "MANIFEST.CSV",
     "Bevolking.csv", "bevolking_2024.csv", "inzet_maand.xlsx", "acties - kopie.csv", "organisatie (2).csv"],
)  # fmt: skip
def test_a_file_beside_the_exports_under_another_name_is_told_and_never_archived(name: str, folder: DataFolder) -> None:
    result = take_in(folder, {NAME: text_of(_rows(5)), name: "bestand;exporttijd\nx;y\n"})
    assert "F-BIJBESTAND" in result.refused[name]
    assert (folder.landing / name).exists()
    # What a manifest says of the exports is not known: they wait for it.
    assert (folder.landing / NAME).exists() == name.lower().startswith("manifest")


@pytest.mark.parametrize("name", ["acties-landelijk_20241110T0600.csv", "actiesweek_20241110T0600.csv"])
def test_an_export_may_begin_like_a_companion_file(name: str, folder: DataFolder) -> None:
    told = take_in(folder, {name: text_of(_rows(5))}).refused
    assert (name in told) == name.startswith("acties-")


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("resultaat_code", lambda _: "GEEN_BIJZONDERHEDEN"),
        ("proactief", lambda _: "N"),
        ("geslacht", lambda _: "V"),
        ("tijd", lambda _: "00:00"),
        ("leeftijd", lambda number: str(18 + (number * 13 + 20) % 40)),
        ("datum", lambda number: f"{1 + (number + 9) % 28:02d}-10-2024"),
    ],
)
def test_a_later_export_in_which_a_column_says_something_else_is_refused_unless_it_is_meant(
    column: str, change: Callable[[int], str], folder: DataFolder
) -> None:
    rows = _rows(80)
    other = [item | {column: change(number)} for number, item in enumerate(rows)]
    result = take_in(folder, {NAME: text_of(rows), LATER: text_of(other)})
    assert "F-KOLOM-ANDERS" in result.refused[LATER]
    assert column in result.refused[LATER]
    assert NAME in result.refused[LATER]
    meant = take_in(folder, {"manifest.csv": f"bestand;leeg_bedoeld\n{LATER};{column}\n"})
    assert meant.refused == {}


@pytest.mark.parametrize("column", ["resultaat_code", "proactief", "leeftijd"])
def test_corrections_here_and_there_are_no_other_column(column: str, folder: DataFolder) -> None:
    rows = _rows(80)
    word = {"resultaat_code": "AANHOUDING", "proactief": "N", "leeftijd": "44"}[column]
    other = [item | {column: word} if number % 5 == 0 else item for number, item in enumerate(rows)]
    assert take_in(folder, {NAME: text_of(rows), LATER: text_of(other)}).refused == {}


def test_a_team_that_ends_before_it_begins_refuses_the_list(folder: DataFolder) -> None:
    (folder.landing / "organisatie.csv").write_text(ORGANISATION.replace("2024-06-30", "2019-06-30"))
    with pytest.raises(InputError, match="'oud' has a last day before its first"):
        read_companions(folder, Settings())


def test_the_name_of_a_file_is_part_of_what_it_is_read_to(folder: DataFolder) -> None:
    """The name tells a month: the same bytes under a second name are judged again."""
    text = text_of(_rows(40, lambda number: {"datum": f"10-{1 + number % 12:02d}-2024"}))
    first = take_in(folder, {"controles_20241111T0600.csv": text})
    assert first.refused == {}
    again = take_in(folder, {NAME: text})
    assert any("F-DATUMVORM" in told for told in again.refused.values())


@pytest.mark.parametrize(
    ("first", "other"),
    [("BT Noordkade", "Noordkade"), ("BT Noordkade", "bt. noordkade"), ("Noordkade", "BT Noordkade"),
     ("Noordkade", "NOORDKADE "), ("Noordkade", "team-Noordkade"), ("Noordkade", "Noord-Kade"), ("Noordkade", "noord_kade"),
     ("Noordkade", "Basis Team Noord Kade"), ("Noordkade", "B.T. Noordkade")],
)  # fmt: skip
def test_spellings_of_a_team_in_a_column_are_one_team_and_are_told(first: str, other: str, folder: DataFolder) -> None:
    (folder.landing / "organisatie.csv").unlink()
    own = (PROFILES / "meos.toml").read_text().replace('teams = "organisation" ', 'teams = "from_column" ')
    (folder.root / "own.toml").write_text(own)
    chosen = Settings(sources=Sources(profile="own.toml"))
    early = _rows(20, lambda _: {"basisteam_medewerker": first})
    later = [
        item
        | {
            "controle_id": f"N{number}",
            "basisteam_medewerker": other if number % 2 else "Zuiderhaven",
            "leeftijd": "70",
        }
        for number, item in enumerate(_rows(20))
    ]
    take_in(folder, {NAME: text_of(early)}, chosen)
    result = take_in(folder, {LATER: text_of(later)}, chosen)
    teams = read_companions(folder, chosen)["organisation"]["team"].to_list()
    slug = {"BT Noordkade": "bt-noordkade", "Noordkade": "noordkade"}[first]
    assert sorted(teams) == sorted([slug, "zuiderhaven"])
    assert dict(_table(folder)["team"].value_counts().iter_rows()) == {slug: 30, "zuiderhaven": 10}
    is_other = slug_of(other) != slug
    assert result.warnings.get(LATER, {}).get("W-TEAM-SPELLING", 0) == (10 if is_other else 0)


@pytest.mark.parametrize(
    ("names", "teams"),
    [
        (("1", "01", "1.0"), 1),
        (("Zuid 1", "Zuid1", "ZUID-1"), 1),
        (("Team 1-1", "Team 11"), 2),
        (
            (
                "Politie Eenheid Midden-Nederland Basisteam Utrecht Noord",
                "Politie Eenheid Midden-Nederland Basisteam Utrecht Zuid",
            ),
            2,
        ),
    ],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_names_of_teams_in_a_column(names: tuple[str, ...], teams: int, kind: str, folder: DataFolder) -> None:
    (folder.landing / "organisatie.csv").unlink()
    own = (PROFILES / "meos.toml").read_text().replace('teams = "organisation" ', 'teams = "from_column" ')
    (folder.root / "own.toml").write_text(own)
    rows = _rows(12, lambda number: {"basisteam_medewerker": names[number % len(names)]})
    name = NAME.replace("csv", kind)
    content = text_of(rows) if kind == "csv" else _parquet(rows)
    result = take_in(folder, {name: content}, Settings(sources=Sources(profile="own.toml")))
    assert _table(folder)["team"].n_unique() == teams
    assert ("W-TEAM-SPELLING" in result.warnings.get(name, {})) == (teams == 1)


@pytest.mark.parametrize("other", ["UtrechtZuid", "utrecht zu-id", "B.T. UTRECHTZUID"])
def test_a_spelling_that_no_list_says_is_one_team_and_told(other: str, folder: DataFolder) -> None:
    rows = _rows(20, lambda number: {"basisteam_medewerker": other if number % 2 else "Utrecht-Zuid"})
    result = take_in(folder, {NAME: text_of(rows)})
    assert dict(_table(folder)["team"].value_counts().iter_rows()) == {"zuid": 20}
    assert result.warnings[NAME]["W-TEAM-SPELLING"] == 10


def test_a_list_may_say_that_a_hyphen_makes_two_teams(folder: DataFolder) -> None:
    more = "ab;A-B;Stad;Midden;WK034403;2020-01-01;;\nc;AB;Stad;Midden;WK034404;2020-01-01;;\n"
    (folder.landing / "organisatie.csv").write_text(ORGANISATION + more.replace("ab;", "d;"))
    take_in(folder, {NAME: text_of(_rows(20, lambda number: {"basisteam_medewerker": "A-B" if number % 2 else "AB"}))})
    assert dict(_table(folder)["team"].value_counts().iter_rows()) == {"d": 10, "c": 10}
