"""Systematic random rounding: the one rule that makes exact cells releasable.

A block's categories stand in a fixed order, with running totals ``C_j``. Each running total is rounded
with the block's secret offset, ``R_j = base * floor((C_j + u) / base)``, and a released cell is
``R_j - R_(j-1)``. So every released cell is a non-negative multiple of the base, parts add up to their
total, every contiguous run of categories is within ``base - 1`` of the truth, and over the ``base``
offsets the mean of a released cell is the truth (Fellegi 1975, "Controlled random rounding", Survey
Methodology 1; systematic sampling of the unit intervals).

A period of which the months are released too takes their released sum as its total ``S``: its running
totals are stretched by ``S / X`` (``X`` its exact total) before they are rounded. So months add up to
their quarter and their year, and no second rounding of the same total tells more about it.
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

FINE = 1024
"""Stretched running totals are no whole numbers, so their offset has this many steps per unit."""


def offset(rounding_key: bytes, *, family: str, team: str, period: str, period_start: date, base: int) -> int:
    """Secret offset of a block, between 0 and ``base - 1``; the same for ever.

    The text that goes into the HMAC has a length before each part, so no two blocks share a text.
    """
    return _digest(rounding_key, family, team, period, period_start.isoformat()) % base


def _fine_offset(rounding_key: bytes, *, family: str, team: str, period: str, period_start: date) -> int:
    """What is added to the offset of a longer period, in steps of ``1 / FINE``."""
    return _digest(rounding_key, family, team, period, period_start.isoformat(), "fine") % FINE


def _digest(rounding_key: bytes, *names: str) -> int:
    parts = ("meos/offset/1", *names)
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hmac.new(rounding_key, text.encode(), hashlib.sha256).digest(), "big")


def family_of(partition: str) -> str:
    """Name of the population whose offset a partition uses."""
    population = PARTITIONS[partition].population
    return FAMILY.get(population, population)


def round_cells(
    cells: pl.DataFrame, *, rounding_key: bytes, base: int, totals: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Add ``n_released`` to exact cells.

    Args:
        cells: Columns ``team``, ``family``, ``period``, ``period_start``, ``partition``, ``category`` and
            ``n_exact`` (0 or more). The order of rows does not matter.
        rounding_key: Secret of at least 16 bytes.
        base: 5 or more.
        totals: Released totals that the parts must add up to, where months gave one: the columns of a block,
            ``population`` and ``n_total`` (multiples of the base).

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
    within = [*BLOCK, "partition"]
    placed = (
        cells.join(_offsets(cells, rounding_key, base), on=BLOCK, how="left")
        .join(category_order(), on=["partition", "category"], how="left")
        .join(_known(cells, totals), on=within, how="left")
        .sort(*within, pl.col("place").fill_null(2**31), "category")
        .with_columns(
            so_far=pl.col("n_exact").cum_sum().over(within),
            exact=pl.col("n_exact").sum().over(within),
            last=pl.int_range(pl.len()).over(within) == pl.len().over(within) - 1,
        )
    )
    plain = (pl.col("so_far") + pl.col("offset")).floordiv(base) * base
    stretched = (
        pl.col("so_far") * pl.col("n_total") * FINE + (pl.col("offset") * FINE + pl.col("fine")) * pl.col("exact")
    ).floordiv(pl.col("exact") * (base * FINE)) * base
    running = (
        pl.when(pl.col("n_total").is_null())
        .then(plain)
        .when(pl.col("last"))
        .then("n_total")
        .when(pl.col("exact") == 0)
        .then(pl.lit(0))
        .otherwise(stretched)
    )
    return (
        placed.with_columns(running=running)
        .with_columns(n_released=pl.col("running") - pl.col("running").shift(1, fill_value=0).over(within))
        .select(*cells.columns, "n_released")
    )


def _offsets(cells: pl.DataFrame, rounding_key: bytes, base: int) -> pl.DataFrame:
    """Both parts of the secret offset, per block."""
    blocks = cells.select(BLOCK).unique()
    names = [
        {"family": family, "team": team, "period": period, "period_start": start}
        for team, family, period, start in blocks.iter_rows()
    ]
    return blocks.with_columns(
        pl.Series("offset", [offset(rounding_key, **its, base=base) for its in names], dtype=pl.Int64),
        pl.Series("fine", [_fine_offset(rounding_key, **its) for its in names], dtype=pl.Int64),
    )


def _known(cells: pl.DataFrame, totals: pl.DataFrame | None) -> pl.DataFrame:
    """Total that is known beforehand, per block and partition; no row where there is none."""
    found = cells.select(*BLOCK, "partition").unique()
    if totals is None:
        return found.clear().with_columns(n_total=pl.lit(None, dtype=pl.Int64))
    return found.join(populations(), on="partition").join(totals, on=[*BLOCK, "population"]).drop("population")


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
