"""Prove everything that can be proven: editions, seals, pointers, audit log, ledgers, and what was broken off."""

import json
from collections.abc import Iterator

from meos_pipeline.errors import DisclosureError, PipelineError, PublicationError
from meos_pipeline.numbered import counted
from meos_pipeline.steps import results
from meos_pipeline.steps.logged import published_lines
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage import intents
from meos_pipeline.storage.audit import find_breaks, read_entries


def verify(space: Workspace, edition: str | None = None) -> str:
    """Check one edition, or everything when none is named; return one sentence.

    Raises:
        PublicationError: with all that is wrong at once.
    """
    from meos_pipeline.publication.edition import editions
    from meos_pipeline.publication.edition import verify as whole
    from meos_pipeline.publication.pointer import current, pointed

    if edition:
        found = whole(space.folder, edition)
        return f"Edition {found.name} is whole: {len(found.manifest['files'])} files have the SHA-256 of the manifest."
    wrong = [problem for check in (_editions, _pointers, _log, _ledgers, _begun) for problem in check(space)]
    if wrong:
        raise PublicationError("\n  - ".join(["Not everything is as it was left:", *wrong]))
    name = pointed(space.folder)
    found = whole(space.folder, name) if name else current(space.folder)
    lines = len(read_entries(space.folder.audit_log))
    return (
        f"Edition {found.name} is whole: {len(found.manifest['files'])} files have the SHA-256 of the manifest. So are "
        f"{counted(len(editions(space.folder)), 'edition')} with their seals, the pointers, the ledgers and "
        f"{counted(lines, 'line')} of the audit log."
    )


def _editions(space: Workspace) -> Iterator[str]:
    """Every edition against its manifest and its seal."""
    import hashlib

    from meos_pipeline.publication.edition import MANIFEST, editions, editions_folder
    from meos_pipeline.publication.edition import verify as whole
    from meos_pipeline.publication.seal import seals_folder

    for name in editions(space.folder):
        try:
            whole(space.folder, name)
        except PublicationError as error:
            yield str(error)
            continue
        path = seals_folder(space.folder) / f"{name}.json"
        manifest = (editions_folder(space.folder) / name / MANIFEST).read_bytes()
        if not path.exists():
            yield f"Edition '{name}' has no seal; publish it again"
        elif json.loads(path.read_text(encoding="utf-8")).get("manifest") != hashlib.sha256(manifest).hexdigest():
            yield f"Edition '{name}': its seal is of another manifest; publish it again"


def _pointers(space: Workspace) -> Iterator[str]:
    from meos_pipeline.publication.edition import editions
    from meos_pipeline.publication.pointer import leads, pointed

    there, name, page = editions(space.folder), pointed(space.folder), leads(space.folder)
    if there and name is None:
        yield "Readers are led nowhere, and there are editions; publish again"
    if name is not None and name not in there:
        yield f"Readers are led to edition '{name}', which is not there; publish again"
    if page != name:
        yield "The page for browsers and the pointer lead to different editions; publish again"


def _log(space: Workspace) -> Iterator[str]:
    """The chain of the audit log, and the heads of it that seals and the anchor keep."""
    from pathlib import Path

    from meos_pipeline.publication.edition import editions
    from meos_pipeline.publication.seal import seals_folder

    folders = [seals_folder(space.folder)]
    if space.settings.audit.anchor:
        folders.append(Path(space.settings.audit.anchor))
    log, key = space.folder.audit_log, space.keys.lasting_key("audit")
    unlogged = sorted(set(editions(space.folder)) - published_lines(space))
    yield from (f"Audit log: no line says that edition '{name}' was published; publish it again" for name in unlogged)
    yield from (f"Audit log: {problem}; ask who has rights on 'restricted'" for problem in find_breaks(log, key))
    macs = {str(entry.get("mac", "")) for entry in read_entries(log)} | {"", "0" * 64}
    for folder in folders:
        for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            if json.loads(path.read_text(encoding="utf-8")).get("audit_mac", "") not in macs:
                yield f"Audit log: lines that were there when '{path.stem}' was sealed are gone; put it back from the backup"


def _ledgers(space: Workspace) -> Iterator[str]:
    from meos_pipeline.disclosure.ledger import read_ledger

    for name in (results.LEDGER, results.QUALITY_LEDGER):
        folder = space.folder.restricted / name
        try:
            read_ledger(folder)
        except DisclosureError as error:
            yield str(error)
        except PipelineError as error:
            yield f"Folder '{name}' cannot be read: {error}"
    yield from _lost_generations(space)


def _lost_generations(space: Workspace) -> Iterator[str]:
    """The newest generation that the log knows of, against the newest that is there."""
    known = [
        entry["facts"]["ledger"]
        for entry in read_entries(space.folder.audit_log)
        if entry.get("facts", {}).get("ledger")
    ]
    there = results.newest_ledger(space)
    if known and there.partition("-")[2][:6] < known[-1].partition("-")[2][:6]:
        yield "Folder 'ledger' lacks its newest generation; put it back from the backup, or released numbers could be given away by a second rounding"


def _begun(space: Workspace) -> Iterator[str]:
    for intent in intents.pending(space.folder):
        yield f"Something was begun and is not finished ({intent.kind}); any command that may write finishes it"
