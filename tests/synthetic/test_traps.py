"""Every trap of the catalogue is in the folder, as often as the truth says, and the clean files are untouched."""

import csv
import gzip
import io
import zlib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.synthetic.corrections import CORRECTED_RESULT, corrections
from meos_pipeline.synthetic.generate import export_name, generate
from meos_pipeline.synthetic.trap_files import FILE_TRAPS
from meos_pipeline.synthetic.trap_rows import CANARY_NUMBER, PER_KIND, row_traps
from meos_pipeline.synthetic.truth import Truth

FIRST = date(2024, 11, 1)


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    target = tmp_path_factory.mktemp("trapped")
    return target, generate(target, seed=2, teams=3, months=12, first_month=FIRST, traps=True)


def test_clean_files_are_the_same_with_and_without_traps(trapped: tuple[Path, Truth], tmp_path: Path) -> None:
    generate(tmp_path, seed=2, teams=3, months=12, first_month=FIRST)
    for path in tmp_path.glob("*.csv"):
        assert path.read_bytes() == (trapped[0] / path.name).read_bytes(), path.name


def test_every_file_is_clean_or_named_as_a_trap(trapped: tuple[Path, Truth]) -> None:
    target, truth = trapped
    planted = {defect.file for defect in truth.defects}
    assert {path.name for path in target.glob("controles_*")} == planted | set(truth.files)


def test_the_row_traps_are_in_their_file_as_often_as_counted(trapped: tuple[Path, Truth]) -> None:
    target, truth = trapped
    name = next(defect.file for defect in truth.defects if defect.code == "B27")
    text = (target / name).read_text(encoding="utf-8")
    defects = [defect for defect in truth.defects if defect.file == name]
    assert len(text.splitlines()) == 1 + sum(defect.count for defect in defects)
    widths = [len(row) for row in csv.reader(io.StringIO(text), delimiter=";")]
    assert sum(width > widths[0] for width in widths) == PER_KIND
    assert sum(width < widths[0] for width in widths) == PER_KIND
    for sign in ("<script>", "../../etc", "ONTVOERD", "30-02-2025", "#WAARDE!", CANARY_NUMBER, "8-mrt-12", "\u200b"):
        assert sum(sign in line for line in text.splitlines()) == PER_KIND, sign


def test_clock_changes_are_planted_when_the_period_has_them(trapped: tuple[Path, Truth]) -> None:
    codes = {defect.code for defect in trapped[1].defects}
    assert {"B55", "B56"} <= codes
    short = {trap.code for trap in row_traps(date(2025, 5, 1), date(2025, 8, 1), date(2025, 9, 3))}
    assert not {"B55", "B56"} & short


def test_each_file_trap_is_wrong_in_its_own_way(trapped: tuple[Path, Truth]) -> None:
    target, truth = trapped
    found = {(defect.code, defect.kind): (target / defect.file).read_bytes() for defect in truth.defects}
    contents = {trap.kind: found[trap.code, trap.kind] for trap in FILE_TRAPS}
    assert contents["empty file"] == b""
    assert contents["header only"].count(b"\n") == 1
    assert contents["UTF-16"][:2] in {b"\xff\xfe", b"\xfe\xff"}
    assert contents["old Mac line ends"].count(b"\n") == 0
    assert contents["quotation mark never closed"].count(b'"') == 1
    assert b"\0" in contents["zero byte"]
    assert not contents["cut off"].endswith(b"\n")
    with pytest.raises(EOFError):
        gzip.decompress(contents["gzip cut off"])
    with pytest.raises((zlib.error, gzip.BadGzipFile)):
        gzip.decompress(contents["gzip with a flipped bit"])
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(contents["bytes after the gzip"])
    bomb = contents["gzip that swells"]
    assert len(gzip.decompress(bomb)) > 200 * len(bomb)
    assert max(len(line) for line in contents["line above 1 MiB"].split(b"\n")) > 1 << 20
    with pytest.raises(UnicodeDecodeError):
        contents["bytes that are no text"].decode()
    with pytest.raises(UnicodeDecodeError):
        contents["Windows-1252"].decode()


def test_file_traps_that_are_taken_in_hold_the_rows_of_a_good_file(trapped: tuple[Path, Truth]) -> None:
    target, truth = trapped
    taken = {trap.kind for trap in FILE_TRAPS if trap.verdict == "A"}
    for defect in truth.defects:
        if defect.kind in taken:
            rows = pl.read_csv(target / defect.file, separator=";", infer_schema=False)
            assert rows.height == 6
            assert rows["controle_id"].str.starts_with("T").all()


def test_overlaps_repeat_and_corrections_change_known_checks(trapped: tuple[Path, Truth]) -> None:
    target, truth = trapped
    known = pl.read_csv([target / name for name in truth.files], separator=";", infer_schema=False)
    files = {defect.code: defect for defect in truth.defects}
    overlap = pl.read_csv(target / files["B67"].file, separator=";", infer_schema=False)
    assert overlap.join(known, on=overlap.columns, nulls_equal=True).height == files["B67"].count == overlap.height
    corrected = pl.read_csv(target / files["B68"].file, separator=";", infer_schema=False)
    assert corrected.join(known, on="controle_id").height == files["B68"].count
    assert corrected.join(known, on=corrected.columns, nulls_equal=True).is_empty()


def test_the_catalogue_is_planted_for_the_most_part(trapped: tuple[Path, Truth]) -> None:
    codes = {defect.code for defect in trapped[1].defects if defect.code.startswith("B")}
    assert len(codes) >= 60


def test_a_second_delivery_changes_and_adds_what_it_says(trapped: tuple[Path, Truth], tmp_path: Path) -> None:
    exports = trapped[0]
    month = date(2025, 3, 1)
    told = corrections(exports, tmp_path, month, seed=4, changed=30, late=12)
    before = pl.read_csv(exports / export_name(month), separator=";", infer_schema=False)
    after = pl.read_csv(tmp_path / told.file, separator=";", infer_schema=False)
    assert told.file > export_name(month)
    assert after.height == before.height + 12 == told.rows
    both = before.join(after, on="controle_id")
    differing = both.filter(pl.col("resultaat_code").ne_missing(pl.col("resultaat_code_right")))
    assert set(differing["controle_id"]) <= set(told.changed)
    changed = after.filter(pl.col("controle_id").is_in(told.changed))
    assert changed.height == 30
    assert (changed["resultaat_code"] == CORRECTED_RESULT).all()
    assert set(after["controle_id"]) - set(before["controle_id"]) == set(told.late)
