"""Broken files: whatever bytes arrive, the equation closes or the file is refused; never a traceback, never an abort."""

import random

import polars as pl
import pytest

from meos_pipeline.errors import ExportError
from meos_pipeline.ingest.structure import scan_structure
from tests.ingest.district import new_folder, row, take_in, text_of

SEED = 20_261_125
GOOD = text_of(
    [
        row(number, reden_toelichting=f'"zei ""hoi"";\nen liep {number}"' if number % 5 == 0 else "")
        for number in range(12)
    ]
).encode()
SIGNS = [
    b";",
    b'"',
    b"\n",
    b"\r",
    b"\x00",
    b"\xff",
    b"\xc3",
    b",",
    b"\xef\xbb\xbf",
    b"sep=;\n",
    b'""',
    b"\x1a",
    b"=1+1",
]


def broken(random_: random.Random) -> bytes:
    """A good file with a few things done to its bytes, or plain noise."""
    content = bytearray(GOOD)
    for _ in range(random_.randint(1, 4)):
        place = random_.randrange(len(content) + 1)
        match random_.randrange(7):
            case 0:
                content[place : place + 1] = bytes([random_.randrange(256)])
            case 1:
                content = content[:place] or bytearray(b";")
            case 2:
                content[place:place] = random_.choice(SIGNS)
            case 3:
                del content[place : place + random_.randint(1, 60)]
            case 4:
                content[place:place] = content[place : place + random_.randint(1, 200)]
            case 5:
                content[place:place] = random_.randbytes(random_.randint(1, 30))
            case _:
                lines = bytes(content).split(b"\n")
                random_.shuffle(lines)
                content = bytearray(b"\n".join(lines))
    return bytes(content) if random_.random() > 0.05 else random_.randbytes(random_.randint(0, 3000))


def hold_law(first: int, count: int, root, batch: int = 25) -> int:
    """Take in ``count`` broken files in batches; every one is refused with words, or accounted for row by row."""
    refused = 0
    for start in range(first, first + count, batch):
        folder = new_folder(root / str(start))
        files = {
            f"e{number}_20241110T0600.csv": broken(random.Random(SEED + number))
            for number in range(start, start + batch)
        }
        result = take_in(folder, files)
        known = set(result.reconciliation["name"]) | set(result.refused)
        twice = len(files) - len({*files.values()})
        assert result.closes
        assert len(set(files) - known) <= twice
        assert all(text.split(":")[0] in text and "Traceback" not in text for text in result.refused.values())
        totals = result.reconciliation.filter(pl.col("scope") == "file")
        tables = list(folder.tables.glob("police_checks/*/*.parquet"))
        assert totals["accepted"].sum() == (pl.read_parquet(tables).height if tables else 0)
        assert not any(text.startswith("F-LEZEN") for text in result.refused.values())
        refused += len(result.refused)
    return refused


def test_broken_files_are_refused_or_accounted_for(tmp_path):
    assert 0 < hold_law(0, 50, tmp_path) < 50


@pytest.mark.slow
def test_ten_thousand_broken_files_are_refused_or_accounted_for(tmp_path):
    assert 0 < hold_law(1000, 10_000, tmp_path) < 10_000


@pytest.mark.parametrize("start", range(0, 3000, 1000))
def test_structure_scan_answers_or_refuses_any_bytes(start, tmp_path):
    path = tmp_path / "x.csv"
    for number in range(start, start + 1000):
        content = broken(random.Random(SEED + number))
        path.write_bytes(content)
        try:
            found = scan_structure(path, name="x.csv", delimiter=";", wanted=[("datum",)], footers=("totaal",))
        except ExportError as error:
            assert error.code.startswith("F-")  # noqa: PT017
        else:
            assert 0 < found.rows_in <= content.count(b"\n") + 1
