"""Hostile formats are opened in a child process with limits on memory, processor time and wall time.

What goes wrong there, even an abort of a library, becomes one refused file here. The child writes its result
to a file and one line of JSON; it never sends a value from the data.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from meos_pipeline.ingest.messages import refused

MEMORY_BYTES = 4 << 30
"""A workbook of a million rows takes about 1.5 GB."""
CPU_SECONDS = 180
WALL_SECONDS = 300
FILE_BYTES = 16 << 30


def run_limited(
    task: str, source: Path, target: Path, options: dict[str, object], *, name: str, language: str
) -> dict[str, object]:
    """Run one task of ``ingest.unpack`` on ``source`` and return its facts.

    Args:
        task: Name of the task.
        source: File to read.
        target: File to write.
        options: What the task needs to know.
        name: Name of the file for messages.
        language: Language of messages.

    Raises:
        ExportError: with the code that the task found, or F-GRENS when a limit stopped it.
    """
    call = json.dumps({"task": task, "source": str(source), "target": str(target), "options": options})
    environment = {key: value for key, value in os.environ.items() if key not in ("MEOS_KEYS",)}
    environment |= {"POLARS_MAX_THREADS": "2", "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "meos_pipeline.ingest.unpack"],
            input=call,
            capture_output=True,
            text=True,
            timeout=WALL_SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise refused("F-GRENS", language, file=name, why=f"> {WALL_SECONDS} s") from None
    try:
        answer: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise refused("F-GRENS", language, file=name, why=f"exit {done.returncode}") from None
    code = answer.pop("code", "")
    if code:
        raise refused(str(code), language, file=name, **answer)
    return answer


def limit_this_process() -> None:
    """Set the limits; called by the child before it opens anything."""
    try:
        import resource
    except ImportError:  # Windows has no such limits; the wall time still holds
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
