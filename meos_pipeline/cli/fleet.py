"""Several sites at a glance: a reader of ``meos status --json``, of files or of data folders."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from meos_pipeline.cli.looking import PART_REFUSED
from meos_pipeline.cli.screen import table
from meos_pipeline.errors import InputError, PipelineError
from meos_pipeline.steps.workspace import SETTINGS_FILE, look_at_workspace


def status(places: Sequence[Path]) -> int:
    """Print one row a site; 3 when one of them asks for a person or cannot be read.

    Raises:
        InputError: when no place is named.
    """
    if not places:
        raise InputError("No site was named; name data folders, or files of 'meos status --json'")
    told = [(place, *_read(place)) for place in places]
    table(
        "Sites",
        ("site", "edition", "newest final month", "newest export", "asks", "next"),
        [_row(place, facts, mistake) for place, facts, mistake in told],
        names=("site", "edition"),
    )
    return PART_REFUSED if any(mistake or facts.get("asking") for _, facts, mistake in told) else 0


def _read(place: Path) -> tuple[Mapping[str, Any], str]:
    """Facts of a site, and what is wrong when they cannot be read: one site must not hide the others."""
    from meos_pipeline.steps.state import status_document

    try:
        if place.is_dir():
            if not (place / SETTINGS_FILE).exists():
                raise InputError(f"'{place.name}' is no data folder; check the path")
            return status_document(look_at_workspace(place), now=datetime.now(UTC)), ""
        document = json.loads(place.read_text(encoding="utf-8"))
    except PipelineError as error:
        return {}, str(error)
    except (OSError, ValueError):
        return {}, f"'{place.name}' cannot be read; make it again with 'meos status --json'"
    if not isinstance(document, dict) or "published" not in document:
        return {}, f"'{place.name}' cannot be read; make it again with 'meos status --json'"
    return document, ""


def _row(place: Path, facts: Mapping[str, Any], mistake: str) -> tuple[object, ...]:
    if mistake:
        return (place.name, "–", "–", "–", "–", mistake)
    final = [month["month"] for month in facts.get("months", ()) if month.get("is_final")]
    return (
        facts.get("site") or place.name,
        facts["published"] or "–",
        max(final, default="–"),
        facts.get("newest_export") or "–",
        len(facts.get("asking", ())),
        facts.get("next", ""),
    )
