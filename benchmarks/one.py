"""Runs one case once, in a process of its own, and prints its measurements as JSON."""

import json
import os
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import meos_pipeline  # noqa: F401 - before any case imports Polars: as a user has it, it chooses how memory is kept
from benchmarks.case import Bench, Case
from benchmarks.discover import find_case


def main() -> None:
    """``python -m benchmarks.one inputs|run TOPIC NAME ROWS INPUTS``."""
    step, topic, name, rows, inputs = sys.argv[1:]
    case = find_case(topic, name)
    work = Path(tempfile.mkdtemp(prefix="bench-", dir=inputs))
    try:
        bench = Bench(int(rows), Path(inputs), work)
        print(json.dumps(_make_inputs(case, bench) if step == "inputs" else _measure(case, bench)))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _make_inputs(case: Case, bench: Bench) -> dict[str, object]:
    if case.inputs:
        case.inputs(bench)
    return {}


def _measure(case: Case, bench: Bench) -> dict[str, object]:
    prepared = case.prepare(bench) if case.prepare else None
    if hasattr(os, "sync"):
        # What preparing wrote goes to disk before the clock starts, not while the case runs.
        os.sync()
    before, start = _cpu(), time.perf_counter()
    facts = case.run(bench, prepared)
    wall, cpu = time.perf_counter() - start, _cpu() - before
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return {"wall_seconds": wall, "cpu_seconds": cpu, "peak_mb": peak, "facts": dict(facts or {})}


def _cpu() -> float:
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in usage)


if __name__ == "__main__":
    main()
