"""What a figure is worth when rows of its months were set aside or replaced: marked, and a yield refused.

Rows are often set aside by what stands in them. A share of results among the rest would then be chosen by its outcome.
"""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.contracts.findings import FINDINGS, Label
from meos_pipeline.policy import Policy

SET_ASIDE, REPLACED = "rows_are_not_set_aside", "rows_are_not_replaced"
"""Names under which the released shares of quality tell of rows."""
YIELDS = (
    "yield_strict",
    "yield_broad",
    "yield_corrected",
    "yield_by_reason",
    "yield_by_legal_basis",
    "yield_by_block",
    "related_hits",
    "information_only",
    "zero_result_share",
)
"""Shares of checks by their result."""
REASON = "rows_set_aside"
CAVEAT = "rows_set_aside"
_WINDOW = ["team", "period_start", "period_end"]


def kept_shares(quality: pl.DataFrame, heirs: Mapping[str, str] | None = None) -> pl.DataFrame:
    """Return ``team, month, n, aside, replaced`` from released shares of quality, and ``''`` for all teams together.

    Args:
        quality: ``rule, team, month, share, n``.
        heirs: Team -> team that carries its history.
    """
    rows = quality.filter(pl.col("rule").is_in([SET_ASIDE, REPLACED]), pl.col("team") != "").with_columns(
        pl.col("team").replace(dict(heirs or {})), rows=pl.col("share") * pl.col("n")
    )
    of_teams = rows.select(
        "team",
        "month",
        n=pl.when(pl.col("rule") == SET_ASIDE).then("n"),
        aside=pl.when(pl.col("rule") == SET_ASIDE).then("rows"),
        replaced=pl.when(pl.col("rule") == REPLACED).then("rows"),
    )
    everyone = of_teams.with_columns(pl.lit("").alias("team"))
    return (
        pl.concat([of_teams, everyone])
        .group_by("team", "month")
        .agg(pl.col("n", "aside", "replaced").sum())
        .sort("team", "month")
    )


def marked(found: pl.DataFrame, kept: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Mark findings over a month of which too much was set aside or replaced; refuse yields of too much set aside.

    A mark is a caveat. A team's own month stays: holding it back alone would let the others be subtracted.

    Args:
        found: ``FINDINGS``.
        kept: From ``kept_shares``.
        policy: ``set_aside_share``.
    """
    if kept.is_empty() or found.is_empty():
        return found
    limit = policy.set_aside_share
    windows = (
        found.select(_WINDOW)
        .unique()
        .join(kept, on="team")
        .filter(pl.col("month") >= pl.col("period_start").dt.month_start(), pl.col("month") <= pl.col("period_end"))
        .group_by(_WINDOW)
        .agg(
            is_marked=((pl.col("aside") + pl.col("replaced")) > limit * pl.col("n")).any(),
            is_chosen=pl.col("aside").sum() > limit * pl.col("n").sum(),
        )
    )
    beside = found.join(windows, on=_WINDOW, how="left", maintain_order="left").with_columns(
        pl.col("is_marked", "is_chosen").fill_null(value=False)
    )
    is_yield = pl.col("statistic").is_in(YIELDS) | (
        (pl.col("statistic") == "funnel") & pl.col("stratum").is_in([f"measure={name}" for name in YIELDS])
    )
    refused = pl.col("is_chosen") & is_yield & pl.col("estimate").is_not_null()
    marks = pl.when("is_marked").then(pl.lit([CAVEAT])).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    return FINDINGS.require(
        beside.with_columns(
            pl.concat_list("caveats", marks).list.unique(maintain_order=True).alias("caveats"),
            *(pl.when(~refused).then(name).alias(name) for name in ("estimate", "lower", "upper", "needed")),
            pl.when(refused)
            .then(pl.lit(Label.NOT_COMPARABLE.value))
            .otherwise(pl.col("label").cast(pl.String))
            .cast(found["label"].dtype)
            .alias("label"),
            pl.when(refused).then(pl.lit(REASON)).otherwise("label_reason").alias("label_reason"),
        ).select(FINDINGS.names)
    )
