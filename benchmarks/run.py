"""Runs the benchmarks and writes ``benchmarks/results.md``.

``--quick`` takes the smallest size of each case (within ten minutes), ``--full`` all sizes. Input is generated once
and kept in ``--inputs`` (default: a folder in the system's temporary folder).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import groupby
from pathlib import Path

from benchmarks.case import Case, Measured
from benchmarks.discover import all_cases, missing
from benchmarks.machine import description
from benchmarks.table import markdown

HERE = Path(__file__).parent


def main() -> None:
    options = _options()
    options.inputs.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    chosen = [case for case in all_cases() if not options.topic or options.topic.lower() in case.topic.lower()]
    left_out = [f"{case.topic}: {case.name} needs {', '.join(lack)}" for case in chosen if (lack := missing(case))]
    chosen = [case for case in chosen if not missing(case)]
    measured: list[Measured] = []
    for topic, group in groupby(sorted(chosen, key=lambda case: case.topic), key=lambda case: case.topic):
        cases = list(group)
        for rows in sorted({size for case in cases for size in _sizes(case, options)}):
            measured += _compare(
                topic, [case for case in cases if rows in _sizes(case, options)], rows, options, left_out
            )
            options.output.write_text(
                markdown(measured, left_out, description(), "full" if options.full else "quick"), encoding="utf-8"
            )
    print(f"Written: {options.output}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smallest size of each case (default)")
    parser.add_argument("--full", action="store_true", help="all sizes")
    parser.add_argument("--topic", help="only topics that contain this text")
    parser.add_argument("--most-rows", type=int, default=10**9, help="leave out larger sizes")
    parser.add_argument("--repeats", type=int, help="runs per case instead of the case's own number")
    parser.add_argument("--inputs", type=Path, default=Path(tempfile.gettempdir()) / "meos-benchmarks")
    parser.add_argument("--output", type=Path, default=HERE / "results.md")
    return parser.parse_args()


def _sizes(case: Case, options: argparse.Namespace) -> tuple[int, ...]:
    sizes = tuple(size for size in case.sizes if size <= options.most_rows)
    return sizes if options.full else sizes[:1]


def _compare(
    topic: str, cases: list[Case], rows: int, options: argparse.Namespace, left_out: list[str]
) -> list[Measured]:
    """Run the cases of a topic in turn, several times; a case that fails is reported and not run again."""
    for case in cases:
        if case.inputs:
            _one("inputs", case, rows, options.inputs)
    runs: dict[str, list[dict[str, object]]] = defaultdict(list)
    failed: set[str] = set()
    for turn in range(max(options.repeats or case.repeats for case in cases)):
        for case in cases:
            if case.name in failed or turn >= (options.repeats or case.repeats):
                continue
            try:
                runs[case.name].append(_one("run", case, rows, options.inputs))
            except subprocess.CalledProcessError as error:
                failed.add(case.name)
                left_out.append(f"{topic}: {case.name} at {rows:,} rows failed ({_last_line(error.stderr)})")
                continue
            print(
                f"{time.strftime('%H:%M:%S')} {topic} · {case.name} · {rows:,} · {_told(runs[case.name][-1])}",
                flush=True,
            )
    return [_median(case, rows, runs[case.name]) for case in cases if runs[case.name]]


def _one(step: str, case: Case, rows: int, inputs: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.one", step, case.topic, case.name, str(rows), str(inputs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=HERE.parent)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _median(case: Case, rows: int, runs: list[dict[str, object]]) -> Measured:
    def middle(name: str) -> float:
        return statistics.median(float(str(run[name])) for run in runs)

    facts = runs[-1]["facts"]
    assert isinstance(facts, dict)
    return Measured(
        topic=case.topic,
        name=case.name,
        role=case.role,
        rows=rows,
        runs=len(runs),
        facts=facts,
        wall_seconds=middle("wall_seconds"),
        cpu_seconds=middle("cpu_seconds"),
        peak_mb=middle("peak_mb"),
    )


def _told(run: dict[str, object]) -> str:
    return f"wall {run['wall_seconds']:.2f} s, CPU {run['cpu_seconds']:.2f} s, peak {run['peak_mb']:.0f} MB"


def _last_line(text: str) -> str:
    lines = [line for line in (text or "").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"


if __name__ == "__main__":
    main()
