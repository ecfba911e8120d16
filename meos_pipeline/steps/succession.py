"""Companion tables as the teams of now see them: what was of a team that merged or was renamed is of its heir."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from meos_pipeline.contracts.companions import ORIGIN_TABLE
from meos_pipeline.contracts.succession import heirs, present, renamed, under_heirs

PUBLIC = ("organisation", "team_actions", "breaks", "population", "origin_table")
"""Companion tables that hold no counts of checks: statistics read them as they are. The others are cells."""


def public_tables(companions: Mapping[str, pl.DataFrame], month: date) -> dict[str, pl.DataFrame]:
    """Return the public companion tables by the teams of a month.

    Agreements and breaks go along with a renaming only: a merged team is another team than the one that agreed.
    """
    organisation = companions["organisation"]
    found = {name: companions[name] for name in PUBLIC if name in companions}
    names = renamed(organisation, month)
    for name, column in (("team_actions", "team"), ("breaks", "scope")):
        if name in found:
            found[name] = found[name].with_columns(pl.col(column).replace(names))
    if "origin_table" in found:
        found["origin_table"] = under_heirs(found["origin_table"], ORIGIN_TABLE, heirs(organisation, month))
    return found | {"organisation": present(organisation, month)}
