"""What explains a correction: each thing that decides what published figures are, and nothing that does not."""

from pathlib import Path

import pytest

from meos_pipeline.contracts.corrections import Cause
from meos_pipeline.steps import correcting, intake
from meos_pipeline.steps.workspace import Workspace, open_workspace
from tests.ingest.district import new_folder

SHIFTS = "maand;basisteam;diensten\n2025-01;zuid;{}\n"


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    folder = new_folder(tmp_path)
    (folder.landing / "inzet_maand.csv").write_text(SHIFTS.format(40), encoding="utf-8")
    return open_workspace(folder.root)


def _changed(space: Workspace, before: dict[str, str]) -> set[str]:
    now = correcting.made_by(open_workspace(space.folder.root))
    return {cause for cause in Cause if before[cause] != now[cause]}


def test_a_companion_file_that_holds_counts_is_of_the_source(space: Workspace) -> None:
    before = correcting.made_by(space)
    (space.folder.landing / "inzet_maand.csv").write_text(SHIFTS.format(44), encoding="utf-8")
    assert _changed(space, before) == {Cause.SOURCE}


def test_the_list_of_teams_is_a_cause_of_its_own(space: Workspace) -> None:
    before, path = correcting.made_by(space), space.folder.landing / "organisatie.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Utrecht-Zuid", "Zuid"), encoding="utf-8")
    assert _changed(space, before) == {Cause.ORGANISATION}


@pytest.mark.parametrize("what", [intake.code, correcting.rules_that_set_aside], ids=["reading", "rules"])
def test_what_reads_and_sets_rows_aside_is_a_cause(space: Workspace, what, monkeypatch: pytest.MonkeyPatch) -> None:
    before = correcting.made_by(space)
    owner = intake if what is intake.code else correcting
    monkeypatch.setattr(owner, what.__name__, lambda: "another")
    assert _changed(space, before) == {Cause.SOFTWARE if owner is intake else Cause.SETTINGS}
