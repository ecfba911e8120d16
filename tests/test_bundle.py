"""The folder to install from without an index: every package has a wheel for every machine, and a damaged one is refused."""

import os
import re
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
    assert b'set "PYTHON=py -3.12"' in script
    assert b"--no-index --no-deps --require-hashes" in script
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(packages) + 1
    assert all("--hash=sha256:" in line for line in lines)


STEPS = (
    (r"sys\.version_info\[:2\] != \(3, 12\)", "asks the version of Python"),
    (r"SHA256SUMS", "compares every file with its hash"),
    (r"-m venv", "makes an environment"),
    (
        r"-m pip install --quiet --disable-pip-version-check --no-index --no-deps --require-hashes \S\s+--find-links",
        "installs",
    ),
    (r"-m pip check", "looks whether all fits"),
    (r"echo .?Installed\. Now say:", "says what to do now"),
)
"""What either script does, in this order."""


@pytest.mark.parametrize(("system", "name"), [("linux", "install.sh"), ("windows", "install.cmd")])
def test_both_scripts_take_the_same_steps_in_the_same_order(folder, system, name):
    write(folder, [], system, "3.12")
    script = (folder / name).read_text(encoding="ascii")
    found = [re.search(pattern, script) for pattern, _ in STEPS]
    assert [said for (_, said), one in zip(STEPS, found, strict=True) if one is None] == []
    places = [one.start() for one in found]
    assert places == sorted(places)
    for told in (
        "This folder is for Python 3.12",
        "A file of this folder is not what was made; copy the folder again.",
    ):
        assert told in script


def test_each_label_of_the_script_of_windows_is_there_and_no_command_can_fail_unseen(folder):
    write(folder, [], "windows", "3.12")
    script = (folder / "install.cmd").read_bytes().decode("ascii")
    lines = script.replace("^\r\n", "").split("\r\n")
    labels = [line[1:] for line in lines if line.startswith(":")]
    assert sorted(set(re.findall(r"goto (\w+)", script))) == sorted(labels)
    run = [line for line in lines if line.startswith(("%PYTHON%", '"%TARGET%'))]
    assert len(run) == 5
    assert [line for line in run if not re.search(r" \|\| goto \w+$", line)] == []
    assert [line for line in run if line.count('"') % 2 or re.search(r'\\"', line)] == []
    ends = [lines[lines.index(f":{label}") + 2] for label in labels]
    assert set(ends) == {"exit /b 2"}


@pytest.mark.parametrize("damage", ["nothing", "wheel", "requirements", "lost", "no sums"])
def test_what_the_script_of_windows_asks_python_finds_a_damaged_folder(folder, damage):
    write(folder, [], "windows", "3.12")
    script = (folder / "install.cmd").read_text(encoding="ascii")
    (check,) = re.findall(r'-c "(import hashlib.*?)" "%~dp0\."', script)
    assert "%" not in check
    (wheel,) = (folder / "wheels").iterdir()
    if damage == "wheel":
        wheel.write_bytes(wheel.read_bytes()[:-1] + b"x")
    elif damage == "requirements":
        (folder / "requirements.txt").write_text("meos-pipeline==0.0.1\n", encoding="utf-8")
    elif damage == "lost":
        wheel.unlink()
    elif damage == "no sums":
        (folder / "SHA256SUMS").write_text("", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", check, f"{folder}/."], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (damage == "nothing")
    assert done.stderr == ""


@pytest.mark.parametrize("machine", ["linux", "mac-3.11", "linux-3.9", ""])
def test_another_machine_is_refused(machine, tmp_path, capsys):
    assert main([str(tmp_path), machine]) == 2
    assert f"'{machine}' is no machine" in capsys.readouterr().err
