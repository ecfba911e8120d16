"""The files of a deployment: settings, units and containers say the same and are read by the programs they are for."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from meos_pipeline.storage.paths import shipped

CLUSTER = shipped("dagster_home") / "cluster"
UNITS = sorted((CLUSTER / "systemd").glob("*.service"))
COMMAND = re.compile(r"/opt/meos/\.venv/bin/([\w-]+)")


def variables(text: str) -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", text, flags=re.MULTILINE))


def compose_command() -> list[str]:
    """The program that is there: the plugin of Docker, else the one that Debian ships."""
    for words in (["docker", "compose"], ["docker-compose"]):
        program = shutil.which(words[0])
        if (
            program
            and subprocess.run([program, *words[1:], "version"], capture_output=True, check=False).returncode == 0
        ):
            return [program, *words[1:]]
    raise AssertionError("docker compose is not installed; run tests/install_cluster.sh")


@pytest.fixture
def containers(tmp_path: Path) -> dict:
    """What the program makes of compose.yaml with the example's variables."""
    folder = tmp_path / "dagster_home" / "cluster"
    folder.mkdir(parents=True)
    shutil.copy(CLUSTER / "compose.yaml", folder)
    example = (CLUSTER / "cluster.env.example").read_text(encoding="utf-8")
    (tmp_path / "keys.json").write_text("{}")
    (folder / ".env").write_text(f"{example}MEOS_DATA_ON_HOST=/srv/data\nMEOS_KEYS_ON_HOST={tmp_path}/keys.json\n")
    done = subprocess.run([*compose_command(), "config"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


def test_every_variable_that_the_settings_ask_for_is_in_the_example():
    asked = set(re.findall(r"env: (\w+)", (CLUSTER / "dagster.yaml").read_text(encoding="utf-8")))
    asked |= set(re.findall(r'environ\["(\w+)"\]', (CLUSTER / "dagster_celery_config.py").read_text(encoding="utf-8")))
    for unit in UNITS:
        asked |= set(re.findall(r"\$\{(\w+)\}", unit.read_text(encoding="utf-8")))
    assert asked <= variables((CLUSTER / "cluster.env.example").read_text(encoding="utf-8"))
    assert len(asked) >= 6


def test_dagster_reads_the_settings_and_starts_lost_runs_again(tmp_path, monkeypatch):
    from dagster._core.instance.ref import InstanceRef

    for line in (CLUSTER / "cluster.env.example").read_text(encoding="utf-8").splitlines():
        if line.startswith("MEOS_"):
            monkeypatch.setenv(*line.split("=", 1))
    shutil.copy(CLUSTER / "dagster.yaml", tmp_path)
    read = InstanceRef.from_dir(str(tmp_path))
    assert type(read.run_launcher).__name__ == "CeleryRunLauncher"
    assert type(read.compute_log_manager).__name__ == "NoOpComputeLogManager"
    assert read.settings["run_retries"]["max_retries"] > 0
    assert read.settings["run_monitoring"]["max_runtime_seconds"] > 0


def test_the_queue_and_the_workers_agree_when_a_silent_run_is_handed_out_again(monkeypatch):
    settings = yaml.safe_load((CLUSTER / "dagster.yaml").read_text(encoding="utf-8"))
    monkeypatch.setenv("MEOS_BROKER", "redis://127.0.0.1:1/0")
    monkeypatch.delenv("MEOS_VISIBILITY_SECONDS", raising=False)
    workers: dict = {}
    exec((CLUSTER / "dagster_celery_config.py").read_text(encoding="utf-8"), workers)
    seconds = settings["run_launcher"]["config"]["config_source"]["broker_transport_options"]["visibility_timeout"]
    assert seconds == workers["broker_transport_options"]["visibility_timeout"]
    watch = settings["run_monitoring"]
    assert seconds < watch["start_timeout_seconds"] < watch["max_runtime_seconds"]
    assert workers["task_acks_late"]
    assert workers["worker_prefetch_multiplier"] == 1


def test_the_queue_takes_names_and_numbers_only(monkeypatch):
    """Dagster's side and the workers' say so; Celery with these settings refuses a pickled message."""
    from celery import Celery
    from kombu.exceptions import ContentDisallowed
    from kombu.serialization import dumps, loads

    settings = yaml.safe_load((CLUSTER / "dagster.yaml").read_text(encoding="utf-8"))
    monkeypatch.setenv("MEOS_BROKER", "redis://127.0.0.1:1/0")
    workers: dict = {}
    exec((CLUSTER / "dagster_celery_config.py").read_text(encoding="utf-8"), workers)
    source = settings["run_launcher"]["config"]["config_source"]
    for side in (source, workers):
        app = Celery("test")
        app.conf.update({name: value for name, value in side.items() if not name.startswith("_") and name != "os"})
        assert (app.conf.task_serializer, app.conf.result_serializer) == ("json", "json")
        kind, encoding, message = dumps({"run": 1}, serializer="pickle")
        with pytest.raises(ContentDisallowed):
            loads(message, kind, encoding, accept=app.conf.accept_content)


def test_the_queue_of_the_containers_asks_for_its_password(containers):
    queue = containers["services"]["redis"]
    (program,) = [word for word in queue["command"] if "redis-server" in word]
    assert "requirepass" in program
    assert "change-me-too" not in program, "a list of processes would show it"
    assert queue["environment"]["REDISCLI_AUTH"] == "change-me-too"
    for name in ("webserver", "daemon", "worker"):
        assert containers["services"][name]["environment"]["MEOS_BROKER"] == "redis://:change-me-too@redis:6379/0"


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_reads_every_unit(unit, tmp_path):
    # The programs of a site are not on this machine: give their names another place, so that only they differ.
    root = tmp_path / "bin"
    root.mkdir()
    text = unit.read_text(encoding="utf-8")
    for name in set(COMMAND.findall(text)):
        program = root / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    moved = tmp_path / unit.name
    moved.write_text(text.replace("/opt/meos/.venv/bin", str(root)))
    done = subprocess.run(["systemd-analyze", "verify", moved], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_units_and_containers_start_the_same_services(containers):
    def services(text: str) -> set[str]:
        return set(
            re.findall(r"(dagster-webserver|dagster-daemon|celery -A dagster_celery\.app worker -Q dagster)", text)
        )

    units = {unit.stem: services(unit.read_text(encoding="utf-8")) for unit in UNITS}
    assert set().union(*units.values()) == services(str(containers))
    assert all("meos services --wait" in unit.read_text(encoding="utf-8") for unit in UNITS)


def test_the_page_is_reached_from_this_machine_only(containers):
    for name in ("webserver", "viewer"):
        unit = (CLUSTER / "systemd" / f"meos-{name}.service").read_text(encoding="utf-8")
        assert "-h 127.0.0.1" in unit
    ports = [str(port) for service in containers["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 1
    assert "127.0.0.1" in ports[0]
    assert containers["networks"]["inside"]["internal"], "database, queue and workers reach nothing outside"


def test_no_word_to_keep_secret_is_in_the_files():
    for path in CLUSTER.rglob("*"):
        if path.is_file() and path.suffix != ".pyc" and path.name != "cluster.env.example":
            assert not re.search(r"(?i)password:\s*[\"']?[a-z0-9]", path.read_text(encoding="utf-8")), path.name
