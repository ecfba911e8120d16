"""``meos run`` as an analyst uses it: the whole path, again, and with a month corrected."""

import io
import re
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from meos_pipeline.cli import screen
from meos_pipeline.cli.screen import STAGES
from meos_pipeline.steps.progress import tell
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos, Said, archived, made, place, settle, tree


def _edition(said: Said) -> str:
    found = re.search(r"edition (\S+)", said.out)
    assert found, said.text
    return found[1]


@pytest.mark.smoke
def test_a_run_publishes_reports_and_says_where_they_are(ran: tuple[DataFolder, Said]) -> None:
    folder, said = ran
    assert said.code == 0, said.text
    assert str(folder.published / "index.html") in said.out
    edition = folder.published / "editions" / _edition(said)
    for page in ("index.html", "noordkade/index.html", "noordkade/index_en.html", "noordkade/a4.pdf", "manifest.json"):
        assert (edition / page).stat().st_size > 0, page


@pytest.mark.smoke
def test_a_run_says_each_stage_that_it_reaches(ran: tuple[DataFolder, Said]) -> None:
    told = [line.removesuffix(" ...") for line in ran[1].out.splitlines() if line.endswith(" ...")]
    assert told == [words for stage, words in STAGES.items() if stage != "generate"]


@pytest.mark.smoke
def test_a_run_accounts_for_every_row_of_every_file(ran: tuple[DataFolder, Said]) -> None:
    folder, said = ran
    numbers = re.search(r"Rows: (\d+) in = (.*)", said.out)
    assert numbers
    assert int(numbers[1]) == sum(int(part.split()[0]) for part in numbers[2].split(" + "))
    lines = sum(path.read_bytes().count(b"\n") - 1 for path in archived(folder))
    assert int(numbers[1]) == lines


def test_a_second_run_ends_in_the_same_edition_and_makes_no_month_again(district: DataFolder, meos: Meos) -> None:
    before, tables = tree(district.published), tree(district.tables)
    said = meos("run", "--data", district.root)
    assert said.code == 0, said.text
    assert tree(district.published) == before
    assert tree(district.tables) == tables
    assert "Merging months" not in said.out


def test_the_same_seed_gives_the_same_pages_to_the_byte(
    ran: tuple[DataFolder, Said], meos: Meos, tmp_path: Path
) -> None:
    again = made(tmp_path / "elsewhere")
    assert meos("run", "--data", again.root).code == 0
    first, second = tree(ran[0].root / "published" / "editions"), tree(again.root / "published" / "editions")
    assert len(first) > 20
    assert [name for name in first if first[name] != second.get(name)] == []
    assert first.keys() == second.keys()


def test_status_says_what_is_there_and_what_to_do_next(district: DataFolder, meos: Meos) -> None:
    said = meos("status", "--data", district.root)
    assert said.code == 0
    assert "Next: nothing to do" in said.out
    assert "2025-01" in said.out
    place(district, "controles_2025-04_20250503T0600.csv", b"x")
    assert "Next: meos run" in meos("status", "--data", district.root).out


def test_a_corrected_month_changes_that_month_alone(district: DataFolder, meos: Meos) -> None:
    source = next(
        path
        for path in archived(district)
        if b"-01-2025;" in path.read_bytes() and b"-03-2025;" not in path.read_bytes()
    )
    header, *rows = source.read_bytes().splitlines(keepends=True)
    chosen = [row for row in rows if b"-01-2025;" in row][:40]
    columns = header.decode().strip().split(";")
    place_of = columns.index("resultaat_code")
    corrected = []
    for number, row in enumerate(chosen):
        cells = row.decode().rstrip("\r\n").split(";")
        if number % 2:
            cells[place_of] = "GEEN_BIJZONDERHEDEN"
        corrected.append(";".join(cells).encode() + b"\n")
    before = tree(district.tables / "police_checks")
    place(district, "controles_2025-01_20250404T0600.csv", header + b"".join(corrected))
    said = meos("run", "--data", district.root)
    assert said.code == 0, said.text
    after = tree(district.tables / "police_checks")
    assert [name for name in before if before[name] != after[name]] == ["month=2025-01-01/part-0.parquet"]
    account = pl.read_parquet(district.restricted / "reconciliation.parquet").filter(pl.col("scope") == "file")
    assert account["closes"].all()
    assert account["superseded"].sum() + account["duplicate"].sum() == len(corrected)


def test_a_run_for_a_month_that_has_not_settled_stops_before_statistics(district: DataFolder, meos: Meos) -> None:
    before = tree(district.published)
    said = meos("run", "--month", "2025-03", "--data", district.root)
    assert said.code == 2, said.text
    assert "Month 2025-03 cannot be published: the newest settled month is 2025-01" in said.text
    assert "Computing statistics" not in said.text
    assert tree(district.published) == before


def test_a_terminal_shows_how_far_a_stage_is_and_how_long_it_takes_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(screen, "console", Console(file=shown, force_terminal=True, width=120, color_system=None))
    with screen.progress():
        tell("count", 0, 4)
        tell("count", 3, 4)
    last = shown.getvalue().splitlines()[-1] or shown.getvalue()
    assert re.search(r"Counting cells .* 3/4 +\d:\d\d:\d\d +left +[-\d]", shown.getvalue()), last


def test_what_is_no_terminal_gets_a_line_for_each_stage_and_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(screen, "console", Console(file=shown, width=120))
    with screen.progress():
        for done in range(5):
            tell("count", done, 4)
    assert shown.getvalue() == "Counting cells ...\n"


def test_a_dry_run_shows_nothing_to_readers(exports: DataFolder, district: DataFolder, meos: Meos) -> None:
    before = tree(district.published)
    place(district, "breuken.csv", (exports.landing / "breuken.csv").read_bytes() + b"\n")
    settle(district)
    said = meos("run", "--dry-run", "--data", district.root)
    assert said.code == 0, said.text
    assert "Would publish" in said.out
    assert tree(district.published) == before


def test_older_months_that_come_later_are_merged_with_the_file_they_came_in(
    exports: DataFolder, empty: DataFolder, meos: Meos
) -> None:
    newer = max(exports.landing.glob("controles_*"))
    place(empty, newer.name, newer.read_bytes())
    assert meos("run", "--data", empty.root).code == 0
    # One file with the oldest month that is there and one before it: Dagster refreshes them in two ranges.
    header, *rows = newer.read_bytes().splitlines(keepends=True)
    columns = header.decode().strip().split(";")
    cells = [row.decode().rstrip("\r\n").split(";") for row in rows[:60]]
    for number, row in enumerate(cells):
        row[columns.index("controle_id")] = f"X{number:06d}"
        row[columns.index("datum")] = "14-11-2024" if number % 2 else "14-02-2025"
        row[columns.index("datumtijd_registratie")] = ""
    content = "".join(";".join(row) + "\n" for row in cells).encode()
    place(empty, "controles_2024-11_20250801T0600.csv", header + content)
    said = meos("run", "--data", empty.root)
    assert said.code == 0, said.text
    assert "Published edition" in said.out


@pytest.mark.smoke
def test_analysts_see_how_records_were_entered_per_team_in_words(ran: tuple[DataFolder, Said]) -> None:
    page = (ran[0].restricted / "pages" / "kwaliteit.html").read_text(encoding="utf-8")
    sections = dict(re.findall(r'<section id="(\w+)"(.*?)</section>', page, re.DOTALL))
    assert list(sections) == [
        "refused",
        "reconciliation",
        "mapping",
        "availability",
        "quarantine",
        "validation",
        "heaping",
        "delay",
        "volume",
        "withheld",
    ]
    for name in ("heaping", "delay", "volume"):
        heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', sections[name])
        assert heads[0] == "Team"
        assert not any("_" in head for head in heads)
        assert len(re.findall(r'<th scope="row">', sections[name])) == 2


@pytest.mark.smoke
def test_nothing_that_a_run_made_can_be_read_by_others(ran: tuple[DataFolder, Said]) -> None:
    """Under a umask of 022, as most accounts have."""
    folder, _ = ran
    made = [path for part in (folder.published, folder.restricted, folder.tables) for path in part.rglob("*")]
    made += [path for path in folder.landing.parent.iterdir() if path.name in {"archive", "restricted", "tables"}]
    assert len(made) > 100
    readable = [
        str(path.relative_to(folder.root))
        for path in made
        if path.stat().st_mode & 0o007 and "keys" not in path.name and "dialogue" not in path.parts
    ]
    assert readable == []
