"""What starts by itself, and what does not: finished files only, once, and nothing while another run is busy."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest
from dagster._core.test_utils import create_run_for_test

from meos_pipeline.defs.asking import LONGEST_PAUSE, MOST_ATTEMPTS, ask
from meos_pipeline.defs.automation import landing_sensor, monthly_publication, months_sensor
from meos_pipeline.defs.resources import WorkspaceResource
from meos_pipeline.steps import intake
from meos_pipeline.storage.paths import DataFolder
from tests.defs.conftest import Site, settle

HOLD = """
import sys
from pathlib import Path
from meos_pipeline.steps import intake
from meos_pipeline.storage.paths import DataFolder
from meos_pipeline.storage.locks import run_lock
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
    finish(site)
    growing = site.folder.landing / "controles_2025-04_20250503T0600.csv"
    growing.write_bytes(b"half a fi")
    os.utime(growing, (time.time(), time.time()))
    answers, _ = site.ask(landing_sensor)
    assert isinstance(answers[0], dg.SkipReason)
    settle(site.folder)
    answers, _ = site.ask(landing_sensor)
    assert isinstance(answers[0], dg.RunRequest)


@pytest.mark.parametrize("name", [".controles.csv", "controles.csv.partial", "controles.csv.tmp", "controles.csv.part"])
def test_a_name_of_a_copy_that_goes_on_asks_for_no_run(site: Site, name: str) -> None:
    finish(site)
    (site.folder.landing / name).write_bytes(b"half a fi")
    settle(site.folder)
    answers, _ = site.ask(landing_sensor)
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


def test_a_restart_forgets_nothing_and_a_file_that_cannot_be_read_is_asked_for_once(site: Site) -> None:
    (site.folder.landing / "controles_2025-04_20250503T0600.csv").write_bytes(b"no export at all")
    settle(site.folder)
    finish(site)
    assert isinstance(site.ask(landing_sensor)[0][0], dg.SkipReason)


def test_a_run_that_failed_is_asked_again_with_a_growing_pause_up_to_a_limit(site: Site) -> None:
    (site.folder.landing / "controles_2025-04_20250503T0600.csv").write_bytes(b"no export at all")
    settle(site.folder)
    keys = []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        request = ask_at(site, attempt * LONGEST_PAUSE)
        assert isinstance(request, dg.RunRequest)
        keys.append(request.run_key)
        create_run_for_test(
            site.instance,
            job_name="ingest_new_exports",
            tags=dict(request.tags),
            status=dg.DagsterRunStatus.FAILURE,
        )
        assert isinstance(site.ask(landing_sensor)[0][0], dg.SkipReason)
    assert len(set(keys)) == MOST_ATTEMPTS
    assert "by hand" in ask_at(site, 100 * LONGEST_PAUSE).skip_message


def test_a_month_whose_run_failed_is_asked_again(site: Site) -> None:
    now = datetime.now(UTC)
    request = ask(site.instance, "refresh_months", "2025-01:x", now=now, partition="2025-01")
    tags = dict(request.tags)
    create_run_for_test(site.instance, job_name="refresh_months", tags=tags, status=dg.DagsterRunStatus.STARTED)
    assert "under way" in ask(site.instance, "refresh_months", "2025-01:x", now=now).skip_message
    create_run_for_test(site.instance, job_name="refresh_months", tags=tags, status=dg.DagsterRunStatus.FAILURE)
    later = now + LONGEST_PAUSE
    again = ask(site.instance, "refresh_months", "2025-01:x", now=later, partition="2025-01")
    assert isinstance(again, dg.RunRequest)
    assert again.run_key != request.run_key


def finish(site: Site) -> None:
    """The run that the sensor asks for now ends well."""
    request = site.ask(landing_sensor)[0][0]
    create_run_for_test(
        site.instance, job_name="ingest_new_exports", tags=dict(request.tags), status=dg.DagsterRunStatus.SUCCESS
    )


def ask_at(site: Site, later: timedelta) -> dg.RunRequest | dg.SkipReason:
    """What the sensor's asking gives for what is in landing, some time later."""
    waiting = intake.landing_state(site.space, now=datetime.now(UTC))
    wanted = f"{waiting.state}:{intake.reading_state(site.space)}"
    return ask(site.instance, "ingest_new_exports", wanted, now=datetime.now(UTC) + later)


def test_a_companion_file_that_changed_asks_for_a_run(site: Site) -> None:
    finish(site)
    path = site.folder.landing / "breuken.csv"
    path.write_bytes(path.read_bytes() + b"\n")
    settle(site.folder)
    answers, _ = site.ask(landing_sensor)
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
