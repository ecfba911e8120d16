"""Topic: how long the command line and the code location take to start, with compiled bytecode."""

import subprocess
import sys
from collections.abc import Callable, Mapping

from benchmarks.case import Bench, Case

TOPIC = "Start-up"


def _python(code: str) -> Callable[[Bench, object], Mapping[str, object]]:
    def run(_: Bench, __: object) -> Mapping[str, object]:
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        return {}

    return run


def _warm(code: str) -> Callable[[Bench], object]:
    def prepare(_: Bench) -> object:
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
        return None

    return prepare


_HELP = "import sys; sys.argv = ['meos', '--help']\nfrom meos_pipeline.cli import main\ntry: main()\nexcept SystemExit: pass"
_DEFINITIONS = "import meos_pipeline.definitions as d; d.defs()"

CASES = tuple(
    Case(topic=TOPIC, name=name, role=role, run=_python(code), prepare=_warm(code), sizes=(0,), repeats=7)
    for name, role, code in (
        ("python -c pass", "floor", "pass"),
        ("meos --help", "ours", _HELP),
        ("import dagster", "rival", "import dagster"),
        ("import meos_pipeline.definitions", "rival", _DEFINITIONS),
    )
)
