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


def round_cells(
    cells: pl.DataFrame, *, rounding_key: bytes, base: int, before: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Add ``n_released`` to exact cells.

    What was released before is not rounded a second time: only what changed since the first release is, with an offset
    of its own, and added to the first released numbers. Who knows all that changed learns nothing of what was there.

    Args:
        cells: Columns ``team``, ``family``, ``period``, ``period_start``, ``partition``, ``category`` and
            ``n_exact`` (0 or more). The order of rows does not matter.
        rounding_key: Secret of at least 16 bytes.
        base: 5 or more.
        before: Rows of the ledger, with ``n_exact_first`` and ``n_released_first``.

    Returns:
        The same rows, with those of categories that are empty now, in the fixed order of categories, with ``n_released``.

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
    within = [*BLOCK, "partition"]
    placed = (
        with_first(cells, before)
        .join(blocks.with_columns(offsets), on=BLOCK, how="left")
        .join(offsets_again(blocks, rounding_key, base), on=BLOCK, how="left")
        .join(category_order(), on=["partition", "category"], how="left")
        .sort(*within, pl.col("place").fill_null(2**31), "category")
    )
    running = (pl.col("n_exact").cum_sum().over(within) + pl.col("offset")).floordiv(base) * base
    raw = placed.with_columns(running=running, raw=since_first(within, base))
    return (
        raw.join(_totals(raw), on=within, how="left")
        .with_columns(
            running=pl.when("is_known").then(held(pl.col("raw"), pl.col("total"), within)).otherwise("running")
        )
        .with_columns(n_released=pl.col("running") - pl.col("running").shift(1, fill_value=0).over(within))
        .select(*cells.columns, "n_released")
    )


def with_first(cells: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """Add what was first released of each cell, and ``is_known`` for partitions of which something was.

    Categories that were there then and are not now come back with 0; those that are new had 0.
    """
    keys, within = [*BLOCK, "partition", "category"], [*BLOCK, "partition"]
    first = ["n_exact_first", "n_released_first"]
    if before is None:
        none = pl.lit(0, dtype=pl.Int64)
        return cells.with_columns(none.alias(first[0]), none.alias(first[1]), is_known=pl.lit(value=False))
    known = before.filter(pl.col("n_released_first").is_not_null(), pl.col("n_exact_first").is_not_null())
    made = cells.select(within).unique()
    gone = (
        known.select(keys)
        .join(made, on=within, how="semi")
        .join(cells, on=keys, how="anti")
        .with_columns(n_exact=pl.lit(0, dtype=pl.Int64))
    )
    return (
        pl.concat([cells, gone], how="diagonal_relaxed")
        .join(known.select(*keys, *first), on=keys, how="left")
        .with_columns(pl.col(first).fill_null(0))
        .join(known.select(within).unique().with_columns(is_known=pl.lit(value=True)), on=within, how="left")
        .with_columns(pl.col("is_known").fill_null(value=False))
    )


def offsets_again(blocks: pl.DataFrame, rounding_key: bytes, base: int) -> pl.DataFrame:
    """A second secret offset per block, for what changed since the first release."""
    return blocks.with_columns(
        pl.Series(
            "offset_again",
            [
                secret_number(rounding_key, "again", family, team, period, start.isoformat()) % base
                for team, family, period, start in blocks.select(BLOCK).iter_rows()
            ],
            dtype=pl.Int64,
        )
    )


def since_first(within: list[str], base: int) -> pl.Expr:
    """Running totals as first released, and the rounded running totals of what changed since."""
    moved = (pl.col("n_exact") - pl.col("n_exact_first")).cum_sum().over(within) + pl.col("offset_again")
    return pl.col("n_released_first").cum_sum().over(within) + moved.floordiv(base) * base


def held(running: pl.Expr, total: pl.Expr, within: list[str]) -> pl.Expr:
    """Running totals that never fall, never pass their total, and end there."""
    last = pl.int_range(pl.len()).over(within) == pl.len().over(within) - 1
    inside = pl.min_horizontal(pl.max_horizontal(running, pl.lit(0, dtype=pl.Int64)), total)
    return pl.when(last).then(total).otherwise(inside).cum_max().over(within)


def _totals(raw: pl.DataFrame) -> pl.DataFrame:
    """Total of each partition that was released before: one per population, and of proactive checks at most that of all."""
    within = [*BLOCK, "partition"]
    ends = (
        raw.filter("is_known")
        .group_by(within, maintain_order=True)
        .agg(total=pl.col("raw").last().clip(lower_bound=0))
        .join(populations(), on="partition", how="left")
        .with_columns(population=pl.col("population").fill_null(pl.col("partition")))
        .sort(within)
        .with_columns(total=pl.col("total").first().over(*BLOCK, "population"))
    )
    checks = ends.filter(pl.col("partition") == "proactive").select(*BLOCK, of_all="total")
    is_part = pl.col("population") == "proactive"
    return (
        ends.join(checks, on=BLOCK, how="left")
        .with_columns(total=pl.when(is_part).then(pl.min_horizontal("total", "of_all")).otherwise("total"))
        .select(*within, "total")
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
