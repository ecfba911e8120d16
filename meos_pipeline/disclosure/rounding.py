"""Systematic random rounding: the one rule that makes exact cells releasable.

A block's categories stand in a fixed order, with running totals ``C_j``. Each running total is rounded
with the block's secret offset, ``R_j = base * floor((C_j + u) / base)``, and a released cell is
``R_j - R_(j-1)``. So every released cell is a non-negative multiple of the base, parts add up to their
total, every contiguous run of categories is within ``base - 1`` of the truth, and over the ``base``
offsets the mean of a released cell is the truth (Fellegi 1975, "Controlled random rounding", Survey
Methodology 1; systematic sampling of the unit intervals).
"""

import hashlib
import hmac
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS
from meos_pipeline.errors import DisclosureError

FAMILY = {"proactive": "checks"}
"""Populations that share an offset with another one: proactive checks are a category of all checks."""

BLOCK = ("team", "family", "period", "period_start")
"""What shares one secret offset."""


def offset(rounding_key: bytes, *, family: str, team: str, period: str, period_start: date, base: int) -> int:
    """Secret offset of a block, between 0 and ``base - 1``; the same for ever.

    The text that goes into the HMAC has a length before each part, so no two blocks share a text.
    """
    return secret_number(rounding_key, family, team, period, period_start.isoformat()) % base


def secret_number(rounding_key: bytes, *names: str) -> int:
    """A number of 256 bits that only holders of the key know, the same for ever for the same names."""
    parts = ("meos/offset/1", *names)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hmac.new(rounding_key, text.encode(), hashlib.sha256).digest(), "big")


def family_of(partition: str) -> str:
    """Name of the population whose offset a partition uses."""
    population = PARTITIONS[partition].population
    return FAMILY.get(population, population)


def round_cells(cells: pl.DataFrame, *, rounding_key: bytes, base: int) -> pl.DataFrame:
    """Add ``n_released`` to exact cells.

    Args:
        cells: Columns ``team``, ``family``, ``period``, ``period_start``, ``partition``, ``category`` and
            ``n_exact`` (0 or more). The order of rows does not matter.
        rounding_key: Secret of at least 16 bytes.
        base: 5 or more.

    Returns:
        The same rows in the fixed order of categories, with ``n_released``.

    Raises:
        DisclosureError: if the key is too short, the base too small, or a count is negative or absent.
    """
    if len(rounding_key) < 16:  # noqa: PLR2004 - 128 bits
        raise DisclosureError("The rounding key is shorter than 16 bytes; make a key file with 'meos key new'")
    if base < 5:  # noqa: PLR2004 - floor of the policy
        raise DisclosureError("'rounding_base' is below its floor of 5; raise it")
    if cells.filter(pl.col("n_exact").is_null() | (pl.col("n_exact") < 0)).height:
        raise DisclosureError("A cell has no count or a negative one; mend the step that counts")
    blocks = cells.select(BLOCK).unique()
    offsets = pl.Series(
        "offset",
        [
            offset(rounding_key, family=family, team=team, period=period, period_start=start, base=base)
            for team, family, period, start in blocks.iter_rows()
        ],
        dtype=pl.Int64,
    )
    running = (pl.col("n_exact").cum_sum() + pl.col("offset")).floordiv(base) * base
    within = [*BLOCK, "partition"]
    return (
        cells.join(blocks.with_columns(offsets), on=BLOCK, how="left")
        .join(category_order(), on=["partition", "category"], how="left")
        .sort(*within, pl.col("place").fill_null(2**31), "category")
        .with_columns(running=running.over(within))
        .with_columns(n_released=pl.col("running") - pl.col("running").shift(1, fill_value=0).over(within))
        .drop("offset", "place", "running")
    )


def populations() -> pl.DataFrame:
    """Population of every partition."""
    return pl.DataFrame(
        [(partition.name, partition.population) for partition in PARTITIONS.values()],
        schema={"partition": pl.String, "population": pl.String},
        orient="row",
    )


def category_order() -> pl.DataFrame:
    """Place of every fixed category in its partition."""
    return pl.DataFrame(
        [
            (partition.name, category, place)
            for partition in PARTITIONS.values()
            for place, category in enumerate(partition.categories)
        ],
        schema={"partition": pl.String, "category": pl.String, "place": pl.Int64},
        orient="row",
    )
