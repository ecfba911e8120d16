"""The wheel holds all it needs: unpacked in an empty folder, far from the checkout, it runs the demo."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _tracked(*folders: str) -> set[str]:
    done = subprocess.run(["git", "ls-files", "--", *folders], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name for name in done.stdout.splitlines() if (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling", reason="the build backend is not installed; it is in the dev group")
    target = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    (made,) = target.glob("*.whl")
    return made


def test_the_wheel_holds_each_file_of_the_package_and_what_lies_beside_it(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    ours = _tracked("expectations", "reports", "docs/analyst", "dagster_home") - {"dagster_home/.gitignore"}
    beside = {f"meos_pipeline/shipped/{name}" for name in ours}
    expected = _tracked("meos_pipeline") | beside | {"meos_pipeline/dg.toml"}
    assert len(beside) > 20
    assert sorted(expected - inside) == []
    assert {name for name in inside if name.startswith("meos_pipeline/shipped/")} == beside, "and no history of runs"
    assert [name for name in inside if name.startswith(("tests/", "docs/", "dagster_home/"))] == []


def test_each_library_that_the_package_imports_is_declared():
    declared = {
        line.split(">")[0].split("=")[0].split("<")[0].strip().lower()
        for line in [
            *PROJECT["dependencies"],
            *(one for extra in PROJECT["optional-dependencies"].values() for one in extra),
        ]
    }
    imported: dict[str, str] = {}
    for path in (ROOT / "meos_pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            imported |= {name.split(".")[0]: path.name for name in names}
    homes = packages_distributions()
    foreign = {
        name: place for name, place in imported.items() if name not in sys.stdlib_module_names | {"meos_pipeline"}
    }
    assert {"polars", "dagster", "cyclopts"} <= set(foreign)
    loose = {
        name: place
        for name, place in foreign.items()
        if not {home.lower().replace("_", "-") for home in homes.get(name, [name])} & declared
    }
    assert set(loose) <= {"pydantic", "jax", "celery", "dagster_shared", "pydyf", "fontTools"}, loose


def test_who_installed_the_wheel_finds_the_files_of_a_cluster_as_the_guide_says(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    (line,) = re.findall(r"python -c '(.*?shipped.*?)'", (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, "-c", line],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
    )
    assert done.returncode == 0, done.stderr
    found = Path(done.stdout.strip()) / "cluster"
    assert found.is_relative_to(tmp_path)
    assert (found / "dagster.yaml").is_file()
    assert len(list((found / "systemd").glob("*.service"))) == 4


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel_outside_the_checkout(wheel, tmp_path):
    place, home, work = (tmp_path / name for name in ("site", "home", "work"))
    for folder in (place, home, work):
        folder.mkdir()
    zipfile.ZipFile(wheel).extractall(place)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MEOS_", "DAGSTER_", "PYTHON"))}
    environment = clean | {"PYTHONPATH": str(place), "HOME": str(home), "USERPROFILE": str(home), "MEOS_LANGUAGE": "en"}

    def meos(*words: str) -> str:
        code = f"import meos_pipeline; assert meos_pipeline.__file__.startswith({str(place)!r}); from meos_pipeline.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, cwd=work, env=environment
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    before = sorted(place.rglob("*.p*"))
    said = meos("demo", "--data", "demo", "--teams", "2", "--months", "4")
    assert "Published edition" in said
    assert len(list((work / "demo/published/editions").glob("*/*/a4.pdf"))) >= 2
    assert "is whole" in meos("verify", "--data", "demo")
    assert "meos_pipeline" in meos("--help") or "Police check records" in meos("--help")
    assert meos("docs", "first-export").startswith("# The first export")
    assert "| `number_scope` |" in meos("docs", "profile")
    assert meos("expectations", "list").rstrip().endswith("rules")
    assert sorted(path for path in place.rglob("*.p*") if path.suffix != ".pyc") == [
        p for p in before if p.suffix != ".pyc"
    ]
    assert str(home / ".meos" / "data") in meos("status")
