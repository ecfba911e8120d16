"""Make one folder from which the program is installed without an index: wheels of the lock, their hashes, an ``install`` script.

``python -m tests.bundle FOLDER linux-3.11``: FOLDER holds ``wheels/`` with our own wheel, and gets the rest. pip fetches the
wheels, of which the hash must be one of the lock; ``install.sh`` or ``install.cmd`` asks no index and checks every hash again.
"""

import hashlib
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.tags import Tag, cpython_tags
from packaging.utils import parse_wheel_filename

from tests.supply_chain import OURS, ROOT, hashes

EXTRAS = ("server", "cluster")
"""What a site may want beside the program itself: Dagster's page, the viewer, several machines."""
SYSTEMS = ("linux", "windows")
PYTHONS = ("3.11", "3.12", "3.13")
_NEWEST_GLIBC = 34
"""Wheels may ask glibc 2.34, of 2021; Debian 12 has 2.36."""
_OLDEST_GLIBC = 5


def platforms(system: str) -> list[str]:
    """Platform tags that a wheel may have, the newest first."""
    if system == "windows":
        return ["win_amd64"]
    named = [f"manylinux_2_{minor}_x86_64" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1)]
    return [*named, *(f"manylinux{year}_x86_64" for year in (2014, 2010, 1)), "linux_x86_64"]


def environment(system: str, python: str) -> dict[str, str]:
    """What the markers of the lock ask about a machine."""
    is_windows = system == "windows"
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.9",
        "os_name": "nt" if is_windows else "posix",
        "platform_machine": "AMD64" if is_windows else "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Windows" if is_windows else "Linux",
        "platform_version": "",
        "python_full_version": f"{python}.9",
        "python_version": python,
        "sys_platform": "win32" if is_windows else "linux",
    }


def needed(system: str, python: str) -> list[dict[str, Any]]:
    """Packages of ``uv.lock`` that the program and ``EXTRAS`` need on such a machine, by name; not ours itself."""
    asked = environment(system, python)
    named: dict[str, list[dict[str, Any]]] = {}
    for package in tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]:
        named.setdefault(package["name"], []).append(package)
    found: dict[str, dict[str, Any]] = {}
    seen: set[tuple[str, str]] = set()
    waiting: list[tuple[dict[str, Any], str]] = [(named[OURS][0], extra) for extra in ("", *EXTRAS)]
    while waiting:
        package, extra = waiting.pop()
        if (package["name"], extra) in seen:
            continue
        seen.add((package["name"], extra))
        found[package["name"]] = package
        of_extra = package.get("optional-dependencies", {}).get(extra, [])
        for need in of_extra if extra else package.get("dependencies", []):
            if "marker" not in need or Marker(need["marker"]).evaluate(asked | {"extra": extra}):
                (one,) = [item for item in named[need["name"]] if need.get("version") in {None, item["version"]}]
                waiting += [(one, wanted) for wanted in ("", *need.get("extra", []))]
    return [found[name] for name in sorted(found.keys() - {OURS})]


def fitting(package: dict[str, Any], system: str, python: str) -> list[str]:
    """Names of the wheels of a package that such a machine can install."""
    major, minor = map(int, python.split("."))
    usable = {*cpython_tags((major, minor), platforms=platforms(system))}
    usable |= {Tag(f"py{one}", "none", "any") for one in (major, *(f"{major}{minor}" for minor in range(minor + 1)))}
    usable |= {Tag("py3", "none", name) for name in platforms(system)} | {Tag("py2.py3", "none", "any")}
    names = [wheel["url"].rsplit("/", 1)[1] for wheel in package.get("wheels", [])]
    return [name for name in names if parse_wheel_filename(name)[3] & usable]


def requirements(packages: list[dict[str, Any]], own: Path) -> str:
    """Lines for pip: each package with its version and hashes, our own wheel last."""
    lines = [
        " ".join(
            [f"{package['name']}=={package['version']}", *(f"--hash=sha256:{one}" for one in sorted(hashes(package)))]
        )
        for package in packages
    ]
    version = parse_wheel_filename(own.name)[1]
    lines.append(f"{OURS}=={version} --hash=sha256:{hashlib.sha256(own.read_bytes()).hexdigest()}")
    return "".join(f"{line}\n" for line in lines)


_LINUX = """\
#!/bin/sh
# Installs the program from the wheels beside this file, in FOLDER; no index is asked. Say: sh install.sh [FOLDER]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$HOME/.meos/program}
python=${PYTHON:-python@PYTHON@}
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (@COMMA@))' 2>/dev/null || {
  echo "This folder is for Python @PYTHON@, and '$python' is not that; say PYTHON=/path/to/python@PYTHON@ sh install.sh" >&2
  exit 2
}
(cd "$here" && sha256sum --check --quiet SHA256SUMS >&2) || {
  echo "A file of this folder is not what was made; copy the folder again. Nothing was installed." >&2
  exit 2
}
"$python" -m venv "$target"
"$target/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --require-hashes \\
  --find-links "$here/wheels" --requirement "$here/requirements.txt"
"$target/bin/python" -m pip check
echo "Installed. Now say: $target/bin/meos demo --data demo"
"""
_WINDOWS = """\
@echo off
rem Installs the program from the wheels beside this file, in FOLDER; no index is asked. Say: install.cmd [FOLDER]
setlocal
set "TARGET=%~1"
if "%TARGET%"=="" set "TARGET=%USERPROFILE%\\.meos\\program"
if not defined PYTHON set "PYTHON=py -@PYTHON@"
%PYTHON% -c "import sys; sys.exit(sys.version_info[:2] != (@COMMA@))" || goto python
rem A dot behind the folder: a backslash before a quote would make the quote a letter.
%PYTHON% -c "@CHECK@" "%~dp0." || goto damaged
%PYTHON% -m venv "%TARGET%" || goto failed
"%TARGET%\\Scripts\\python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --require-hashes ^
  --find-links "%~dp0wheels" --requirement "%~dp0requirements.txt" || goto failed
"%TARGET%\\Scripts\\python" -m pip check || goto failed
echo Installed. Now say: "%TARGET%\\Scripts\\meos" demo --data demo
echo In PowerShell put an ampersand and a blank before it.
exit /b 0
:python
echo This folder is for Python @PYTHON@, and '%PYTHON%' is not that; set PYTHON to python.exe of that version, in quotes 1>&2
exit /b 2
:damaged
echo A file of this folder is not what was made; copy the folder again. Nothing was installed. 1>&2
exit /b 2
:failed
echo Not installed: read the message above. 1>&2
exit /b 2
"""
_CHECK = (
    "import hashlib, pathlib, sys; here = pathlib.Path(sys.argv[1]); "
    "pairs = [line.split('  ', 1) for line in (here / 'SHA256SUMS').read_text('utf-8').splitlines()]; "
    "same = [(here / name).is_file() and hashlib.sha256((here / name).read_bytes()).hexdigest() == said for said, name in pairs]; "
    "sys.exit(not same or not all(same))"
)
"""What Windows has no ``sha256sum`` for: Python is there anyhow. No double quote and no percent sign, which cmd would read."""


def write(folder: Path, packages: list[dict[str, Any]], system: str, python: str) -> None:
    """Write requirements, script and hashes into a folder that has our wheel in ``wheels/``."""
    (own,) = (folder / "wheels").glob("meos_pipeline-*.whl")
    (folder / "requirements.txt").write_text(requirements(packages, own), encoding="utf-8", newline="\n")
    name, text = ("install.cmd", _WINDOWS) if system == "windows" else ("install.sh", _LINUX)
    text = text.replace("@PYTHON@", python).replace("@COMMA@", python.replace(".", ", ")).replace("@CHECK@", _CHECK)
    (folder / name).write_text(text, encoding="utf-8", newline="\r\n" if system == "windows" else "\n")
    sum_up(folder)


def sum_up(folder: Path) -> None:
    """Write the SHA-256 of every file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n" for path in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def fetch(folder: Path, system: str, python: str) -> None:
    """Let pip fetch the wheels that ``requirements.txt`` names, our own excepted."""
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = folder / "wanted.txt"
    wanted.write_text("".join(f"{line}\n" for line in lines if not line.startswith(f"{OURS}==")), encoding="utf-8")
    choices = [word for name in platforms(system) for word in ("--platform", name)]
    choices += ["--python-version", python, "--implementation", "cp"]
    for abi in (f"cp{python.replace('.', '')}", "abi3", "none"):
        choices += ["--abi", abi]
    places = ["--requirement", str(wanted), "--dest", str(folder / "wheels")]
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            *choices,
            *places,
        ],
        check=True,
    )
    wanted.unlink()
    sum_up(folder)


def main(words: list[str]) -> int:
    """Make the folder for a machine such as ``linux-3.11``, and say how large it is."""
    folder, (system, _, python) = Path(words[0]), words[1].partition("-")
    if system not in SYSTEMS or python not in PYTHONS:
        sys.stderr.write(f"'{words[1]}' is no machine; say one of {SYSTEMS}, a dash, and one of {PYTHONS}\n")
        return 2
    write(folder, needed(system, python), system, python)
    fetch(folder, system, python)
    files = list((folder / "wheels").iterdir())
    size = sum(path.stat().st_size for path in files) / 1e6
    sys.stdout.write(f"{folder}: {len(files)} wheels, {size:.0f} MB, for {system} with Python {python}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
