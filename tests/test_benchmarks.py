"""Benchmarks that nobody runs rot: the quick ones run here over a handful of records, and say what they should."""

import json
from pathlib import Path

import pytest

from benchmarks.case import Bench, Case
from benchmarks.discover import all_cases, missing

ROWS = 2_000
TOPICS = ("Export to tables", "Generate exports")
CASES = [case for case in all_cases() if case.topic in TOPICS and not missing(case)]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of exports that the cases share."""
    return tmp_path_factory.mktemp("inputs")


@pytest.mark.parametrize("case", CASES, ids=[f"{case.topic}: {case.role}" for case in CASES])
def test_a_case_runs_and_tells_facts_that_can_be_written_down(case: Case, inputs: Path, tmp_path: Path) -> None:
    bench = Bench(ROWS, inputs, tmp_path)
    if case.inputs:
        case.inputs(bench)
    facts = dict(case.run(bench, case.prepare(bench) if case.prepare else None) or {})
    assert json.loads(json.dumps(facts)) == facts
    assert facts.get("closes", True)
    assert facts["rows"] > 0.9 * ROWS
