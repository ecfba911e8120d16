"""The short way and the careful way give the same answer wherever the short way is taken."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meos_pipeline.ingest import moments, pseudonymise
from meos_pipeline.ingest.forms import by_form
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
    found = moments.usual_moment(pl.col("text")), moments.careful_moment(pl.col("text"))
    quick, careful = (read(texts, pl.struct(**answers)) for answers in found)
    assert quick.rows() == careful.rows()


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
        st.from_regex(pseudonymise.USUAL_OFFICER, fullmatch=True, alphabet=st.characters(codec="ascii")), min_size=1
    )
)
@settings(deadline=None, derandomize=True, max_examples=40)
def test_usual_officer_numbers_read_the_same_in_both_ways(numbers: list[str]) -> None:
    found = pseudonymise.usual_officer(pl.col("text")), pseudonymise.careful_officer(pl.col("text"))
    quick, careful = (read(numbers, pl.struct(**answers)) for answers in found)
    assert quick.rows() == careful.rows()


@pytest.mark.parametrize(
    "odd", ["8-mrt-12", "08-03-2012", "b-vz 1234", "n.v.t.", "", " AB-12-CD", "#N/B", "900000012", "１２-AB-CD"]
)
def test_an_odd_plate_among_usual_ones_is_read_carefully_and_in_place(odd: str) -> None:
    cells = ["AB-12-CD", odd, None, "12-AB-CD"]
    quick = read(cells, pseudonymise.plates(pl.col("text")))
    careful = read(cells, pl.struct(**pseudonymise.careful_plate(pl.col("text"))))
    assert quick.rows() == careful.rows()


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
    assert sorted(map(str, parsed)) == ["None", "a", "bb", "ccc"]
