"""The folder to install from without an index: every package has a wheel for every machine, and a damaged one is refused."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.bundle import PYTHONS, SYSTEMS, fitting, main, needed, write
from tests.supply_chain import locked

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
MACHINES = [(system, python) for system in SYSTEMS for python in PYTHONS]


@pytest.mark.parametrize(("system", "python"), MACHINES)
def test_every_package_of_the_lock_has_a_wheel_for_every_machine(system, python):
    packages = needed(system, python)
    assert len(packages) > 100
    assert [package["name"] for package in packages if not fitting(package, system, python)] == []
    known = {(package["name"], package["version"]) for package in locked()}
    assert {(package["name"], package["version"]) for package in packages} <= known


def test_what_only_windows_or_only_linux_needs_is_told_apart():
    linux, windows = ({package["name"] for package in needed(system, "3.12")} for system in SYSTEMS)
    assert {"pywin32", "colorama"} <= windows - linux
    assert {"polars", "dagster-webserver", "psycopg2-binary", "starlette"} <= linux & windows


def test_a_wheel_of_another_machine_does_not_fit():
    (package,) = [package for package in needed("linux", "3.12") if package["name"] == "numpy"]
    on_linux, on_windows = (set(fitting(package, system, "3.12")) for system in SYSTEMS)
    assert on_linux
    assert on_windows
    assert not on_linux & on_windows
    assert not on_linux & set(fitting(package, "linux", "3.13"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a wheel that is ours by name and does nothing but say so."""
    made = tmp_path / "bundle"
    (made / "wheels").mkdir(parents=True)
    facts = "meos_pipeline-0.0.1.dist-info"
    with zipfile.ZipFile(made / "wheels/meos_pipeline-0.0.1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("meos_small.py", "def main():\n    print('meos is here')\n")
        wheel.writestr(f"{facts}/METADATA", "Metadata-Version: 2.1\nName: meos-pipeline\nVersion: 0.0.1\n")
        wheel.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{facts}/entry_points.txt", "[console_scripts]\nmeos = meos_small:main\n")
        wheel.writestr(f"{facts}/RECORD", "")
    return made


def install(folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as on a machine that reaches no index."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_", "VIRTUAL"))}
    nowhere = {"PIP_INDEX_URL": "https://nowhere.invalid/simple", "PYTHON": sys.executable, "HOME": str(target.parent)}
    words = ["sh", str(folder / "install.sh"), str(target)]
    return subprocess.run(words, capture_output=True, text=True, check=False, env=clean | nowhere, cwd=target.parent)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="the script for Linux asks sha256sum")
def test_the_script_installs_without_an_index(folder, tmp_path):
    write(folder, [], "linux", HERE)
    done = install(folder, tmp_path / "program")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Installed. Now say:" in done.stdout
    said = subprocess.run([tmp_path / "program/bin/meos"], capture_output=True, text=True, check=True)
    assert said.stdout == "meos is here\n"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="the script for Linux asks sha256sum")
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("wheel", "A file of this folder is not what was made; copy the folder again. Nothing was installed."),
        ("requirements", "A file of this folder is not what was made; copy the folder again. Nothing was installed."),
        ("lost", "A file of this folder is not what was made; copy the folder again. Nothing was installed."),
        ("python", "This folder is for Python 3.10"),
    ],
)
def test_a_damaged_folder_or_another_python_is_refused_before_anything_is_installed(folder, tmp_path, damage, told):
    write(folder, [], "linux", "3.10" if damage == "python" else HERE)
    (wheel,) = (folder / "wheels").iterdir()
    if damage == "wheel":
        wheel.write_bytes(wheel.read_bytes()[:-1] + b"x")
    elif damage == "requirements":
        (folder / "requirements.txt").write_text("meos-pipeline==0.0.1\n", encoding="utf-8")
    elif damage == "lost":
        wheel.unlink()
    done = install(folder, tmp_path / "program")
    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stderr
    assert not (tmp_path / "program").exists()


def test_the_script_of_windows_asks_no_index_and_checks_every_hash(folder):
    packages = needed("windows", "3.12")
    write(folder, packages, "windows", "3.12")
    script = (folder / "install.cmd").read_bytes()
    assert script.count(b"\r\n") == script.count(b"\n")
    assert b"py -3.12 -m venv" in script
    assert b"--no-index --no-deps --require-hashes" in script
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(packages) + 1
    assert all("--hash=sha256:" in line for line in lines)


@pytest.mark.parametrize("machine", ["linux", "mac-3.11", "linux-3.9", ""])
def test_another_machine_is_refused(machine, tmp_path, capsys):
    assert main([str(tmp_path), machine]) == 2
    assert f"'{machine}' is no machine" in capsys.readouterr().err
