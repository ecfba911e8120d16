"""Forms × columns × formats: each form of a day, time, number or yes/no is read whole, or told."""

import dataclasses
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.ingest import grammar, texts
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.merge import refresh
from meos_pipeline.ingest.receive import export_time, receive
from meos_pipeline.settings import Settings, Sources
from tests.ingest.district import HEADER, KEYS, NOW, new_folder, row, take_in, text_of

DUTCH = Grammar()
AMERICAN = Grammar(forms=("month-day-year",), zone="America/New_York")
SHEET = Grammar(first_serial=date(1899, 12, 30))
SHEET_1904 = Grammar(first_serial=date(1904, 1, 1))
OCTOBER, JANUARY = date(2024, 10, 14), date(2014, 1, 1)
NINE_FIVE = 9 * 60 + 5

MOMENTS: list[tuple[Grammar, str, date | None, int | None]] = [
    (DUTCH, "14-10-2024", OCTOBER, None),
    (DUTCH, "14/10/2024", OCTOBER, None),
    (DUTCH, "14.10.2024", OCTOBER, None),
    (DUTCH, "14 10 2024", OCTOBER, None),
    (DUTCH, "14-10-24", OCTOBER, None),
    (DUTCH, "14102024", OCTOBER, None),
    (DUTCH, "20241014", OCTOBER, None),
    (DUTCH, "2024-10-14", OCTOBER, None),
    (DUTCH, "14 oktober 2024", OCTOBER, None),
    (DUTCH, "14-okt.-2024", OCTOBER, None),
    (DUTCH, "October 14, 2024", OCTOBER, None),
    (DUTCH, "14-10-2024 9:05", OCTOBER, NINE_FIVE),
    (DUTCH, "14-10-2024 9:05:00", OCTOBER, NINE_FIVE),
    (DUTCH, "14-10-2024 9.05", OCTOBER, NINE_FIVE),
    (DUTCH, "14-10-2024 9:05 uur", OCTOBER, NINE_FIVE),
    (DUTCH, "14-10-2024, 09:05", OCTOBER, NINE_FIVE),
    (DUTCH, "14-10-2024 9:05 PM", OCTOBER, NINE_FIVE + 720),
    (DUTCH, "14-10-2024 24:00", OCTOBER, 1440),
    (DUTCH, "2024-10-14T09:05:00.123", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-14 09:05:00,5", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-14T07:05:00Z", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-14T07:05Z", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-14 07:05:00+00:00", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-14T08:05:00+0100", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-14 07:05:00 UTC", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-14T02:05:00-05:00", OCTOBER, NINE_FIVE),
    (DUTCH, "20241014T070500Z", OCTOBER, NINE_FIVE),
    (DUTCH, "2024-10-13T22:30:00Z", OCTOBER, 30),
    (DUTCH, "2024-01-13T23:30:00Z", date(2024, 1, 14), 30),
    (AMERICAN, "1/1/2014", JANUARY, None),
    (AMERICAN, "1012014", JANUARY, None),
    (AMERICAN, "01012014", JANUARY, None),
    (AMERICAN, "1012014.0", JANUARY, None),
    (AMERICAN, "12312014", date(2014, 12, 31), None),
    (AMERICAN, "1/1/2014 5:30 PM", JANUARY, 17 * 60 + 30),
    (AMERICAN, "1/1/2014 12:05:00 AM", JANUARY, 5),
    (AMERICAN, "2014-01-01T05:00:00Z", JANUARY, 0),
    (SHEET, "45579", OCTOBER, None),
    (SHEET, "45579.378472222", OCTOBER, NINE_FIVE),
    (SHEET, "45579,378472222", OCTOBER, NINE_FIVE),
    (SHEET_1904, "44117.378472222", OCTOBER, NINE_FIVE),
    # Not understood, or not wholly: nothing.
    (DUTCH, "45579", None, None),
    (DUTCH, "10-14-2024", None, None),
    (DUTCH, "31-02-2024", None, None),
    (DUTCH, "14-10-2024 25:00", None, None),
    (DUTCH, "14-10-2024 9:75", None, None),
    (DUTCH, "14-10-2024 17:30 PM", None, None),
    (DUTCH, "14-10-2024 9:05 CET", None, None),
    (DUTCH, "2024-10-14T09:05:00 Europe/Amsterdam", None, None),
    (DUTCH, "2024-10-14T09:05:00+99:00", None, None),
    (DUTCH, "14-10-2024 t/m 15-10-2024", None, None),
    (DUTCH, "14-10-2024 - 15-10-2024", None, None),
    (DUTCH, "2024-10-14/2024-10-15", None, None),
    (DUTCH, "14-10-2024 9:05-10:00", None, None),
    (DUTCH, "14-10-2024 ongeveer", None, None),
    (DUTCH, "ma 14-10-2024", None, None),
    (DUTCH, "2024-10-14Z", None, None),
    (AMERICAN, "14/10/2024", None, None),
]  # fmt: skip


def read(rules: Grammar, *cells: str) -> list[tuple[date | None, int | None]]:
    frame = pl.DataFrame({"text": list(cells)}).select(grammar.moment(pl.col("text"), rules).struct.unnest())
    return frame.select("day", "minute").rows()


@pytest.mark.parametrize(("rules", "text", "day", "minute"), MOMENTS)
def test_a_moment_is_read_whole_or_not_at_all(rules: Grammar, text: str, day: date | None, minute: int | None) -> None:
    assert read(rules, text) == [(day, minute)]


SHORT = dataclasses.replace(DUTCH, short_times=True)
TIMES: list[tuple[Grammar, str, int | None]] = [
    (DUTCH, "9:05", NINE_FIVE), (DUTCH, "09.05", NINE_FIVE), (DUTCH, "9h05", NINE_FIVE), (DUTCH, "0905", NINE_FIVE),
    (DUTCH, "905", NINE_FIVE), (DUTCH, "905.0", NINE_FIVE), (DUTCH, "090500", NINE_FIVE), (DUTCH, "9:05:59", NINE_FIVE),
    (DUTCH, "09:05:00.0000000", NINE_FIVE), (DUTCH, "9:05 uur", NINE_FIVE), (DUTCH, "9 uur", 540),
    (DUTCH, "9:05 PM", NINE_FIVE + 720), (DUTCH, "12:05 AM", 5), (DUTCH, "12:05 p.m.", 725), (DUTCH, "5 pm", 17 * 60),
    (DUTCH, "24:00", 1440), (DUTCH, "1899-12-31 09:05:00", NINE_FIVE),
    (SHORT, "5", 5), (SHORT, "0", 0), (SHORT, "30", 30), (SHORT, "905", NINE_FIVE),
    (SHEET, "0.378472222", NINE_FIVE), (SHEET, "0,25", 360), (SHEET, "45579.378472222", NINE_FIVE),
    (DUTCH, "5", None), (DUTCH, "30", None), (DUTCH, "24:01", None), (DUTCH, "9:5", None), (DUTCH, "9:60", None),
    (DUTCH, "9:05-10:00", None), (DUTCH, "9:05 - 10:00", None), (DUTCH, "tussen 9 en 10", None),
    (DUTCH, "17:05 PM", None), (DUTCH, "circa 9:05", None), (DUTCH, "0560", None),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "text", "minute"), TIMES)
def test_a_time_is_read_whole_or_not_at_all(rules: Grammar, text: str, minute: int | None) -> None:
    found = pl.DataFrame({"text": [text]}).select(grammar.time(pl.col("text"), rules).struct.field("minute"))
    assert found.item() == minute


NUMBERS: list[tuple[str, int | None, float | None]] = [
    ("38", 38, 38), ("38.0", 38, 38), ("38,0", 38, 38), ("38,00", 38, 38), ("38.000000", 38, 38), ("+5", 5, 5),
    ("12 000", 12000, 12000), ("12'000", 12000, 12000), ("1.234.567", 1234567, 1234567),
    ("1,234,567", 1234567, 1234567), ("1.234,5", None, 1234.5), ("1,234.5", None, 1234.5), ("38,5", None, 38.5),
    ("0.125", None, 0.125),
    # A thousand in one language and one in the other: neither.
    ("1.000", None, None), ("12.000", None, None), ("1,250", None, None),
    ("25-34", None, None), ("25 tot 34", None, None), ("38 jaar", None, None), ("1e3", None, None), ("nan", None, None),
    ("1.2.3", None, None), ("12 00", None, None), ("38%", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "whole", "decimal"), NUMBERS)
def test_a_number_is_read_whole_or_not_at_all(text: str, whole: int | None, decimal: float | None) -> None:
    cell = pl.col("text")
    found = pl.DataFrame({"text": [text]}).select(texts.whole_number(cell), other=texts.decimal_number(cell))
    assert found.row(0) == (whole, decimal)


JUNK = st.sampled_from(["#", "q", "~", " x", "?!", "€", " (ca.)", "=", "_", "ongeveer ", "<", "T T", "--", " t/m "])
WHOLE = st.sampled_from([(rules, text) for rules, text, day, _ in MOMENTS if day is not None])
CLOCKS = st.sampled_from([(rules, text) for rules, text, minute in TIMES if minute is not None])


@given(WHOLE, JUNK, st.integers(0, 40))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_moment_is_accepted_with_a_part_unread(cell: tuple[Grammar, str], junk: str, place: int) -> None:
    rules, text = cell
    at = min(place, len(text))
    assert read(rules, text[:at] + junk + text[at:]) == [(None, None)]


@given(CLOCKS, JUNK, st.integers(0, 40))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_time_is_accepted_with_a_part_unread(cell: tuple[Grammar, str], junk: str, place: int) -> None:
    rules, text = cell
    at = min(place, len(text))
    spoilt = pl.DataFrame({"text": [text[:at] + junk + text[at:]]})
    assert spoilt.select(grammar.time(pl.col("text"), rules).struct.field("minute")).item() is None


@given(st.sampled_from([text for text, *found in NUMBERS if any(found)]), JUNK, st.integers(0, 12))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_no_number_is_accepted_with_a_part_unread(text: str, junk: str, place: int) -> None:
    at = min(place, len(text))
    spoilt = pl.DataFrame({"text": [text[:at] + junk + text[at:]]})
    cell = pl.col("text")
    assert spoilt.select(texts.whole_number(cell), other=texts.decimal_number(cell)).row(0) == (None, None)


@pytest.mark.parametrize("word", ["J", "ja", "Y", "Yes", "WAAR", "true", "T", "1", "x"])
def test_words_for_yes(word: str) -> None:
    assert pl.select(texts.yes_no(pl.lit(word))).item() is True


@pytest.mark.parametrize("word", ["N", "nee", "no", "ONWAAR", "false", "F", "0"])
def test_words_for_no(word: str) -> None:
    assert pl.select(texts.yes_no(pl.lit(word))).item() is False


@pytest.mark.parametrize("word", ["ja?", "J/N", "2", "misschien", "D", "verwijderd", "14-10-2024"])
def test_other_words_say_neither(word: str) -> None:
    assert pl.select(texts.yes_no(pl.lit(word))).item() is None


FORMATS = ("csv", "xlsx", "parquet")
DATE_CELLS = ["14-10-2024", "2024-10-14", "14-10-2024 9:05:00", "2024-10-14T07:05:00Z", "14-10-2024 x", "9-10-24"]
TIME_CELLS = ["9:05", "0905", "9:05 PM", "09:05:00.000", "9:05-10:00", "24:00"]
ENTRY_CELLS = ["14-10-2024 21:40", "2024-10-14T19:40:00Z", "14-10-2024 9:40 PM", "2024-10-14 21:40:30.5", "21:40", ""]


def _written(folder: Path, rows: list[dict[str, str]], header: tuple[str, ...], kind: str) -> Path:
    path = folder / f"controles_2024-10_20241110T0600.{kind}"
    frame = pl.DataFrame({name: [item.get(name, "") for item in rows] for name in header})
    if kind == "csv":
        path.write_text(text_of(rows, header))
    elif kind == "xlsx":
        frame.write_excel(path)
    else:
        frame.write_parquet(path)
    return path


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_reads_a_cell_alike(tmp_path: Path, kind: str) -> None:
    """The same texts in CSV, XLSX and Parquet give the same days, times and delays, and the same issues."""
    header = (*HEADER, "datumtijd_registratie")
    rows = [row(number, datum=DATE_CELLS[0], tijd="21:37") for number in range(10)]
    rows += [row(100 + number, datum=day, tijd="9:05") for number, day in enumerate(DATE_CELLS)]
    rows += [row(200 + number, tijd=clock) for number, clock in enumerate(TIME_CELLS)]
    rows += [row(300 + number, datumtijd_registratie=entry) for number, entry in enumerate(ENTRY_CELLS)]
    folder = new_folder(tmp_path)
    path = _written(tmp_path, rows, header, kind)
    result = take_in(folder, {path.name: path.read_bytes()})
    assert result.refused == {}
    table = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet").sort("line").slice(10)
    dates, times, entries = table.head(5), table.slice(5, 6), table.slice(11)
    assert dates.select("check_date", "hour").rows() == [(OCTOBER, 9)] * 4 + [(date(2024, 10, 9), 9)]
    assert times["hour"].to_list() == [9, 9, 21, 9, None, 0]
    assert entries["entry_delay_minutes"].to_list() == [3, 3, 3, 3, None, None]
    codes = pl.read_parquet(folder.quarantine / "*.parquet").sort("line")["code"].to_list()
    assert codes == ["R-DATUM", "R-TIJD", "R-INVOER"]


@pytest.mark.parametrize("is_1904", [False, True])
def test_numbers_of_days_in_a_workbook_follow_its_own_system(tmp_path: Path, *, is_1904: bool) -> None:
    import xlsxwriter

    path = tmp_path / "controles_2024-10_20241110T0600.xlsx"
    serial = 45579 - (1462 if is_1904 else 0)
    with xlsxwriter.Workbook(path, {"date_1904": is_1904}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(5):
            cells: dict[str, object] = dict(row(number)) | {"datum": serial, "tijd": NINE_FIVE / 1440}
            sheet.write_row(number + 1, 0, [cells.get(name, "") for name in HEADER])
    folder = new_folder(tmp_path)
    take_in(folder, {path.name: path.read_bytes()})
    table = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet")
    assert set(table.select("check_date", "hour").rows()) == {(OCTOBER, 9)}


def test_sheets_of_one_workbook_are_one_delivery(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "controles_2024-10_20241110T0600.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Toelichting").write(0, 0, "Uitleg")
        for place, month in enumerate(("sep", "okt")):
            sheet = book.add_worksheet(month)
            sheet.write_row(0, 0, HEADER)
            for number in range(5):
                item = row(10 * place + number, datum=f"1{number}-{9 + place:02d}-2024")
                sheet.write_row(number + 1, 0, [item.get(name, "") for name in HEADER])
    counts = {}
    for name, sheets in (("all", '["*"]'), ("list", '["sep", "okt"]'), ("one", '"okt"')):
        profile = tmp_path / f"{name}.toml"
        shipped = Path(__file__).parents[2] / "meos_pipeline" / "ingest" / "profiles" / "meos.toml"
        profile.write_text(shipped.read_text().replace("[columns]", f"sheet = {sheets}\n\n[columns]", 1))
        (tmp_path / name).mkdir()
        folder = new_folder(tmp_path / name)
        chosen = dataclasses.replace(Settings(), sources=Sources(profile=str(profile)))
        (folder.landing / path.name).write_bytes(path.read_bytes())
        receive(folder, chosen, now=NOW)
        result = refresh(folder, chosen, KEYS, now=NOW)
        assert result.closes
        counts[name] = int(result.reconciliation.filter(scope="file")["accepted"].sum())
    assert counts == {"all": 10, "list": 10, "one": 5}


def test_a_field_of_two_columns_and_one_of_the_first_that_is_filled(tmp_path: Path) -> None:
    profile = tmp_path / "own.toml"
    profile.write_text(
        'delimiter = ";"\nteams = "from_column"\ndates = ["month-day-year"]\n'
        'bands = ["<18", "18-34", "35+"]\n'
        '[columns]\ncheck_id = ["id"]\nresults = ["uitkomst"]\nage = ["leeftijd"]\n'
        '[combine]\ndatetime = ["dag", "uur"]\n'
        '[first_filled]\nteam = ["eigen team", "team"]\n'
        '[required]\ncolumns = ["check_id", "datetime", "team", "results"]\n'
    )
    lines = [
        "id;dag;uur;eigen team;team;uitkomst;leeftijd",
        "1;10/14/2024;9:05 PM;;Noord;AANHOUDING;17",
        "2;10/14/2024;0905;Zuid;Noord;AANHOUDING;34",
        "3;10/14/2024;9:05;n.v.t.;Noord;AANHOUDING;35",
    ]
    folder = new_folder(tmp_path)
    (folder.landing / "organisatie.csv").unlink()
    (folder.landing / "x_20241110T0600.csv").write_text("\n".join([*lines, ""]))
    chosen = dataclasses.replace(Settings(), sources=Sources(profile=str(profile)))
    receive(folder, chosen, now=NOW)
    refresh(folder, chosen, KEYS, now=NOW)
    table = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet").sort("line")
    assert table.select("check_date", "hour", "team", "age_band").rows() == [
        (OCTOBER, 21, "noord", "<18"),
        (OCTOBER, 9, "zuid", "18-34"),
        (OCTOBER, 9, "noord", "35+"),
    ]


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("controles_20241110T0600.csv", datetime(2024, 11, 10, 5, 0, tzinfo=UTC)),
        ("controles_20241110T060000Z.csv", datetime(2024, 11, 10, 6, 0, tzinfo=UTC)),
        ("controles_20241110T0600+0200.csv", datetime(2024, 11, 10, 4, 0, tzinfo=UTC)),
        ("controles_2024-10.csv", None),
        ("controles_20241350T0600.csv", None),
    ],
)
def test_the_export_time_in_a_name_has_its_zone(name: str, moment: datetime | None) -> None:
    assert export_time(name, Settings()) == moment
