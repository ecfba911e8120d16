"""Per team and month, how many rows were kept, set aside and replaced: a yield of what is left can be chosen by its outcome."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

from meos_pipeline.contracts.table import Column, Table
from meos_pipeline.storage.made import recall_all
from meos_pipeline.storage.paths import DataFolder

KEPT = Table(
    name="kept",
    meaning="Rows of a team and month by what became of them. Restricted.",
    key=("team", "month"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="month", dtype=pl.Date(), meaning="First day of the month."),
        Column(name="accepted", dtype=pl.Int64(), meaning="Rows that count."),
        Column(name="set_aside", dtype=pl.Int64(), meaning="Rows set aside, and mended by no later export."),
        Column(name="replaced", dtype=pl.Int64(), meaning="Rows that another version with other content replaced."),
    ),
)
_TEST = "R-PROEF"
"""A record that says of itself that it is a test is no check: leaving it out chooses nothing."""
Kept = dict[str, list[int]]
"""Team -> rows accepted, set aside, replaced."""


def kept_rows(parts: Sequence[pl.LazyFrame], accepted: Path, losers: pl.DataFrame) -> Kept:
    """Count the rows of a month by team.

    Args:
        parts: Parsed rows of the month, of every export that speaks of it.
        accepted: The table of the month, before rules set rows of it aside.
        losers: ``export_id, team, verdict, len`` of the rows that another row took the place of.
    """
    aside = (
        pl.concat(
            [part.filter(pl.col("category") == "quarantined").select("team", "check_key", "issues") for part in parts]
        )
        .filter(
            pl.col("team").is_not_null(), ~pl.col("issues").str.contains(_TEST, literal=True).fill_null(value=False)
        )
        .collect(engine="streaming")
    )
    table = pl.scan_parquet(accepted)
    if aside.height:
        keys = table.select("check_key").join(aside.lazy(), on="check_key", how="semi").collect(engine="streaming")
        aside = aside.filter(~pl.col("check_key").is_in(keys["check_key"].implode()).fill_null(value=False))
        # A row that was delivered twice and set aside twice is one row.
        aside = aside.filter(pl.col("check_key").is_null() | pl.col("check_key").is_first_distinct())
    found: Kept = {team: [number, 0, 0] for team, number in _by_team(table).iter_rows()}
    lost = losers.filter(pl.col("team").is_not_null())
    for place, counted in (
        (1, aside.group_by("team").len()),
        (1, lost.filter(pl.col("verdict") == "quarantined").group_by("team").agg(pl.col("len").sum())),
        (2, lost.filter(pl.col("verdict") == "superseded").group_by("team").agg(pl.col("len").sum())),
    ):
        for team, number in counted.iter_rows():
            found.setdefault(team, [0, 0, 0])[place] += number
    return found


def without_broken(kept: Kept, table: Path) -> Kept:
    """Count rows that a rule set aside with those set aside.

    Args:
        kept: From ``kept_rows``.
        table: The table of the month as it is now; it may not be there.
    """
    left = dict(_by_team(pl.scan_parquet(table)).iter_rows()) if table.exists() else {}
    return {
        team: [left.get(team, 0), aside + accepted - left.get(team, 0), replaced]
        for team, (accepted, aside, replaced) in sorted(kept.items())
    }


def read_kept(folder: DataFolder) -> pl.DataFrame:
    """Return ``KEPT`` of every month that was made."""
    rows = [
        (team, date.fromisoformat(month), *counts)
        for month, made in recall_all(folder, "records").items()
        for team, counts in made.facts.get("teams", {}).items()
    ]
    return KEPT.require(pl.DataFrame(rows, orient="row", schema=KEPT.schema).sort(KEPT.key))


def _by_team(table: pl.LazyFrame) -> pl.DataFrame:
    return table.group_by("team").len().collect(engine="streaming")
