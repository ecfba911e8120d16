"""``meos verify``: what was damaged is told by name, and nothing that was not."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path

import pytest

from meos_pipeline.errors import PublicationError
from meos_pipeline.steps.logged import log_look
from meos_pipeline.steps.publishing import publish
from meos_pipeline.steps.verifying import verify
from meos_pipeline.steps.workspace import open_workspace
from meos_pipeline.storage.audit import read_entries
from meos_pipeline.storage.paths import DataFolder
from tests.cli.conftest import Meos

NOW = datetime(2025, 7, 1, tzinfo=UTC)


def _only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    path.chmod(0o644)
    return path


def _append(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


def _of_another_manifest(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"manifest": "0" * 64}), encoding="utf-8")


def _lines(log: Path, keep: Callable[[list[str]], list[str]]) -> None:
    log.write_text("".join(keep(log.read_text(encoding="utf-8").splitlines(keepends=True))), encoding="utf-8")


def _before_publication(lines: list[str]) -> list[str]:
    return list(takewhile(lambda line: '"publish"' not in line, lines))


DAMAGES: dict[str, tuple[Callable[[DataFolder], object], tuple[str, ...]]] = {
    "a page is changed": (
        lambda data: _append(_only(data.published, "editions/*/noordkade/index.html")),
        ("is not whole", "'noordkade/index.html' was changed", "withdraw it"),
    ),
    "a seal is gone": (lambda data: _only(data.published, "seals/*.json").unlink(), ("has no seal",)),
    "a seal is of another manifest": (
        lambda data: _of_another_manifest(_only(data.published, "seals/*.json")),
        ("its seal is of another manifest",),
    ),
    "the pointer names nothing": (
        lambda data: (data.published / "CURRENT").write_text("rubbish"),
        ("led nowhere", "lead to different editions"),
    ),
    "the pointer names an edition that is not there": (
        lambda data: (data.published / "CURRENT").write_text("2000-01-0000000000000000"),
        ("which is not there", "lead to different editions"),
    ),
    "the page for browsers leads nowhere": (
        lambda data: (data.published / "index.html").unlink(),
        ("lead to different editions",),
    ),
    "a line of the log is changed": (
        lambda data: _lines(data.audit_log, lambda all_: [all_[0].replace('"who": "', '"who": "x'), *all_[1:]]),
        ("line 1 was changed",),
    ),
    "a line is taken out of the log": (
        lambda data: _lines(data.audit_log, lambda all_: all_[1:]),
        ("line 1 does not follow the line before it", "lines that were there when"),
    ),
    "the line of a publication is taken out, with the looks that came after": (
        lambda data: _lines(data.audit_log, _before_publication),
        ("no line says that edition",),
    ),
    "the log is cut": (
        lambda data: _lines(data.audit_log, lambda _: []),
        ("lines that were there when", "no line says that edition"),
    ),
    "a ledger is changed": (
        lambda data: _append(_only(data.restricted / "ledger", "*.parquet")),
        ("was changed after it was written",),
    ),
    "the ledger of the quality of data is changed": (
        lambda data: _append(_only(data.restricted / "quality_ledger", "*.parquet")),
        ("was changed after it was written",),
    ),
    "the newest ledger is gone": (
        lambda data: _only(data.restricted / "ledger", "*.parquet").unlink(),
        ("lacks its newest generation",),
    ),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGES.values(), ids=list(DAMAGES))
def test_verify_tells_each_damage_and_nothing_else(
    district: DataFolder, damage: Callable[[DataFolder], object], told: tuple[str, ...]
) -> None:
    space = open_workspace(district.root)
    assert "is whole" in verify(space)
    damage(district)
    with pytest.raises(PublicationError) as found:
        verify(space)
    problems = str(found.value).split("\n  - ")[1:]
    assert [problem for problem in problems if not any(words in problem for words in told)] == []
    assert [words for words in told if not any(words in problem for problem in problems)] == []


@pytest.mark.parametrize("is_anchored", [True, False])
def test_a_line_that_is_cut_off_after_the_newest_edition_shows_where_the_log_is_anchored(
    district: DataFolder, tmp_path: Path, is_anchored: bool
) -> None:
    space = open_workspace(district.root)
    audit = replace(space.settings.audit, anchor=str(tmp_path) if is_anchored else "")
    space = replace(space, settings=replace(space.settings, audit=audit))
    log_look(space, action="inspect", facts={"file": "a.csv"}, now=NOW)
    assert "is whole" in verify(space)
    _lines(district.audit_log, lambda all_: all_[:-1])
    if is_anchored:
        with pytest.raises(PublicationError, match=r"lines that were there when 'audit-20250701T.*' was (sealed|kept)"):
            verify(space)
    else:
        assert "is whole" in verify(space)


def test_a_damage_ends_the_command_with_76(district: DataFolder, meos: Meos) -> None:
    assert meos("verify", "--data", district.root).code == 0
    _append(_only(district.published, "editions/*/noordkade/index.html"))
    said = meos("verify", "--data", district.root)
    assert (said.code, "noordkade/index.html" in said.text) == (76, True), said.text


def test_a_publication_that_was_broken_off_after_the_seal_is_logged_by_the_next(
    district: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers see the edition, and the process dies before the line is written."""
    space = open_workspace(district.root)
    _lines(district.audit_log, _before_publication)
    for name in ("editions", "seals"):
        shutil.rmtree(district.published / name)
    monkeypatch.setattr("meos_pipeline.steps.publishing.log", _dies)
    with pytest.raises(KeyboardInterrupt):
        publish(space, now=NOW)
    monkeypatch.undo()
    with pytest.raises(PublicationError, match="no line says that edition"):
        verify(space)
    edition = publish(space, now=NOW).edition
    assert "is whole" in verify(space)
    assert publish(space, now=NOW).edition == edition
    lines = [entry for entry in read_entries(district.audit_log) if entry["action"] == "publish"]
    assert [entry["facts"]["edition"] for entry in lines] == [edition]


def _dies(*_: object, **__: object) -> str:
    raise KeyboardInterrupt
