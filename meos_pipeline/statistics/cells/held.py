"""Checks as numbers: the columns that counting reads, once, and of each text its place in a list.

What is held of a check is some fifty bytes; a month is held at a time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from meos_pipeline.contracts import values as v

TEXTS = ("team", "area", "origin", "age_band", "legal_bases", "actions")
"""Columns of texts that are held as places in a list."""
_MADE = {
    "is_own_area": pl.col("place_team") == pl.col("team"),
    "is_odd": ~pl.col("check_key").str.tail(1).is_in(list("02468ace")),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Registered checks: ``rows`` has the asked columns, and of texts the place in the list of that column."""

    rows: pl.DataFrame
    texts: Mapping[str, tuple[str, ...]]
    """Per column of texts, its list, in order; null has no place."""


def registered(checks: pl.LazyFrame) -> pl.LazyFrame:
    """Records that are a registration in MEOS: not void, and not from another register.

    An unknown status or register counts: an export without the column is an export of MEOS.
    """
    return checks.filter(
        pl.col("status").ne_missing(pl.lit("void", dtype=v.STATUSES)),
        pl.col("register").is_null() | (pl.col("register") == "meos"),
    )


def hold(checks: pl.LazyFrame, columns: Iterable[str]) -> Held:
    """Read columns of the registered checks.

    Args:
        checks: Records (``POLICE_CHECKS``) with these columns, status and register.
        columns: Which; those in ``TEXTS`` become numbers. 'is_own_area' says whether the place is of the officer's
            team, and 'is_odd' whether the last digit of the record's keyed hash is.
    """
    wanted = list(dict.fromkeys(columns))
    kinds = {name: pl.Categorical(pl.Categories.random()) for name in TEXTS if name in wanted}
    rows = (
        registered(checks)
        .select(
            pl.col(name).cast(kinds[name]) if name in kinds else _MADE.get(name, pl.col(name)).alias(name)
            for name in wanted
        )
        .collect(engine="streaming")
    )
    lists: dict[str, pl.DataFrame] = {}
    for name, kind in kinds.items():
        last = rows[name].to_physical().max()
        numbers = pl.int_range(last + 1 if isinstance(last, int) else 0, dtype=pl.UInt32, eager=True)
        lists[name] = (
            pl.DataFrame({"number": numbers})
            .with_columns(pl.col("number").cat.to(kind).cast(pl.String).alias("text"))
            .sort("text")
            .with_row_index("place")
            .sort("number")
        )
    places = [lists[name]["place"].gather(rows[name].to_physical()).alias(name) for name in kinds]
    return Held(rows.with_columns(places), {name: tuple(known["text"].sort()) for name, known in lists.items()})
