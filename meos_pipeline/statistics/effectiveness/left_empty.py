"""Results that people left empty: all or none of them may have been a hit, and above a share only that is known."""

from collections.abc import Sequence

import polars as pl

from meos_pipeline.contracts.findings import Label
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.statistic import Context

REASON = "results_left_empty"
CAVEAT = "results_left_empty"


def with_left_empty(
    headline: pl.DataFrame, cells: pl.DataFrame, context: Context, *, events: Sequence[str]
) -> pl.DataFrame:
    """Let the interval of a yield hold both that all results that were left empty were a hit, and that none was.

    Where too many were left empty the estimate goes, and what stays are the shares with all of them and with none.

    Args:
        headline: Findings of the yield, of the two windows.
        cells: Released cells.
        context: Policy and teams.
        events: Results that count as a hit.
    """
    rows = []
    for window in w.windows_of("result", context):
        counts = w.per_period(cells, "result", window, {"unknown": ("unknown",), "hits": tuple(events)})
        rows.append(
            w.over_window(counts, context).select(
                "team",
                pl.lit(window.start).alias("period_start"),
                empty=pl.col("unknown") / pl.col("total"),
                none=pl.col("hits") / pl.col("total"),
            )
        )
    beside = headline.join(pl.concat(rows), on=["team", "period_start"], how="left", maintain_order="left")
    too_many = (pl.col("empty") > context.policy.result_empty_bounds).fill_null(value=False) & pl.col(
        "estimate"
    ).is_not_null()
    empty = pl.col("empty").fill_null(0.0)
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
        .cast(headline["label"].dtype)
        .alias("label"),
        pl.when(too_many).then(pl.lit(REASON)).otherwise("label_reason").alias("label_reason"),
        pl.when(~too_many).then("needed").alias("needed"),
    ).select(headline.columns)
