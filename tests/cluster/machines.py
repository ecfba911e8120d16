"""Real Postgres and Redis on their own ports, and the services of a cluster as processes on this machine."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meos_pipeline.storage.paths import shipped

CLUSTER = shipped("dagster_home") / "cluster"
PASSWORD = "only-for-this-test"
_LOOK_AGAIN = 0.3


def patience() -> float:
    """How many times longer everything may take now: others may be using this machine."""
    return min(8.0, max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1) / 2))


PATIENCE = patience()
"""The same, when the tests began: for what the services are told once."""
_BIN = Path(sys.executable).parent


def until(what: str, ask: Callable[[], Any], *, seconds: float, tell: Callable[[], str] = str) -> Any:
    """Ask until the answer is true; a real process has no other way to say that it is ready."""
    began, most = time.monotonic(), PATIENCE
    pause = threading.Event()
    while not (answer := ask()):
        most = max(most, patience())
        if time.monotonic() - began > seconds * most:
            raise AssertionError(f"{what}: not within {seconds * most:.0f} s\n{tell()}")
        pause.wait(_LOOK_AGAIN)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _program(name: str) -> str:
    found = shutil.which(name) or next(
        (str(path) for path in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None
    )
    assert found, f"{name} is not installed; run tests/install_cluster.sh"
    return found


class Postgres:
    """One server in a temporary folder. Postgres refuses to run as root, so root becomes 'nobody' for it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="meos-pg-"))
        self.port = free_port()
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._as = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(self.folder, "nobody", "nogroup")
        word = self.folder / "word"
        word.write_text(PASSWORD)
        word.chmod(0o644)
        self._run(
            "initdb", "-D", "data", "-U", "meos", "--auth=scram-sha-256", f"--pwfile={word}", "--no-sync", "-E", "UTF8"
        )
        self.start()
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "meos", "meos")

    def start(self) -> None:
        options = (
            f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off "
            "-c log_min_messages=panic"
        )
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        """Stop at once, as when its machine goes down."""
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def close(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def _run(self, name: str, *words: str) -> None:
        environment = {"PATH": os.environ["PATH"], "PGPASSWORD": PASSWORD, "LC_ALL": "C.UTF-8"}
        log = self.folder / f"{name}.out"
        with log.open("wb") as out:
            done = subprocess.run(
                [_program(name), *words],
                check=False,
                cwd=self.folder,
                env=environment,
                stdout=out,
                stderr=out,
                **self._as,
            )
        assert done.returncode == 0, log.read_text()


class Redis:
    """One server that keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process = subprocess.Popen(
            [_program("redis-server"), "-", "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        assert self._process.stdin
        with self._process.stdin as settings:
            settings.write(f"requirepass {PASSWORD}\n".encode())
        until("redis", self._answers, seconds=20)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(f"AUTH {PASSWORD}\r\n".encode())
                return line.recv(16).startswith(b"+OK")
        except OSError:
            return False

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()


def settings(home: Path, **numbers: int) -> None:
    """Put the shipped settings in a folder, with shorter times: a test does not wait half an hour."""
    text = (CLUSTER / "dagster.yaml").read_text(encoding="utf-8")
    for name, number in numbers.items():
        text, found = re.subn(rf"(?m)^(  {name}:) \d+", rf"\g<1> {number}", text)
        assert found == 1, name
    (home / "dagster.yaml").write_text(text, encoding="utf-8")


@dataclass
class Cluster:
    """What runs, and where."""

    folder: Path
    data: Path
    postgres: Postgres
    redis: Redis
    page: int = field(default_factory=free_port)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    whose: dict[int, str] = field(default_factory=dict)
    """Number of a process that was seen -> the service that it belongs to; also after it was killed."""

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("MEOS_", "DAGSTER_"))}
        root = str(CLUSTER.parent.parent)
        return own | {
            "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.pathsep.join([root, str(CLUSTER)]),
            "DAGSTER_HOME": str(self.home),
            "DAGSTER_DISABLE_TELEMETRY": "1",
            "MEOS_LANGUAGE": "en",
            "MEOS_DATA": str(self.data),
            "MEOS_PG_HOST": "127.0.0.1",
            "MEOS_PG_PORT": str(self.postgres.port),
            "MEOS_PG_DATABASE": "meos",
            "MEOS_PG_USER": "meos",
            "MEOS_PG_PASSWORD": PASSWORD,
            "MEOS_BROKER": f"redis://:{PASSWORD}@127.0.0.1:{self.redis.port}/0",
            "MEOS_VISIBILITY_SECONDS": str(int(30 * PATIENCE)),
            "MEOS_MONTHS_PER_RUN": "1",
            "POLARS_MAX_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def start(self, name: str, *words: str) -> None:
        """Start a service in a session of its own, as a machine of its own has."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [str(_BIN / words[0]), *words[1:]],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_worker(self, name: str) -> None:
        words = ["-A", "dagster_celery.app", "worker", "-Q", "dagster", "-n", f"{name}@here", "--concurrency", "1"]
        self.start(name, "celery", *words, "--loglevel", "INFO")

    def note_processes(self) -> None:
        """Remember which service each process belongs to: a service and its children are one process group."""
        names = {process.pid: name for name, process in self.processes.items()}
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                with suppress(ProcessLookupError):
                    if name := names.get(os.getpgid(int(entry.name))):
                        self.whose[int(entry.name)] = name

    def kill(self, name: str) -> None:
        """Kill -9 of a service with all that it started, as when its machine loses power."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """What the web page asks when an analyst clicks."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.page}/graphql",
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return dict(answer["data"])

    def answers(self) -> bool:
        try:
            return bool(self.ask("{ version }"))
        except (OSError, urllib.error.URLError):
            return False

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text(errors='replace')[-3000:]}" for path in self.folder.glob("*.log")
        )

    def close(self) -> None:
        for process in self.processes.values():
            os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextmanager
def cluster(folder: Path, data: Path, **numbers: int) -> Iterator[Cluster]:
    """Postgres and Redis with nothing beside them yet; all that is started stops at the end."""
    postgres = Postgres()
    redis = Redis()
    made = Cluster(folder, data, postgres, redis)
    made.home.mkdir(parents=True)
    settings(made.home, **numbers)
    try:
        yield made
    finally:
        made.close()
        redis.close()
        postgres.close()
