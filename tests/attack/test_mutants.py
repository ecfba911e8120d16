"""P3: the outsider finds every planted leak, and nothing in an honest edition."""

import base64
import csv
import hashlib
import io
import json
import random
import re
import zipfile
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.attack import attack
from meos_pipeline.attack.__main__ import main
from tests.attack.edition import FIXED, UNTIL, exact, first, pdf, second, typed, workbook, write_edition

CANARY = "Ünal-Jansen 4711"
BSN = "123456782"


def insert(folder: Path, text: str, *, file: str = "noord/index.html", before: str = "</body>") -> None:
    path = folder / file
    source = path.read_text(encoding="utf-8")
    assert before in source
    path.write_text(source.replace(before, text + before), encoding="utf-8")


def swap(folder: Path, pattern: str, replacement: str, *, file: str = "noord/index.html") -> None:
    path = folder / file
    changed, times = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
    assert times == 1
    path.write_text(changed, encoding="utf-8")


def script(folder: Path, value: object) -> None:
    insert(folder, f'<script type="application/json">{json.dumps(value)}</script>')


def truth(n: int = 1) -> pl.DataFrame:
    return exact()[0].filter(pl.col("team") == "noord", pl.col("n") % 5 != 0, pl.col("n") > 31).head(n)


def raw_cell(folder: Path) -> None:
    team, period, start, partition, category, n = truth().row(0)
    path = folder / "noord" / "cells.csv"
    cells = list(csv.reader(io.StringIO(path.read_text()), delimiter=";"))
    for row in cells:
        if row[:5] == [team, period, str(start), partition, category]:
            row[5] = str(n)
    with path.open("w", newline="") as stream:
        csv.writer(stream, delimiter=";").writerows(cells)


def unlabelled_bdata(folder: Path) -> None:
    script(folder, {"data": [{"y": typed([37, 41, 12, 58])}]})


def other_value(folder: Path) -> None:
    swap(folder, r'(\|own_area\|own">)(\d+)', lambda match: f"{match.group(1)}{int(match.group(2)) + 5}")


def rounded_apart(folder: Path) -> None:
    """Each cell to the nearest 5 by itself: totals of partitions differ."""
    cells, _ = exact()
    near = cells.filter(pl.col("team") == "noord").with_columns(n=(pl.col("n") / 5).round().cast(pl.Int64) * 5)
    for file in ("index.html", "chart.svg", "tables.xlsx", "all.zip"):
        (folder / "noord" / file).unlink()
    near.write_csv(folder / "noord" / "cells.csv", separator=";")


def exact_margin(folder: Path) -> None:
    insert(folder, f'<p data-cell="noord|month|{UNTIL}|result|*">73</p>')


def wrong_margin(folder: Path) -> None:
    insert(folder, f'<p data-cell="noord|month|{UNTIL}|result|*">495</p>')


def hidden_sheet(book, sheet) -> None:
    book.add_worksheet("exact").hide()


def in_workbook(change):
    def plant(folder: Path) -> None:
        cells = first().cells.filter(pl.col("team") == "noord")
        (folder / "noord" / "tables.xlsx").write_bytes(workbook(cells, change))

    return plant


def in_zip(name: str, content: str):
    def plant(folder: Path) -> None:
        with zipfile.ZipFile(folder / "noord" / "all.zip", "a") as archive:
            archive.writestr(name, content)

    return plant


def file(name: str, content: str | bytes):
    def plant(folder: Path) -> None:
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return plant


def words(text: str, **options):
    return lambda folder: insert(folder, text, **options)


def data(value: object):
    return lambda folder: script(folder, value)


def deep_zip(folder: Path) -> None:
    inner = b"x"
    for _ in range(5):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("in.zip", inner)
        inner = stream.getvalue()
    (folder / "noord" / "deep.zip").write_bytes(inner)


MUTANTS = {
    "exact count in the csv": (raw_cell, "BASE"),
    "exact count in a table cell with a key": (lambda f: swap(f, r'(\|result\|H1">)[^<]*', r"\g<1>17"), "BASE"),
    "exact count in a bar's attribute": (lambda f: swap(f, r'data-n="\d+"', 'data-n="33"'), "BASE"),
    "exact total in words with a key": (exact_margin, "BASE"),
    "total that parts do not give": (wrong_margin, "ADD"),
    "one set, two values": (other_value, "SAME"),
    "cells rounded each by itself": (rounded_apart, "SAME"),
    "exact count in a sentence": (words("<p>Er waren 87 controles in juli.</p>"), "RAW"),
    "exact counts in an English sentence": (words("<p>17 of the 85 checks led to a result.</p>"), "RAW"),
    "n = 43 in a note": (words("<small>n = 43</small>"), "RAW"),
    "exact count in a hover text": (words('<i title="43 controles"></i>'), "RAW"),
    "exact count in an aria label": (words('<i aria-label="43 van de 85"></i>'), "RAW"),
    "exact count in a comment": (words("<!-- 43 controles -->"), "RAW"),
    "exact counts in a table without keys": (
        words("<table><tr><th>groep</th><th>aantal</th></tr><tr><td>a</td><td>43</td></tr></table>"),
        "RAW",
    ),
    "exact counts in a chart's base64 array": (unlabelled_bdata, "RAW"),
    "exact counts in a chart's list": (data({"data": [{"y": [37, 41, 12, 58]}]}), "RAW"),
    "exact counts in a chart's customdata": (data({"customdata": [37, 41, 12, 58]}), "RAW"),
    "exact counts in an svg text": (
        lambda f: insert(f, "<text>43 controles</text>", file="noord/chart.svg", before="</svg>"),
        "RAW",
    ),
    "exact count in the pdf": (file("noord/a4.pdf", pdf("Team noord: 43 controles")), "RAW"),
    "exact counts in a csv inside the zip": (in_zip("extra.csv", "groep;aantal\na;43\n"), "RAW"),
    "exact counts in another sheet": (
        in_workbook(lambda b, s: b.add_worksheet("x").write_column(0, 0, ["aantal", 43])),
        "RAW",
    ),
    "percentage with two decimals": (words("<p>Dat is 34,67% van het totaal.</p>"), "RATIO"),
    "percentage with decimals in the pdf": (file("noord/a4.pdf", pdf("Treffers: 34.671 %")), "RATIO"),
    "share with the exact fraction": (data({"share": 37 / 523}), "RATIO"),
    "shares in a base64 array": (data({"y": typed([0.35, 37 / 523])}), "RATIO"),
    "standard error of a model": (data({"estimate": 0.4321, "standard_error": 0.1234}), "MODEL"),
    "covariance of a model": (data({"covariance": [[0.1, 0.2], [0.2, 0.3]]}), "MODEL"),
    "likelihood of a model in the csv": (file("noord/model.csv", "statistic;log_likelihood\nx;-123.4\n"), "MODEL"),
    "citizen service number": (words(f"<p>{BSN}</p>"), "PERSONAL"),
    "citizen service number with dots": (words("<p>1234.56.782</p>".replace("1234.56.782", "123 45 6782")), "PERSONAL"),
    "licence plate": (words("<p>GB-123-X</p>"), "PERSONAL"),
    "pseudonym": (data({"id": hashlib.sha256(b"x").hexdigest()[:32]}), "PERSONAL"),
    "officer column in a csv": (file("noord/officers.csv", "officer_key;aantal\na;5\n"), "PERSONAL"),
    "officer field in a data attribute": (words('<i data-officer-key="a"></i>'), "PERSONAL"),
    "mail address of an officer": (words("<p>jan.jansen@example.org</p>"), "PERSONAL"),
    "moment of a check": (words("<p>2025-07-03T14:23</p>"), "TIME"),
    "place of a check": (data({"at": "52.09123, 5.12345"}), "PLACE"),
    "cells of another team": (
        lambda f: (f / "noord" / "more.csv").write_bytes((f / "oost" / "cells.csv").read_bytes()),
        "OTHER_TEAM",
    ),
    "hidden sheet": (in_workbook(hidden_sheet), "HIDDEN"),
    "hidden column": (in_workbook(lambda b, s: s.set_column("C:C", None, None, {"hidden": True})), "HIDDEN"),
    "note in a workbook": (in_workbook(lambda b, s: s.write_comment("A1", "43")), "HIDDEN"),
    "author of a workbook": (in_workbook(lambda b, s: b.set_properties(FIXED | {"author": "Jan"})), "HIDDEN"),
    "moment a workbook was made": (in_workbook(lambda b, s: b.set_properties({})), "TIME"),
    "formula in a workbook": (in_workbook(lambda b, s: s.write_formula("J1", "=1+1")), "ACTIVE"),
    "formula in a csv": (file("noord/x.csv", "a;b\n=cmd|' /C calc'!A0;1\n"), "ACTIVE"),
    "script in an attribute": (words('<i onclick="x()"></i>'), "ACTIVE"),
    "picture from elsewhere": (words('<img src="https://example.org/x.png">'), "REMOTE"),
    "parquet file": (file("noord/cells.parquet", b"PAR1....PAR1"), "UNREAD"),
    "pickle": (file("noord/cells.pkl", b"\x80\x04"), "UNREAD"),
    "broken pdf": (file("noord/x.pdf", b"%PDF-1.4 nothing"), "UNREAD"),
    "zips too deep": (deep_zip, "UNREAD"),
    "typed array that cannot be decoded": (data({"dtype": "i8", "bdata": "abc"}), "UNREAD"),
}


@pytest.fixture
def edition(tmp_path):
    return write_edition(tmp_path / "edition", first().cells)


def test_there_are_at_least_thirty_five_mutants():
    assert len(MUTANTS) >= 35


def test_an_honest_edition_has_no_leak(edition):
    assert attack(edition) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_the_outsider_finds(edition, name):
    plant, kind = MUTANTS[name]
    plant(edition)
    found = attack(edition)
    assert kind in {leak.kind for leak in found}, found


DISGUISES = {
    "plain": CANARY,
    "no separators": "Ünal Jansen-4711".replace("Ü", "Ü"),
    "no diacritics": "Unal-Jansen 4711",
    "reversed": CANARY[::-1],
    "upper case": CANARY.upper(),
    "url": "%C3%9Cnal-Jansen%204711",
    "html": "".join(f"&#{ord(letter)};" for letter in CANARY),
    "json": json.dumps(CANARY)[1:-1],
    "base64": base64.b64encode(CANARY.encode()).decode(),
    "base64 inside more": base64.b64encode(b"team " + CANARY.encode() + b" and more").decode(),
    "base64 inside, other place": base64.b64encode(b"id: x" + CANARY.encode() + b" and").decode(),
    "hex": CANARY.encode().hex(),
    "hex in capitals": CANARY.encode().hex().upper(),
    **{
        name: hashlib.new(name, CANARY.encode()).hexdigest()
        for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b")
    },
    "half a hash": hashlib.sha256(CANARY.encode()).hexdigest()[:32],
    "hash in base64": base64.b64encode(hashlib.sha256(CANARY.encode()).digest()).decode(),
}


@pytest.mark.parametrize("name", DISGUISES)
def test_a_planted_identifier_is_found_in_disguise(edition, name):
    insert(edition, f"<p>{DISGUISES[name]}</p>")
    assert "CANARY" in {leak.kind for leak in attack(edition, canaries=[CANARY])}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1"])
def test_a_planted_identifier_is_found_in_other_encodings(edition, encoding):
    (edition / "assets" / "x.woff2").write_bytes(b"\0\1" + CANARY.encode(encoding))
    assert "CANARY" in {leak.kind for leak in attack(edition, canaries=[CANARY])}


@pytest.mark.parametrize(
    "plant",
    [
        in_zip("x.txt", CANARY),
        in_workbook(lambda book, sheet: sheet.write(500, 0, CANARY)),
        file("noord/a4.pdf", pdf("4711 Jansen zegt Unal-Jansen 4711")),
        lambda folder: script(
            folder,
            {
                "data": typed([ord(letter) % 256 for letter in "xx"])
                | {"bdata": base64.b64encode(CANARY.encode()).decode(), "dtype": "i1"}
            },
        ),
        lambda folder: (folder / f"{CANARY}.txt").write_text("x"),
    ],
    ids=["zip", "workbook", "pdf", "typed array", "file name"],
)
def test_a_planted_identifier_is_found_in_every_kind_of_file(edition, plant):
    plant(edition)
    assert "CANARY" in {leak.kind for leak in attack(edition, canaries=[CANARY])}


def test_an_identifier_that_is_not_there_is_not_found(edition):
    assert attack(edition, canaries=[CANARY, BSN, "GB-123-X"]) == []


@pytest.mark.parametrize(
    ("html", "is_found"),
    [
        ("<p>Versie c901930222a1.</p>", False),
        ('<a href="../../2026-08-89aa1e580023722d/oost/index.html">augustus</a>', False),
        (f"<p>Versie {BSN}.</p>", True),
        (f"<p>c{BSN}a</p>", True),
        (f"<p>a{BSN}b c901930222a1</p>", True),
        (f"<p>{BSN} 901930222</p>", True),
    ],
)
def test_a_version_is_no_number_of_a_person_and_hides_none(edition, html, is_found):
    """Of editions one in 750 could not be published, and no later one with a link to it."""
    insert(edition, html)
    assert ("PERSONAL" in {leak.kind for leak in attack(edition)}) is is_found


def test_two_editions_one_correction_apart_give_nothing_away(tmp_path):
    old = write_edition(tmp_path / "old", first().cells)
    new = write_edition(tmp_path / "new", second(1).cells)
    assert attack(new, [old]) == []
    assert (old / "oost" / "index.html").read_bytes() == (new / "oost" / "index.html").read_bytes()


def test_a_correction_that_may_be_seen_is_no_leak(tmp_path):
    old = write_edition(tmp_path / "old", first().cells)
    new = write_edition(tmp_path / "new", second(40).cells)
    assert not second(40).cells.equals(first().cells)
    assert attack(new, [old]) == []


def test_rounding_anew_in_every_edition_is_found(tmp_path):
    old = write_edition(tmp_path / "old", first().cells)
    draw = random.Random(1)
    fresh = first().cells.with_columns(
        n=pl.Series([max(0, n + draw.choice([-5, 0, 5])) for n in first().cells["n"]], dtype=pl.Int64)
    )
    new = write_edition(tmp_path / "new", fresh)
    assert "DRIFT" in {leak.kind for leak in attack(new, [old])}


def test_one_record_that_shows_is_found(tmp_path):
    old = write_edition(tmp_path / "old", first().cells)
    here = (pl.col("team") == "oost") & (pl.col("partition") == "dossier") & (pl.col("period_start") == UNTIL)
    step = pl.when(pl.col("category") == "complete").then(5).otherwise(-5)
    new = write_edition(
        tmp_path / "new", first().cells.with_columns(n=pl.when(here).then(pl.col("n") + step).otherwise("n"))
    )
    assert "DRIFT" in {leak.kind for leak in attack(new, [old])}


def test_an_attack_that_could_read_nothing_fails(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "wordy").mkdir()
    (tmp_path / "wordy" / "index.html").write_text("<p>Geen cijfers</p>")
    assert main([str(tmp_path / "empty")]) == 1
    assert main([str(tmp_path / "wordy")]) == 1
    assert "UNREAD" in capsys.readouterr().out


def test_the_command_says_what_it_read_and_exits_by_what_it_found(edition, tmp_path, capsys):
    canaries = tmp_path / "truth.json"
    canaries.write_text(json.dumps({"canaries": {"names": [CANARY], "bsn": [BSN]}}))
    assert main([str(edition), "--canaries", str(canaries)]) == 0
    out = capsys.readouterr().out
    assert "0 recovered, smallest width 4, 2 canaries searched, 0 leaks" in out
    insert(edition, f"<p>{CANARY}</p>")
    assert main([str(edition), "--canaries", str(canaries)]) == 1
    with pytest.raises(SystemExit) as stop:
        main([str(tmp_path / "absent")])
    assert stop.value.code == 2
