"""How much more months vary than chance alone explains."""

import polars as pl

FEWEST_PERIODS = 6
"""Below this many periods the spread says nothing."""


def t_over_normal(degrees: int, confidence_level: float = 0.95) -> float:
    """Squared ratio of the t quantile to the normal one: widens an interval whose spread was estimated."""
    from scipy.stats import norm, t

    level = 0.5 + confidence_level / 2
    return float((t.ppf(level, degrees) / norm.ppf(level)) ** 2)


def share_dispersion(counts: pl.DataFrame, *, rounding: float) -> pl.DataFrame:
    """Dispersion of a team's share over its periods, above chance and rounding.

    Args:
        counts: team, period_start, events, n per period; all teams together are added as ''.
        rounding: Variance that rounding gives ``events`` of one team and period.
    """
    return _dispersion(counts, rounding, binomial=True)


def rate_dispersion(counts: pl.DataFrame, *, rounding: float) -> pl.DataFrame:
    """The same for a rate: ``events`` is a Poisson count with exposure ``n``."""
    return _dispersion(counts, rounding, binomial=False)


def _dispersion(counts: pl.DataFrame, rounding: float, *, binomial: bool) -> pl.DataFrame:
    everyone = (
        counts.group_by("period_start", maintain_order=True)
        .agg(pl.col("events", "n").sum(), pl.len().alias("units"))
        .with_columns(pl.lit("").alias("team"))
    )
    units = pl.concat(
        [counts.with_columns(pl.lit(1, pl.get_index_type()).alias("units")), everyone], how="diagonal_relaxed"
    )
    share = pl.col("events").sum().over("team") / pl.col("n").sum().over("team")
    chance = pl.col("expected") * (1 - share) if binomial else pl.col("expected")
    spread = (
        units.filter(pl.col("n") > 0)
        .with_columns(expected=share * pl.col("n"))
        .with_columns(variance=chance + rounding * pl.col("units"))
        .filter(pl.col("variance") > 0)
        .group_by("team", maintain_order=True)
        .agg(
            phi=((pl.col("events") - pl.col("expected")) ** 2 / pl.col("variance")).sum() / (pl.len() - 1),
            count=pl.len(),
        )
    )
    return spread.select(
        "team",
        pl.when(pl.col("count") >= FEWEST_PERIODS)
        .then(
            pl.col("phi").clip(lower_bound=1.0) * pl.col("count").map_batches(_t_corrections, return_dtype=pl.Float64)
        )
        .otherwise(1.0)
        .alias("dispersion"),
    )


def _t_corrections(count: pl.Series) -> pl.Series:
    known = {n: t_over_normal(n - 1) if n >= FEWEST_PERIODS else 1.0 for n in count.unique().to_list()}
    return pl.Series([known[n] for n in count.to_list()], dtype=pl.Float64)
