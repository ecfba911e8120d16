"""What Dagster costs: per step, for a backfill of 24 months in one process, and with months as runs side by side.

CPU seconds, for wall time depends on neighbours; only what is about waiting is wall time, on a machine without any.

python -m benchmarks.orchestration [--months 24] [--rows 12000]
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from meos_pipeline.definitions import defs
from meos_pipeline.defs.months import announce, key_of, month_of
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.steps import counting, intake, stale, validation
from meos_pipeline.steps.pages import render_restricted_pages
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.synthetic.generate import generate

STEPS, PROCESSES = 40, 4
"""Empty steps in one process, and in a process each: those cost so much more that a few tell enough."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of this process and the children it waited for."""
    before = os.times()
    work()
    after = os.times()
    return sum(
        getattr(after, name) - getattr(before, name) for name in ("user", "system", "children_user", "children_system")
    )


def instance_in(folder: Path, *, logs: bool) -> dg.DagsterInstance:
    """A Dagster home as shipped, or with what steps print kept."""
    folder.mkdir(parents=True)
    text = (shipped("dagster_home") / "dagster.yaml").read_text(encoding="utf-8")
    if logs:
        start, end = text.index("compute_logs:"), text.index("# One run at a time")
        text = text[:start] + text[end:]
    (folder / "dagster.yaml").write_text(text, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(folder)
    return dg.DagsterInstance.get()


def overhead(root: Path, *, logs: bool) -> float:
    """CPU seconds of a step that does nothing, in process, with SQLite."""

    def asset(number: int) -> dg.AssetsDefinition:
        @dg.asset(name=f"a{number}", deps=[f"a{number - 1}"] if number else [])
        def nothing() -> None: ...

        return nothing

    instance = instance_in(root / f"overhead-{logs}", logs=logs)

    def run(count: int) -> None:
        assets = [asset(number) for number in range(count)]
        job = dg.Definitions(assets=assets, jobs=[dg.define_asset_job("j", executor_def=dg.in_process_executor)])
        result = job.resolve_job_def("j").execute_in_process(instance=instance, run_config=QUIET)
        if not result.success:
            raise SystemExit("the run of empty steps failed")

    run(2)
    one = cpu(lambda: run(2))
    return (cpu(lambda: run(STEPS + 2)) - one) / STEPS


def empty_job() -> dg.JobDefinition:
    """Steps that do nothing, each in a process of its own, one after another."""

    @dg.op
    def nothing(before: int) -> int:
        return before

    @dg.op
    def begin() -> int:
        return 0

    @dg.job(executor_def=dg.multiprocess_executor.configured({"max_concurrent": 1}))
    def empty() -> None:
        made = begin()
        for number in range(PROCESSES):
            made = nothing.alias(f"step_{number}")(made)

    return empty


def overhead_of_processes(root: Path) -> tuple[float, float]:
    """CPU and wall seconds of a step that does nothing, in a process of its own, with SQLite."""
    instance = instance_in(root / "overhead-processes", logs=False)
    spent, waited = [], []
    for chosen in (["begin"], ["*"]):
        began = time.monotonic()
        spent.append(cpu(lambda chosen=chosen: _execute(instance, chosen)))
        waited.append(time.monotonic() - began)
    return (spent[1] - spent[0]) / PROCESSES, (waited[1] - waited[0]) / PROCESSES


def _execute(instance: dg.DagsterInstance, chosen: list[str]) -> None:
    job = dg.reconstructable(empty_job)
    with dg.execute_job(job, instance=instance, run_config=QUIET, op_selection=chosen) as result:
        if not result.success:
            raise SystemExit("the run of empty steps in processes failed")


def side_by_side(root: Path, parsed: Workspace, processes: int) -> float:
    """Wall seconds of the months of a folder, shared by so many processes that each make a run of their part."""
    shutil.copytree(parsed.folder.root, root / f"beside-{processes}")
    home = root / f"home-beside-{processes}"
    instance = instance_in(home, logs=False)
    months = [key_of(month) for month in sorted(stale.months_to_refresh(open_workspace(root / f"beside-{processes}")))]
    announce(instance, [month_of(key) for key in months])
    share = -(-len(months) // processes)
    parts = [months[at : at + share] for at in range(0, len(months), share)]
    began = time.monotonic()
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.orchestration", "--part", part[0], part[-1]],
            env=os.environ
            | {"DAGSTER_HOME": str(home), "MEOS_DATA": str(root / f"beside-{processes}"), "POLARS_MAX_THREADS": "1"},
        )
        for part in parts
    ]
    if any(process.wait() for process in running):
        raise SystemExit("a part of the months failed; look with 'meos dev'")
    return time.monotonic() - began


def make_part(first: str, last: str) -> None:
    """One run of the months from the first to the last, as a worker makes it."""
    job = defs().resolve_job_def("refresh_months")
    tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    with dg.DagsterInstance.get() as instance:
        result = job.execute_in_process(run_config=QUIET, instance=instance, tags=tags, raise_on_error=False)
    if not result.success:
        raise SystemExit("a month failed")


def district(root: Path, *, months: int, rows: int) -> Workspace:
    """A generated district whose exports were taken in and parsed."""
    folder = DataFolder(root / "data").make()
    generate(
        folder.landing,
        seed=1,
        teams=4,
        months=months,
        first_month=date(2024, 11, 1),
        rows=rows,
        settings_folder=folder.root,
    )
    fictional_key_file(folder.restricted / "fictional-keys.json", seed=1)
    space = open_workspace(folder.root)
    intake.take_in(space, now=datetime(2027, 1, 1, tzinfo=UTC))
    return space


def by_hand(space: Workspace) -> None:
    """The steps of a refresh without Dagster."""
    months = sorted(stale.months_to_refresh(space))
    intake.merge_months(space, months)
    validation.validate_months(space, months)
    render_restricted_pages(space)
    counting.count_months(space, months)


def backfill(space: Workspace, instance: dg.DagsterInstance, *, one_run: bool) -> None:
    """The same through Dagster: all months in one run, or a run per month in this process."""
    months = [key_of(month) for month in sorted(stale.months_to_refresh(space))]
    announce(instance, sorted(stale.months_to_refresh(space)))
    job = defs().resolve_job_def("refresh_months")
    config = {**QUIET, "resources": {"workspace": {"config": {"data": str(space.folder.root)}}}}
    tags = {"dagster/asset_partition_range_start": months[0], "dagster/asset_partition_range_end": months[-1]}
    if one_run:
        done = [job.execute_in_process(run_config=config, instance=instance, tags=tags, raise_on_error=False)]
    else:
        done = [
            job.execute_in_process(run_config=config, instance=instance, partition_key=month, raise_on_error=False)
            for month in months
        ]
    if not all(result.success for result in done):
        raise SystemExit("a month failed; look with 'meos dev'")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--rows", type=int, default=12_000)
    parser.add_argument("--part", nargs=2, help="first and last month: make these, and measure nothing")
    chosen = parser.parse_args()
    if chosen.part:
        make_part(*chosen.part)
        return
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        print(f"| empty step, in process | {overhead(root, logs=False):.3f} CPU s |", flush=True)
        print(f"| empty step, with what it prints kept | {overhead(root, logs=True):.3f} CPU s |", flush=True)
        spent, waited = overhead_of_processes(root)
        print(f"| empty step, in a process of its own | {spent:.1f} CPU s, {waited:.1f} s |", flush=True)
        parsed = district(root, months=chosen.months, rows=chosen.rows)
        # Great Expectations is imported once per process: not a cost of either way.
        validation.validate_companions(parsed)
        for name in ("hand", "one", "each"):
            shutil.copytree(parsed.folder.root, root / name)
        spent = cpu(lambda: by_hand(open_workspace(root / "hand")))
        print(f"| {chosen.months} months without Dagster | {spent:.1f} CPU s |", flush=True)
        one = instance_in(root / "home-one", logs=False)
        spent = cpu(lambda: backfill(open_workspace(root / "one"), one, one_run=True))
        print(
            f"| {chosen.months} months in one run | {spent:.1f} CPU s, {_size(root / 'home-one'):.1f} MB of history |",
            flush=True,
        )
        each = instance_in(root / "home-each", logs=False)
        spent = cpu(lambda: backfill(open_workspace(root / "each"), each, one_run=False))
        print(
            f"| {chosen.months} months as {chosen.months} runs in this process | {spent:.1f} CPU s, {_size(root / 'home-each'):.1f} MB |",
            flush=True,
        )
        for processes in (1, 2):
            spent = side_by_side(root, parsed, processes)
            print(f"| {chosen.months} months, {processes} runs side by side | {spent:.1f} s |", flush=True)


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
