"""History of merged and renamed teams: sums of what was released of the teams before, and of nothing else.

A sum of published numbers tells nothing that those numbers do not. A month in which one of the teams was withheld has no
sum: it would be the number of the others, under the name of all.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import CELLS, PARTITIONS
from meos_pipeline.contracts.succession import heirs, under_heirs
from meos_pipeline.disclosure.door import passed
from meos_pipeline.disclosure.ledger import CHANGES
from meos_pipeline.disclosure.release import UNGUARDED, Release

_MONTHS = {"month": "1mo", "quarter": "3mo", "year": "1y"}
_UNIT = ["team", "period", "period_start"]


def carried(release: Release, organisation: pl.DataFrame, month: date) -> Release:
    """Give each team the history of the teams that it took the place of; those have no figures of their own any more.

    Args:
        release: What left the door, by the teams of each month.
        organisation: Rows of the contract ``organisation``.
        month: First day of the newest month: teams that ended before it are carried.
    """
    found = heirs(organisation, month)
    if not found:
        return release
    hidden = _hidden(release, organisation, found)
    free = [name for name, its in PARTITIONS.items() if its.population in UNGUARDED]
    cells = under_heirs(release.cells, CELLS, found)
    kept = pl.concat(
        [
            cells.filter(pl.col("partition").is_in(free)),
            cells.filter(~pl.col("partition").is_in(free)).join(hidden, on=_UNIT, how="anti"),
        ]
    ).sort(CELLS.key)
    shown = kept.filter(~pl.col("partition").is_in(free)).select(_UNIT).unique()
    withheld = release.withheld.with_columns(pl.col("team").replace(found)).unique()
    return replace(
        release,
        cells=passed(CELLS.require(kept)),
        withheld=passed(pl.concat([withheld, hidden]).unique().join(shown, on=_UNIT, how="anti").sort(_UNIT)),
        changes=passed(_changes(release.changes, kept, found)),
    )


def _hidden(release: Release, organisation: pl.DataFrame, found: Mapping[str, str]) -> pl.DataFrame:
    """Periods of heirs that lack one of the teams that were there: the months, and longer periods that hold such a month."""
    heir = pl.col("team").replace(found).alias("heir")
    groups = {*found, *found.values()}
    there = (
        release.withheld.filter(pl.col("team").is_in(list(groups)))
        .join(organisation.select("team", "valid_from", "valid_to").unique(), on="team")
        .filter(
            pl.col("valid_from") < _end(),
            pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("period_start")),
        )
        .select(heir, "period", "period_start")
        .unique()
    )
    months = there.filter(pl.col("period") == "month").select("heir", "period_start")
    of_months = release.cells.filter(pl.col("period") == "month", pl.col("team").is_in(list(groups)))
    torn = months.join(of_months.select(heir, "period_start").unique(), on=["heir", "period_start"], how="semi")
    longer = (
        release.cells.filter(pl.col("period") != "month", pl.col("team").is_in(list(groups)))
        .select(heir, "period", "period_start")
        .unique()
        .join(torn.rename({"period_start": "torn"}), on="heir")
        .filter(pl.col("torn") >= pl.col("period_start"), pl.col("torn") < _end())
        .select("heir", "period", "period_start")
    )
    return pl.concat([there.filter(pl.col("period") == "month"), longer]).unique().rename({"heir": "team"})


def _end() -> pl.Expr:
    """First day after the period."""
    lengths = pl.col("period").cast(pl.String).replace_strict(_MONTHS, return_dtype=pl.String)
    return pl.col("period_start").dt.offset_by(lengths)


def _changes(changes: pl.DataFrame, cells: pl.DataFrame, found: Mapping[str, str]) -> pl.DataFrame:
    """What changed since the report before: of an heir the sum of what changed in its parts."""
    key = list(CHANGES.key)
    of_heirs = pl.col("team").is_in(list({*found, *found.values()}))
    moved = (
        changes.filter(of_heirs)
        .with_columns(
            pl.col("team").replace(found),
            more=pl.col("n") - pl.col("n_before"),
            is_known=pl.col("n").is_not_null() & pl.col("n_before").is_not_null(),
        )
        .group_by(key)
        .agg(pl.col("more").sum(), pl.col("is_known").all())
        .join(cells, on=key, how="left")
        .with_columns(n_before=pl.when("is_known").then(pl.col("n") - pl.col("more")))
        .filter(pl.col("n").is_not_null() | pl.col("n_before").is_not_null())
        .select(CHANGES.names)
    )
    return CHANGES.require(pl.concat([changes.filter(~of_heirs), moved]).sort(key))
