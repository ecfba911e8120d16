"""What Dagster costs: per step, and for a backfill of 24 months in one process. CPU seconds; wall depends on neighbours.

python -m benchmarks.orchestration [--months 24] [--rows 12000]
"""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg

from meos_pipeline.definitions import defs
from meos_pipeline.defs.months import announce, key_of
from meos_pipeline.ingest.keys import fictional_key_file
from meos_pipeline.steps import counting, intake, validation
from meos_pipeline.steps.pages import render_restricted_pages
from meos_pipeline.steps.workspace import Workspace, open_workspace
from meos_pipeline.storage.paths import DataFolder, shipped
from meos_pipeline.synthetic.generate import generate

STEPS = 40
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
    return dg.DagsterInstance.from_config(str(folder))


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
    months = sorted(intake.months_to_refresh(space))
    intake.merge_months(space, months)
    validation.validate_months(space, months)
    render_restricted_pages(space)
    for month in months:
        counting.count_month(space, month)


def backfill(space: Workspace, instance: dg.DagsterInstance, *, one_run: bool) -> None:
    """The same through Dagster: all months in one run, or a run per month in this process."""
    months = [key_of(month) for month in sorted(intake.months_to_refresh(space))]
    announce(instance, sorted(intake.months_to_refresh(space)))
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
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        print(f"| empty step, in process | {overhead(root, logs=False):.3f} CPU s |", flush=True)
        print(f"| empty step, with what it prints kept | {overhead(root, logs=True):.3f} CPU s |", flush=True)
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


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
