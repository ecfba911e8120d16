"""The notebooks run from top to bottom, and show what their text says they show."""

import ast
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.ipynb"))


def _run(path: Path) -> dict:
    """Execute the code cells as a kernel would: one namespace, the last expression of a cell is shown."""
    names: dict = {"__name__": "__main__"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        shown = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, path.name, "exec"), names)
        if shown is not None:
            value = eval(compile(ast.Expression(shown.value), path.name, "eval"), names)
            names["_"] = repr(value)
    return names


@pytest.fixture
def ran(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return lambda name: _run(next(path for path in NOTEBOOKS if path.stem == name))


def test_there_are_two_notebooks_and_they_keep_no_output():
    assert len(NOTEBOOKS) == 2
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []


def test_a_first_look_ends_with_a_figure_of_every_team(ran):
    names = ran("first_look")
    assert names["checks"]["team"].n_unique() == 4
    (told,) = [trace for trace in names["figure"].data if trace.hoverinfo != "skip"]
    assert len(set(told.y)) == len(told.text) == names["newest"].height == 5
    assert all(any(text.startswith(team) for text in told.text) for team in ("all teams", *names["newest"]["team"]))


def test_a_first_look_goes_from_one_export_to_a_figure_in_five_calls(ran):
    (cell,) = [
        "".join(cell["source"])
        for cell in json.loads(NOTEBOOKS[0].read_text(encoding="utf-8"))["cells"]
        if "records = meos" in "".join(cell["source"])
    ]
    calls = [node for node in ast.walk(ast.parse(cell)) if isinstance(node, ast.Call)]
    of_ours = [
        node.func.attr
        for node in calls
        if isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "meos"
    ]
    assert sorted(of_ours) == ["count_cells", "figure", "read_companions", "read_export", "statistic"]
    names = ran("first_look")
    assert names["beside"] == {}
    assert names["records"]["team"].n_unique() == 4
    (told,) = [trace for trace in names["drawn"].data if trace.hoverinfo != "skip"]
    assert len(told.text) == 5


def test_selective_recording_shows_a_yield_that_is_too_high_and_bounds_that_hold(ran):
    names = ran("selective_recording")
    happened = names["happened"]
    assert (happened["seen_yield"] > happened["true_yield"]).all()
    assert names["low"] <= names["true_yield"] <= names["high"]
    assert names["seen_yield"] > names["true_yield"]
