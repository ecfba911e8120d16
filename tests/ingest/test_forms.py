"""The short way and the careful way give the same answer wherever the short way is taken."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.ingest import grammar, lookup, moments, pseudonymise
from meos_pipeline.ingest.forms import by_form
from meos_pipeline.ingest.grammar import Grammar
from meos_pipeline.ingest.lookup import by_value


def read(text: list[str | None], expression: pl.Expr) -> pl.DataFrame:
    return pl.DataFrame({"text": pl.Series(text, dtype=pl.String)}).select(expression.alias("answer")).unnest("answer")


@given(
    st.lists(st.from_regex(pseudonymise.USUAL_PLATE, fullmatch=True, alphabet=st.characters(codec="ascii")), min_size=1)
)
@settings(deadline=None, derandomize=True, max_examples=40)
def test_usual_plates_read_the_same_in_both_ways(plates: list[str]) -> None:
    found = pseudonymise.usual_plate(pl.col("text")), pseudonymise.careful_plate(pl.col("text"))
    quick, careful = (read(plates, pl.struct(**answers)) for answers in found)
    assert quick.rows() == careful.rows()


@given(st.lists(st.from_regex(moments.USUAL_MOMENT, fullmatch=True, alphabet=st.characters(codec="ascii")), min_size=1))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_usual_moments_read_the_same_in_both_ways(texts: list[str]) -> None:
    quick = read(texts, pl.struct(**moments.usual_moment(pl.col("text"))))
    careful = grammar.any_moment(pl.Series(texts, dtype=pl.String), Grammar(), is_day=False).struct.unnest()
    moment = pl.col("day").cast(pl.Datetime("us")) + pl.duration(minutes="minute")
    assert quick["moment"].to_list() == careful.select(moment).to_series().to_list()
    assert quick["is_given"].all()


CELLS = [
    *(sign.join(parts) for sign in "-/." for parts in (("14", "10", "2024"), ("2024", "10", "14"), ("10", "14", "2024"))),
    *(sign.join(parts) for sign in "-/" for parts in (("31", "02", "2024"), ("2024", "13", "01"), ("00", "00", "2024"))),
    *("05-06-2024", "05/06/2024", "0001-01-01", "29-02-2023", "29-02-2024", "١٤-١٠-٢٠٢٤", "14102024", "45579", ""),
]  # fmt: skip
CLOCKS = [
    "",
    " 09:05",
    "T09:05:30",
    " 24:00",
    " 23:60",
    " 00:00",
    " 00:00:30",
    " 9:05",
    " 09:05:61",
    " 09:05 PM",
    "T09:05Z",
]
"""Cells in the usual forms, beside them, and days and times that are not there."""


@pytest.mark.parametrize("forms", [("day-month-year", "iso"), ("iso",), ("month-day-year",), grammar.DATE_FORMS])
@pytest.mark.parametrize("is_day", [True, False])
@pytest.mark.parametrize("serial", [None, date(1899, 12, 30)])
def test_a_moment_reads_the_same_in_the_short_and_the_careful_way(
    forms: tuple[str, ...], *, is_day: bool, serial: date | None
) -> None:
    rules = Grammar(forms=forms, first_serial=serial)
    cells = [*(day + clock for day in CELLS for clock in CLOCKS), None]
    careful = grammar.any_moment(pl.Series(cells, dtype=pl.String), rules, is_day=is_day).struct.unnest()
    together = read(cells, grammar.moment(pl.col("text"), rules, is_day=is_day))
    alone = pl.concat([read([cell], grammar.moment(pl.col("text"), rules, is_day=is_day)) for cell in cells[::7]])
    assert together.rows() == careful.rows()
    assert alone.rows() == careful.rows()[::7]


@pytest.mark.parametrize("serial", [None, date(1899, 12, 30)])
def test_a_time_reads_the_same_in_the_short_and_the_careful_way(serial: date | None) -> None:
    rules = Grammar(first_serial=serial)
    cells = [*(clock.lstrip(" T") for clock in CLOCKS), "0905", "0.25", "14-10-2024 09:05", "٠٩:٠٥", "29:05", None]
    careful = grammar.any_time(pl.Series(cells, dtype=pl.String), rules).struct.unnest()
    assert read(cells, grammar.time(pl.col("text"), rules)).rows() == careful.rows()


def test_usual_days_and_times_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(grammar, "any_moment")
    monkeypatch.delattr(grammar, "any_time")
    days = {
        "14-10-2024 21:05": ("day-month-year", "iso"),
        "2024-10-14T21:05:00": ("iso",),
        "10/14/2024": ("month-day-year",),
    }
    for cell, forms in days.items():
        assert read([cell, "", None], grammar.moment(pl.col("text"), Grammar(forms=forms)))["day"][0] == date(
            2024, 10, 14
        )
    assert read(["21:05", "", None], grammar.time(pl.col("text"), Grammar()))["minute"].to_list() == [1265, None, None]


@given(
    st.lists(
        st.from_regex(pseudonymise.USUAL_PERSON, fullmatch=True, alphabet=st.characters(codec="ascii")), min_size=1
    )
)
@settings(deadline=None, derandomize=True, max_examples=40)
def test_numbers_of_nine_digits_read_the_same_in_both_ways(numbers: list[str]) -> None:
    numbers = [*numbers, "000000000", "111222333", "123456782", "123456789", "900000014"]
    found = pseudonymise.usual_person(pl.col("text")), pseudonymise.careful_person(pl.col("text"))
    quick, careful = (read(numbers, pl.struct(**answers)) for answers in found)
    assert quick.rows() == careful.rows()


@given(
    st.lists(
        st.from_regex(pseudonymise.USUAL_RECORD, fullmatch=True, alphabet=st.characters(codec="ascii")), min_size=1
    )
)
@settings(deadline=None, derandomize=True, max_examples=40)
def test_usual_record_numbers_read_the_same_in_both_ways(numbers: list[str]) -> None:
    found = pseudonymise.usual_record(pl.col("text")), pseudonymise.careful_record(pl.col("text"))
    quick, careful = (read([*numbers, None], pl.struct(**answers)) for answers in found)
    assert quick.rows() == careful.rows()


@pytest.mark.parametrize("odd", ["c12 ", "'C0001", "NB", "#N/B", "1,5E+12", "", "Ｃ00012345", "x" * 40])
def test_an_odd_record_number_among_usual_ones_is_read_carefully_and_in_place(odd: str) -> None:
    cells = ["C0004091080", odd, None, odd, "0001"]
    quick = read(cells, pseudonymise.records(pl.col("text")))
    careful = read(cells, pl.struct(**pseudonymise.careful_record(pl.col("text"))))
    assert quick.rows() == careful.rows()


@pytest.mark.parametrize(
    "odd", ["8-mrt-12", "08-03-2012", "b-vz 1234", "n.v.t.", "", " AB-12-CD", "#N/B", "900000012", "１２-AB-CD"]
)
def test_an_odd_plate_among_usual_ones_is_read_carefully_and_in_place(odd: str) -> None:
    cells = ["AB-12-CD", odd, None, "12-AB-CD"]
    quick = read(cells, pseudonymise.plates(pl.col("text")))
    careful = read(cells, pl.struct(**pseudonymise.careful_plate(pl.col("text"))))
    # A word for nobody is told as such, beside what its form alone would say.
    expected = zip(cells, careful.rows(), strict=True)
    assert quick.rows() == [(None, "W-PLAATSHOUDER") if cell == "n.v.t." else row for cell, row in expected]


@pytest.mark.parametrize("number", ["001000007", "010000008", "123456782"])
@pytest.mark.parametrize("form", ["", " ", ".0", "points"])
def test_one_citizen_has_one_number_however_it_is_written(number: str, form: str) -> None:
    written = f"{number[:3]}.{number[3:6]}.{number[6:]}" if form == "points" else number + form
    found = read([number, written], pseudonymise.people(pl.col("text")))
    assert found["number"].n_unique() == 1


def test_a_column_without_cells_gives_no_answers() -> None:
    assert read([], pseudonymise.plates(pl.col("text"))).height == 0


def test_the_careful_way_is_taken_only_for_odd_cells() -> None:
    careful_saw: list[int] = []

    def careful(text: pl.Expr) -> dict[str, pl.Expr]:
        careful_saw.append(1)
        return {"n": text.str.len_chars()}

    def quick(text: pl.Expr) -> dict[str, pl.Expr]:
        return {"n": text.str.len_chars()}

    read(["a", "a"], by_form(pl.col("text"), "^a$", quick, careful, {"n": pl.Int64()}))
    assert careful_saw == []
    read(["a", "bb"], by_form(pl.col("text"), "^a$", quick, careful, {"n": pl.Int64()}))
    assert careful_saw == [1]


def test_each_value_of_a_file_is_parsed_once_over_all_batches() -> None:
    parsed: list[str | None] = []

    def parse(distinct: pl.DataFrame) -> pl.DataFrame:
        parsed.extend(distinct["text"])
        return distinct.select(pl.col("text").str.len_chars().alias("n"))

    expression = by_value({"text": pl.col("text")}, parse, {"n": pl.Int64()})
    for batch in (["a", "bb", None], ["bb", "ccc", "a"], [None, "ccc"]):
        found = read(batch, expression)
        assert found["n"].to_list() == [None if text is None else len(text) for text in batch]
    # The empty text bears the dictionary of a column, so it is asked too.
    assert sorted(map(str, parsed)) == ["", "None", "a", "bb", "ccc"]


def test_pairs_of_texts_and_days_are_each_answered_once_and_nothing_is_a_value_too() -> None:
    asked: list[tuple[str | None, int | None]] = []

    def parse(distinct: pl.DataFrame) -> pl.DataFrame:
        asked.extend(distinct.select("text", "day").rows())
        return distinct.select(
            pl.format("{}/{}", pl.col("text").fill_null("-"), pl.col("day").fill_null(-1)).alias("both")
        )

    expression = by_value({"text": pl.col("text"), "day": pl.col("day")}, parse, {"both": pl.String()})
    batches = [[("a", 1), ("b", 1), (None, 1)], [("a", 1), ("a", None), (None, None)], [("c", -7), ("b", 1)]]
    for batch in batches:
        frame = pl.DataFrame(batch, orient="row", schema={"text": pl.String, "day": pl.Int32})
        found = frame.select(expression.alias("_")).unnest("_")["both"].to_list()
        assert found == [f"{text or '-'}/{-1 if day is None else day}" for text, day in batch]
    assert len(asked) == len(set(asked)) == 6


@pytest.mark.parametrize("names", [("text",), ("text", "other")])
def test_columns_of_more_values_than_are_remembered_are_still_answered_right(
    names: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookup, "MOST_REMEMBERED", 10)

    def parse(distinct: pl.DataFrame) -> pl.DataFrame:
        return distinct.select(pl.concat_str(names, separator="+", ignore_nulls=True).alias("said"))

    expression = by_value({name: pl.col(name) for name in names}, parse, {"said": pl.String()})
    for start in (0, 8, 4, 100, 0):
        texts = [str(number) for number in range(start, start + 12)]
        frame = pl.DataFrame(dict.fromkeys(names, texts))
        found = frame.select(expression.alias("_")).unnest("_")["said"].to_list()
        assert found == ["+".join([text] * len(names)) for text in texts]


@pytest.mark.parametrize("names", [("text",), ("text", "other")])
def test_answers_are_right_when_several_threads_ask_at_once(names: tuple[str, ...]) -> None:
    def parse(distinct: pl.DataFrame) -> pl.DataFrame:
        return distinct.select(pl.concat_str(names, separator="+").alias("said"))

    expression = by_value({name: pl.col(name) for name in names}, parse, {"said": pl.String()})

    def ask(start: int) -> bool:
        texts = [str(number) for number in range(start, start + 50)]
        found = pl.DataFrame(dict.fromkeys(names, texts)).select(expression.alias("_")).unnest("_")["said"].to_list()
        return found == ["+".join([text] * len(names)) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, [number * 7 % 400 for number in range(200)]))


def test_what_one_file_taught_is_not_asked_again_for_the_next() -> None:
    asked: list[str | None] = []

    def parse(distinct: pl.DataFrame) -> pl.DataFrame:
        asked.extend(distinct["text"])
        return distinct.select(pl.col("text").str.len_chars().alias("n"))

    memory = lookup.new_memory()
    for _ in range(2):
        made = by_value({"text": pl.col("text")}, parse, {"n": pl.Int64()}, memory=memory, name="length")
        assert read(["a", "bb"], made)["n"].to_list() == [1, 2]
    assert sorted(map(str, asked)) == ["", "None", "a", "bb"]
