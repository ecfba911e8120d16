"""Our main job, stage by stage, on generated exports: for cases, the profile and its picture."""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.case import Bench
from benchmarks.exports import exports_folder
from meos_pipeline.steps import stale
from meos_pipeline.steps.workspace import Workspace

NOW = datetime(2027, 6, 1, tzinfo=UTC)
"""After every generated export, whatever the clock of the machine says."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Wall and CPU seconds of one stage."""

    stage: str
    wall_seconds: float
    cpu_seconds: float


def workspace(root: Path, exports: Path, *, leave_out: int = 0) -> Workspace:
    """Make a workspace whose landing folder holds copies of the exports, without the newest ``leave_out``."""
    from meos_pipeline.ingest.keys import fictional_key_file
    from meos_pipeline.steps.workspace import open_workspace
    from meos_pipeline.storage.paths import DataFolder

    folder = DataFolder(root).make()
    files = sorted(exports.glob("controles_*"))
    for path in [*files[: len(files) - leave_out], *(p for p in exports.glob("*.csv") if p not in files)]:
        shutil.copy2(path, folder.landing / path.name)
    shutil.copy2(exports / "meos.toml", root / "meos.toml")
    space = open_workspace(root)
    fictional_key_file(space.key_path, seed=1)
    return space


def take_in(space: Workspace) -> Mapping[str, object]:
    """Landing to monthly tables."""
    from meos_pipeline.steps import intake

    intake.take_in(space, now=NOW + timedelta(hours=1))
    months = sorted(stale.months_to_refresh(space))
    merged = intake.merge_months(space, months)
    return {"rows": sum(merged.rows.values()), "months made": len(months), "closes": merged.closes}


def stages(space: Workspace) -> list[tuple[str, Callable[[], object]]]:
    """Return the stages of the main job, in order; each uses what the one before wrote."""
    from meos_pipeline.contracts.police_checks import POLICE_CHECKS
    from meos_pipeline.steps import counting, intake, publishing, results, validation
    from meos_pipeline.storage.tables import months_of

    changed: list[object] = []

    def merge() -> None:
        changed.extend(sorted(stale.months_to_refresh(space)))
        intake.merge_months(space, changed)  # type: ignore[arg-type]

    def count() -> None:
        there = months_of(space.folder.tables, POLICE_CHECKS.name)
        counting.count_months(space, [month for month in there if month in changed])

    return [
        ("archive, parse, pseudonymise", lambda: intake.take_in(space, now=NOW + timedelta(hours=1))),
        ("merge months", merge),
        ("validate", lambda: validation.validate_months(space, changed)),  # type: ignore[arg-type]
        ("count cells", count),
        ("protect", lambda: results.release_cells(space)),
        ("statistics", lambda: results.find(space)),
        ("render, attack, publish", lambda: publishing.publish(space)),
    ]


def timed(space: Workspace) -> list[Timed]:
    """Run every stage and time it."""
    found = []
    for stage, work in stages(space):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        found.append(Timed(stage, time.perf_counter() - wall, time.process_time() - cpu))
    return found


def prepared(bench: Bench) -> Workspace:
    """Workspace with all exports in landing, not yet taken in."""
    return workspace(bench.work / "data", exports_folder(bench))
