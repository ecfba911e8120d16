"""The audit log: every edit, deletion, swap, repetition and cut shows."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from meos_pipeline.storage.audit import ACTIONS, find_breaks, last_mac, read_entries, write_entry
from meos_pipeline.storage.paths import PACKAGE

KEY = bytes(range(32))
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "audit.jsonl"
    for number in range(5):
        write_entry(
            path,
            KEY,
            action="collect",
            purpose="proef",
            facts={"n": number},
            at=START + timedelta(days=number),
            who="an",
        )
    return path


def test_an_untouched_chain_is_whole(log):
    assert find_breaks(log, KEY, last=last_mac(log)) == []
    assert [entry["facts"]["n"] for entry in read_entries(log)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("line", range(5))
@pytest.mark.parametrize("field", ["at", "who", "action", "purpose", "facts", "before", "mac"])
def test_every_edit_of_a_line_shows(line, field, log):
    lines = log.read_text().splitlines()
    entry = json.loads(lines[line])
    entry[field] = {"n": 99} if field == "facts" else f"{entry[field]}x"
    lines[line] = json.dumps(entry, sort_keys=True)
    log.write_text("\n".join(lines) + "\n")
    assert find_breaks(log, KEY)


@pytest.mark.parametrize("line", range(4))
def test_every_deletion_swap_and_repetition_shows(line, log):
    lines = log.read_text().splitlines()
    for changed in (
        lines[:line] + lines[line + 1 :],
        [*lines[:line], lines[line + 1], lines[line], *lines[line + 2 :]],
        [*lines[: line + 1], lines[line], *lines[line + 1 :]],
    ):
        log.write_text("\n".join(changed) + "\n")
        assert find_breaks(log, KEY)


@pytest.mark.parametrize("kept", range(5))
def test_lines_cut_off_the_end_show_against_a_known_mac(kept, log):
    last = last_mac(log)
    log.write_text("".join(f"{line}\n" for line in log.read_text().splitlines()[:kept]))
    assert find_breaks(log, KEY, last=last) == ["entries are missing at the end"]


def test_a_torn_last_line_is_mended_and_said(log):
    with log.open("a") as stream:
        stream.write('{"at": "2026-')
    write_entry(log, KEY, action="erase", purpose="proef", facts={}, at=START, who="an")
    assert find_breaks(log, KEY) == []
    assert "mended" in read_entries(log)[-1]


def test_another_key_verifies_nothing(log):
    assert len(find_breaks(log, bytes(32))) == 5


def test_every_act_of_the_log_is_written_somewhere():
    sources = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert [act for act in sorted(ACTIONS) if f'action="{act}"' not in sources] == []
