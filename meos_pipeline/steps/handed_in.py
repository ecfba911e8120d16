"""What the counting page handed in: what became of each line, and what was refused."""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from meos_pipeline.ingest.companions import companions_state
from meos_pipeline.ingest.handed_in import HANDED_IN
from meos_pipeline.numbered import counted
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.made import code_of, recall, remember, why_again

_KIND, _NAME = "intake", "handed_in"


def judged(space: Workspace) -> tuple[dict[str, str], pl.DataFrame]:
    """Return what was refused of the files of the counting page, by name, and what became of each of their lines.

    Raises:
        InputError: when a companion file cannot be read.
    """
    from meos_pipeline.ingest.companions import judge_handed_in
    from meos_pipeline.ingest.handed_in import arrived, refusals

    if not (files := arrived(space.folder)):
        return {}, HANDED_IN.empty().drop("sha")
    found = judge_handed_in(space.folder, space.settings)
    return refusals(files, found, space.settings.site.languages[0]), found.account.drop("sha")


def refused(space: Workspace) -> dict[str, str]:
    """Return what was refused of the files of the counting page, by name; judges nothing that the last run judged.

    Raises:
        InputError: when a companion file cannot be read.
    """
    made = recall(space.folder, _KIND, _NAME)
    if made is not None and not why_again(space.folder, made, _sources(space)):
        return dict(made.facts["refused"])
    return judged(space)[0]


def remember_refused(space: Workspace, told: Mapping[str, str]) -> None:
    """Keep what was refused, so that looking at it needs no table."""
    remember(space.folder, _KIND, _NAME, _sources(space), facts={"refused": dict(told)})


def _sources(space: Workspace) -> dict[str, str]:
    return {
        "files": companions_state(space.folder, space.settings),
        "language": space.settings.site.languages[0],
        "code": code_of("meos_pipeline.ingest.handed_in"),
    }


def in_words(space: Workspace, since: datetime | None = None) -> list[str]:
    """Say what the counting page ever gave and what became of it, and before that which files are new since a moment.

    Returns:
        One or two sentences; none when nothing was handed in.

    Raises:
        InputError: when a companion file cannot be read.
    """
    refused, account = judged(space)
    if not account.height:
        return []
    new = account.filter(pl.col("received") >= since).select("name", "rows_in").rows() if since else []
    total = account.select(pl.sum("rows_in", "accepted", "duplicate", "superseded", "deleted", "quarantined")).row(
        0, named=True
    )
    said = (
        f"Handed in from the counting page: {total['rows_in']} lines in = {total['accepted']} count + {total['duplicate']} came "
        f"twice + {total['superseded']} corrected + {total['deleted']} withdrawn + {total['quarantined']} set aside; "
        f"{counted(len(refused), 'file')} refused"
    )
    if not new:
        return [said]
    return [f"New from the counting page, with lines: {', '.join(f'{name} {rows}' for name, rows in new)}", said]
