"""Sheets and agreements of the counting page: what a line may say, and that each counts once or is refused in words."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meos_pipeline.contracts.handed_in import AGREEMENT, SHEET, check_number, is_handed_in, read_contents, signed
from meos_pipeline.ingest import handed_in
from meos_pipeline.ingest.companions import judge_handed_in, read_companions
from meos_pipeline.settings import Settings
from meos_pipeline.storage.paths import DataFolder
from tests.ingest.district import ORGANISATION, new_folder

DATA = Path(__file__).resolve().parents[1] / "data" / "handed_in"
NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
GOOD = {
    "datum": "14-02-2025", "basisteam": "zuid", "blad": "1", "waargenomen_controles": "9",
    "waarvan_geregistreerd": "5", "waarvan_met_resultaat": "3", "waarvan_met_resultaat_geregistreerd": "3",
    "dienst": "emergency", "blok": "late", "gewicht": "15.5", "kenmerk": "00c0ffee", "versie": "1", "stand": "valid",
}  # fmt: skip
AGREED = {
    "actie_id": "zuid-20250301-a1b2", "basisteam": "zuid", "soort": "register", "doel": "coverage_no_result",
    "van": "01-03-2025", "terugkijken": "01-06-2025", "stand": "running", "hulp": "nee", "versie": "1",
}  # fmt: skip


def sheets(*changes: dict[str, str]) -> bytes:
    return "\r\n".join([SHEET.header, *(signed(SHEET, GOOD | change) for change in changes), ""]).encode()


def agreements(*changes: dict[str, str]) -> bytes:
    return "\r\n".join([AGREEMENT.header, *(signed(AGREEMENT, AGREED | change) for change in changes), ""]).encode()


def hand_in(folder: DataFolder, **files: bytes) -> handed_in.HandedIn:
    for place, (name, content) in enumerate(files.items()):
        (folder.landing / f"telblad_{name}.csv").write_bytes(content)
        handed_in.take(folder, now=NOW + timedelta(minutes=place))
    found = judge_handed_in(folder, Settings())
    assert found.account["closes"].all()
    return found


def verdicts(found: handed_in.HandedIn) -> list[tuple[int, ...]]:
    names = ("rows_in", "accepted", "quarantined", "duplicate", "superseded", "deleted")
    return found.account.sort("received").select(names).rows()


def test_the_example_files_of_the_design_are_read():
    for name, rows in (("telblad_voorbeeld.csv", 1), ("afspraak_voorbeeld.csv", 2)):
        contents = read_contents((DATA / name).read_bytes())
        assert (contents.faults, len(contents.lines)) == ([], rows)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=80), st.data())
def test_a_changed_or_swapped_sign_changes_the_check_number(line, data):
    at = data.draw(st.integers(0, len(line) - 1))
    other = data.draw(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
    changed = line[:at] + other + line[at + 1 :]
    assert (check_number(changed) == check_number(line)) == (other == line[at])
    swapped = line[:at] + line[at + 1 : at + 2] + line[at : at + 1] + line[at + 2 :]
    assert (check_number(swapped) == check_number(line)) == (swapped == line)


WRONG_LINES = """
waargenomen_controles                | 4          | R-INLEVER-MEER
waarvan_met_resultaat                | 10         | R-INLEVER-MEER
waarvan_met_resultaat_geregistreerd  | 4          | R-INLEVER-MEER
waarvan_met_resultaat_geregistreerd  | 6          | R-INLEVER-MEER
waarvan_met_resultaat                | 9          | R-INLEVER-MEER
waargenomen_controles                | -9         | R-INLEVER-VELD
waargenomen_controles                | 9.0        | R-INLEVER-VELD
waargenomen_controles                | 1000       | R-INLEVER-VELD
waargenomen_controles                | 397        | R-INLEVER-VELD
waargenomen_controles                | 105        | R-INLEVER-VEEL
waarvan_met_resultaat_geregistreerd  | 100        | R-INLEVER-VELD
waargenomen_controles                |            | R-INLEVER-VELD
datum                                | 2025-02-14 | R-INLEVER-VELD
datum                                | 31-02-2025 | R-INLEVER-VELD
datum                                | 03-03-2025 | R-INLEVER-DAG
datum                                | 01-01-2001 | R-INLEVER-DAG
datum                                | 31-12-2019 | R-INLEVER-DAG
basisteam                            | noord      | R-INLEVER-TEAM
basisteam                            | ../zuid    | R-INLEVER-VELD
basisteam                            | Utrecht-Zuid | R-INLEVER-VELD
blad                                 | 0          | R-INLEVER-VELD
dienst                               | jan jansen | R-INLEVER-VELD
dienst                               | <script>alert(1)</script> | R-INLEVER-VELD
blok                                 | 23:15      | R-INLEVER-VELD
gewicht                              | 0.5        | R-INLEVER-VELD
gewicht                              | 1e9        | R-INLEVER-VELD
kenmerk                              | AB-12-CD   | R-INLEVER-VELD
kenmerk                              | =1+1       | R-INLEVER-VELD
versie                               | 0          | R-INLEVER-VELD
stand                                | <img src=x onerror=alert(1)> | R-INLEVER-VELD
"""
CASES = [tuple(cell.strip() for cell in line.split("|")) for line in WRONG_LINES.strip().splitlines()]


@pytest.mark.parametrize(("column", "value", "code"), CASES)
def test_a_line_that_the_page_cannot_make_is_refused_in_words_and_shows_no_value(tmp_path, column, value, code):
    folder = new_folder(tmp_path)
    found = hand_in(folder, bad=sheets({column: value}))
    assert verdicts(found) == [(1, 0, 1, 0, 0, 0)]
    assert found.tables == {}
    for language in ("nl", "en"):
        (told,) = handed_in.refusals(handed_in.arrived(folder), found, language).values()
        assert told.startswith(f"{code}: 'telblad_bad.csv'")
        assert len(value) < 4 or value not in told


FULL = [
    ("396;198;198;99", []),
    ("99;99;99;99", []),
    ("198;99;99;0", []),
    ("99;0;0;0", []),
    ("100;0;0;0", ["R-INLEVER-VEEL"]),
    ("100;100;0;0", ["R-INLEVER-VEEL"]),
    ("100;0;100;0", ["R-INLEVER-VEEL"]),
    ("396;198;199;99", ["R-INLEVER-VELD"]),
]


@pytest.mark.parametrize(("counts", "codes"), FULL)
def test_a_sheet_holds_ninety_nine_checks_in_each_of_its_four_boxes(counts, codes):
    names = (
        "waargenomen_controles",
        "waarvan_geregistreerd",
        "waarvan_met_resultaat",
        "waarvan_met_resultaat_geregistreerd",
    )
    contents = read_contents(sheets(dict(zip(names, counts.split(";"), strict=True))))
    assert [fault.code for fault in contents.faults] == codes


WRONG_AGREEMENTS = [
    ("terugkijken", "01-03-2025", "R-INLEVER-DAG"),
    ("van", "01-01-2001", "R-INLEVER-DAG"),
    ("soort", "anders: Jan", "R-INLEVER-VELD"),
    ("doel", "fewer_people_called_jansen", "R-INLEVER-VELD"),
    ("stand", "won", "R-INLEVER-VELD"),
    ("hulp", "misschien", "R-INLEVER-VELD"),
    ("actie_id", "jan-jansen", "R-INLEVER-VELD"),
    ("actie_id", "west-20250301-a1b2", "R-INLEVER-VELD"),
    ("actie_id", "zuid-20250301-jansen", "R-INLEVER-VELD"),
    ("actie_id", "B-2", "R-INLEVER-ANDER"),
    ("actie_id", "T-3", "R-INLEVER-NUMMER"),
]


@pytest.mark.parametrize(("column", "value", "code"), WRONG_AGREEMENTS)
def test_an_agreement_that_the_page_cannot_make_is_refused(tmp_path, column, value, code):
    folder = _with_actions(new_folder(tmp_path))
    with (folder.landing / "acties.csv").open("a") as typed:
        typed.write("T-3;zuid;TRAINING;;01-11-2024;;\n")
    found = hand_in(folder, bad=agreements({column: value}))
    assert [fault.code for faults in found.faults.values() for fault in faults] == [code]
    assert found.tables == {}


WHOLE = {
    "edited": (sheets({}).replace(b";9;5;3;3;", b";9;5;2;2;"), "R-INLEVER-CONTROLE"),
    "excel": (sheets({}).replace(b";", b","), "F-INLEVER-KOP"),
    "other_schema": (sheets({}).replace(b"meos-telblad-1", b"meos-telblad-9"), "R-INLEVER-CONTROLE"),
    "other_columns": (sheets({}).replace(b"kenmerk", b"naam"), "F-INLEVER-KOP"),
    "huge": (sheets(*[{}] * 500), "F-INLEVER-GROOT"),
    "long": (SHEET.header.encode() + b"\n" + b"x" * 70_000, "F-INLEVER-GROOT"),
    "empty": (b"", "F-INLEVER-KOP"),
    "only_header": (SHEET.header.encode() + b"\n", "F-INLEVER-KOP"),
    "bytes": (bytes(range(256)) * 8, "F-INLEVER-KOP"),
    "nul": (sheets({}).replace(b"zuid", b"zu\0d"), "R-INLEVER-VELD"),
    "short_line": (SHEET.header.encode() + b"\nzuid;" + check_number("zuid").encode(), "R-INLEVER-VELD"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_hostile_or_broken_file_is_kept_and_refused(tmp_path, name):
    folder = new_folder(tmp_path)
    content, code = WHOLE[name]
    found = hand_in(folder, **{name: content})
    assert {fault.code for faults in found.faults.values() for fault in faults} == {code}
    assert found.tables == {}
    assert [path.read_bytes() for path in folder.handed_in.glob("*.csv")] == [content]
    assert not list(folder.landing.glob("telblad*"))


HISTORIES = """
same file twice                  | first; first                            | 9
corrected                        | first; second                           | 7
corrected, in the other order    | second; first                           | 7
corrected and then withdrawn     | first; second; gone                     |
withdrawn before it arrived      | gone; first                             |
same version, other counts       | first; changed                          | 9
two phones, both sheet 1         | first; phone                            | 9 4
sent again for another team      | first; moved                            | 9
"""
VERSIONS = {
    "first": {},
    "second": {"versie": "2", "waargenomen_controles": "7"},
    "gone": {"versie": "3", "stand": "withdrawn"},
    "changed": {"waargenomen_controles": "8"},
    "phone": {"kenmerk": "0badcafe", "waargenomen_controles": "4", "waarvan_geregistreerd": "4"},
    "moved": {"versie": "2", "basisteam": "west"},
}


@pytest.mark.parametrize("line", HISTORIES.strip().splitlines(), ids=lambda line: line.split("|")[0].strip())
def test_a_sheet_counts_once_in_its_newest_version(tmp_path, line):
    _, order, counts = (part.strip() for part in line.split("|"))
    files = {f"f{place}": sheets(VERSIONS[name]) for place, name in enumerate(order.split("; "))}
    if order == "first; first":
        files["f1"] += sheets(VERSIONS["first"]).split(b"\r\n", 1)[1]  # other bytes, the same line twice
    folder = new_folder(tmp_path)
    found = hand_in(folder, **files)
    sample = read_companions(folder, Settings()).get("coverage_sample")
    seen = [] if sample is None else sample.sort("observed", descending=True)["observed"].to_list()
    assert seen == [int(count) for count in counts.split()]
    if sample is not None:
        assert sample.select("sample_date", "team", "sheet").is_unique().all()
        assert sample["weight"].to_list() == [15.5] * len(seen)
    refused = {"changed": ["R-INLEVER-VERSIE"], "moved": ["R-INLEVER-ANDER"]}.get(order.split("; ")[-1], [])
    assert [fault.code for faults in found.faults.values() for fault in faults] == refused


TYPED = (
    "datum;basisteam;blad;waargenomen_controles;waarvan_geregistreerd;waarvan_met_resultaat;"
    "waarvan_met_resultaat_geregistreerd\n14-02-2025;zuid;1;{};5;3;3\n13-02-2025;zuid;1;6;5;3;3\n"
)


@pytest.mark.parametrize(("typed", "seen", "codes"), [(9, [6, 9], []), (8, [6, 8], ["R-INLEVER-NUMMER"])])
def test_a_sheet_that_was_typed_over_as_well_counts_once(tmp_path, typed, seen, codes):
    folder = new_folder(tmp_path)
    (folder.landing / "steekproef_dekking.csv").write_text(TYPED.format(typed))
    found = hand_in(folder, a=sheets({}))
    assert sorted(read_companions(folder, Settings())["coverage_sample"]["observed"]) == seen
    assert [fault.code for faults in found.faults.values() for fault in faults] == codes


def _with_actions(folder: DataFolder) -> DataFolder:
    (folder.landing / "acties.csv").write_text(
        "actie_id;basisteam;soort;titel;van;tot;doel\n"
        "A-1;zuid;AFSPRAAK;Altijd registreren, ook zonder resultaat;01-11-2024;;\n"
        "B-2;west;AFSPRAAK;Jan Jansen vaker mee;01-11-2024;;dossier\n"
    )
    return folder


STRANGERS = """
withdrawn by another team         | own; other withdrawn 3     | running  | R-INLEVER-VELD
withdrawn by a namesake           | own; namesake withdrawn 3  | running  | R-INLEVER-ANDER
renewed by a namesake             | own; namesake kept 2       | running  | R-INLEVER-ANDER
refused, then the own team      | own; stray kept 3; own2    | kept     | R-INLEVER-TEAM
typed, withdrawn by another       | typed; other-typed 3       | running  | R-INLEVER-ANDER
typed, withdrawn by its team      | typed; typed-gone          |          |
typed, withdrawn and taken back   | typed; typed-gone; again   | running  |
own, withdrawn by its team        | own; gone                  |          |
"""
SAID = {
    "own": {},
    "own2": {"versie": "2", "stand": "kept"},
    "gone": {"versie": "2", "stand": "withdrawn"},
    "other withdrawn 3": {"basisteam": "west", "versie": "3", "stand": "withdrawn"},
    "namesake withdrawn 3": {"basisteam": "zuid-oost", "versie": "3", "stand": "withdrawn"},
    "namesake kept 2": {"basisteam": "zuid-oost", "versie": "2", "stand": "kept"},
    "stray kept 3": {"basisteam": "noord", "versie": "3", "stand": "dropped"},
    "typed": {"actie_id": "A-1"},
    "other-typed 3": {"actie_id": "A-1", "basisteam": "west", "versie": "3", "stand": "withdrawn"},
    "typed-gone": {"actie_id": "A-1", "versie": "2", "stand": "withdrawn"},
    "again": {"actie_id": "A-1", "versie": "3"},
}


@pytest.mark.parametrize("line", STRANGERS.strip().splitlines(), ids=lambda line: line.split("|")[0].strip())
def test_only_the_team_of_an_agreement_speaks_of_it_and_a_refused_line_takes_nothing_away(tmp_path, line):
    _, order, state, code = (part.strip() for part in line.split("|"))
    folder = new_folder(tmp_path)
    (folder.landing / "organisatie.csv").write_text(
        ORGANISATION + "zuid-oost;Zuid-Oost;Stad;Midden;WK034409;2020-01-01;;\n"
    )
    found = hand_in(
        _with_actions(folder), **{f"f{n}": agreements(SAID[name]) for n, name in enumerate(order.split("; "))}
    )
    asked = "A-1" if "typed" in order else AGREED["actie_id"]
    actions = read_companions(folder, Settings())["team_actions"].filter(pl.col("action_id") == asked)
    assert actions.select("team", "state").rows() == ([("zuid", state)] if state else [])
    assert [fault.code for faults in found.faults.values() for fault in faults] == ([code] if code else [])


def test_the_first_team_of_a_mark_keeps_it_also_when_another_withdraws_it(tmp_path):
    folder = new_folder(tmp_path)
    other = {"basisteam": "west", "versie": "2", "stand": "withdrawn"}
    found = hand_in(folder, a=sheets({}), b=sheets(other))
    assert read_companions(folder, Settings())["coverage_sample"].select("team", "observed").rows() == [("zuid", 9)]
    assert [fault.code for faults in found.faults.values() for fault in faults] == ["R-INLEVER-ANDER"]


def test_an_older_list_of_actions_is_read_and_its_titles_are_not_kept(tmp_path):
    actions = read_companions(_with_actions(new_folder(tmp_path)), Settings())["team_actions"]
    assert actions.select("action_id", "aim", "state", "help").rows() == [
        ("A-1", "coverage_no_result", "running", False),
        ("B-2", "dossier", "running", False),
    ]
    assert "Jansen" not in actions.write_csv()


def test_an_agreement_of_the_list_gets_its_state_and_look_back_day_from_the_page(tmp_path):
    folder = _with_actions(new_folder(tmp_path))
    old = {"actie_id": "A-1", "van": "01-11-2024", "terugkijken": "01-02-2025"}
    hand_in(folder, a=agreements(old, {}), b=agreements(old | {"stand": "kept", "versie": "2"}))
    actions = read_companions(folder, Settings())["team_actions"]
    assert actions.select("action_id", "kind", "state", pl.col("look_back").cast(pl.String)).rows() == [
        ("A-1", "agreement", "kept", "2025-02-01"),
        ("B-2", "agreement", "running", None),
        ("zuid-20250301-a1b2", "agreement", "running", "2025-06-01"),
    ]


def test_the_same_file_again_is_told_as_known(tmp_path):
    folder = new_folder(tmp_path)
    for told in ((["telblad_a.csv"], [], []), ([], [], ["telblad_a.csv"])):
        (folder.landing / "telblad_a.csv").write_bytes(sheets({}))
        assert handed_in.take(folder, now=NOW) == told


LATER = [
    ("the same sheet, another name", "telblad_other.csv", sheets({}), False),
    ("another phone, the same name", "telblad_a.csv", sheets({"kenmerk": "0badcafe"}), True),
    ("the sheet is refused again", "telblad_a.csv", sheets({"dienst": "y"}), True),
    ("the sheet and another that is wrong", "telblad_c.csv", sheets({}, {"kenmerk": "0badcafe", "dienst": "y"}), False),
]


@pytest.mark.parametrize(("name", "content", "asks"), [row[1:] for row in LATER], ids=[row[0] for row in LATER])
def test_a_refusal_is_settled_by_a_later_file_with_the_same_sheet_and_never_by_its_name(tmp_path, name, content, asks):
    folder = new_folder(tmp_path)
    hand_in(folder, a=sheets({"dienst": "x"}))
    (folder.landing / name).write_bytes(content)
    handed_in.take(folder, now=NOW + timedelta(days=1))
    told = handed_in.refusals(handed_in.arrived(folder), judge_handed_in(folder, Settings()), "nl")
    assert ("telblad_a.csv" in told) is asks


def test_a_refused_file_asks_until_somebody_lets_it_go_or_a_good_one_takes_its_place(tmp_path):
    folder = new_folder(tmp_path)
    found = hand_in(folder, a=sheets({"dienst": "x"}))
    assert list(handed_in.refusals(handed_in.arrived(folder), found, "nl")) == ["telblad_a.csv"]
    (folder.landing / "telblad_a.csv").write_bytes(sheets({}))
    handed_in.take(folder, now=NOW + timedelta(days=1))
    assert handed_in.refusals(handed_in.arrived(folder), judge_handed_in(folder, Settings()), "nl") == {}
    found = hand_in(folder, b=sheets({"dienst": "y"}))
    handed_in.let_go(folder, "telblad_b.csv", "proef")
    assert handed_in.refusals(handed_in.arrived(folder), found, "nl") == {}


def test_a_file_that_still_grows_waits_and_links_are_left_alone(tmp_path):
    folder = new_folder(tmp_path)
    path = folder.landing / "telblad_a.csv"
    path.write_bytes(sheets({}))
    now = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) + timedelta(seconds=1)
    assert handed_in.take(folder, now=now, settle=timedelta(seconds=5)) == ([], ["telblad_a.csv"], [])
    (folder.landing / "telblad_link.csv").symlink_to(path)
    folder.drop.mkdir()
    (folder.drop / "telblad_b.csv").write_bytes(sheets({"kenmerk": "00000001"}))
    assert handed_in.take(folder, now=now)[0] == ["telblad_a.csv", "telblad_b.csv"]
    assert json.loads(next(folder.handed_in.glob("*.json")).read_text())["received"].startswith("20")


@pytest.mark.parametrize(
    ("name", "start", "ours"),
    [
        ("telblad_zuid_2025-03-01.csv", b"broken", True),
        ("Telblad zuid (1).csv", b"", True),
        ("bijlage.txt", SHEET.header.encode() + b"\r\n", True),
        ("afspraak.csv", b"\xef\xbb\xbf" + AGREEMENT.header.encode() + b"\n", True),
        ("controles_2025-02.csv", b"controle_id;datum\n", False),
        ("telbladen.csv", b"datum;basisteam\n", False),
    ],
)
def test_files_of_the_counting_page_are_told_from_exports(name, start, ours):
    assert is_handed_in(name, start) is ours
