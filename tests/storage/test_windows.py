"""What Windows has not: modules and calls that are absent there are not needed, and what is not done there is said."""

import ast
import os
import sys
from pathlib import Path

import pytest

from meos_pipeline.errors import PublicationError
from meos_pipeline.ingest.child import limit_this_process
from meos_pipeline.ingest.keys import new_key_file, read_keys
from meos_pipeline.reporting.pdf import require_library
from meos_pipeline.storage.locks import run_lock
from meos_pipeline.storage.paths import PACKAGE, DataFolder

ABSENT = ("fcntl", "resource", "pwd", "grp", "termios")
"""Modules that Python on Windows does not have."""
FUNCTIONS = ("geteuid", "getuid", "getgid", "fork", "killpg", "fchmod", "chown", "getloadavg", "sched_getaffinity")
"""What its module ``os`` does not have."""


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what Windows has not, as far as our own code looks."""
    for name in ABSENT:
        monkeypatch.setitem(sys.modules, name, None)
    for name in FUNCTIONS:
        monkeypatch.delattr(os, name, raising=False)
    monkeypatch.setattr(sys, "platform", "win32")


def _parsed() -> list[tuple[str, ast.Module]]:
    paths = sorted(PACKAGE.rglob("*.py"))
    return [(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def test_nothing_that_windows_has_not_is_imported_when_a_module_is_loaded():
    found = [
        (name, alias.name)
        for name, tree in _parsed()
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.name in ABSENT or getattr(node, "module", "") in ABSENT
    ]
    assert found == []


def test_text_is_read_and_written_in_utf_8_whatever_the_system_prefers():
    """Windows prefers its code page: a name with an accent in a note would come back as another."""
    silent = [
        f"{name}:{node.lineno}"
        for name, tree in _parsed()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"read_text", "write_text"}
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id == "durable")
        and "encoding" not in {keyword.arg for keyword in node.keywords}
    ]
    assert silent == []


@pytest.mark.usefixtures("windows")
def test_a_run_that_would_share_the_folder_holds_it_alone(tmp_path: Path):
    with run_lock(DataFolder(tmp_path), "'meos run'", shared=True):
        assert (tmp_path / "restricted" / "run.holder").exists()


@pytest.mark.usefixtures("windows")
def test_a_child_without_limits_on_memory_goes_on():
    limit_this_process()


@pytest.mark.usefixtures("windows")
def test_a_key_file_is_read_whatever_its_mode_says(tmp_path: Path):
    path = tmp_path / "keys.json"
    made = new_key_file(path)
    path.chmod(0o644)
    assert read_keys(path).check_value == made.check_value


def test_the_check_of_a_key_file_says_when_rights_were_not_looked_at(tmp_path: Path, monkeypatch, capsys):
    from meos_pipeline.cli.care import key_check

    new_key_file(tmp_path / "keys.json")
    assert key_check(tmp_path / "keys.json") == 0
    assert "icacls" not in capsys.readouterr().out
    monkeypatch.delattr(os, "geteuid")
    assert key_check(tmp_path / "keys.json") == 0
    assert "icacls" in capsys.readouterr().out


@pytest.mark.parametrize("absent", [None, "cannot load library"])
def test_without_pango_one_sentence_says_what_to_install(absent, monkeypatch):
    def refuse(_: str) -> None:
        raise OSError(absent)

    if absent is None:
        monkeypatch.setitem(sys.modules, "weasyprint", None)
    else:
        monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(PublicationError, match=r"Pango \((ModuleNotFoundError|OSError)\)"):
        require_library()
