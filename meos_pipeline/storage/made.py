"""One memory of what was made, from what, and by which declarations; every step writes it and every reader trusts it.

Each thing that is made (the records of a month, its cells, an edition) has a kind and a name. Of each the memory keeps
its *sources*: a name and a hash of everything that decides what it holds (other things, files, rules, numbers of the
policy, the code). A thing whose sources are the same now is not made again; one whose sources differ says which.
Nothing here is raised by hand: a changed contract, partition or function has another hash.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from meos_pipeline.storage.durable import write_text
from meos_pipeline.storage.paths import PACKAGE, DataFolder

_DIGITS = 16
_IMPORT = re.compile(
    r"^ *(?:from|import) (meos_pipeline(?:\.\w+)+)(?: import (\([^)]*\)|[^\n]*))?",
    re.MULTILINE,
)
_NO_DECLARATIONS = frozenset({"errors", "numbered", "policy", "settings", "storage"})
"""Parts whose code decides no content: of the policy and the settings, whoever asks names the numbers it reads."""
NEVER = "never made"
CHANGED = "changed or removed by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What one thing was made from, and what is worth remembering of it."""

    sources: Mapping[str, str]
    """Name of a source -> its hash when the thing was made."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What later steps want to know of it without opening it."""
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Path below the data folder -> size and time of change in nanoseconds, as they were left."""

    @property
    def state(self) -> str:
        """Hash of all sources: what is made from this thing has it as a source."""
        return hash_of(dict(self.sources))


def remember(
    data: DataFolder,
    kind: str,
    name: str,
    sources: Mapping[str, str],
    *,
    facts: Mapping[str, Any] | None = None,
    files: Iterable[Path] = (),
) -> Made:
    """Keep what a thing was made from; written last, so that a thing half made is made again.

    Args:
        data: The data folder.
        kind: What sort of thing, e.g. ``cells``; a folder of the memory.
        name: Which one, e.g. ``2026-10-01``.
        sources: Name -> hash, taken *before* the thing was made.
        facts: Anything JSON can hold.
        files: What was written; when one is changed or gone, the thing is made again.
    """
    there = {path.relative_to(data.root).as_posix(): _signature(path) for path in files}
    made = Made(
        sources=dict(sources),
        facts=facts or {},
        files={name: signed for name, signed in there.items() if signed is not None},
    )
    content = {"sources": made.sources, "files": made.files, "facts": made.facts}
    write_text(_path(data, kind, name), json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False))
    return made


def recall(data: DataFolder, kind: str, name: str) -> Made | None:
    """Return what a thing was made from; None when it never was, or the memory of it cannot be read."""
    return _read(_path(data, kind, name))


def recall_all(data: DataFolder, kind: str) -> dict[str, Made]:
    """Return everything of a kind that was made, by name."""
    found = {path.stem: _read(path) for path in sorted((data.restricted / "made" / kind).glob("*.json"))}
    return {name: made for name, made in found.items() if made is not None}


def forget(data: DataFolder, kind: str, name: str | None = None) -> None:
    """Forget one thing, or all of a kind: it is made again."""
    if name is None:
        shutil.rmtree(data.restricted / "made" / kind, ignore_errors=True)
    else:
        _path(data, kind, name).unlink(missing_ok=True)


def why_again(data: DataFolder, made: Made | None, sources: Mapping[str, str]) -> tuple[str, ...]:
    """Return why a thing has to be made again: the sources that differ; empty when it stands as it is."""
    if made is None:
        return (NEVER,)
    differing = {name for name in {*made.sources, *sources} if made.sources.get(name) != sources.get(name)}
    if any(_signature(data.root / name) != tuple(signed) for name, signed in made.files.items()):
        differing.add(CHANGED)
    return tuple(sorted(differing))


def hash_of(*said: object) -> str:
    """Return sixteen hex digits of anything that JSON or ``repr`` can say; the order of mappings does not matter."""
    text = json.dumps(said, sort_keys=True, default=repr, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def hash_of_files(paths: Iterable[Path]) -> str:
    """Return sixteen hex digits of names and bytes; a file that is not there counts as absent."""
    return hash_of(
        [(path.name, hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None) for path in paths]
    )


def signature(path: Path) -> str:
    """Return what changes whenever a file is written again: its size and time of change; empty when it is not there."""
    signed = _signature(path)
    return "" if signed is None else f"{signed[0]}:{signed[1]}"


@cache
def code_of(*modules: str, beside: frozenset[str] = frozenset()) -> str:
    """Return a hash of the code of modules and of everything of this package that they import.

    Args:
        modules: Dotted names, e.g. ``meos_pipeline.statistics.cells.month``; one that ends in ``.*`` stands for every
            module below a package, for those that are found by looking.
        beside: Modules that are imported and decide nothing of what is made: they are left out, with their imports.
    """
    waiting, seen = [one for module in modules for one in _below(module)], dict[str, str]()
    while waiting:
        module = waiting.pop()
        if module in seen or module in beside or module.split(".")[1] in _NO_DECLARATIONS:
            continue
        seen[module], imported = _code_of_one(module)
        waiting += imported
    return hash_of(sorted((module, code) for module, code in seen.items() if code))


@cache
def _code_of_one(module: str) -> tuple[str, tuple[str, ...]]:
    """Hash of the text of a module, and what it imports of this package; a name within a module has neither."""
    path = _source_of(module)
    if path is None:
        return "", ()
    text = path.read_text(encoding="utf-8")
    imported: list[str] = []
    for found in _IMPORT.finditer(text):
        names = re.findall(r"\w+", (found[2] or "").split("#")[0])
        imported += [found[1], *(f"{found[1]}.{name}" for name in names)]
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS], tuple(imported)


def _below(module: str) -> list[str]:
    if not module.endswith(".*"):
        return [module]
    folder = PACKAGE.parent.joinpath(*module.split(".")[:-1])
    return [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in sorted(folder.rglob("*.py"))]


def _source_of(module: str) -> Path | None:
    path = PACKAGE.parent.joinpath(*module.split("."))
    return next((item for item in (path.with_suffix(".py"), path / "__init__.py") if item.is_file()), None)


def _path(data: DataFolder, kind: str, name: str) -> Path:
    return data.restricted / "made" / kind / f"{name}.json"


def _read(path: Path) -> Made | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Made(
            sources=content["sources"],
            facts=content["facts"],
            files={name: (size, changed) for name, (size, changed) in content["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _signature(path: Path) -> tuple[int, int] | None:
    try:
        facts = os.stat(path)  # noqa: PTH116 - one call, for files that may be gone
    except OSError:
        return None
    return facts.st_size, facts.st_mtime_ns
