"""The README's commands are run as a newcomer runs them: a copy of the tree, an empty home, a clean environment.

Only the installation is borrowed: the environment that runs this test stands in for the one that ``make setup`` would
make, so nothing is fetched and nothing of it is changed. Of the lines that start all tests only the beginning is run.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PUBLISHED = {
    "make demo": "dagster_home/demo",
    "make demo-real": "dagster_home/demo-real",
    "uv run meos demo": "dagster_home/demo",
}
"""What the README has somebody type, and the data folder it publishes in."""
TESTS = ("make test", 'uv run pytest -m "not slow and not whole"')
INSTALLS = ("uv sync --frozen",)
FAST = ("make demo",)


def typed(text: str) -> list[str]:
    """Lines that a reader types, from the blocks for a shell, without what stands behind '#'."""
    blocks = re.findall(r"```(?:bash|powershell)\n(.*?)```", text, re.DOTALL)
    lines = [re.split(r"\s+#", line)[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.fixture(scope="module")
def uv() -> str:
    """Where uv is; in the environment's tools when ``make`` put it there."""
    found = shutil.which("uv", path=os.pathsep.join([os.environ.get("PATH", ""), str(ROOT / ".tools" / "bin")]))
    if found is None or shutil.which("make") is None:
        pytest.skip("uv or make is not installed; 'make setup' brings uv")
    return found


@pytest.fixture
def newcomer(tmp_path: Path, uv: str) -> tuple[Path, dict[str, str]]:
    """A copy of the tree as it is now, and an environment with an empty home."""
    tree, home = tmp_path / "meos_pipeline", tmp_path / "home"
    home.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    for name in (name for name in listed if (ROOT / name).is_file()):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    ready = tree / ".venv" / ".ready"  # what `make setup` leaves behind
    ready.parent.mkdir()
    ready.touch()
    return tree, {
        "PATH": os.pathsep.join([str(Path(uv).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(tree),
        "UV_PROJECT_ENVIRONMENT": sys.prefix,
        "UV_NO_SYNC": "1",
        "UV_OFFLINE": "1",
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "PYENV_ROOT": os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")),
    }


def run(line: str, tree: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Type a line in the copy."""
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def test_each_line_of_the_readme_is_run_here():
    assert sorted(typed(README)) == sorted([*PUBLISHED, *TESTS, *INSTALLS])


@pytest.mark.parametrize(
    "line", [pytest.param(line, marks=[] if line in FAST else [pytest.mark.slow]) for line in PUBLISHED]
)
def test_a_newcomer_gets_published_reports(line, newcomer):
    tree, environment = newcomer
    if line.startswith("make"):
        assert run(f"{line} --question", tree, environment).returncode == 1, "there is nothing to do, or no such word"
    done = run(line, tree, environment)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    published = tree / PUBLISHED[line] / "published"
    assert f"{published}/index.html" in done.stdout
    (edition,) = (published / "editions").iterdir()
    assert (published / "index.html").stat().st_size > 0
    assert edition.name in (published / "index.html").read_text(encoding="utf-8")
    assert len(list(edition.glob("*/index.html"))) > 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("line", TESTS)
def test_the_tests_that_the_readme_starts_are_there(line, newcomer):
    """What ``make`` would run is read from it; then one small file of those tests is run in the copy."""
    tree, environment = newcomer
    if line.startswith("make"):
        told = run(f"{line} --dry-run", tree, environment)
        assert told.returncode == 0, told.stderr
        assert '-m "not slow and not whole"' in told.stdout
        line = 'uv run --frozen --no-sync python -m pytest -q -m "not slow and not whole"'
    done = run(f"{line} -p no:cacheprovider tests/test_sun.py", tree, environment)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert " passed" in done.stdout


@pytest.mark.parametrize("line", INSTALLS)
def test_the_lock_file_that_the_readme_installs_fits_the_project(line, newcomer):
    tree, environment = newcomer
    assert run("uv lock --check", tree, environment).returncode == 0
    assert (
        run(f"{line} --dry-run", tree, environment | {"UV_PROJECT_ENVIRONMENT": str(tree / "nothing")}).returncode == 0
    )
