"""What the counting page handed in: what became of each line, and what was refused."""

from datetime import datetime

import polars as pl

from meos_pipeline.numbered import counted
from meos_pipeline.steps.workspace import Workspace


def judged(space: Workspace) -> tuple[dict[str, str], pl.DataFrame]:
    """Return what was refused of the files of the counting page, by name, and what became of each of their lines.

    Raises:
        InputError: when a companion file cannot be read.
    """
    from meos_pipeline.ingest.companions import judge_handed_in
    from meos_pipeline.ingest.handed_in import arrived, refusals

    found = judge_handed_in(space.folder, space.settings)
    told = refusals(arrived(space.folder), found, space.settings.site.languages[0])
    return told, found.account.drop("sha")


def brought_in_words(space: Workspace, since: datetime) -> str:
    """Name the files of the counting page that are new since a moment, each with its lines; '' when there are none.

    Raises:
        InputError: when a companion file cannot be read.
    """
    _, account = judged(space)
    new = account.filter(pl.col("received") >= since).select("name", "rows_in").rows()
    return f"New from the counting page, with lines: {', '.join(f'{name} {rows}' for name, rows in new)}" if new else ""


def account_in_words(space: Workspace) -> str:
    """Say how many lines the counting page ever gave and what became of them; '' when nothing was handed in.

    Raises:
        InputError: when a companion file cannot be read.
    """
    refused, account = judged(space)
    if not account.height:
        return ""
    total = account.select(pl.sum("rows_in", "accepted", "duplicate", "superseded", "deleted", "quarantined")).row(
        0, named=True
    )
    return (
        f"Handed in from the counting page: {total['rows_in']} lines in = {total['accepted']} count + {total['duplicate']} came "
        f"twice + {total['superseded']} corrected + {total['deleted']} withdrawn + {total['quarantined']} set aside; "
        f"{counted(len(refused), 'file')} refused"
    )
