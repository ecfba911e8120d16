"""Sheets and agreements that a reader posts from the counting page: judged, and laid in a drop folder. Nothing is run.

The server may write in that folder and nowhere else; the pipeline takes files out of it as it does from landing.
"""

import hashlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from meos_pipeline.contracts.handed_in import MOST_BYTES, Line, is_of_another_team, read_contents
from meos_pipeline.errors import PipelineError
from meos_pipeline.server.permissions import EVERYTHING
from meos_pipeline.storage.durable import write_bytes

PATH = "hand-in"
MARK = "x-meos-hand-in"
"""Header that the counting page sends: a page of another site cannot, without asking first."""
MOST_WAITING = 1000
"""Files in the drop folder; with more the pipeline has not run for long, and nothing is added."""


def is_own_page(headers: Mapping[str, str]) -> bool:
    """Whether a request comes from a page of this very server: the browser says so, and a form cannot pretend to."""
    origin = headers.get("origin", "")
    return (
        headers.get(MARK) == "1"
        and headers.get("content-type", "").split(";")[0].strip() == "text/csv"
        and headers.get("sec-fetch-site", "same-origin") == "same-origin"
        and (not origin or urlsplit(origin).netloc == headers.get("host", ""))
    )


def lay_down(content: bytes, folders: frozenset[str], drop: Path) -> tuple[int, str]:
    """Judge a file and lay it in the drop folder; the same file twice lies there once.

    Args:
        content: What was posted.
        folders: Teams whose reports this reader may read.
        drop: The drop folder.

    Returns:
        HTTP status, and a line of JSON that names codes and lines, never a value.
    """
    if len(content) > MOST_BYTES:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _refusals(("F-INLEVER-GROOT", 0))
    contents = read_contents(content)
    if contents.faults:
        return HTTPStatus.UNPROCESSABLE_ENTITY, _refusals(*((fault.code, fault.line) for fault in contents.faults))
    not_theirs = [("R-INLEVER-TEAM", line.number) for line in contents.lines if not _may_speak(line, folders)]
    not_theirs += [("R-INLEVER-ANDER", line.number) for line in contents.lines if is_of_another_team(line.values)]
    if not_theirs:
        return HTTPStatus.FORBIDDEN, _refusals(*not_theirs)
    kind = {"sheet": "telblad", "agreement": "afspraak"}[contents.kind]
    path = drop / f"{kind}_{hashlib.sha256(content).hexdigest()[:16]}.csv"
    try:
        if not path.exists() and sum(1 for _ in drop.iterdir()) >= MOST_WAITING:
            return HTTPStatus.TOO_MANY_REQUESTS, _refusals()
        write_bytes(path, content)
    except (OSError, PipelineError):
        return HTTPStatus.SERVICE_UNAVAILABLE, _refusals()
    return HTTPStatus.CREATED, json.dumps({"lines": len(contents.lines)})


def _may_speak(line: Line, folders: frozenset[str]) -> bool:
    return bool({line.values["team"], EVERYTHING} & folders)


def _refusals(*found: tuple[str, int]) -> str:
    return json.dumps({"refused": [{"code": code, "line": line} for code, line in found]})
