"""Numbers are checked before they replace: what is one check, what are two, and what came twice.

Each table is a kind of mistake seen in exports of this trade; each row a form of it.
"""

import json

import polars as pl
import pytest

from meos_pipeline.ingest.merge import RefreshResult
from meos_pipeline.ingest.profiles import PROFILES
from meos_pipeline.settings import Settings, Sources
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import month_of_rows, take_in, text_of

FIRST, SECOND = "controles_2024-10_20241110T0600.csv", "controles_2024-10_20241111T0600.csv"


def _rows(count: int, **change: str) -> list[dict[str, str]]:
    """Checks that differ in day, hour, officer and person."""
    return month_of_rows(range(1, count + 1), lambda _: change)


def _accepted(result: RefreshResult) -> int:
    return int(result.reconciliation.filter(scope="file")["accepted"].sum())


def _renumbered(rows: list[dict[str, str]], form: str) -> list[dict[str, str]]:
    return [item | {"controle_id": form.format(number, number=number)} for number, item in enumerate(rows, start=1)]


@pytest.mark.parametrize(
    "change",
    [
        {"basisteam_medewerker": "Utrecht-West", "medewerker": "q9", "leeftijd": "61"},
        {"basisteam_medewerker": "Utrecht-West", "medewerker": "q9", "tijd": "03:12"},
        {"datum": "30-10-2024", "tijd": "03:12", "medewerker": "q9", "leeftijd": "61"},
        {"datum": "30-10-2024", "medewerker": "q9", "geslacht": "V"},
        {"datum": "12-09-2024", "tijd": "05:00", "medewerker": "q9", "leeftijd": "61"},
    ],
    ids=[
        "team and officer, other person",
        "team, officer and hour",
        "day, officer, person",
        "same hour",
        "other month",
    ],
)
@pytest.mark.parametrize("count", [8, 40])
def test_numbers_that_begin_again_refuse_the_later_file_and_name_both(
    change: dict[str, str], count: int, folder: DataFolder
) -> None:
    rows = _rows(count, tijd="12:00", medewerker="p1", leeftijd="25")
    result = take_in(folder, {FIRST: text_of(rows), SECOND: text_of([item | change for item in rows])})
    assert list(result.refused) == [SECOND]
    assert "F-NUMMER-BEREIK" in result.refused[SECOND]
    assert FIRST in result.refused[SECOND]
    assert _accepted(result) == count


@pytest.mark.parametrize(
    "change",
    [
        {"resultaat_code": "AANHOUDING"},
        {"tijd": "23:59"},
        {"datum": "02-10-2024"},
        {"basisteam_medewerker": "Utrecht-West"},
        {"leeftijd": "61", "geslacht": "V"},
        {"medewerker": "q9"},
        {"tijd": "23:59", "resultaat_code": "AANHOUDING", "reden_code": "GEDRAG_RIJ"},
    ],
    ids="+".join,
)
def test_a_corrected_check_is_no_other_check(change: dict[str, str], folder: DataFolder) -> None:
    rows = _rows(30)
    corrected = [item | change if number < 10 else item for number, item in enumerate(rows)]
    result = take_in(folder, {FIRST: text_of(rows), SECOND: text_of(corrected)})
    assert result.refused == {}
    assert _accepted(result) == 30


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{:07d}", "{}"),
        ("{:07d}", "{}.0"),
        ("{}", "{},0"),
        ("{:d}", "'{:07d}"),
        ("C-{:04d}", "C{:04d}"),
        ("c {:04d}", "C{:04d}"),
        ("C_{:04d}", "C/{:04d}"),
        ("1{:04d}", "1{:04d}.00"),
    ],
)
def test_a_number_has_one_form_however_it_is_written(first: str, second: str, folder: DataFolder) -> None:
    rows = _rows(12)
    result = take_in(folder, {FIRST: text_of(_renumbered(rows, first)), SECOND: text_of(_renumbered(rows, second))})
    assert result.refused == {}
    assert _accepted(result) == 12


@pytest.mark.parametrize("form", ["MEOS{:05d}", "9{:06d}", "{number}-2024", "X{:d}Y"])
@pytest.mark.parametrize("lost", [(), ("medewerker",), ("resultaat_code",), ("kenteken", "bsn")], ids=str)
def test_a_second_delivery_under_other_numbers_is_refused(form: str, lost: tuple[str, ...], folder: DataFolder) -> None:
    rows = _rows(40)
    again = [item | dict.fromkeys(lost, "") for item in _renumbered(rows, form)]
    result = take_in(folder, {FIRST: text_of(rows), SECOND: text_of(again)})
    assert list(result.refused) == [SECOND]
    assert "F-DUBBELE-LEVERING" in result.refused[SECOND]
    assert FIRST in result.refused[SECOND]
    assert _accepted(result) == 40


def test_two_teams_that_each_deliver_a_month_are_two_deliveries(folder: DataFolder) -> None:
    west = [item | {"basisteam_medewerker": "Utrecht-West"} for item in _renumbered(_rows(40), "W{:04d}")]
    result = take_in(folder, {FIRST: text_of(_rows(40)), SECOND: text_of(west)})
    assert result.refused == {}
    assert _accepted(result) == 80


def test_late_records_of_a_month_are_no_second_delivery(folder: DataFolder) -> None:
    late = [
        item | {"tijd": f"{(number * 5 + 3) % 24:02d}:44", "leeftijd": str(20 + number)}
        for number, item in enumerate(_renumbered(_rows(12), "L{:04d}"))
    ]
    result = take_in(folder, {FIRST: text_of(_rows(60)), SECOND: text_of([*_rows(60), *late])})
    assert result.refused == {}
    assert _accepted(result) == 72


@pytest.mark.parametrize("name", ["resultaat_code", "leeftijd", "geslacht", "grondslag", "tijd", "reden_code"])
@pytest.mark.parametrize("way", ["empty", "gone", "nonsense"])
def test_a_later_export_that_lost_a_column_is_refused_unless_it_is_meant(
    name: str, way: str, folder: DataFolder
) -> None:
    rows = _rows(20)
    header = tuple(rows[0])
    kept = tuple(column for column in header if column != name) if way == "gone" else header
    lost = [item | {name: "" if way == "empty" else "?!"} for item in rows]
    if name == "resultaat_code" and way != "empty":
        pytest.skip("a file without results is refused on its own")
    result = take_in(folder, {FIRST: text_of(rows, header), SECOND: text_of(lost, kept)})
    assert list(result.refused) == [SECOND]
    assert name in result.refused[SECOND]
    if way == "nonsense" and name in {"geslacht", "grondslag", "reden_code"}:
        # A column without one known code is refused on its own, whatever came before: nobody can mean that.
        assert "F-CODES" in result.refused[SECOND]
        return
    assert "F-KOLOM-LEEGGEMAAKT" in result.refused[SECOND]
    assert FIRST in result.refused[SECOND]
    meant = take_in(folder, {"manifest.csv": f"bestand;leeg_bedoeld\n{SECOND};{name}|kenteken\n"})
    assert meant.refused == {}


def test_the_order_of_arrival_decides_nothing(folder: DataFolder) -> None:
    rows = _rows(20)
    other = [item | {"basisteam_medewerker": "Utrecht-West", "medewerker": "q9", "leeftijd": "61"} for item in rows]
    take_in(folder, {SECOND: text_of(other)})
    result = take_in(folder, {FIRST: text_of(rows)})
    assert list(result.refused) == [SECOND]
    assert _accepted(result) == 20


def test_exports_that_share_checks_need_an_export_time(folder: DataFolder) -> None:
    rows = _rows(20)
    changed = [item | {"resultaat_code": "AANHOUDING"} for item in rows]
    result = take_in(folder, {FIRST: text_of(rows), "controles.csv": text_of(changed)})
    assert list(result.refused) == ["controles.csv"]
    assert "F-EXPORTTIJD-ONBEKEND" in result.refused["controles.csv"]
    stated = take_in(folder, {"manifest.csv": "bestand,exporttijd\ncontroles.csv,2024-11-20T06:00+01:00\n"})
    assert stated.refused == {}
    assert _accepted(stated) == 20


def test_two_versions_of_one_moment_are_told(folder: DataFolder) -> None:
    rows = _rows(20)
    changed = [item | {"resultaat_code": "AANHOUDING"} for item in rows]
    second = FIRST.replace(".csv", "_b.csv")
    result = take_in(folder, {FIRST: text_of(rows), second: text_of(changed)})
    assert sum(told.get("W-GELIJKE-TIJD", 0) for told in result.warnings.values()) == 20


@pytest.mark.parametrize("scope", [["team"], ["team", "year"], ["basisteam", "jaar", "bron"]])
def test_a_profile_says_what_makes_a_number_unique(scope: list[str], folder: DataFolder) -> None:
    rows = _rows(20)
    other = [item | {"basisteam_medewerker": "Utrecht-West", "medewerker": "q9", "leeftijd": "61"} for item in rows]
    (folder.root / "own.toml").write_text(_profile(number_scope=scope))
    chosen = Settings(sources=Sources(profile="own.toml"))
    result = take_in(folder, {FIRST: text_of(rows), SECOND: text_of(other)}, chosen)
    assert result.refused == {}
    assert _accepted(result) == 40


def _profile(**keys: object) -> str:
    """The shipped profile with some keys before it."""
    shipped = (PROFILES / "meos.toml").read_text()
    lines = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join([*lines, shipped])


def test_one_file_in_which_numbers_begin_again_is_refused(folder: DataFolder) -> None:
    rows = _rows(20)
    other = [item | {"basisteam_medewerker": "Utrecht-West", "medewerker": "q9", "leeftijd": "61"} for item in rows]
    result = take_in(folder, {FIRST: text_of([*rows, *other])})
    assert "F-NUMMER-BEREIK" in result.refused[FIRST]


@pytest.mark.parametrize(
    "spelled",
    [
        ("00139", "139", "0139", "139.0", "139,0", "MW139", "mw 139", "MW-139", "MW000139"),
        ("POLITIE\\MW139", "MW139", "mw139@politie.nl", "mw_139", "MW.139", "MW/139"),
    ],
)
def test_an_officer_is_one_officer_however_written(spelled: tuple[str, ...], folder: DataFolder) -> None:
    rows = [item | {"medewerker": spelled[n % len(spelled)]} for n, item in enumerate(_rows(20))]
    take_in(folder, {FIRST: text_of(rows)})
    assert _table(folder)["officer_key"].n_unique() == 1


@pytest.mark.parametrize(
    "account",
    ["SYSTEEM", "TEST", "test01", "IMPORT", "SVC_IMPORT", "import.meos", "POLITIE\\SYSTEEM", "ONBEKEND", "99999"],
)
def test_an_account_that_is_no_officer_is_nobody(account: str, folder: DataFolder) -> None:
    take_in(folder, {FIRST: text_of([item | {"medewerker": account} for item in _rows(5)])})
    assert _table(folder)["officer_key"].null_count() == 5


@pytest.mark.parametrize(
    ("column", "key", "words"),
    [
        (
            "kenteken",
            "vehicle_key",
            (
                "GEEN",
                "geen",
                "ONB",
                "FIETS",
                "TEST",
                "NOPLATE",
                "00-00-00",
                "XX-XX-XX",
                "0",
                "NIET BEKEND",
                "GEEN-KENTEKEN",
            ),
        ),
        (
            "persoon_id",
            "person_key",
            (
                "0",
                "000000000",
                "999999",
                "NN",
                "N.N.",
                "ANONIEM",
                "anoniem",
                "TEST",
                "111111110",
                "TEST-01",
                "onbekend",
            ),
        ),
    ],
)
def test_a_word_for_nobody_links_nothing(column: str, key: str, words: tuple[str, ...], folder: DataFolder) -> None:
    header = (*_rows(1)[0], "persoon_id")
    rows = [item | {column: word} for item, word in zip(_rows(len(words)), words, strict=True)]
    result = take_in(folder, {FIRST: text_of(rows, header)})
    assert _table(folder)[key].null_count() == len(words)
    assert result.warnings[FIRST].get("W-PLAATSHOUDER", 0) >= len(words) - 3


def test_a_key_that_has_too_much_of_a_month_is_unlinked(folder: DataFolder) -> None:
    rows = [item | {"kenteken": "AB-12-CD" if n % 2 else f"K-{n:03d}-BB"} for n, item in enumerate(_rows(60))]
    take_in(folder, {FIRST: text_of(rows)})
    assert _table(folder)["vehicle_key"].null_count() == 30


@pytest.mark.parametrize("number", ["123456789", "876543210", "100000001"])
def test_nine_digits_of_another_numbering_stand_when_the_profile_says_so(number: str, folder: DataFolder) -> None:
    (folder.root / "own.toml").write_text(_profile(person_numbers="own"))
    rows = [item | {"persoon_id": number} for item in _rows(3)]
    header = (*_rows(1)[0], "persoon_id")
    take_in(folder, {FIRST: text_of(rows, header)}, Settings(sources=Sources(profile="own.toml")))
    expected = 3 if number == "123456789" else 0
    assert _table(folder)["person_key"].null_count() == expected


@pytest.mark.parametrize("column", ["resultaat_code", "handeling"])
def test_a_made_number_of_what_may_change_needs_complete_exports(column: str, folder: DataFolder) -> None:
    shipped = (PROFILES / "meos.toml").read_text().replace("check_id = ", "# check_id = ").replace('"check_id", ', "")
    (folder.root / "own.toml").write_text(f'identity = ["datum", "tijd", "{column}"]\n{shipped}')
    rows = _rows(4)
    chosen = Settings(sources=Sources(profile="own.toml"))
    result = take_in(folder, {FIRST: text_of(rows, tuple(dict.fromkeys((*rows[0], column))))}, chosen)
    assert "F-IDENTITEIT" in result.refused[FIRST]
    whole = Settings(sources=Sources(profile="own.toml", complete=True))
    assert take_in(folder, {}, whole).refused == {}


def _table(folder: DataFolder) -> pl.DataFrame:
    return pl.read_parquet(folder.tables / "police_checks" / "*" / "*.parquet")
