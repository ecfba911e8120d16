"""``meos plan``: how many sheets, which shifts, the same draw each time, and files to print and for a calendar."""

from datetime import date

import icalendar
import pytest

from meos_pipeline.cli import main
from meos_pipeline.contracts.draws import DRAWS
from meos_pipeline.steps import draws
from meos_pipeline.steps.workspace import open_workspace
from tests.ingest.district import new_folder

MONTH = date(2025, 4, 1)
SAMPLE = (
    "datum;basisteam;blad;waargenomen_controles;waarvan_geregistreerd;waarvan_met_resultaat;"
    "waarvan_met_resultaat_geregistreerd\n" + "".join(f"{day:02d}-02-2025;zuid;1;6;4;2;2\n" for day in range(1, 13))
)
ACTIONS = "actie_id;basisteam;soort;doel;van;terugkijken\nA-1;west;AFSPRAAK;coverage_no_result;01-03-2025;01-06-2025\n"


@pytest.fixture
def space(tmp_path):
    folder = new_folder(tmp_path)
    (folder.landing / "steekproef_dekking.csv").write_text(SAMPLE)
    (folder.landing / "acties.csv").write_text(ACTIONS)
    return open_workspace(folder.root)


def test_a_draw_is_kept_whatever_comes_in_later(space):
    first = DRAWS.require(draws.drawn(space, MONTH))
    assert set(first["team"]) == {"nieuw", "west", "zuid"}, "a team that ended counts along no more"
    assert first["day"].dt.month().unique().to_list() == [4]
    (space.folder.landing / "acties.csv").unlink()
    assert draws.drawn(space, MONTH).equals(first)
    assert not draws.drawn(space, date(2025, 5, 1)).equals(first)


def test_around_an_agreement_on_recording_four_sheets_a_month_are_asked_and_two_otherwise(space):
    per_team = draws.drawn(space, MONTH).group_by("team", "is_reserve").len()
    assert {(team, n) for team, _, n in per_team.iter_rows()} == {("west", 4), ("zuid", 2), ("nieuw", 2)}


def test_more_is_needed_for_a_smaller_margin_and_the_sheets_of_the_year_are_counted(space):
    near, far = (draws.needed(space, within=within, teams=["zuid", "west"]) for within in (0.05, 0.10))
    assert [one.sheets for one in far] == [0, 12]
    assert all(a.width[1] > 3 * b.width[1] for a, b in zip(near, far, strict=True))
    assert all(one.width[0] <= one.width[1] for one in near)


def test_the_command_tells_it_and_writes_files(space, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MEOS_LANGUAGE", "nl")
    with pytest.raises(SystemExit) as left:
        main(
            [
                "plan",
                "--data",
                str(space.folder.root),
                "--team",
                "zuid",
                "--month",
                "2025-04",
                "--to",
                str(tmp_path / "x"),
            ]
        )
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "Telbladen per jaar" in said
    assert "west" not in said
    names = sorted(path.name for path in (tmp_path / "x").iterdir())
    assert names == [f"zuid_2025-04_{end}" for end in ("en.html", "en.ics", "nl.html", "nl.ics")]
    events = icalendar.Calendar.from_ical((tmp_path / "x" / names[3]).read_bytes()).walk("VEVENT")
    own = draws.drawn(space, MONTH).filter(team="zuid")
    assert sorted(event.decoded("dtstart") for event in events) == own["day"].sort().to_list()
    assert str(events[0]["summary"]).startswith("Meedraaien en tellen")
    assert "zuid" not in (tmp_path / "x" / names[2]).read_text().lower().replace("utrecht-zuid", "")


@pytest.mark.parametrize("words", [["--team", "noord"], ["--within", "0"], ["--within", "90"], ["--month", "april"]])
def test_what_cannot_be_asked_is_refused(space, words, capsys):
    with pytest.raises(SystemExit) as left:
        main(["plan", "--data", str(space.folder.root), *words])
    assert left.value.code == 2
    assert capsys.readouterr().err.strip()
