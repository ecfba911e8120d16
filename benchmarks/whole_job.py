"""Topic: exports to published team reports, against the script an analyst would write."""

from collections.abc import Mapping

from benchmarks.case import MILLION, Bench, Case
from benchmarks.exports import exports_folder, make_exports
from benchmarks.naive import naive_report
from benchmarks.stages import prepared, timed
from meos_pipeline.steps.workspace import Workspace

TOPIC = "Whole job"
SIZES = (MILLION, 10 * MILLION)


def _naive(bench: Bench, _: None) -> Mapping[str, object]:
    return naive_report(exports_folder(bench), bench.work / "report")


def _ours(_: Bench, space: Workspace) -> Mapping[str, object]:
    return {item.stage: round(item.cpu_seconds, 1) for item in timed(space)}


CASES = (
    Case(
        topic=TOPIC,
        name="ours: exports to published, attacked, sealed reports",
        role="ours",
        run=_ours,
        prepare=prepared,
        inputs=make_exports,
        sizes=SIZES,
        repeats=1,
    ),
    Case(
        topic=TOPIC,
        name="pandas + statsmodels script",
        run=_naive,
        inputs=make_exports,
        sizes=SIZES,
        needs=("pandas", "statsmodels"),
        repeats=1,
    ),
)
