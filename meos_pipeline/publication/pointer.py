"""What readers follow: CURRENT names the edition, index.html leads a browser to it."""

import html
import re
import time
from collections.abc import Callable
from pathlib import Path

from meos_pipeline.errors import PublicationError, StorageError
from meos_pipeline.publication.edition import NAME, Edition, editions, verify
from meos_pipeline.storage.durable import sync_folder, write_text
from meos_pipeline.storage.paths import DataFolder

CURRENT = "CURRENT"
INDEX = "index.html"
_LEADS = re.compile(r'href="editions/(\d{4}-\d{2}-[0-9a-f]{16})/')
_TRIES = 10
_PAUSE_SECONDS = 0.2


def current(data: DataFolder) -> Edition:
    """The edition readers should see, whole.

    The pointer decides. If it is missing, or names an edition that is not whole, the newest edition that
    verifies takes its place, so a reader always finds the last good publication.

    Raises:
        PublicationError: if there is no whole edition.
    """
    for _ in range(_TRIES):
        named = pointed(data)
        for name in [*([named] if named else []), *reversed(editions(data))]:
            try:
                return verify(data, name)
            except PublicationError:
                continue
        if pointed(data) == named:
            break  # nobody published in the meantime
    raise PublicationError("There is no whole edition; publish one with 'meos publish'")


def pointed(data: DataFolder) -> str | None:
    """Edition id in the pointer, or nothing when there is no pointer or it is not an id."""
    try:
        text = (data.published / CURRENT).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if NAME.match(text) else None


def leads(data: DataFolder) -> str | None:
    """Edition id to which the page for browsers leads; nothing when there is no page or it leads nowhere."""
    try:
        text = (data.published / INDEX).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = _LEADS.search(text)
    return found[1] if found else None


def point(data: DataFolder, name: str) -> None:
    """Move the pointer, then the page for browsers. Nothing else of a publication comes after."""
    _patiently(data.published / CURRENT, f"{name}\n")
    _patiently(data.published / INDEX, _index(name))


def unpoint(data: DataFolder) -> None:
    """Take the pointer away: nothing is published."""
    for file in (INDEX, CURRENT):
        (data.published / file).unlink(missing_ok=True)
    sync_folder(data.published)


def _patiently(path: Path, content: str, *, pause: Callable[[float], None] = time.sleep) -> None:
    """Replace a small file. On a Windows share that fails while someone has it open, so try again a few times."""
    if path.is_file() and path.read_bytes() == content.encode():
        return
    for attempt in range(1, _TRIES + 1):
        try:
            write_text(path, content)
        except StorageError as error:
            if not isinstance(error.__cause__, PermissionError) or attempt == _TRIES:
                raise
            pause(_PAUSE_SECONDS)
        else:
            return


def _index(name: str) -> str:
    target = html.escape(f"editions/{name}/index.html")
    return (
        '<!doctype html>\n<html lang="nl">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="refresh" content="0; url={target}">\n<title>MEOS</title>\n</head>\n'
        f'<body><p><a href="{target}">{html.escape(name)}</a></p></body>\n</html>\n'
    )
