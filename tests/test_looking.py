"""Looking changes nothing: every name, byte and time of change in the data folder is as it was before.

But for one: the law wants a line in the audit log of who looked at records.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from meos_pipeline.cli import looking, running
from meos_pipeline.defs.automation import landing_sensor, monthly_publication, months_sensor
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.errors import InputError, StorageError
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.steps import counting, intake, publishing, results, validation
from meos_pipeline.steps.plan import plan
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.audit import find_breaks, read_entries
from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.synthetic.generate import generate

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def tree(root: Path) -> dict[str, tuple[str, int]]:
    """Every file with its bytes and time of change, and every folder."""
    return {
        path.relative_to(root).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder",
            path.stat().st_mtime_ns if path.is_file() else 0,
        )
        for path in sorted(root.rglob("*"))
    }


def ask(sensor: dg.SensorDefinition | dg.ScheduleDefinition, root: Path) -> object:
    resources = {"workspace": WorkspaceResource(data=str(root))}
    with dg.DagsterInstance.ephemeral() as instance:
        if isinstance(sensor, dg.ScheduleDefinition):
            with dg.build_schedule_context(instance=instance, resources=resources) as context:
                return sensor(context)
        with dg.build_sensor_context(instance=instance, resources=resources) as context:
            said = sensor(context)
            return said if isinstance(said, dg.RunRequest | dg.SkipReason) else list(said)


def an_export(root: Path) -> Path:
    return min(path for path in root.rglob("*") if path.name.startswith("controles_") or path.parent.name == "archive")


LOOKS: dict[str, Callable[[Path], object]] = {
    "meos status": running.status,
    "meos run --plan": lambda root: running.tell_plan(root, month=None),
    "meos quarantine list": lambda root: looking.quarantine_list(root, limit=5),
    "meos inspect": lambda root: looking.inspect(an_export(root), profile=None, data=root),
    "meos expectations try": lambda root: looking.expectations_try(
        str(Path("expectations/police_checks.yaml").resolve()), data=root, of="", months=2
    ),
    "landing sensor": lambda root: ask(landing_sensor, root),
    "months sensor": lambda root: ask(months_sensor, root),
    "monthly publication": lambda root: ask(monthly_publication, root),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A district of two teams, made up to its released counts, with a file in landing and one month to be made again."""
    root = tmp_path_factory.mktemp("looking")
    patch = pytest.MonkeyPatch()
    for name in ("MEOS_DATA", "MEOS_SETTINGS", "MEOS_KEYS", "DAGSTER_HOME"):
        patch.delenv(name, raising=False)
    generate(root / "data" / "landing", seed=3, teams=2, months=6)
    shutil.move(root / "data" / "landing" / "meos.toml", root / "data" / "meos.toml")
    space = open_workspace(root / "data")
    fictional_key_file(space.key_path, seed=3)
    late = max(space.folder.landing.glob("controles_*"))
    shutil.move(late, root / late.name)
    months = list(intake.take_in(space, now=NOW).months)
    intake.merge_months(space, months)
    validation.validate_months(space, months)
    validation.validate_companions(space)
    counting.count_months(space, months)
    results.release_cells(space)
    shutil.move(root / late.name, late)
    os.utime(late, (0, 0))
    patch.undo()
    return space.folder


STATES: dict[str, Callable[[Workspace], object]] = {
    # what happened since the last run          how
    "a new export": lambda _: None,
    "a month to make again": lambda space: shutil.rmtree(space.folder.restricted / "made" / "records"),
    "other rules of reading": lambda space: write_text(
        space.folder.root / "meos.toml",
        (space.folder.root / "meos.toml")
        .read_text(encoding="utf-8")
        .replace("include_officers = true", "include_officers = false"),
    ),
    "no memory at all": lambda space: shutil.rmtree(space.folder.restricted / "made"),
    "no cache": lambda space: shutil.rmtree(space.folder.tables / "parsed"),
}


@pytest.fixture(params=STATES)
def site(made: DataFolder, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MEOS_DATA", "MEOS_SETTINGS", "MEOS_KEYS", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(made.root, tmp_path / "data")
    STATES[request.param](open_workspace(tmp_path / "data"))
    return tmp_path / "data"


LOGGED = {
    "meos quarantine list": ("consult", "quarantine"),
    "meos inspect": ("inspect", ""),
    "meos expectations try": ("consult", "rules on records"),
}
"""Looks at records, with the act and of what the audit log has a line."""
OF_THE_LOG = {"restricted/audit.jsonl", "restricted/locks/audit.lock", "restricted/locks"}


def test_looking_changes_nothing_but_the_log_says_who_looked_at_records(site: Path) -> None:
    space = open_workspace(site)
    before, lines = tree(site), len(read_entries(space.folder.audit_log))
    for name, look in LOOKS.items():
        look(site)
        entries = read_entries(space.folder.audit_log)[lines:]
        told = [(entry["action"], entry["facts"].get("what", "")) for entry in entries]
        assert told == ([LOGGED[name]] if name in LOGGED else []), name
        lines += len(told)
        after = tree(site)
        changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
        assert changed <= OF_THE_LOG, name
        assert name in LOGGED or after == before, name
        before = after
    assert find_breaks(space.folder.audit_log, space.keys.lasting_key("audit")) == []


def test_who_cannot_be_written_down_does_not_look(
    made: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(made.root, tmp_path / "data")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("meos_pipeline.storage.locks.FileLock.acquire", full)
    with pytest.raises(StorageError, match="Cannot write in the folder 'restricted'"):
        looking.inspect(an_export(tmp_path), profile=None, data=tmp_path / "data")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("look", [running.status, lambda root: running.tell_plan(root, month=None)])
def test_looking_at_a_folder_that_is_not_there_makes_none(
    tmp_path: Path, look: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEOS_KEYS", str(tmp_path / "keys.json"))
    fictional_key_file(tmp_path / "keys.json", seed=1)
    with suppress(InputError):
        look(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("age", [0, 3600])
def test_a_file_that_was_put_in_landing_a_moment_ago_is_news(made: DataFolder, tmp_path: Path, age: int) -> None:
    shutil.copytree(made.root, tmp_path / "data")
    now = datetime.now(UTC)
    for late in (tmp_path / "data" / "landing").glob("controles_*"):
        os.utime(late, (now.timestamp() - age, now.timestamp() - age))
    assert [item.step for item in plan(open_workspace(tmp_path / "data"), now=now)][:1] == ["take in"]


def test_the_plan_says_what_would_be_done_and_why_and_is_empty_when_it_was_done(
    made: DataFolder, tmp_path: Path
) -> None:
    shutil.copytree(made.root, tmp_path / "data")
    for late in (tmp_path / "data" / "landing").glob("controles_*"):
        late.unlink()
    space = open_workspace(tmp_path / "data")
    assert [(item.step, item.why) for item in plan(space, now=NOW)] == [
        ("find", ("never made",)),
        ("publish", ("never made",)),
    ]
    results.find(space)
    publishing.publish(space, now=NOW)
    assert plan(space, now=NOW) == []
