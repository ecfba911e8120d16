"""The bad-input catalogue: each case ends in the stated verdict and code, in both languages, and nothing is lost.

F: the file is refused and nothing of it counted. Q: the row (or field) is set aside. W: accepted with a warning.
A: accepted without a word. Cases of the key file, disk, settings and volume have tests beside their modules.
"""

import gzip
import io
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import pytest

from meos_pipeline.errors import InputError
from meos_pipeline.ingest.companions import read_companions
from meos_pipeline.ingest.messages import catalogue, message
from meos_pipeline.settings import Settings, Site, Sources
from tests.ingest.district import HEADER, NAME, row, take_in, text_of

ROWS = [row(number) for number in range(30)]
PLAIN = text_of(ROWS)


@dataclass(frozen=True)
class Case:
    id: str
    verdict: str
    code: str
    content: bytes | str
    name: str = NAME
    accepted: int | None = None
    settings: Settings | None = None


def changed(**change: str) -> str:
    """Thirty good rows and one with a change."""
    return text_of([*ROWS, row(99, **change)])


def without(column: str) -> str:
    header = tuple(name for name in HEADER if name != column)
    return text_of(ROWS, header)


def packed(member: str = "controles.csv", content: str = PLAIN, times: int = 1) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(times):
            archive.writestr(member if times == 1 else f"{number}{member}", content)
    return stream.getvalue()


def workbook(
    rows: list[dict[str, str]],
    *,
    sheets: int = 1,
    change: Callable[[object, object], None] | None = None,
    title: bool = False,
) -> bytes:
    import xlsxwriter

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        for number in range(sheets):
            sheet = book.add_worksheet(f"Blad{number + 1}")
            offset = 2 if title else 0
            if title:
                sheet.write(0, 0, "Overzicht controles")
            sheet.write_row(offset, 0, HEADER)
            for place, item in enumerate(rows, start=offset + 1):
                sheet.write_row(place, 0, [item.get(name, "") for name in HEADER])
            if change:
                change(book, sheet)
    return stream.getvalue()


def rewritten(content: bytes, old: bytes, new: bytes) -> bytes:
    """A workbook with bytes of its first sheet replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            text = source.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                assert old in text
                text = text.replace(old, new, 1)
            target.writestr(item.filename, text)
    return stream.getvalue()


def flipped(content: bytes, share: float = 0.5) -> bytes:
    place = int(len(content) * share)
    return content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]


XLSX = NAME.replace(".csv", ".xlsx")
GZ, ZIP = f"{NAME}.gz", NAME.replace(".csv", ".zip")
CP1252 = Settings(sources=Sources(encoding="cp1252"))
UTF16 = Settings(sources=Sources(encoding="utf-16"))
LINES = PLAIN.splitlines(keepends=True)
BOOK = workbook(ROWS)
SHORT_LAST = PLAIN.rstrip("\n").rsplit(";", 4)[0]

CASES = [
    Case("B01", "F", "F-LEEG", b""),
    Case("B02", "F", "F-LEEG", LINES[0]),
    Case("B03", "W", "W-BOM", b"\xef\xbb\xbf" + PLAIN.encode(), accepted=30),
    Case("B04", "F", "F-CODERING", PLAIN.encode("utf-16")),
    Case("B04 by profile", "W", "W-CODERING", PLAIN.encode("utf-16"), settings=UTF16, accepted=30),
    Case("B05", "F", "F-CODERING", PLAIN.replace("PERSOON", "PERS\u00f3ON").encode("cp1252")),
    Case(
        "B05 by profile",
        "W",
        "W-CODERING",
        changed(reden_toelichting="caf\u00e9 \u20ac").encode("cp1252"),
        settings=CP1252,
        accepted=31,
    ),
    Case("B06", "A", "", PLAIN.replace("\n", "\r\n"), accepted=30),
    Case("B07", "F", "F-REGELEINDE", PLAIN.replace("\n", "\r")),
    Case("B08", "F", "F-SCHEIDING", PLAIN.replace(";", ",")),
    Case("B09", "F", "F-KOP-DUBBEL", PLAIN.replace(";tijd;", ";datum;", 1)),
    Case("B10", "F", "F-KOP-ONTBREEKT", without("datum")),
    Case("B11", "Q", "R-KOLOMMEN", PLAIN + text_of([row(98)]).splitlines()[1] + ";x\n", accepted=30),
    Case("B12", "Q", "R-KOLOMMEN", PLAIN + "C0098;14-10-2024\n" + LINES[1].replace("C0000", "C0097"), accepted=31),
    Case("B12 every row", "Q", "R-KOLOMMEN", LINES[0] + "C0098;14-10-2024\nC0099\n", accepted=0),
    Case("B13", "F", "F-AANHALING", PLAIN.replace(";WID2_PW8", ';"WID2_PW8', 1)),
    Case("B14", "F", "F-NUL", PLAIN.replace("PERSOON", "PERS\x00ON", 1)),
    Case("B15", "F", "F-AFGEKAPT", SHORT_LAST),
    Case("B16", "W", "W-GEEN-REGELEINDE", PLAIN.rstrip("\n"), accepted=30),
    Case("B17", "W", "W-LEGE-REGEL", PLAIN.replace("\n", "\n\n"), accepted=30),
    Case("B18", "W", "R-KOPREGEL", PLAIN + LINES[0] + LINES[1].replace("C0000", "C0098"), accepted=31),
    Case("B19", "F", "F-KOP-ONTBREEKT", "Overzicht controles;;;;;;;;;;;;;;\n" + PLAIN),
    Case("B20", "Q", "R-VOETREGEL", PLAIN + "Totaal: 30\n", accepted=30),
    Case("B20 wrong", "F", "F-TOTAAL", PLAIN + "Totaal: 31\n"),
    Case("B21", "W", "W-SEP-REGEL", "sep=;\n" + PLAIN, accepted=30),
    Case("B21 other sign", "F", "F-SEP-REGEL", "sep=,\n" + PLAIN),
    Case("B22", "W", "W-ONZICHTBAAR", changed(basisteam_medewerker="Utrecht\u202e-Zuid"), accepted=31),
    Case("B23", "F", "F-CODERING", PLAIN.encode().replace(b"PERSOON", b"PERS\xff\xfeN", 1)),
    Case("B24", "F", "F-CODERING", PLAIN.encode().replace(b"PERSOON", b"\xed\xa0\x80\xed\xb0\x80", 1)),
    Case("B25", "A", "", changed(reden_toelichting='hij zei "hoi" tegen mij'), accepted=31),
    Case("B26", "F", "F-SCHEIDING", PLAIN.replace(";", "\t")),
    Case("B26 named tsv", "A", "", PLAIN.replace(";", "\t"), name=NAME.replace("csv", "tsv"), accepted=30),
    Case("B27", "Q", "R-TEAM-ONBEKEND", changed(basisteam_medewerker="<script>alert(1)</script>"), accepted=30),
    Case("B28", "Q", "R-CODE", changed(reden_code="=cmd|'/c calc'!A0"), accepted=31),
    Case("B29", "Q", "R-TEAM-ONBEKEND", changed(basisteam_medewerker="../../etc"), accepted=30),
    Case("gzip", "A", "", gzip.compress(PLAIN.encode()), name=GZ, accepted=30),
    Case("B30", "F", "F-AFGEKAPT", gzip.compress(PLAIN.encode())[:-20], name=GZ),
    Case("B31", "F", "F-CRC", flipped(gzip.compress(PLAIN.encode())), name=GZ),
    Case("B32", "F", "F-GZ-REST", gzip.compress(PLAIN.encode()) + b"meer", name=GZ),
    Case("B33", "F", "F-BOM", gzip.compress(b"0" * 40_000_000), name=GZ),
    Case("B34", "F", "F-REGEL-TE-LANG", PLAIN.replace("PERSOON", "P" * (1 << 20), 1)),
    Case("B34 one line", "F", "F-REGEL-TE-LANG", "P" * (1 << 21)),
    Case("B35", "F", "F-SOORT", BOOK),
    Case("B36", "F", "F-SOORT", "<html><table><tr><td>x</td></tr></table></html>", name=NAME.replace(".csv", ".xls")),
    Case("B36 named xlsx", "F", "F-SOORT", "<html><table></table></html>", name=XLSX),
    Case("zip", "A", "", packed(), name=ZIP, accepted=30),
    Case("zip of two", "F", "F-ZIP-LEDEN", packed(times=2), name=ZIP),
    Case("xlsx", "A", "", BOOK, name=XLSX, accepted=30),
    Case("xlsx title", "A", "", workbook(ROWS, title=True), name=XLSX, accepted=30),
    Case("B37", "F", "F-ZIP-KAPOT", BOOK[: len(BOOK) // 2], name=XLSX),
    Case("B38", "F", "F-CRC", flipped(BOOK, 0.3), name=XLSX),
    Case(
        "B39", "F", "F-XML-DTD", rewritten(BOOK, b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aa">]><worksheet'), name=XLSX
    ),
    Case(
        "B40",
        "F",
        "F-XML-DTD",
        rewritten(BOOK, b"<worksheet", b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet'),
        name=XLSX,
    ),
    Case("B41", "F", "F-BOM", rewritten(BOOK, b"</sheetData>", b"</sheetData>" + b" " * 40_000_000), name=XLSX),
    Case("B42", "W", "W-DIMENSIE", rewritten(BOOK, b'ref="A1:O31"', b'ref="A1:B10"'), name=XLSX, accepted=30),
    Case("B43", "F", "F-VERRE-CEL", workbook(ROWS, change=lambda _, sheet: sheet.write("XFD1048576", "x")), name=XLSX),
    Case("B44", "F", "F-BLAD", workbook(ROWS, sheets=2), name=XLSX),
    Case(
        "B45",
        "W",
        "W-FILTER",
        workbook(ROWS, change=lambda _, sheet: sheet.set_row(5, None, None, {"hidden": True})),
        name=XLSX,
        accepted=30,
    ),
    Case(
        "B46",
        "W",
        "W-SAMENGEVOEGD",
        workbook(ROWS, change=lambda _, sheet: sheet.merge_range("T2:T3", "x")),
        name=XLSX,
        accepted=30,
    ),
    Case("B47", "F", "F-WACHTWOORD", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, name=XLSX),
    Case("B48", "F", "F-PAD", packed("../../x.csv"), name=ZIP),
    Case("B49", "Q", "R-EXCELFOUT", changed(datum="#WAARDE!"), accepted=30),
    Case("B49 field", "Q", "R-EXCELFOUT", changed(leeftijd="#N/B"), accepted=31),
    Case("B50", "Q", "R-BSN_WETENSCHAPPELIJK", changed(bsn="1,23457E+08"), accepted=31),
    Case("B51", "W", "W-BSN-NUL", changed(bsn="12345672"), accepted=31),
    Case("B52", "Q", "R-BSN_ELFPROEF", changed(bsn="123456789"), accepted=31),
    Case("B53 both readings", "F", "F-DATUMVORM", PLAIN.replace("14-10-2024", "01/05/2024")),
    Case("B53 month first", "F", "F-DATUMVORM", changed(datum="10/14/2024")),
    Case("B54", "Q", "R-DATUM", changed(datum="45579.42"), accepted=30),
    Case("B54 in a workbook", "W", "W-EXCELDATUM", workbook([*ROWS, row(99, datum="45579")]), name=XLSX, accepted=31),
    Case("B55", "W", "W-ZOMERTIJD", changed(datum="31-03-2024", tijd="02:30"), accepted=31),
    Case("B56", "A", "", changed(datum="27-10-2024", tijd="02:30"), accepted=31),
    Case("B57", "Q", "R-DATUM", changed(datum="30-02-2024"), accepted=30),
    Case("B58", "Q", "R-TOEKOMST", changed(datum="11-11-2024"), accepted=30),
    Case("B60 1900", "Q", "R-DATUM", changed(datum="01-01-1900"), accepted=30),
    Case("B60 0001", "Q", "R-DATUM", changed(datum="01-01-0001"), accepted=30),
    Case("B60 2206", "Q", "R-DATUM", changed(datum="01-01-2206"), accepted=30),
    Case("older than the term", "Q", "R-TE-OUD", changed(datum="01-10-2019"), accepted=30),
    Case("B71", "Q", "R-SLEUTEL-DUBBEL", text_of([*ROWS, row(3, resultaat_code="AANHOUDING")]), accepted=29),
    Case("B72", "Q", "R-SLEUTEL-LEEG", changed(controle_id=""), accepted=30),
    Case("B73", "W", "W-SLEUTEL-VORM", changed(controle_id=" 'c0099 "), accepted=31),
    Case("B75", "W", "W-EXPORTTIJD", PLAIN, name="controles.csv"),
    Case("B76", "F", "F-EXPORTTIJD", PLAIN, name="controles_2024-10_20991110T0600.csv"),
    Case("B77", "Q", "R-TEAM-ONBEKEND", changed(basisteam_medewerker="Verweggistan"), accepted=30),
    Case("B77 many", "F", "F-TEAMLIJST", PLAIN.replace("Utrecht-Zuid", "Verweggistan", 5)),
    Case("B79", "Q", "R-CODE-UITKOMST", changed(resultaat_code="ONTVOERD"), accepted=30),
    Case("B80", "W", "W-CODE-VORM", changed(reden_code=" gedrag_verdacht"), accepted=31),
    Case("B81", "Q", "R-OFFICIER-LEEG", changed(medewerker=""), accepted=31),
    Case("B82", "W", "W-KENTEKEN-BUITENLAND", changed(kenteken="B-VZ 1234"), accepted=31),
    Case("B83", "Q", "R-KENTEKEN-VORM", changed(kenteken="eigenaar bekend bsn 999990019"), accepted=31),
    Case("B84", "F", "F-VERSCHOVEN", PLAIN.replace(";p100;", ";123456782;")),
    Case("B86", "Q", "R-LEEFTIJD", changed(leeftijd="999"), accepted=31),
    Case("B89", "A", "", text_of(ROWS, tuple(reversed(HEADER))), accepted=30),
    Case(
        "B90", "W", "W-KOLOM-EXTRA", text_of([item | {"vrij": "Puk"} for item in ROWS], (*HEADER, "vrij")), accepted=30
    ),
    Case("B91", "F", "F-KOP-ONTBREEKT", PLAIN.replace("resultaat_code", "resultaat_kode", 1)),
    Case("B93", "F", "F-KOLOM-LEEG", PLAIN.replace(";14-10-2024;", ";;")),
]


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_ends_in_the_stated_verdict(case, folder):
    result = take_in(folder, {case.name: case.content}, case.settings)
    refused = result.refused.get(case.name, "")
    warned = set(result.warnings.get(case.name, {})) | set(result.warnings.get("landing", {}))
    parts = list(folder.quarantine.glob("*.parquet"))
    aside = set(pl.read_parquet(parts)["code"]) if parts else set()
    tables = list(folder.tables.glob("police_checks/*/*.parquet"))
    rows = pl.read_parquet(tables).height if tables else 0
    assert result.closes
    if case.verdict == "F":
        assert refused.startswith(f"{case.code}:")
        assert case.name in refused
        assert rows == 0
    else:
        assert not refused
        assert case.code == "" or case.code in (warned if case.verdict == "W" else aside)
    if case.accepted is not None:
        assert rows == case.accepted


@pytest.mark.parametrize("kind", ["link", "hard link", "folder", "pipe"])
def test_refuses_what_is_not_a_file_of_its_own(kind, folder, tmp_path):
    outside = tmp_path / "elsewhere.csv"
    outside.write_text(PLAIN)
    inside = folder.landing / NAME
    {
        "link": lambda: inside.symlink_to(outside),
        "hard link": lambda: os.link(outside, inside),
        "folder": inside.mkdir,
        "pipe": lambda: os.mkfifo(inside),
    }[kind]()
    result = take_in(folder, {})
    code = {"link": "F-LINK", "hard link": "F-HARDLINK"}.get(kind, "F-GEEN-BESTAND")
    assert result.refused[NAME].startswith(f"{code}:")
    assert not list(folder.archive.iterdir())


@pytest.mark.parametrize("code", sorted({case.code for case in CASES if case.code}))
def test_every_code_has_words_and_advice_in_both_languages(code):
    assert message(code, "nl", file="x.csv") != message(code, "en", file="x.csv")
    assert all(catalogue()[code][language]["do"] for language in ("nl", "en"))


def test_names_the_column_that_was_probably_meant(folder):
    result = take_in(folder, {NAME: PLAIN.replace("resultaat_code", "resultaat_kode", 1)})
    assert "Bedoelt u 'resultaat_kode'?" in result.refused[NAME]


@pytest.mark.parametrize(
    ("content", "language", "said"),
    [
        (
            "Overzicht controles;;;;\n" + PLAIN,
            "nl",
            "staat niet op deze regel: controle_id, datum, basisteam_medewerker, resultaat_code. De kop lijkt op regel 2 te staan.",
        ),
        (
            "Overzicht controles\n" + PLAIN,
            "en",
            "not on this line: controle_id, datum, basisteam_medewerker, resultaat_code. The header seems to be on line 2.",
        ),
        (
            "controle_id;dautm;basisteam;;;\n1;2;3;4;5;6\n",
            "en",
            "not on this line: datum, resultaat_code. Did you mean 'dautm'?",
        ),
        (
            PLAIN.replace(";tijd;", ";;", 1).replace(";soort_controle;", ";;", 1),
            "nl",
            "twee of meer kolommen hebben geen naam.",
        ),
    ],
)
def test_a_line_that_is_no_header_is_told_which_columns_should_be_on_it(content, language, said, folder):
    settings = Settings(site=Site(languages=(language,)))
    refused = take_in(folder, {NAME: content}, settings).refused[NAME]
    assert said in refused
    assert "…" not in refused


def test_a_companion_file_without_its_header_names_the_columns_it_needs(folder):
    (folder.landing / "inzet_maand.csv").write_text("Diensten\nx\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"F-KOP-ONTBREEKT.*: maand, basisteam\."):
        read_companions(folder, Settings())


def test_refusal_of_one_file_leaves_the_others_counted(folder):
    result = take_in(folder, {NAME: PLAIN, "controles_2024-09_20241010T0600.csv": b"\x00\x01"})
    files = result.reconciliation.filter(pl.col("scope") == "file")
    assert files.select("name", "accepted").rows() == [(NAME, 30)]


def test_a_file_without_one_whole_row_leaves_the_others_counted(folder):
    result = take_in(folder, {NAME: PLAIN, "controles_2024-09_20241010T0600.csv": LINES[0] + "C0098;14-10-2024\n"})
    files = result.reconciliation.filter(pl.col("scope") == "file").sort("rows_in")
    assert files.select("accepted", "quarantined").rows() == [(0, 1), (30, 0)]


def test_row_of_a_renamed_team_counts_under_the_name_valid_that_day(folder):
    rows = [
        row(1, datum="30-06-2024", basisteam_medewerker="Utrecht-Oud"),
        row(2, datum="01-07-2024", basisteam_medewerker="Utrecht-Oud"),
    ]
    take_in(folder, {NAME: text_of(rows)})
    table = pl.read_parquet(folder.tables / "police_checks" / "**" / "*.parquet").sort("check_date")
    assert table["team"].to_list() == ["oud", "nieuw"]


def test_a_declared_period_makes_rows_outside_it_a_term_of_their_own(folder):
    (folder.landing / "manifest.csv").write_text(
        f"bestand;exporttijd;van;tot;volledig\n{NAME};2024-11-10T06:00:00+01:00;2024-10-01;2024-10-31;\n"
    )
    result = take_in(folder, {NAME: changed(datum="30-09-2024")})
    assert result.reconciliation.filter(pl.col("scope") == "file").select("accepted", "out_of_period").rows() == [
        (30, 1)
    ]


def test_corrected_mapping_heals_the_quarantine(folder):
    take_in(folder, {NAME: changed(basisteam_medewerker="Nieuwegein")})
    organisation = folder.landing / "organisatie.csv"
    organisation.write_text(organisation.read_text() + "nieuwegein;Nieuwegein;Stad;Midden;WK034409;2020-01-01;;\n")
    result = take_in(folder, {})
    assert result.reconciliation.filter(pl.col("scope") == "file").select("accepted", "quarantined").rows() == [(31, 0)]
    assert pl.read_parquet(folder.quarantine / "*.parquet").is_empty()


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("code", sorted(catalogue()))
def test_a_message_without_facts_reads_as_a_sentence(code, language):
    said = message(code, language)
    assert "  " not in said
    assert "–" not in said
    assert not re.search(r"\s[.;:](\s|$)", said)
