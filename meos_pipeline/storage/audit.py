"""Audit log (Wpg article 32a): who did what for which purpose; a chain that shows every edit.

JSON lines; each holds the HMAC of itself and of the line before. Editing, deleting, swapping or repeating a line
breaks the chain; cutting lines off its end shows when the last mac is known from elsewhere (each edition's
seal keeps it). A line that a crash left half is dropped by the next writer, and said so.
"""

import getpass
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from meos_pipeline.errors import StorageError

_START = "0" * 64
_READ_BACK = 1 << 16
ACTIONS = frozenset(
    (
        "collect",
        "inspect",
        "change",
        "consult",
        "publish",
        "disclose",
        "refuse",
        "withdraw",
        "erase",
        "acknowledge",
        "key",
    )
)
"""What is logged: taken in, looked at before taking in, changed, consulted, published, made to leave the organisation,
refused to publish, withdrawn, erased, a refused file let go, a key made or destroyed."""


def write_entry(
    path: Path,
    key: bytes,
    *,
    action: str,
    purpose: str,
    facts: Mapping[str, Any],
    at: datetime,
    data_at: datetime | None = None,
    who: str | None = None,
) -> str:
    """Append one entry and make it last; return its mac.

    Args:
        path: The log.
        key: The lasting audit key.
        action: One of ``ACTIONS``.
        purpose: Purpose of processing.
        facts: Names, hashes and counts; never a value from the data.
        at: The moment of the act, with a time zone.
        data_at: The clock of the data that it used: the newest export among them.
        who: Login name; default the one of this process.

    Raises:
        StorageError: when the disk refuses to write; a line is there whole or not at all.
        ValueError: when the action is none of ``ACTIONS``.
    """
    if action not in ACTIONS:
        raise ValueError(f"no action of the audit log: {action}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before, torn = _mend(path)
    except OSError as error:
        raise _refused(path, error) from error
    entry: dict[str, Any] = {
        "at": at.isoformat(),
        "who": who or _login(),
        "action": action,
        "purpose": purpose,
        "facts": dict(facts),
        "before": before,
    }
    if data_at is not None:
        entry["data_at"] = data_at.isoformat()
    if torn:
        entry["mended"] = "a line that was cut off was dropped before this one"
    mac = _mac(key, entry)
    line = json.dumps(entry | {"mac": mac}, ensure_ascii=False, sort_keys=True) + "\n"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as stream:
            stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise _refused(path, error) from error
    return mac


def _refused(path: Path, error: OSError) -> StorageError:
    return StorageError(f"Cannot write '{path.name}' ({error.strerror}); free space, then run again")


def last_mac(path: Path) -> str:
    """Mac of the last whole entry; zeros when there is none."""
    if not path.exists():
        return _START
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _READ_BACK))
        lines = [line for line in stream.read().split(b"\n") if line.strip()]
    for line in reversed(lines):
        try:
            return str(json.loads(line)["mac"])
        except (ValueError, KeyError, TypeError):
            continue
    return _START


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Return every whole entry, oldest first."""
    if not path.exists():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entries.append(dict(json.loads(line)))
        except (ValueError, TypeError):
            entries.append({})
    return entries


def find_breaks(path: Path, key: bytes, *, last: str | None = None) -> list[str]:
    """Say where the chain is broken; an empty list when it is whole.

    Args:
        path: The log.
        key: The lasting audit key.
        last: A mac that must occur, e.g. the one in the seal of an edition: shows what was cut off the end.
    """
    breaks: list[str] = []
    before = _START
    macs = {_START}
    for number, entry in enumerate(read_entries(path), start=1):
        mac = str(entry.pop("mac", ""))
        if not entry:
            breaks.append(f"line {number} is no entry")
        elif entry.get("before") != before:
            breaks.append(f"line {number} does not follow the line before it")
        elif not hmac.compare_digest(mac, _mac(key, entry)):
            breaks.append(f"line {number} was changed")
        before = mac
        macs.add(mac)
    if last is not None and last not in macs:
        breaks.append("entries are missing at the end")
    return breaks


def _mac(key: bytes, entry: Mapping[str, Any]) -> str:
    said = json.dumps(entry, ensure_ascii=False, sort_keys=True).encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()


def _mend(path: Path) -> tuple[str, bool]:
    """Drop a last line without its end; return the last mac, and whether something was dropped."""
    if not path.exists():
        return _START, False
    torn = False
    with path.open("rb+") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - _READ_BACK))
        tail = stream.read()
        if tail and not tail.endswith(b"\n"):
            stream.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
            torn = True
    return last_mac(path), torn


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
