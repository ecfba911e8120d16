"""What starts by itself, and what does not: finished files only, once, and nothing while another run is busy."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg
import pytest

from meos_pipeline.defs.automation import landing_sensor, monthly_publication, months_sensor
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.storage.paths import DataFolder
from tests.defs.conftest import Site, settle

HOLD = """
import sys
from pathlib import Path
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.run_lock import run_lock
with run_lock(DataFolder(Path(sys.argv[1])), "'meos run'"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_run(folder: DataFolder) -> Iterator[None]:
    """Another process that holds the data folder."""
    command = [sys.executable, "-c", HOLD, str(folder.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == "held\n"
        yield
        other.stdin.close()


def test_a_file_that_still_grows_asks_for_no_run_and_asks_when_it_is_finished(site: Site) -> None:
    _, cursor = site.ask(landing_sensor)
    growing = site.folder.landing / "controles_2025-04_20250503T0600.csv"
    growing.write_bytes(b"half a fi")
    os.utime(growing, (time.time(), time.time()))
    answers, _ = site.ask(landing_sensor, cursor=cursor)
    assert isinstance(answers[0], dg.SkipReason)
    settle(site.folder)
    answers, _ = site.ask(landing_sensor, cursor=cursor)
    assert isinstance(answers[0], dg.RunRequest)


@pytest.mark.parametrize("name", [".controles.csv", "controles.csv.partial", "controles.csv.tmp", "controles.csv.part"])
def test_a_name_of_a_copy_that_goes_on_asks_for_no_run(site: Site, name: str) -> None:
    _, cursor = site.ask(landing_sensor)
    (site.folder.landing / name).write_bytes(b"half a fi")
    settle(site.folder)
    answers, _ = site.ask(landing_sensor, cursor=cursor)
    assert isinstance(answers[0], dg.RunRequest) or "nothing new" in answers[0].skip_message


def test_a_run_leaves_a_file_that_still_grows_where_it_is(fresh: Site) -> None:
    for path in fresh.folder.landing.glob("controles_*"):
        path.unlink()
    growing = fresh.folder.landing / "controles_2025-04_20250503T0600.csv"
    growing.write_bytes(b"half a fi")
    os.utime(growing, (time.time() + 60, time.time() + 60))
    assert fresh.run("ingest_new_exports").success
    assert growing.exists()
    assert fresh.metadata("exports")["files that still grow"] == growing.name
    assert fresh.metadata("exports")["what to do next"].startswith("wait until the growing files are finished")


def test_the_cursor_survives_a_restart_and_a_file_that_cannot_be_read_is_asked_for_once(site: Site) -> None:
    (site.folder.landing / "controles_2025-04_20250503T0600.csv").write_bytes(b"no export at all")
    settle(site.folder)
    answers, cursor = site.ask(landing_sensor)
    assert isinstance(answers[0], dg.RunRequest)
    assert answers[0].run_key == cursor
    after_a_restart, again = site.ask(landing_sensor, cursor=cursor)
    assert isinstance(after_a_restart[0], dg.SkipReason)
    assert again == cursor


def test_a_companion_file_that_changed_asks_for_a_run(site: Site) -> None:
    _, cursor = site.ask(landing_sensor)
    path = site.folder.landing / "breuken.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    settle(site.folder)
    answers, _ = site.ask(landing_sensor, cursor=cursor)
    assert isinstance(answers[0], dg.RunRequest)


def test_while_another_run_is_busy_sensors_wait_and_keep_their_cursor(site: Site) -> None:
    with another_run(site.folder):
        for sensor in (landing_sensor, months_sensor):
            answers, cursor = site.ask(sensor, cursor="before")
            assert "'meos run'" in answers[0].skip_message
            assert cursor == "before"
    assert isinstance(site.ask(landing_sensor)[0][0], dg.RunRequest)


def test_a_data_folder_that_cannot_be_read_is_told_in_words(site: Site) -> None:
    (site.folder.root / "meos.toml").write_text("[policy\n", encoding="utf-8")
    for sensor in (landing_sensor, months_sensor):
        answers, _ = site.ask(sensor)
        assert "'meos.toml' cannot be read as TOML" in answers[0].skip_message


def _scheduled(site: Site) -> dg.RunRequest | dg.SkipReason:
    resources = {"workspace": WorkspaceResource(data=str(site.folder.root))}
    moment = datetime(2025, 5, 15, 6, tzinfo=UTC)
    with dg.build_schedule_context(
        instance=site.instance, resources=resources, scheduled_execution_time=moment
    ) as context:
        answer = monthly_publication(context)
    assert isinstance(answer, dg.RunRequest | dg.SkipReason)
    return answer


def test_the_schedule_publishes_the_newest_month_that_has_settled(site: Site) -> None:
    answer = _scheduled(site)
    assert isinstance(answer, dg.RunRequest)
    newest = site.metadata("edition")["report month"]
    assert answer.run_config["ops"]["edition"]["config"]["month"] == newest


def test_the_schedule_waits_when_no_month_has_settled_and_says_for_what(site: Site) -> None:
    toml = site.folder.root / "meos.toml"
    toml.write_text(f"{toml.read_text(encoding='utf-8')}\n[policy]\nsettlement_days = 400\n", encoding="utf-8")
    answer = _scheduled(site)
    assert isinstance(answer, dg.SkipReason)
    assert "No month has settled" in str(answer.skip_message)


def test_a_site_without_exports_publishes_nothing_by_schedule(fresh: Site) -> None:
    answer = _scheduled(fresh)
    assert isinstance(answer, dg.SkipReason)
    assert "put them in the folder 'landing'" in str(answer.skip_message)
