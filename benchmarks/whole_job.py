"""Topic: exports to published team reports, against the script an analyst would write."""

from collections.abc import Mapping

from benchmarks.case import MILLION, Bench, Case
from benchmarks.exports import exports_folder, make_exports
from benchmarks.naive import naive_report

TOPIC = "Whole job"
SIZES = (MILLION, 10 * MILLION)


def _naive(bench: Bench, _: None) -> Mapping[str, object]:
    return naive_report(exports_folder(bench), bench.work / "report")


CASES = (
    Case(topic=TOPIC, name="pandas + statsmodels script", run=_naive, inputs=make_exports, sizes=SIZES,
         needs=("pandas", "statsmodels"), repeats=1),
)  # fmt: skip
