"""An edition: a folder whose name follows from its content, and the manifest that lets anyone check it."""

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from meos_pipeline.errors import PublicationError
from meos_pipeline.storage.durable import PARTIAL
from meos_pipeline.storage.paths import DataFolder

MANIFEST = "manifest.json"
FORMAT = 1
NAME = re.compile(r"^\d{4}-\d{2}-[0-9a-f]{16}$")
"""Form of an edition's id: report month and the first 16 hex digits of the manifest's SHA-256."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What readers may know of how an edition was made; of its inputs nothing. The same facts and files give the same id."""

    month: str
    """Report month as 2026-10."""
    configuration: str = ""
    """Keyed hash of the settings and rule files that were in force."""
    code_version: str = ""
    """Version of the program."""
    key_check: str = ""
    """Check value of the key file: tells a wrong key from the right one, and nothing else."""
    checks: tuple[str, ...] = ()
    """Names of the checks that passed before publication."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One published folder."""

    name: str
    folder: Path
    manifest: Mapping[str, Any]


def editions_folder(data: DataFolder) -> Path:
    """Folder of all editions."""
    return data.published / "editions"


def editions(data: DataFolder) -> list[str]:
    """Ids of the editions that are there, oldest report month first; withdrawn ones are not among them."""
    folder = editions_folder(data)
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if NAME.match(entry.name) and entry.is_dir())


def write_manifest(staging: Path, facts: Facts) -> tuple[bytes, str]:
    """Manifest of the files in ``staging``, as bytes, and the edition id it gives.

    Raises:
        PublicationError: if nothing was made, or something that does not belong in an edition.
    """
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", facts.month):
        raise PublicationError("The report month of an edition should look like 2026-10")
    files = {name: _digest(path) for name, path in walk(staging) if name != MANIFEST}
    if not files:
        raise PublicationError("The edition has no files; see what the report step says")
    content = {
        "format": FORMAT,
        **asdict(facts),
        "checks": list(facts.checks),
        "files": files,
    }
    raw = (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
    return raw, f"{facts.month}-{hashlib.sha256(raw).hexdigest()[:16]}"


def verify(data: DataFolder, name: str) -> Edition:
    """Check every file of an edition against its manifest, and the manifest against the id.

    Raises:
        PublicationError: with everything that differs.
    """
    return verify_folder(editions_folder(data) / _known_form(name), name)


def verify_folder(folder: Path, name: str) -> Edition:
    """Check the edition ``name`` that lies in ``folder``.

    Raises:
        PublicationError: with every file that differs, or when the manifest itself was changed.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
        there = {found: _digest(path) for found, path in walk(folder) if found != MANIFEST}
    except OSError as error:
        raise PublicationError(f"Edition '{name}' cannot be read as a whole; publish again") from error
    if not name.endswith(hashlib.sha256(raw).hexdigest()[:16]):
        raise PublicationError(f"Edition '{name}': the manifest was changed after publication; publish again")
    content = json.loads(raw)
    promised: dict[str, str] = content["files"]
    breaches = [f"'{missing}' is missing" for missing in sorted(promised.keys() - there.keys())]
    breaches += [f"'{extra}' does not belong to it" for extra in sorted(there.keys() - promised.keys())]
    breaches += [
        f"'{found}' was changed" for found in sorted(promised.keys() & there.keys()) if there[found] != promised[found]
    ]
    if breaches:
        raise PublicationError(
            "\n  - ".join([f"Edition '{name}' is not whole:", *breaches, "publish again, or withdraw it"])
        )
    return Edition(name=name, folder=folder, manifest=content)


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Relative name (with ``/``) and path of every file, in order of name.

    Raises:
        PublicationError: at a symbolic link, a device or an unfinished file.
    """
    for root, folders, files in os.walk(folder):
        folders.sort()
        for entry in sorted([*files, *(part for part in folders if (Path(root) / part).is_symlink())]):
            path = Path(root) / entry
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file() or entry.endswith(PARTIAL):
                raise PublicationError(f"'{name}' is not a finished, ordinary file; an edition may not hold it")
            yield name, path


def _known_form(name: str) -> str:
    if not NAME.match(name):
        raise PublicationError("An edition is named like 2026-10-0123456789abcdef; see 'meos status' for the list")
    return name


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
