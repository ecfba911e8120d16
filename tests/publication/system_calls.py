"""What really reaches the kernel, by ``strace``: also the writes of libraries that Python does not see."""

import re
import subprocess
import sys
from pathlib import Path

_CALL = re.compile(r"^(?:\d+\s+)?(\w+)\((.*)\)\s*=\s*(-?\d+)")
_DESCRIPTOR = re.compile(r"^\d+<([^>]*)>")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
WRITES = {"write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate", "copy_file_range", "sendfile"}
SYNCS = {"fsync", "fdatasync"}
RENAMES = {"rename", "renameat", "renameat2"}


def traced(work: str, root: Path) -> list[tuple[str, ...]]:
    """Run ``work`` (Python, with ``root`` as a Path) and return what it did to files under ``root``, in order."""
    log = root.parent / "calls.txt"
    calls = ",".join(sorted(WRITES | SYNCS | RENAMES))
    program = f"from pathlib import Path\nroot = Path({str(root)!r})\n{work}"
    done = subprocess.run(
        ["strace", "-f", "-y", "-s", "0", "-e", f"trace={calls}", "-o", str(log), sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [event for line in _whole(log.read_text().splitlines()) for event in _event(line, str(root))]


def _whole(lines: list[str]) -> list[str]:
    """Calls that another thread interrupted in the log, put together where they ended."""
    begun: dict[str, str] = {}
    found = []
    for line in lines:
        process = line.partition(" ")[0]
        if line.endswith("<unfinished ...>"):
            begun[process] = line.removesuffix("<unfinished ...>")
        elif " resumed>" in line:
            found.append(begun.pop(process, "") + line.partition(" resumed>")[2])
        else:
            found.append(line)
    return found


def _event(line: str, root: str) -> list[tuple[str, ...]]:
    match = _CALL.match(line)
    if not match or int(match[3]) < 0:
        return []
    name, said = match[1], match[2]
    if name in RENAMES:
        paths = _QUOTED.findall(line)
        return [("rename", paths[0], paths[1])] if len(paths) == 2 and paths[0].startswith(root) else []
    place = _DESCRIPTOR.match(said)
    if not place or not place[1].startswith(root):
        return []
    return [("write" if name in WRITES else "fsync", place[1])]


def too_early(events: list[tuple[str, ...]]) -> list[str]:
    """Renames of what was not on disk yet, and new names whose folder was never synced."""
    unsynced: set[str] = set()
    names: dict[str, str] = {}
    found = []
    for event in events:
        if event[0] == "write":
            unsynced.add(event[1])
        elif event[0] == "fsync":
            unsynced.discard(event[1])
            names = {target: folder for target, folder in names.items() if folder != event[1]}
        else:
            _, source, target = event
            found += [
                f"{Path(late).name} was renamed before it was on disk"
                for late in sorted(unsynced)
                if late == source or late.startswith(f"{source}/")
            ]
            unsynced = {path for path in unsynced if path != source and not path.startswith(f"{source}/")}
            if not target.endswith(".partial"):  # what is on its way out need not last
                names[target] = str(Path(target).parent)
    return found + [f"the name {Path(target).name} was not made to last" for target in sorted(names)]
