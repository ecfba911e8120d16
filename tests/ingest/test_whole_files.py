"""What a file says as a whole: cut off in its last cell, delivered twice within itself, day and month turned for a year.

Each table is a kind; each row a form of it.
"""

import io
import random
from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl
import pytest

from meos_pipeline.errors import InputError
from meos_pipeline.ingest.companions import read_companions
from meos_pipeline.ingest.profiles import PROFILES
from meos_pipeline.settings import Settings, Sources
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import HEADER, ORGANISATION, month_of_rows, row, take_in, text_of

NAME = "controles_2024-10_20241110T0600.csv"
COMPANIONS = {
    "inzet_maand.csv": "maand;basisteam;diensten;medewerkers_in_dienst\n01-10-2024;zuid;100;123",
    "bevragingen_maand.csv": "maand;basisteam;soort;aantal;aantal_met_geschiedenis\n01-10-2024;zuid;KENTEKEN;219;123",
    "breuken.csv": "datum;bereik;omschrijving\n01-10-2024;all;Nieuwe versie",
    "klachten_maand.csv": "maand;basisteam;aantal;waarvan_bejegening;waarvan_discriminatie\n01-10-2024;zuid;200;3;123",
    "ambassadeur_log.csv": "maand;basisteam;activiteit;aantal\n01-10-2024;zuid;BRIEFING;12",
    "bevolking.csv": "wijk_code;soort;kenmerk;groep;jaar;aantal\nWK034407;daytime;age_band;12-17;2024;970",
    "cbs_herkomst.csv": "basisteam;periode;herkomst;aantal_gecontroleerd;aantal_inwoners\nzuid;2024;Nederland;300;6000",
    "uitkomsten_bvh_maand.csv": "maand;basisteam;met_resultaat;aantal_bvh;waarvan_in_meos\n01-10-2024;zuid;J;30;25",
    "steekproef_dekking.csv": (
        "datum;basisteam;blad;waargenomen_controles;waarvan_geregistreerd;waarvan_met_resultaat;"
        "waarvan_met_resultaat_geregistreerd\n04-10-2024;zuid;1;15;15;12;12"
    ),
    "organisatie.csv": ORGANISATION.rstrip("\n"),
}


@pytest.mark.parametrize("name", COMPANIONS)
def test_a_last_number_that_may_have_been_cut_off_refuses_a_companion_file(name: str, folder: DataFolder) -> None:
    text = COMPANIONS[name]
    head, _, last = text.rpartition(";")
    for whole in (f"{text}\n", f"{text}\r\n", f'{head};"{last}"'):
        (folder.landing / name).write_text(whole)
        read_companions(folder, Settings())
    for cut in (text, text[:-1], f"{head};", f"{text[:-1]} "):
        (folder.landing / name).write_text(cut)
        with pytest.raises(InputError, match=r"F-LAATSTE-REGEL: '.*regel \d"):
            read_companions(folder, Settings())


@pytest.mark.parametrize(("last", "is_told"), [("proactive", False), ("", True)])
def test_a_last_word_of_a_list_is_whole(last: str, is_told: bool, folder: DataFolder) -> None:
    text = f"actie_id;basisteam;soort;van;tot;doel\nA-1;zuid;agreement;01-05-2024;;{last}"
    (folder.landing / "acties.csv").write_text(text)
    if not is_told:
        assert read_companions(folder, Settings())["team_actions"].height == 1
        return
    with pytest.raises(InputError, match="F-LAATSTE-REGEL"):
        read_companions(folder, Settings())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"bestand;exporttijd\n{NAME};2024-11-12T06:0", "F-LAATSTE-REGEL"),
        (f"bestand;van;tot\n{NAME};2024-10-01;2024-10-3", "F-LAATSTE-REGEL"),
        (f"bestand;volledig\n{NAME};", "F-LAATSTE-REGEL"),
        (f"bestand;rijen\n{NAME};3", "F-LAATSTE-REGEL"),
        (f"bestand;rijen\n{NAME};1.200\n", "F-MANIFEST-REGEL"),
        (f"bestand;rijen\n{NAME};0\n", "F-MANIFEST-REGEL"),
        (f"bestand;volledig\n{NAME};J", ""),
        (f'bestand;exporttijd\n{NAME};"2024-11-12T06:00+01:00"', ""),
    ],
)
def test_a_manifest_that_may_have_been_cut_off_is_refused(text: str, code: str, folder: DataFolder) -> None:
    result = take_in(folder, {NAME: text_of([row(number) for number in range(30)]), "manifest.csv": text})
    assert list(result.refused) == (["manifest.csv"] if code else [])
    assert code in result.refused.get("manifest.csv", "")


@pytest.mark.parametrize(("stated", "is_right"), [("30", True), ("31", False), ("29", False), ("30,0", True)])
def test_a_manifest_may_say_how_many_rows_an_export_has(stated: str, is_right: bool, folder: DataFolder) -> None:
    files = {NAME: text_of([row(number) for number in range(30)]), "manifest.csv": f"bestand;rijen\n{NAME};{stated}\n"}
    result = take_in(folder, files)
    assert bool(result.refused) != is_right
    if not is_right:
        assert "F-RIJEN: " in result.refused[NAME]
        assert take_in(folder, {"manifest.csv": f"bestand;rijen\n{NAME};30\n"}).refused == {}


@pytest.mark.parametrize(
    ("last", "beside", "kept"), [("2", "23", 29), ("2", "2", 30), ("23", "23", 30), ("", "23", 29)]
)
def test_a_last_number_of_an_export_is_whole_when_no_other_goes_on_from_it(
    last: str, beside: str, kept: int, folder: DataFolder
) -> None:
    rows = [row(number, leeftijd="44") for number in range(30)]
    rows[-1]["leeftijd"], rows[3]["leeftijd"], rows[4]["leeftijd"] = last, beside, last or "44"
    take_in(folder, {NAME: text_of(rows).rstrip("\n")})
    assert _table(folder).height == kept


def _persons(count: int = 40) -> list[dict[str, str]]:
    """A row per person: every third check has two."""
    rows = []
    for number in range(count):
        one = row(number, datum=f"{1 + number % 28:02d}-10-2024", leeftijd=str(18 + number % 40), bsn="", kenteken="")
        rows += [one, one | {"leeftijd": "50", "geslacht": "V"}] if number % 3 == 0 else [one]
    return rows


def _own(folder: DataFolder, **keys: object) -> Settings:
    text = (PROFILES / "meos.toml").read_text()
    lines = [f"{key} = {value!r}" for key, value in keys.items()]
    (folder.root / "own.toml").write_text("\n".join([*lines, text]))
    return Settings(sources=Sources(profile="own.toml"))


@pytest.mark.parametrize(
    "way", ["twice", "each row twice", "three times", "half of it twice", "six rows", "numbered on"]
)
def test_persons_delivered_twice_in_one_file_refuse_it(way: str, folder: DataFolder) -> None:
    once = _persons()
    rows = {
        "twice": once * 2,
        "each row twice": [item for item in once for _ in range(2)],
        "three times": once * 3,
        "half of it twice": once + once[: len(once) // 2],
        "six rows": _persons(2) * 2,
        "numbered on": [item | {"pid": str(number)} for number, item in enumerate(once * 2)],
    }[way]
    keys = {"person_row": ["pid"]} if "pid" in rows[0] else {}
    result = take_in(folder, {NAME: text_of(rows, tuple(rows[0]))}, _own(folder, rows_are="persons", **keys))
    assert "F-RIJEN-DUBBEL" in result.refused[NAME]


@pytest.mark.parametrize(
    ("rows", "told", "most"),
    [
        (_persons(), 0, 2),
        (_persons() + _persons()[:5], 5, 4),
        ([item | {"bsn": "123456782"} for item in _persons() + _persons()[:5]], 5, 1),
        ([item for number, item in enumerate(_persons(30)) for _ in range(1 + number % 2)][:45], 0, 3),
    ],
    ids=["two persons", "a few twice are told", "a number says that it is the same", "without traits"],
)
def test_rows_of_persons_that_are_alike_are_told(
    rows: list[dict[str, str]], told: int, most: int, folder: DataFolder
) -> None:
    header = (
        HEADER if told or most == 2 else tuple(name for name in HEADER if name not in ("leeftijd", "geslacht", "bsn"))
    )
    result = take_in(folder, {NAME: text_of(rows, header)}, _own(folder, rows_are="persons"))
    assert result.refused == {}
    if told or most == 2:
        assert result.warnings.get(NAME, {}).get("W-RIJ-GELIJK", 0) == told
    assert _table(folder)["person_count"].max() == most


FORMS: Mapping[str, tuple[str, str, str]] = {
    "hyphens": ("{day:02d}-{month:02d}-{year}", "{day:02d}-{month:02d}-{year}", "in order"),
    "slashes": ("{day:02d}/{month:02d}/{year}", "{day:02d}/{month:02d}/{year}", "in order"),
    "points": ("{day}.{month}.{year}", "{day}.{month}.{year}", "in order"),
    "year first": ("{year}-{month:02d}-{day:02d}", "{year}-{month:02d}-{day:02d}", "in order"),
    "midnight": ("{day}-{month}-{year} 0:00:00", "{day}-{month}-{year} 0:00:00", "in order"),
    "by team": ("{day:02d}-{month:02d}-{year}", "{day:02d}-{month:02d}-{year}", "by team"),
    "by number": ("{day:02d}-{month:02d}-{year}", "{day:02d}-{month:02d}-{year}", "shuffled"),
    "entered": ("{day:02d}-{month:02d}-{year}", "{day:02d}-{month:02d}-{year}", "entered"),
    "other form": ("{year}-{month:02d}-{day:02d}", "{day:02d}-{month:02d}-{year}", "renumbered"),
    "other sign": ("{day}/{month}/{year}", "{day:02d}-{month:02d}-{year}", "renumbered"),
}
"""Form of a day that can be a month, of another, and what still tells the order of the checks."""


def _year(form: str, *, turned: bool) -> list[dict[str, str]]:
    early, late, order = FORMS[form]
    chance = random.Random(5)
    days = sorted(date(2024, 1, 1) + timedelta(days=chance.randrange(366)) for _ in range(300))
    rows = []
    for number, day in enumerate(days):
        is_early = turned and day.day <= 12
        parts = (day.month, day.day) if is_early else (day.day, day.month)
        text = (early if is_early else late).format(day=parts[0], month=parts[1], year=day.year)
        entered = day + timedelta(days=number % 3)
        rows.append(row(number, datum=text, datumtijd_registratie=f"{entered:%d-%m-%Y} 23:59", medewerker=f"p{number % 7}",
                        leeftijd=str(18 + number % 40), bsn="", kenteken=""))  # fmt: skip
    if order == "by team":
        rows = [
            item | {"basisteam_medewerker": f"Utrecht-{team}"}
            for team in ("Zuid", "West")
            for item in rows[team == "West" :: 2]
        ]
    if order in ("shuffled", "entered", "renumbered"):
        chance.shuffle(rows)
    if order in ("entered", "renumbered"):
        rows = [item | {"controle_id": f"R{number:04d}"} for number, item in enumerate(rows)]
    return (
        rows
        if order == "entered"
        else [{k: v for k, v in item.items() if k != "datumtijd_registratie"} for item in rows]
    )


@pytest.mark.parametrize("form", FORMS)
def test_a_year_of_which_day_and_month_were_turned_is_refused(form: str, folder: DataFolder) -> None:
    name = "controles_20250110T0600.csv"
    turned, straight = (_year(form, turned=is_turned) for is_turned in (True, False))
    assert "F-DATUMVORM" in take_in(folder, {name: text_of(turned, tuple(turned[0]))}).refused[name]
    assert take_in(folder, {f"right_{name}": text_of(straight, tuple(straight[0]))}).refused.keys() <= {name}


@pytest.mark.parametrize(
    ("days", "is_refused"),
    [
        ([f"{1 + number * 7 % 12:02d}-{1 + number % 12:02d}-2024" for number in range(200)], True),
        ([f"{1 + number * 7 % 12:02d}-{1 + number % 3:02d}-2024" for number in range(60)], True),
        ([f"05-{1 + number % 12:02d}-2024" for number in range(60)], False),
        ([f"01-{1 + number % 12:02d}-2024" for number in range(60)], False),
        ([f"05-{1 + number % 12:02d}-2024" for number in range(40)] + [f"{13 + number % 15}-06-2024" for number in range(80)], False),
    ],
    ids=["a year without later days", "a quarter", "the fifth of each month", "first days", "the fifth, and others"],
)  # fmt: skip
def test_months_without_any_later_day(days: list[str], is_refused: bool, folder: DataFolder) -> None:
    name = "controles_20250110T0600.csv"
    result = take_in(folder, {name: text_of([row(number, datum=day) for number, day in enumerate(days)])})
    assert ("F-DATUMVORM" in result.refused.get(name, "")) == is_refused


def _table(folder: DataFolder) -> pl.DataFrame:
    return pl.concat(pl.read_parquet(path) for path in folder.tables.glob("police_checks/*/*.parquet"))


LATER = "controles_2024-10_20241111T0600.csv"
MORE = (*HEADER, "status", "verwijderd")


def _month(count: int, **change: str) -> list[dict[str, str]]:
    teams = ("Utrecht-Zuid", "Utrecht-West")
    return month_of_rows(range(count), lambda number: {"basisteam_medewerker": teams[number % 2]} | change)


@pytest.mark.parametrize(
    ("later", "manifest", "code", "kept"),
    [
        (_month(60, status="VERVALLEN"), "", "F-MEESTE-WEG", 60),
        (_month(60, verwijderd="J"), "", "F-MEESTE-WEG", 60),
        (_month(40, verwijderd="J"), "", "F-MEESTE-WEG", 60),
        ([row(99), *({"controle_id": f"C{number:04d}", "verwijderd": "J"} for number in range(60))], "", "F-MEESTE-WEG", 60),
        (_month(20), "volledig\n{file};J", "F-MEESTE-WEG", 60),
        (_month(1), "volledig;van;tot\n{file};J;2024-10-01;2024-10-31", "F-MEESTE-WEG", 60),
        (_month(60, status="VERVALLEN"), "leeg_bedoeld\n{file};controle_id", "", 0),
        (_month(20), "volledig;leeg_bedoeld\n{file};J;controle_id", "", 20),
        (_month(20, verwijderd="J"), "", "", 40),
        (_month(40), "volledig\n{file};J", "", 40),
        (_month(20), "", "", 60),
        (_month(60, basisteam_medewerker="Utrecht-West"), "", "F-KOLOM-ANDERS", 60),
        (_month(60, basisteam_medewerker="Utrecht-West"), "leeg_bedoeld\n{file};basisteam_medewerker", "", 60),
    ],
    ids=["void", "deleted", "most deleted", "deleted without a day", "a third of a complete one", "one of a complete one",
         "void and meant", "complete and meant", "a third deleted", "two thirds of a complete one", "a part", "one team",
         "one team and meant"],
)  # fmt: skip
def test_a_later_export_that_takes_away_most_is_refused_unless_it_is_meant(
    later: list[dict[str, str]], manifest: str, code: str, kept: int, folder: DataFolder
) -> None:
    files = {NAME: text_of(_month(60), MORE), LATER: text_of(later, MORE)}
    if manifest:
        files["manifest.csv"] = f"bestand;{manifest.format(file=LATER)}\n"
    result = take_in(folder, files)
    assert list(result.refused) == ([LATER] if code else [])
    assert code in result.refused.get(LATER, "")
    assert (_table(folder).height if kept else len([*folder.tables.glob("police_checks/*/*.parquet")])) == kept


def test_what_was_taken_away_on_purpose_is_not_asked_again(folder: DataFolder) -> None:
    last = "controles_2024-10_20241112T0600.csv"
    gone = _month(60, status="VERVALLEN")
    files = {NAME: text_of(_month(60), MORE), LATER: text_of(gone, MORE), last: text_of([*gone, row(99)], MORE)}
    result = take_in(folder, files | {"manifest.csv": f"bestand;leeg_bedoeld\n{LATER};controle_id\n"})
    assert result.refused == {}
    assert _table(folder).height == 1


@pytest.mark.parametrize(
    ("name", "header", "written", "named"),
    [
        ("inzet_maand.csv", "maand;basisteam;diensten;{}", "medewerkers_in_dinst", "medewerkers_in_dienst"),
        ("inzet_maand.csv", "maand;basisteam;diensten;{}", "medewerkers", "medewerkers_in_dienst"),
        ("organisatie.csv", "basisteam_code;basisteam;district;eenheid;wijk_code;geldig_van;{}", "geldig tot en met", "geldig_tot"),
        ("organisatie.csv", "basisteam_code;basisteam;district;eenheid;wijk_code;geldig_van;{}", "schrijfwijze", "schrijfwijzen"),
        ("organisatie.csv", "basisteam_code;basisteam;district;eenheid;{};geldig_van", "wijk", "wijk_code"),
    ],
)  # fmt: skip
def test_a_column_of_a_companion_file_under_nearly_its_name_refuses_it(
    name: str, header: str, written: str, named: str, folder: DataFolder
) -> None:
    line = {"inzet_maand.csv": "01-10-2024;zuid;10;5", "organisatie.csv": "zuid;Zuid;Stad;Midden;WK034407;01-01-2020;"}[
        name
    ]
    wanted = header.format(written)
    cells = dict(zip(header.format(named).split(";"), line.split(";"), strict=False))
    text = ";".join(cells.get(column if column != written else named, "") for column in wanted.split(";"))
    (folder.landing / name).write_text(f"{wanted}\n{text}\n")
    with pytest.raises(InputError, match=f"F-KOLOM-NAAM: .*'{written}'.*'{named}'"):
        read_companions(folder, Settings())
    (folder.landing / name).write_text(f"{header.format(named)};opmerking\n{text};x\n")
    read_companions(folder, Settings())


@pytest.mark.parametrize(
    ("day", "beside", "is_right"),
    [("01/02/2024", "01/01/2020", False), ("01/02/2024", "15/02/2020", True), ("02/02/2024", "01/01/2020", True),
     ("15/02/2024", "01/02/2020", True), ("01-02-2024", "01-03-2020", True)],
)  # fmt: skip
def test_a_day_with_slashes_in_a_companion_file_is_not_guessed(
    day: str, beside: str, is_right: bool, folder: DataFolder
) -> None:
    lines = f"zuid;Zuid;Stad;Midden;WK034407;{day};\nwest;West;Stad;Midden;WK034401;{beside};\n"
    (folder.landing / "organisatie.csv").write_text(
        ORGANISATION.partition("\n")[0].replace(";schrijfwijzen", "") + "\n" + lines
    )
    if is_right:
        assert read_companions(folder, Settings())["organisation"].height == 2
        return
    with pytest.raises(InputError, match=r"'geldig_van'.*write 2026-02-01"):
        read_companions(folder, Settings())


@pytest.mark.parametrize(("month", "is_right"), [("01-06-2024", True), ("01-07-2024", False)])
def test_a_companion_row_of_a_team_that_was_split_by_then_is_a_mistake(
    month: str, is_right: bool, folder: DataFolder
) -> None:
    (folder.landing / "organisatie.csv").write_text(
        "basisteam_code;basisteam;district;eenheid;wijk_code;geldig_van;geldig_tot;opvolgers\n"
        "a;A;S;M;WK1;01-01-2020;30-06-2024;b|c\nb;B;S;M;WK1;01-07-2024;;\nc;C;S;M;WK2;01-07-2024;;\n"
    )
    (folder.landing / "inzet_maand.csv").write_text(f"maand;basisteam;diensten\n{month};A;10\n")
    if is_right:
        assert read_companions(folder, Settings())["deployment"]["team"].to_list() == ["a"]
        return
    with pytest.raises(InputError, match="split by then"):
        read_companions(folder, Settings())


def _without(folder: DataFolder, *swaps: tuple[str, str], before: str = "") -> Settings:
    text = (PROFILES / "meos.toml").read_text()
    for old, new in swaps:
        text = text.replace(old, new, 1)
    (folder.root / "own.toml").write_text(before + text)
    return Settings(sources=Sources(profile="own.toml"))


@pytest.mark.parametrize(
    ("before", "swaps", "column"),
    [
        (
            'identity = ["datum", "tijd", "volgnr"]\n',
            (("check_id = ", "# check_id = "), ('"check_id", ', "")),
            "volgnr",
        ),
        ('identity = ["volgnr"]\n', (("check_id = ", "# check_id = "), ('"check_id", ', "")), "volgnr"),
        ('rows_are = "persons"\nperson_row = ["pid"]\n', (), "pid"),
    ],
)
def test_a_column_that_numbers_are_made_of_has_to_be_there(
    before: str, swaps: tuple[tuple[str, str], ...], column: str, folder: DataFolder
) -> None:
    header = HEADER if not swaps else HEADER[1:]
    result = take_in(folder, {NAME: text_of(_month(30), header)}, _without(folder, *swaps, before=before))
    assert "F-KOP-ONTBREEKT" in result.refused[NAME]
    assert column in result.refused[NAME]


@pytest.mark.parametrize(("second", "is_told"), [("J", False), ("", True), (None, True)])
def test_a_flag_of_a_list_that_says_nothing_is_told(second: str | None, is_told: bool, folder: DataFolder) -> None:
    settings = _without(
        folder,
        ('results = ["resultaat_code", "resultaatcode"]\n', ""),
        ('"team", "results"]', '"team"]'),
        ("[dropped]", '[flags.results]\naangehouden = "arrest"\nbon = "traffic_fine"\n\n[dropped]'),
    )
    rows = [item | {"aangehouden": "JN"[number % 2], "bon": second or ""} for number, item in enumerate(_month(30))]
    header = tuple(name for name in rows[0] if name != "resultaat_code" and (name != "bon" or second is not None))
    result = take_in(folder, {NAME: text_of(rows, header)}, settings)
    assert result.warnings.get(NAME, {}).get("W-VLAG-LEEG", 0) == is_told


@pytest.mark.parametrize(
    ("first", "then", "kept"),
    [
        ("volledig\n{file};J", "volledig\n{file};N", 40),
        ("volledig\n{file};N", "volledig\n{file};J", 38),
        ("van;tot\n{file};2024-10-01;2024-10-31", "van;tot\n{file};2024-10-01;2024-10-10", 40),
        ("exporttijd\n{file};2024-11-01T06:00+01:00", "exporttijd\n{file};2024-11-12T06:00+01:00", 40),
        ("leeg_bedoeld\n{file};tijd", "leeg_bedoeld\n{file};geslacht", 40),
    ],
)
def test_a_manifest_that_is_corrected_says_what_it_says_now(
    first: str, then: str, kept: int, folder: DataFolder
) -> None:
    late = [item | {"leeftijd": "99"} if number < 5 else item for number, item in enumerate(_month(38))]
    files = {NAME: text_of(_month(40)), LATER: text_of(late)}
    meant = [f"bestand;{text.format(file=LATER)}\n" for text in (first, then)]
    take_in(folder, files | {"manifest.csv": meant[0]})
    take_in(folder, {"manifest.csv": meant[1]})
    other = DataFolder(folder.root.parent / "other").make()
    (other.landing / "organisatie.csv").write_text(ORGANISATION)
    take_in(other, files | {"manifest.csv": meant[1]})
    assert _table(folder).drop("line").equals(_table(other).drop("line"))
    assert _table(folder).height == kept


def test_a_file_of_which_no_row_is_read_names_no_other_month(folder: DataFolder) -> None:
    result = take_in(folder, {NAME: text_of([row(1, basisteam_medewerker="?"), row(2, basisteam_medewerker="?")])})
    assert "W-MAAND-NAAM" not in result.warnings.get(NAME, {})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("controles_2024-10_20241111T0600.csv", ""),
        ("controles_2024-09_2024-10_20241111T0600.csv", ""),
        ("2024-10-stad-controles_20241111T0600.csv", ""),
        ("controles_2024-09_20241111T0600.csv", "W-MAAND-NAAM"),
        ("controles_20241111T0600.csv", "W-VOLLEDIG-PERIODE"),
        ("controles_2024-10-01_2024-10-31_20241111T0600.csv", "W-VOLLEDIG-PERIODE"),
    ],
)
def test_a_complete_export_whose_name_does_not_fit_is_told(name: str, code: str, folder: DataFolder) -> None:
    files = {"controles_2024-10_20241110T0600.csv": text_of(_month(40)), name: text_of(_month(38))}
    result = take_in(folder, files | {"manifest.csv": f"bestand;volledig\n{name};J\n"})
    told = {one for one in result.warnings.get(name, {}) if one.startswith(("W-MAAND", "W-VOLLEDIG"))}
    assert told == ({code} if code else set())
    assert _table(folder).height == (40 if code else 38)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize(("said", "code"), [("30", "R-VOETREGEL"), ("31", "F-TOTAAL"), ("", "R-VOETREGEL")])
def test_a_totals_row_is_one_in_every_format(said: str, code: str, kind: str, folder: DataFolder) -> None:
    name = NAME.replace("csv", kind)
    rows = [{key: item.get(key, "") for key in HEADER} for item in _month(30)]
    rows.append(dict.fromkeys(HEADER, "") | {"controle_id": "Totaal", "datum": said})
    stream = io.BytesIO()
    if kind == "csv":
        stream.write(text_of(rows).encode())
    elif kind == "parquet":
        pl.DataFrame(rows).write_parquet(stream)
    else:
        pl.DataFrame(rows).write_excel(stream)
    result = take_in(folder, {name: stream.getvalue()})
    assert ("F-TOTAAL" in result.refused.get(name, "")) == (code == "F-TOTAAL")
    if code == "R-VOETREGEL":
        assert _table(folder).height == 30
        assert result.closes
        assert pl.read_parquet(folder.quarantine / "*.parquet")["code"].to_list() == [code]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
@pytest.mark.parametrize(
    ("column", "made_up", "share", "is_told"),
    [
        ("geboortedatum", "01-01-1970", 4, True),
        ("geboortedatum", "01-01-1970", 20, False),
        ("geboortedatum", "11-11-1911", 4, True),
        ("leeftijd", "99", 4, True),
        ("leeftijd", "99", 40, False),
        ("leeftijd", "40", 4, False),
    ],
)
def test_an_age_that_a_form_fills_in_is_unknown(
    column: str, made_up: str, share: int, kind: str, is_told: bool, folder: DataFolder
) -> None:
    header = tuple(dict.fromkeys(name if name != "leeftijd" else column for name in HEADER))
    own = {"geboortedatum": "{day:02d}-03-{year}", "leeftijd": "{age}"}[column]
    rows = [
        {name: item.get(name, "") for name in header}
        | {
            column: made_up
            if number % share == 0
            else own.format(day=1 + number % 28, year=1960 + number % 45, age=18 + number % 50)
        }
        for number, item in enumerate(_month(100))
    ]
    stream = io.BytesIO()
    if kind == "csv":
        stream.write(text_of(rows, header).encode())
    else:
        (pl.DataFrame(rows).write_parquet if kind == "parquet" else pl.DataFrame(rows).write_excel)(stream)
    name = NAME.replace("csv", kind)
    result = take_in(folder, {name: stream.getvalue()})
    told = result.warnings.get(name, {}).get("W-LEEFTIJD-VAAK", 0)
    assert told == _table(folder)["age_band"].null_count() == (100 // share if is_told else 0)


@pytest.mark.parametrize(
    ("column", "word", "share", "code", "warned"),
    [
        ("resultaat_code", "", 0.7, "F-KOLOM-ANDERS", ""),
        ("leeftijd", "", 0.7, "F-KOLOM-ANDERS", ""),
        ("medewerker", "p1", 1, "F-KOLOM-ANDERS", ""),
        ("medewerker", "q{number}", 1, "F-KOLOM-ANDERS", ""),
        ("resultaat_code", "", 0.4, "", "W-KOLOM-LEGER"),
        ("geslacht", "", 0.2, "", "W-KOLOM-LEGER"),
        ("resultaat_code", "", 0.05, "", ""),
        ("medewerker", "q9", 0.3, "", ""),
    ],
)
def test_a_later_export_that_says_less_is_refused_or_told(
    column: str, word: str, share: float, code: str, warned: str, folder: DataFolder
) -> None:
    rows = _month(60)
    less = [
        item | ({column: word.format(number=number % 9)} if number < share * 60 else {})
        for number, item in enumerate(rows)
    ]
    result = take_in(folder, {NAME: text_of(rows), LATER: text_of(less)})
    assert list(result.refused) == ([LATER] if code else [])
    assert code in result.refused.get(LATER, "")
    assert {one for one in result.warnings.get(LATER, {}) if one.startswith("W-KOLOM")} == (
        {warned} if warned else set()
    )


@pytest.mark.parametrize("sign", [", ", "/", ";", " & ", " + ", " en ", "|"])
def test_a_pair_of_officers_is_no_officer_more(sign: str, folder: DataFolder) -> None:
    pairs = [f"MW{100 + number % 3}{sign}MW{100 + (number + 1) % 3}" for number in range(30)]
    rows = [
        item | {"medewerker": pair if number % 2 else f"MW{100 + number % 3}"}
        for number, (item, pair) in enumerate(zip(_month(30), pairs, strict=True))
    ]
    name = NAME.replace("csv", "parquet")
    stream = io.BytesIO()
    pl.DataFrame([{key: item.get(key, "") for key in HEADER} for item in rows]).write_parquet(stream)
    take_in(folder, {name: stream.getvalue()})
    assert _table(folder)["officer_key"].n_unique() == 3
