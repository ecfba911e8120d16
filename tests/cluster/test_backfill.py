"""Two workers, a queue and a database: what they make is what one process makes, also when a worker is killed."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.steps import accounts, stale
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.storage.paths import shipped
from meos_pipeline.storage.tables import scan_months
from meos_pipeline.synthetic.corrections import corrections
from meos_pipeline.synthetic.generate import generate
from tests.cluster.machines import PATIENCE, Cluster, cluster, until
from tests.cluster.sites import assert_same_tables, filled, pages

pytestmark = pytest.mark.slow
MONTHS = int(os.environ.get("MEOS_CLUSTER_MONTHS", "24"))
"""What a first delivery holds; fewer where a test may not take that long."""
GIVEN_UP_AFTER = int(60 * PATIENCE)
"""Seconds after which a run of a dead worker is given up. A month takes 10 to 20 seconds where two cores do all of this."""
WORKERS = ("first", "second")
TAKEN = re.compile(r"Started process for run \(pid: (\d+)\)")
_PLACE = {"repositoryLocationName": "meos_pipeline.definitions", "repositoryName": "__repository__"}
_LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
_BACKFILL = """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
_STATE = """query($sensor: SensorSelector!) { sensorOrError(sensorSelector: $sensor) {
  ... on Sensor { sensorState { id status } } } }"""
_STOP = "mutation($id: String!) { stopSensor(id: $id) { __typename ... on PythonError { message } } }"
_START = """mutation($sensor: SensorSelector!) { startSensor(sensorSelector: $sensor) {
  __typename ... on PythonError { message } } }"""


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    generate(folder, teams=2, months=MONTHS, first_month=date(2023, 11, 1))
    corrections(folder, folder, date(2024, 2, 1), changed=20, late=5)
    return folder


@pytest.fixture(scope="module")
def alone(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[subprocess.Popen[bytes]]":
    """The same exports through ``meos run``: one process, one machine, SQLite."""
    folder = tmp_path_factory.mktemp("alone")
    (folder / "home").mkdir()
    shutil.copy(shipped("dagster_home") / "dagster.yaml", folder / "home")
    data = filled(folder / "data", exports)
    environment = os.environ | {
        "DAGSTER_HOME": str(folder / "home"),
        "MEOS_DATA": str(data),
        "POLARS_MAX_THREADS": "1",
        "PYTHONPATH": str(shipped("dagster_home").parent),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    for name in ("MEOS_KEYS", "MEOS_SETTINGS"):
        environment.pop(name, None)
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [str(Path(sys.executable).parent / "meos"), "run"],
            env=environment,
            cwd=folder,
            stdout=said,
            stderr=said,
        )
    process.folder = folder  # type: ignore[attr-defined]
    yield process
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def site(exports: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    data = filled(folder / "data", exports)
    times = {
        "poll_interval_seconds": 2,
        "start_timeout_seconds": int(100 * PATIENCE),
        "max_runtime_seconds": GIVEN_UP_AFTER,
    }
    with cluster(folder / "machines", data, **times) as made:
        yield made


def launch(site: Cluster, job: str) -> str:
    """Start a job as its button in the launchpad does; return the run."""
    selector = _PLACE | {"pipelineName": job}
    answer = site.ask(_LAUNCH, params={"selector": selector, "runConfigData": {}, "mode": "default"})["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return str(answer["run"]["runId"])


def status(instance: dg.DagsterInstance, run: str) -> dg.DagsterRunStatus:
    found = instance.get_run_by_id(run)
    assert found is not None
    return found.status


def finish(site: Cluster, instance: dg.DagsterInstance, run: str, *, seconds: float) -> None:
    until(f"run {run}", lambda: instance.get_run_by_id(run).is_finished, seconds=seconds, tell=site.logs)  # type: ignore[union-attr]
    assert status(instance, run) == dg.DagsterRunStatus.SUCCESS, f"{why_failed(instance, run)}\n{site.logs()}"


def why_failed(instance: dg.DagsterInstance, run: str) -> str:
    """What the run itself told of its failure."""
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    failures = instance.all_logs(run, of_type=kinds)
    return "\n".join(f"{entry.message}\n{entry.dagster_event.event_specific_data}" for entry in failures)  # type: ignore[union-attr]


def worker_of(site: Cluster, instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    """Name of the worker whose process took a run first; empty when none did. A second delivery is only ignored."""
    site.note_processes()
    told = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    taken = next((found for entry in told if (found := TAKEN.search(entry.message))), None)
    return site.whose.get(int(taken[1]), "") if taken else ""


def month_of(run: dg.DagsterRun) -> str:
    """The one month that a run of this backfill makes."""
    first, last = (run.tags[f"dagster/asset_partition_range_{end}"] for end in ("start", "end"))
    assert first == last
    return first


def runs_of(instance: dg.DagsterInstance, backfill: str) -> list[dg.DagsterRun]:
    return list(instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": backfill})))


def kill_in_the_middle(site: Cluster, instance: dg.DagsterInstance, backfill: str) -> tuple[str, dg.DagsterRun]:
    """Kill -9 a worker that is making a month; return its name and the run that is lost."""

    def ready() -> bool:
        done = [run for run in runs_of(instance, backfill) if run.status == dg.DagsterRunStatus.SUCCESS]
        by = Counter(worker_of(site, instance, run) for run in done)
        return len(done) >= MONTHS // 4 and all(by[name] >= max(1, MONTHS // 12) for name in WORKERS)

    until("both workers take runs", ready, seconds=120, tell=site.logs)

    def lost() -> tuple[str, dg.DagsterRun] | None:
        running = [run for run in runs_of(instance, backfill) if run.status == dg.DagsterRunStatus.STARTED]
        for run in running:
            name = worker_of(site, instance, run)
            if name in site.processes:
                site.kill(name)
                site.start_worker(name)  # what systemd does: Restart=always
                if status(instance, run.run_id) == dg.DagsterRunStatus.STARTED:
                    return name, run
        return None

    found: tuple[str, dg.DagsterRun] = until("a run to interrupt", lost, seconds=120, tell=site.logs)
    return found


def test_a_backfill_over_two_workers_survives_a_kill_and_gives_what_one_process_gives(site, alone, monkeypatch):
    for name, value in site.environment.items():
        if name.startswith(("MEOS_", "DAGSTER_")):
            monkeypatch.setenv(name, value)
    site.start("page", "dagster-webserver", "-h", "127.0.0.1", "-p", str(site.page), "-m", "meos_pipeline.definitions")
    until("the web page", site.answers, seconds=90, tell=site.logs)
    # A person asks for the months here, so the sensors that would ask for them wait until the end.
    for name in ("landing_sensor", "months_sensor"):
        sensor = _PLACE | {"sensorName": name}
        site.ask(_STOP, id=site.ask(_STATE, sensor=sensor)["sensorOrError"]["sensorState"]["id"])
    site.start("daemon", "dagster-daemon", "run", "-m", "meos_pipeline.definitions")
    for name in WORKERS:
        site.start_worker(name)
    space = open_workspace(site.data)
    with dg.DagsterInstance.get() as instance:
        finish(site, instance, launch(site, "ingest_new_exports"), seconds=150)
        months = list(instance.get_dynamic_partitions("month"))
        assert len(months) == MONTHS

        selection = [{"path": [name]} for name in ("police_checks", "validation", "cells")]
        params = {"assetSelection": selection, "partitionNames": months}
        answer = site.ask(_BACKFILL, params=params)["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", answer
        backfill = answer["backfillId"]
        killed, lost = kill_in_the_middle(site, instance, backfill)
        until(
            "the backfill",
            lambda: instance.get_backfill(backfill).status.value.startswith("COMPLETED"),  # type: ignore[union-attr]
            seconds=15 * MONTHS,
            tell=site.logs,
        )
        assert instance.get_backfill(backfill).status.value == "COMPLETED_SUCCESS"  # type: ignore[union-attr]

        runs = {run.run_id: run for run in runs_of(instance, backfill)}
        made_by = Counter(worker_of(site, instance, run) for run in runs.values() if run.is_success)
        assert set(made_by) == set(WORKERS), made_by
        assert min(made_by.values()) >= MONTHS // 6, made_by
        again = runs[runs[lost.run_id].tags["dagster/auto_retry_run_id"]]
        assert runs[lost.run_id].status == dg.DagsterRunStatus.FAILURE
        assert again.status == dg.DagsterRunStatus.SUCCESS
        assert month_of(again) == month_of(lost)
        made = Counter(month_of(run) for run in runs.values() if run.is_success)
        assert made == dict.fromkeys(months, 1), "every month is made, and once"

        # Months that look back on the lost month were counted without it: the sensor has them counted again.
        site.ask(_START, sensor=sensor)
        until("the months that look back", lambda: not stale.months_to_refresh(space), seconds=150, tell=site.logs)
        finish(site, instance, launch(site, "publish_month"), seconds=150)

    assert alone.wait(400 * PATIENCE) == 0, (alone.folder / "said").read_text()
    other = open_workspace(alone.folder / "data")
    assert_same_tables(space, other)
    assert pages(space) == pages(other)
    rows = scan_months(space.folder.tables, POLICE_CHECKS).select("check_key").collect()
    assert rows["check_key"].is_unique().all(), "no record is counted twice"
    assert accounts.reconciliation_total(space)["accepted"] == rows.height, "no record is lost"
    assert accounts.read_reconciliation(space)["closes"].all()
    print(f"killed {killed}; made by {dict(made_by)}")
