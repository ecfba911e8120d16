"""Shares of results among the checks that were recorded, and what results that people left empty leave of them.

Of results left empty all or none may have been a hit; above a share only that is known.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from meos_pipeline.contracts.findings import Label
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.measures import Measure
from meos_pipeline.statistics.shares import measured
from meos_pipeline.statistics.statistic import Context

REASON = "results_left_empty"
CAVEAT = "results_left_empty"


def yield_findings(
    tables: Mapping[str, pl.DataFrame],
    context: Context,
    measure: Measure,
    *,
    caveats: Sequence[str] = ("coverage",),
) -> pl.DataFrame:
    """Share of recorded proactive checks with a known result that had one of ``events``.

    What it would be with the checks that are not recorded is ``yield_corrected``.
    """
    found = measured(tables, context, measure, caveats=caveats)
    cells = tables["cells"]
    if w.absent(cells, "result"):
        return found
    shares = [
        empty_shares(
            cells, "result", window, context, events=measure.events, known=measure.among, unknown=measure.unread
        )
        for window in w.windows_of("result", context)
    ]
    # Where results came in the newest period, the window is that period.
    by_period = pl.concat(shares).unique(["team", "period_start"], maintain_order=True)
    return with_left_empty(found, by_period, context.policy)


def empty_shares(
    cells: pl.DataFrame,
    partition: str,
    window: w.Window,
    context: Context,
    *,
    events: Sequence[str],
    known: Sequence[str],
    unknown: Sequence[str],
) -> pl.DataFrame:
    """Return, per team and for all (''), the share ``empty`` of checks without a result, and the share ``none``.

    ``none`` is the share of ``events`` if none of the empty ones was one. The denominator is ``known`` with ``unknown``.
    """
    sums = {"hits": events, "all": (*known, *unknown), "unknown": unknown}
    summed = w.over_window(w.per_period(cells, partition, window, sums), context)
    return w.spanning(summed, cells, partition, window).select(
        "team",
        "period_start",
        empty=pl.col("unknown") / pl.col("all"),
        none=pl.col("hits") / pl.col("all"),
    )


def is_too_many(policy: Policy) -> pl.Expr:
    """Whether so many results were left empty that only the bounds are known."""
    return (pl.col("empty") > policy.result_empty_bounds).fill_null(value=False)


def with_left_empty(found: pl.DataFrame, shares: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Let the interval of a yield hold both that all results that were left empty were a hit, and that none was.

    Where too many were left empty the estimate goes, and what stays are the shares with all of them and with none.

    Args:
        found: Findings of yields.
        shares: As ``empty_shares`` gives them.
        policy: Says how many are too many.
    """
    beside = found.join(shares, on=["team", "period_start"], how="left", maintain_order="left")
    too_many = is_too_many(policy) & pl.col("estimate").is_not_null()
    empty = pl.col("empty").fill_nan(None).fill_null(0.0)
    return beside.with_columns(
        pl.when(~too_many).then("estimate").alias("estimate"),
        pl.when(too_many).then("none").otherwise(pl.col("lower") * (1 - empty)).alias("lower"),
        pl.when(too_many).then(pl.col("none") + empty).otherwise(pl.col("upper") * (1 - empty) + empty).alias("upper"),
        pl.when((empty > 0) & ~too_many)
        .then(pl.concat_list("caveats", pl.lit([CAVEAT])))
        .otherwise("caveats")
        .alias("caveats"),
        pl.when(too_many)
        .then(pl.lit(Label.NOT_COMPARABLE.value))
        .otherwise("label")
        .cast(found["label"].dtype)
        .alias("label"),
        pl.when(too_many).then(pl.lit(REASON)).otherwise("label_reason").alias("label_reason"),
        pl.when(~too_many).then("needed").alias("needed"),
    ).select(found.columns)
