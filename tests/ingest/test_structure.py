"""The count of records and fields from the bytes agrees with the csv module of Python."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meos_pipeline.ingest.structure import Kind, scan_structure

HEADER = "a;b;c"


def odd_lines(path: Path, text: str) -> list[tuple[int, Kind]]:
    path.write_text(text, encoding="utf-8", newline="")
    found = scan_structure(path, name="x.csv", delimiter=";", wanted=[])
    assert found.rows_in == found.rows_whole + sum(odd.kind is Kind.COLUMNS for odd in found.odd)
    return [(odd.line, odd.kind) for odd in found.odd]


@pytest.mark.parametrize("fields", [1, 2, 4, 255, 256, 257, 258, 259, 3 + 2 * 256])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_record_of_another_width_is_found(tmp_path: Path, fields: int, *, quoted: bool) -> None:
    first = '"1;1";2;3' if quoted else "1;2;3"
    text = "\n".join([HEADER, first, ";".join("x" * fields), *["4;5;6"] * 9, ""])
    assert odd_lines(tmp_path / "x.csv", text) == [(3, Kind.COLUMNS)]


@pytest.mark.parametrize("end", ["\n", "\n\n", "\r\n\r\n", ""])
def test_the_last_record_may_be_blank_or_unended(tmp_path: Path, end: str) -> None:
    kinds = [kind for _, kind in odd_lines(tmp_path / "x.csv", f"{HEADER}\n1;2;3\n4;5;6{end}")]
    assert kinds == ([Kind.BLANK] if len(end.replace("\r", "")) == 2 else [])


@given(st.lists(st.lists(st.sampled_from(["", "x", "é", "a;b", "a\nb"]), min_size=1, max_size=6), min_size=1))
def test_widths_are_those_of_the_csv_module(tmp_path_factory: pytest.TempPathFactory, records: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).writerows(
        [["1", "2", "3"], *records]
    )
    text = f"{HEADER}\n{out.getvalue()}"
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]
    path = tmp_path_factory.getbasetemp() / "law.csv"
    found = odd_lines(path, text)
    assert len([kind for _, kind in found if kind is Kind.COLUMNS]) == sum(len(record) != 3 for record in read)
