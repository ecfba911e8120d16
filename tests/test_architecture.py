"""Are we still in this house? Layers are import-linter's; here is what it cannot see."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "meos_pipeline"
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "great_expectations",
    "statsmodels",
    "scipy",
    "pandas",
    "plotly",
    "weasyprint",
    "xlsxwriter",
    "fastexcel",
    "jinja2",
)


def _loaded_after(statement: str) -> set[str]:
    script = f"{statement}\nimport sys\nprint(' '.join(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_loading_the_definitions_imports_no_heavy_library():
    assert not _loaded_after("import meos_pipeline.definitions as d; d.defs()") & set(HEAVY)


def test_help_of_the_command_line_imports_no_data_library():
    loaded = _loaded_after("from meos_pipeline.cli.app import app")
    assert not loaded & {*HEAVY, "polars", "dagster", "numpy"}


@pytest.mark.parametrize("chosen", ["", "narenas:1"])
def test_how_polars_keeps_memory_is_said_before_it_is_loaded_unless_somebody_said_it(chosen):
    script = "import meos_pipeline, os; print(os.environ['_RJEM_MALLOC_CONF'])"
    environment = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    environment |= {"_RJEM_MALLOC_CONF": chosen} if chosen else {}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, env=environment, check=True
    )
    assert done.stdout.strip() == chosen or (not chosen and "dirty_decay_ms:15000" in done.stdout)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def test_only_defs_and_the_command_line_print_log_or_read_the_clock():
    offenders = []
    for path in MODULES:
        if path.relative_to(PACKAGE).parts[0] in {"defs", "cli", "server", "attack"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if (
                    called == "print"
                    or re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|today|utcnow)", called)
                    or called.startswith("logging.")
                ):
                    offenders.append(f"{path.relative_to(ROOT)}:{node.lineno} {called}")
    assert offenders == []


def test_nothing_in_the_project_names_the_place_where_it_was_made():
    tracked = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True, cwd=ROOT).stdout.split()
    word = re.compile(r"\.\./shared\b|/(?:work|farm)/[a-z.]")
    named = [
        name
        for name in tracked
        if not name.endswith((".png", ".lock", ".csv", ".js", ".parquet", ".woff2", ".ttf"))
        and name != "tests/test_architecture.py"
        and (ROOT / name).is_file()
        and word.search((ROOT / name).read_text(encoding="utf-8", errors="replace"))
    ]
    assert named == []
