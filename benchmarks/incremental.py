"""Topic: what a small change costs beside making everything again, in a district of 36 months. Up to the cells.

After the cells nothing depends on the number of records; release, statistics and pages are always made whole.
"""

import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from benchmarks.case import MILLION, Bench, Case
from benchmarks.exports import exports_folder, make_exports
from benchmarks.stages import stages, workspace
from meos_pipeline.steps.workspace import Workspace, open_workspace

TOPIC = "A small change (to cells)"
SIZES = (MILLION // 10, MILLION)
MONTHS = 36
_TO_CELLS = 4
"""So many of the stages of the main job."""


def _inputs(bench: Bench) -> None:
    """Make the exports, and once the district as it stood before its newest month came."""
    make_exports(bench, MONTHS)
    standing = _standing(bench)
    if not (standing / "ready").exists():
        shutil.rmtree(standing, ignore_errors=True)
        _run(workspace(standing, exports_folder(bench, MONTHS), leave_out=1))
        (standing / "ready").touch()


def _standing(bench: Bench) -> Path:
    return bench.inputs / f"standing-{bench.rows}-{MONTHS}-months"


def _before(change: Callable[[Bench, Workspace], object]) -> Callable[[Bench], Workspace]:
    """Copy the district that stands, and make the change to it."""

    def prepare(bench: Bench) -> Workspace:
        root = bench.work / "data"
        shutil.copytree(_standing(bench), root)
        change(bench, open_workspace(root))
        return open_workspace(root)

    return prepare


def _newest_month(bench: Bench, space: Workspace) -> None:
    newest = max(exports_folder(bench, MONTHS).glob("controles_*"))
    shutil.copy2(newest, space.folder.landing / newest.name)


def _correction(bench: Bench, space: Workspace) -> None:
    from meos_pipeline.synthetic.corrections import corrections

    corrections(exports_folder(bench, MONTHS), space.folder.landing, date(2026, 8, 1), changed=20, late=0)


def _threshold(_: Bench, space: Workspace) -> None:
    path = space.folder.root / "meos.toml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n[policy]\nrecords_per_unit = 40\n", encoding="utf-8")


def _word(_: Bench, space: Workspace) -> None:
    path = space.folder.root / "meos.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    words = ['contact = "the analysts"' if line.startswith("contact") else line for line in lines]
    path.write_text("\n".join(words) + "\n", encoding="utf-8")


def _everything(bench: Bench) -> Workspace:
    return workspace(bench.work / "data", exports_folder(bench, MONTHS))


def _run(space: Workspace) -> None:
    for _, work in stages(space)[:_TO_CELLS]:
        work()


def _case(_: Bench, space: Workspace) -> Mapping[str, object]:
    cells = space.folder.restricted / "cells" / "cells"
    before = {path: path.stat().st_mtime_ns for path in cells.rglob("*.parquet")}
    _run(space)
    after = {path: path.stat().st_mtime_ns for path in cells.rglob("*.parquet")}
    return {"months counted": sum(before.get(path) != moment for path, moment in after.items())}


CASES = (
    Case(
        topic=TOPIC,
        name="the 36th month",
        role="ours",
        run=_case,
        prepare=_before(_newest_month),
        inputs=_inputs,
        sizes=SIZES,
        repeats=1,
    ),
    Case(
        topic=TOPIC,
        name="a corrected month",
        run=_case,
        prepare=_before(_correction),
        inputs=_inputs,
        sizes=SIZES,
        repeats=1,
    ),
    Case(
        topic=TOPIC,
        name="a threshold of the release",
        run=_case,
        prepare=_before(_threshold),
        inputs=_inputs,
        sizes=SIZES,
        repeats=1,
    ),
    Case(
        topic=TOPIC,
        name="a word on the pages",
        run=_case,
        prepare=_before(_word),
        inputs=_inputs,
        sizes=SIZES,
        repeats=1,
    ),
    Case(
        topic=TOPIC,
        name="all 36 months from nothing",
        run=_case,
        prepare=_everything,
        inputs=_inputs,
        sizes=SIZES,
        repeats=1,
    ),
)
