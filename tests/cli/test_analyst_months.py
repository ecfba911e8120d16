"""Day one and month three of an analyst, on one site, with the words that each step says.

Day one: a profile reads one code wrongly, and the reports are published. Month three: the next export has another header
and a new code, the wrong code is found and mended, two teams turn out to have become one, a new year has no key yet, a
record has to go.
"""

import io
import json
import re
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from meos_pipeline.contracts.values import RESULT_SOURCE
from meos_pipeline.steps.accounts import reconciliation_total
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, made, place, settle

CODES = RESULT_SOURCE | {"GEEN_BIJZONDERHEDEN": "warning"}
WRONG = "\n".join(["[codes.results]", *(f'{code} = "{ours or ""}"' for code, ours in CODES.items()), ""])
WHY = "De code voor niets gevonden stond bij waarschuwing"


@dataclass(frozen=True)
class Story:
    """What was said, step by step, and which editions there were after it."""

    folder: DataFolder
    said: dict[str, Said]
    editions: dict[str, list[str]]
    number: str
    """Of the record that was erased."""

    def page(self, name: str) -> str:
        (edition,) = self.editions["correct"]
        return (self.folder.published / "editions" / edition / name).read_text(encoding="utf-8")


def without_key(path: Path, year: int) -> None:
    """Make the key file as an earlier one may be: without a key for a year."""
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["years"][str(year)]
    path.write_text(json.dumps(document), encoding="utf-8")


def merge_teams(folder: DataFolder, *, last_day: str, first_day: str) -> None:
    """Say in the list of teams that all of them became one."""
    path = folder.landing / "organisatie.csv"
    old = pl.read_csv(path, separator=";", infer_schema=False)
    ended = old.with_columns(geldig_tot=pl.lit(last_day), opvolgers=pl.lit("havenkade"))
    new = old.with_columns(
        basisteam_code=pl.lit("havenkade"),
        basisteam=pl.lit("Havenkade"),
        geldig_van=pl.lit(first_day),
        geldig_tot=pl.lit(None, pl.String),
        schrijfwijzen=pl.lit(None, pl.String),
        opvolgers=pl.lit(None, pl.String),
    )
    pl.concat([ended, new]).write_csv(path, separator=";")
    settle(folder)


def late_and_corrected(folder: DataFolder) -> str:
    """Two more rows of before for the export of January: one that came late, and one of which the result is corrected."""
    (path,) = folder.landing.glob("controles_2024-12_*.csv")
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    number, result = header.split(";").index("controle_id"), header.split(";").index("resultaat_code")
    plain = [row.split(";") for row in rows if row.split(";")[result] == "GEEN_BIJZONDERHEDEN"]
    late, corrected = plain[0], plain[1]
    late[number], corrected[result] = "C0099999999", "BON_VERKEER"
    return f"{';'.join(late)}\n{';'.join(corrected)}\n"


def kept(folder: DataFolder) -> list[str]:
    return sorted(path.name for path in (folder.published / "editions").iterdir())


@pytest.fixture(scope="module")
def story(meos: Meos, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Everything that happens, in its order."""
    folder = made(tmp_path_factory.mktemp("months") / "data", months=6, first=date(2024, 8, 1), rows=2400)
    keys = folder.restricted / "fictional-keys.json"
    without_key(keys, 2025)
    january = folder.landing / "controles_2025-01_20250203T0600.csv"
    export = january.read_text(encoding="utf-8") + late_and_corrected(folder)
    january.unlink()
    shipped = Path(__file__).parents[2] / "meos_pipeline" / "ingest" / "profiles" / "meos.toml"
    own = shipped.read_text(encoding="utf-8").replace('name = "meos"', 'name = "own"', 1)
    settings = (folder.root / "meos.toml").read_text(encoding="utf-8")
    (folder.root / "meos.toml").write_text(
        settings.replace('profile = "meos"', 'profile = "own.toml"'), encoding="utf-8"
    )
    (folder.root / "own.toml").write_text(f"{own}\n{WRONG}", encoding="utf-8")
    said, editions = {}, {}

    def step(name: str, *words: object) -> None:
        said[name] = meos(*words, "--data", folder.root)
        editions[name] = kept(folder)

    step("day one", "run")
    header, _, rows = export.partition("\n")
    renamed = f"{header.replace('resultaat_code', 'uitkomst')}\n{rows.replace('BON_APV', 'NIEUW', 4)}".encode()
    delivered = folder.root.parent / january.name
    delivered.write_bytes(renamed)
    place(folder, january.name, renamed)
    step("other header", "run")
    mended = own.replace('results = ["resultaat_code"', 'results = ["uitkomst", "resultaat_code"')
    (folder.root / "own.toml").write_text(mended, encoding="utf-8")
    merge_teams(folder, last_day="31-10-2024", first_day="01-11-2024")
    said["no key"] = meos("inspect", delivered, "--data", folder.root)
    said["new year"] = meos("key", "rotate", 2025, keys)
    step("mended", "run")
    step("look", "correct", "--reason", "mapping", "--dry-run")
    step("other reason", "correct", "--reason", "software", "--yes")
    step("correct", "correct", "--reason", "mapping", "--why", WHY, "--yes")
    step("again", "run")
    step("nothing", "correct", "--reason", "mapping", "--yes")
    step("status", "status")
    said["a year to come"] = meos("key", "rotate", 2061, keys)
    step("plan with the key", "run", "--plan")
    number = rows.split(";", 1)[0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.StringIO(f"{number}\n"))
        step("erase", "erase", "--yes", "--why", "recorded by mistake")
    step("after", "run")
    step("verify", "verify")
    return Story(folder=folder, said=said, editions=editions, number=number)


def test_day_one_ends_in_reports_with_a_settled_month_and_a_provisional_one(story: Story) -> None:
    said = story.said["day one"]
    assert said.code in {0, 3}, said.text
    (edition,) = story.editions["day one"]
    assert edition.startswith("2024-10-")
    assert f"Published edition {edition}" in said.text
    account = re.search(r"Handed in from the counting page: (\d+) lines in = (.+?);", said.text)
    assert account, said.text
    assert int(account[1]) == sum(map(int, re.findall(r"\d+", account[2]))) > 0


def test_another_header_is_named_with_what_to_do(story: Story) -> None:
    said = story.said["other header"]
    assert said.code == 2
    assert story.editions["other header"] == story.editions["day one"], "a refused export settles no month"
    assert "F-KOP-ONTBREEKT" in said.text
    assert "results" in said.text
    assert "[columns]" in said.text


def test_a_new_code_is_told_by_name_with_how_often_it_stands_there(story: Story) -> None:
    assert "unknown code" in story.said["correct"].text + story.said["mended"].text + story.said["again"].text


def test_a_year_without_a_key_is_told_before_the_run_with_the_command_that_makes_one(story: Story) -> None:
    looked = story.said["no key"]
    assert looked.code == 3
    assert "2 accepted" in looked.text
    assert "R-SLEUTELJAAR" in looked.text
    assert "meos key rotate" in looked.text
    assert story.said["new year"].code == 0
    assert "Made a key for 2025. What was read before stays" in story.said["new year"].text
    assert "4 of 367 rows set aside (R-CODE-UITKOMST 4)" in story.said["again"].text
    assert re.search(r"2025-01 │ 361 ", story.said["status"].text)


def test_a_late_record_and_a_corrected_one_are_told_before_the_run_and_taken_in_by_it(story: Story) -> None:
    looked = story.said["no key"].text
    assert re.search(r"2024-1[12] │ 1 +│ 1 +│ 0 +│ 0", looked), looked
    assert re.search(r"resultaat_code +│ 1", looked)
    before = re.search(r"(\d+) superseded", story.said["day one"].text)
    assert before
    assert reconciliation_total(open_workspace(story.folder.root))["superseded"] == int(before[1]) + 1


def test_the_key_of_a_year_to_come_makes_nothing_anew(story: Story) -> None:
    assert "Made a key for 2061" in story.said["a year to come"].text
    assert story.said["plan with the key"].code == 0
    assert "There is no news: nothing would be made." in story.said["plan with the key"].text


def test_teams_that_became_one_are_told_and_are_one_on_the_corrected_pages(story: Story) -> None:
    assert "Since that edition changed: the list of teams" in story.said["mended"].text
    assert "W-TEAM-NAAM havenkade: 444 rows." in story.said["again"].text
    assert "Teams without a recent export" not in story.said["status"].text
    (edition,) = story.editions["correct"]
    folders = {path.name for path in (story.folder.published / "editions" / edition).iterdir() if path.is_dir()}
    assert {"havenkade", "district"} <= folders
    assert not {"noordkade", "zuiderhaven"} & folders
    assert "Tot en met 31 oktober 2024 zijn dit de cijfers van Noordkade, Zuiderhaven." in story.page(
        "havenkade/index.html"
    )


def test_a_mended_profile_is_no_leak_and_asks_for_a_reason(story: Story) -> None:
    assert story.said["day one"].code in {0, 3}
    assert story.said["mended"].code == 3
    assert "would change at once, from 2024-08 to 2024-1" in story.said["mended"].text
    assert f"Readers still see edition {story.editions['other header'][-1]}" in story.said["mended"].text
    assert "Since that edition changed: the profile of the source" in story.said["mended"].text
    assert "meos correct --reason mapping" in story.said["mended"].text
    assert "DRIFT" not in story.said["mended"].text
    assert story.editions["mended"] == story.editions["other header"]


def test_the_analyst_sees_what_it_touches_before_anything_changes(story: Story) -> None:
    assert story.said["look"].code == 0
    for word in (
        "2024-08",
        "2024-11",
        "What the correction touches",
        f"Editions that go: {', '.join(story.editions['other header'])}",
    ):
        assert word in story.said["look"].text
    assert story.editions["look"] == story.editions["other header"]


def test_a_reason_that_did_not_change_is_not_told_to_readers(story: Story) -> None:
    assert story.said["other reason"].code == 2
    assert "Readers would be told of the program, and that did not change" in story.said["other reason"].text
    assert story.editions["other reason"] == story.editions["other header"]


def test_one_act_puts_the_corrected_edition_in_the_place_of_the_false_one(story: Story) -> None:
    assert story.said["correct"].code == 0, story.said["correct"].text
    (right,), false = story.editions["correct"], story.editions["other header"]
    assert right not in false
    assert f"Edition {right} stands in the place of {', '.join(false)}" in story.said["correct"].text
    assert (story.folder.published / "CURRENT").read_text().strip() == right
    assert story.said["verify"].code == 0, story.said["verify"].text


def test_readers_are_told_what_changed_and_why_in_words_from_the_list(story: Story) -> None:
    for name in ("havenkade/index.html", "havenkade/a4.html", "district/index.html"):
        page = story.page(name)
        assert "zijn de cijfers over augustus – november 2024 gecorrigeerd." in page
        assert "Kolommen of codes van de bron waren verkeerd gelezen." in page
    assert "were corrected" in story.page("havenkade/index_en.html")
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in story.folder.published.rglob("*.html")]
    assert not any(WHY in text for text in texts)


def test_the_reason_in_own_words_is_in_the_audit_log_alone(story: Story) -> None:
    entries = [json.loads(line) for line in story.folder.audit_log.read_text(encoding="utf-8").splitlines()]
    (entry,) = [entry for entry in entries if entry["action"] == "change" and "cause" in entry["facts"]]
    assert entry["facts"]["why"] == WHY
    assert entry["facts"]["gone"] == story.editions["other header"]
    assert not (story.folder.restricted / "correction.json").exists()
    assert WHY not in (story.folder.restricted / "corrections.json").read_text(encoding="utf-8")


def test_afterwards_there_is_no_news_and_nothing_left_to_correct(story: Story) -> None:
    assert story.said["again"].code in {0, 3}
    assert story.editions["again"] == story.editions["correct"]
    assert "There is no news" in story.said["again"].text
    assert story.said["nothing"].code == 2
    assert "No figure would change" in story.said["nothing"].text


def test_a_reason_outside_the_list_is_refused_before_any_work(story: Story, meos: Meos) -> None:
    said = meos("correct", "--reason", "mistake", "--data", story.folder.root)
    assert said.code == 2
    assert "choose one of mapping, source, organisation, settings, software" in said.text


def test_status_says_from_when_the_provisional_month_is_final(story: Story) -> None:
    assert "December 2024 is provisional and becomes final on 11 February 2025" in story.said["status"].text


def test_a_record_is_erased_and_one_record_changes_nothing_that_readers_see(story: Story) -> None:
    erased, after = story.said["erase"], story.said["after"]
    assert erased.code == 0, erased.text
    assert story.number not in erased.text
    assert after.code in {0, 3}, after.text
    assert story.editions["after"] == story.editions["correct"]
    assert not any(story.number.encode() in path.read_bytes() for path in story.folder.published.rglob("*.html"))
