"""Topic: writing fictional exports."""

from collections.abc import Mapping

from benchmarks.case import MILLION, Bench, Case


def _ours(bench: Bench, _: None) -> Mapping[str, object]:
    from meos_pipeline.synthetic.generate import generate

    truth = generate(bench.work / "landing", seed=1, teams=20, months=24, rows=bench.rows)
    return {"rows": truth.rows}


CASES = (Case(topic="Generate exports", name="ours", role="ours", run=_ours, sizes=(MILLION, 10 * MILLION), repeats=1),)
