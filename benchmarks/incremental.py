"""Topic: one more month, against making everything again. Up to and including the cells."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.case import MILLION, Bench, Case
from benchmarks.exports import exports_folder, make_exports
from benchmarks.stages import stages, workspace
from meos_pipeline.steps.workspace import Workspace

TOPIC = "One more month (to cells)"
_TO_CELLS = 4
"""So many of the stages of the main job."""


def _all_but_newest(bench: Bench) -> Workspace:
    space = workspace(bench.work / "data", exports_folder(bench), leave_out=1)
    _run(space)
    newest = max(exports_folder(bench).glob("controles_*"))
    _copy(newest, space.folder.landing / newest.name)
    return space


def _everything(bench: Bench) -> Workspace:
    return workspace(bench.work / "data", exports_folder(bench))


def _copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copy2(source, target)


def _run(space: Workspace) -> None:
    for _, work in stages(space)[:_TO_CELLS]:
        work()


def _case(_: Bench, space: Workspace) -> Mapping[str, object]:
    _run(space)
    return {}


CASES = (
    Case(topic=TOPIC, name="ours: the 24th month only", role="ours", run=_case, prepare=_all_but_newest,
         inputs=make_exports, sizes=(MILLION,), repeats=1),
    Case(topic=TOPIC, name="all 24 months", run=_case, prepare=_everything, inputs=make_exports, sizes=(MILLION,),
         repeats=1),
)  # fmt: skip
