"""Accidents on demand: the n-th operation on the disk is a SIGKILL, a full disk or a broken one.

Nothing in the product knows of this. Each case runs in a fork, in which the functions through which Python
reaches the disk are replaced by ones that count. Run as a program, so that no thread is alive when it forks.
"""

import builtins
import errno
import hashlib
import io
import json
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from meos_pipeline.errors import PipelineError
from meos_pipeline.ingest.receive import receive
from meos_pipeline.publication import Facts, current, editions, publish
from meos_pipeline.settings import Settings
from meos_pipeline.storage import durable
from meos_pipeline.storage.paths import DataFolder

PATCHED = ("fsync", "rename", "replace", "mkdir", "unlink", "rmdir", "open", "link", "symlink", "truncate")
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Thousands of fsyncs are quick there, and just as well counted."""
FAULTS = ("KILL", "ENOSPC", "EIO")


class Disk:
    """Counts operations, fails at one of them, and keeps a list of what happened in which order."""

    def __init__(self, fail_at: int = 0, fault: str = "") -> None:
        self.fail_at, self.fault, self.count = fail_at, fault, 0
        self.events: list[tuple[str, ...]] = []

    def install(self) -> None:
        for name in PATCHED:
            setattr(os, name, self._counted(name, getattr(os, name)))
        opened = io.open

        def counted_open(file, mode="r", *arguments, **options):
            path = str(Path(f"/proc/self/fd/{file}").readlink()) if isinstance(file, int) else str(file)
            if not set(mode) & set("wax+") or path.startswith("pipe:"):
                return opened(file, mode, *arguments, **options)
            if not isinstance(file, int):
                self.operation("open", path)
            return Stream(self, opened(file, mode, *arguments, **options), path)

        io.open = builtins.open = counted_open

    def operation(self, name: str, *paths: str) -> None:
        self.count += 1
        if self.count == self.fail_at:
            if self.fault == "KILL":
                os.kill(os.getpid(), signal.SIGKILL)
            code = getattr(errno, self.fault)
            raise OSError(code, os.strerror(code))
        self.events.append((name, *paths))

    def _counted(self, name: str, real: Callable) -> Callable:
        def counted(*arguments, **options):
            if name == "open" and not arguments[1] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return real(*arguments, **options)
            if name == "open" and str(arguments[0]).endswith(".lock"):
                return real(*arguments, **options)
            paths = (
                [str(Path(f"/proc/self/fd/{arguments[0]}").readlink())]
                if name == "fsync"
                else [os.fspath(arguments[0])]
            )
            self.operation(name, *(str(path) for path in paths))
            return real(*arguments, **options)

        return counted


class Stream:
    """A file of which each write counts."""

    def __init__(self, disk: Disk, stream, path: str) -> None:
        self.disk, self.stream, self.path = disk, stream, path

    def write(self, content):
        self.disk.operation("write", self.path)
        return self.stream.write(content)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def __getattr__(self, name):
        return getattr(self.stream, name)


def in_fork(work: Callable[[], object], disk: Disk | None = None, *, alarm: float = 0) -> tuple[int, list]:
    """Exit code (negative: signal) of ``work`` in a fork, and the disk's events."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code, result = 1, None
        try:
            if disk:
                disk.install()
            if alarm:
                signal.setitimer(signal.ITIMER_REAL, alarm)
            result = work()
            code = 0
        except PipelineError as error:
            code = error.exit_code
        except BaseException:  # a fork must end here
            traceback.print_exc()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            with os.fdopen(writing, "w") as pipe:
                json.dump({"count": disk.count, "events": disk.events} if disk else result, pipe)
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), json.loads(said) if said else {}


def build_of(version: str, size: int = 3) -> Callable[[Path], Facts]:
    def build(folder: Path) -> Facts:
        for team in range(size):
            place = folder / f"team-{team}"
            place.mkdir()
            with (place / "index.html").open("w") as stream:
                stream.write(f"<p>{version}")
                stream.write("</p>")
        (folder / "index.html").write_text(version)
        return Facts(month="2026-10", configuration=version, code_version="1")

    return build


def violations(data: DataFolder, allowed: set[str]) -> list[str]:
    """What may never be, at any moment: the pointer leads to a whole edition of which everyone knows."""
    try:
        seen = current(data)
    except PipelineError as error:
        return [f"no whole edition: {error}"]
    return [] if seen.name in allowed else [f"an unknown edition {seen.name}"]


def leftovers(data: DataFolder) -> list[str]:
    return [
        str(path.relative_to(data.root))
        for path in data.root.rglob("*")
        if path.name.endswith(".partial") or path.name == "publication.pid"
    ]


def every_operation(*, doubled: bool = False) -> dict:
    """Fail at each operation of a second publication, in each way; then run again plainly."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        template = DataFolder(Path(place) / "template").make()
        one = publish(template, build_of("one"))
        clean = Path(place) / "clean"
        shutil.copytree(template.root, clean)
        _, said = in_fork(lambda: publish(DataFolder(clean), build_of("two")), Disk())
        two = current(DataFolder(clean)).name
        found, cases, codes = [], 0, set()
        for number in range(1, said["count"] + 1):
            for fault in FAULTS:
                case = Path(place) / "case"
                shutil.copytree(template.root, case)
                data = DataFolder(case)
                code, _ = in_fork(lambda data=data: publish(data, build_of("two")), Disk(number, fault))
                codes.add(code)
                cases += 1
                found += [(number, fault, problem) for problem in violations(data, {one, two})]
                if doubled:
                    in_fork(lambda data=data: publish(data, build_of("two")), Disk(1 + number // 2, fault))
                    found += [(number, fault, "twice", problem) for problem in violations(data, {one, two})]
                again, _ = in_fork(lambda data=data: publish(data, build_of("two")))
                after = current(data).name if again == 0 else None
                if (again, after) != (0, two):
                    found.append((number, fault, f"a plain re-run gave {again}, {after}"))
                found += [(number, fault, f"left {name}") for name in leftovers(data)]
                if sorted(editions(data)) != sorted([one, two]):
                    found.append((number, fault, "an edition was lost or is there twice"))
                shutil.rmtree(case)
        return {"operations": said["count"], "cases": cases, "codes": sorted(codes), "violations": found}


def every_operation_of_receiving(*, step: int = 1) -> dict:
    """The same for taking in: a landed byte is in landing or in the archive, at every moment."""
    now = datetime(2026, 11, 1, tzinfo=UTC)
    contents = {f"controles_2026-{month:02d}.csv": f"a;b\n{month};2\n".encode() * 100 for month in (8, 9, 10)}
    contents["again.csv"] = contents["controles_2026-09.csv"]
    shas = {hashlib.sha256(content).hexdigest() for content in contents.values()}

    def landed(data: DataFolder) -> set[str]:
        found = {hashlib.sha256(path.read_bytes()).hexdigest() for path in data.landing.iterdir()}
        for path in data.archive.iterdir():
            if path.suffix == "":
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                if digest == path.name:
                    found.add(digest)
        return found

    def state(data: DataFolder) -> dict[str, str]:
        return {
            str(path.relative_to(data.root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in data.root.rglob("*")
            if path.is_file()
        }

    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        template = DataFolder(Path(place) / "template").make()
        for name, content in contents.items():
            (template.landing / name).write_bytes(content)
            os.utime(template.landing / name, (1_790_000_000, 1_790_000_000))

        def work(root: Path) -> Callable[[], object]:
            def run() -> None:
                receive(DataFolder(root), Settings(), now=now)

            return run

        clean = Path(place) / "clean"
        shutil.copytree(template.root, clean)
        _, said = in_fork(work(clean), Disk())
        wanted = state(DataFolder(clean))
        found, codes = [], set()
        for number in range(1, said["count"] + 1, step):
            for fault in FAULTS:
                case = Path(place) / "case"
                shutil.copytree(template.root, case)
                code, _ = in_fork(work(case), Disk(number, fault))
                codes.add(code)
                if landed(DataFolder(case)) != shas:
                    found.append((number, fault, "landed bytes were lost"))
                again, _ = in_fork(work(case))
                if again != 0 or state(DataFolder(case)) != wanted:
                    found.append(
                        (
                            number,
                            fault,
                            f"a plain re-run gave {again} and {sorted(set(state(DataFolder(case))) ^ set(wanted))}",
                        )
                    )
                shutil.rmtree(case)
        return {"operations": said["count"], "codes": sorted(codes), "violations": found}


def random_kills(times: int, seed: int = 1) -> dict:
    """Die at a random moment, over and over, on one folder that is never cleaned."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        data = DataFolder(Path(place)).make()
        known = {publish(data, build_of("0"))}
        found, died = [], 0
        for number in range(times):
            version = str(number % 7)
            code, _ = in_fork(
                lambda v=version: publish(data, build_of(v, size=10), keep=3), alarm=draw.uniform(0.0005, 0.02)
            )
            died += code == -signal.SIGALRM
            known |= set(editions(data))
            found += violations(data, known)
        again, _ = in_fork(lambda: publish(data, build_of("0"), keep=3))
        found += [f"left {name}" for name in leftovers(data)]
        return {"times": times, "died": died, "violations": found, "again": again}


def crowd(runs: int = 8) -> dict:
    """One run holds the lock while the others come."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        data = DataFolder(Path(place)).make()
        holding, held = os.pipe()
        waiting, go = os.pipe()

        def slow(folder: Path) -> Facts:
            os.write(held, b"x")
            os.read(waiting, 1)
            return build_of("one")(folder)

        child = os.fork()
        if child == 0:
            publish(data, slow)
            os._exit(0)
        os.read(holding, 1)
        others = [in_fork(lambda: publish(data, build_of("two")))[0] for _ in range(runs - 1)]
        os.write(go, b"x")
        _, status = os.waitpid(child, 0)
        return {"first": os.waitstatus_to_exitcode(status), "others": others, "editions": len(editions(data))}


def polling(publications: int) -> dict:
    """A reader looks every 10 ms while editions come and old ones go."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        data = DataFolder(Path(place)).make()
        publish(data, build_of("0"))
        waiting, stop = os.pipe()
        answer, say = os.pipe()
        child = os.fork()
        if child == 0:
            reads = failed = 0
            while not select.select([waiting], [], [], 0.01)[0]:
                reads += 1
                try:
                    current(data)
                except PipelineError:
                    failed += 1
            os.write(say, json.dumps({"reads": reads, "failed": failed}).encode())
            os._exit(0)
        for number in range(publications):
            publish(data, build_of(str(number), size=10), keep=2)
        os.write(stop, b"x")
        os.waitpid(child, 0)
        return json.loads(os.read(answer, 1000)) | {"kept": len(editions(data))}


def order(*, forget: bool = False) -> dict:
    """Every byte is on disk before its name is: checked from the order of system calls."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as place:
        data = DataFolder(Path(place)).make()

        def work() -> None:
            if forget:
                for module in (durable, sys.modules["meos_pipeline.publication.publish"]):
                    module.sync_file = lambda _: None
            publish(data, build_of("one"))

        code, said = in_fork(work, Disk())
        written: set[str] = set()
        renames, found = 0, []
        for event in said["events"]:
            name, path = event[0], event[1]
            if name in {"write", "open"}:
                written.add(path)
            elif name == "fsync":
                written.discard(path)
            elif name in {"rename", "replace"}:
                renames += 1
                found += [
                    f"{name} before fsync of {late}" for late in written if late == path or late.startswith(f"{path}/")
                ]
        return {"code": code, "renames": renames, "violations": found}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](**json.loads(sys.argv[2]))))
