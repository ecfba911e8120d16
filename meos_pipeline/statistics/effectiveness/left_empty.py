"""Results that people left empty: above a share of the checks a yield would be chosen by who fills in what."""

from collections.abc import Sequence

import polars as pl

from meos_pipeline.contracts.findings import Label
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.statistic import Context

REASON = "results_left_empty"


def only_bounds(
    headline: pl.DataFrame, cells: pl.DataFrame, context: Context, *, events: Sequence[str]
) -> pl.DataFrame:
    """Take the estimate away where too many results were left empty; what stays is all of them a hit, or none.

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
    return beside.with_columns(
        pl.when(~too_many).then("estimate").alias("estimate"),
        pl.when(too_many).then("none").otherwise("lower").alias("lower"),
        pl.when(too_many).then(pl.col("none") + pl.col("empty")).otherwise("upper").alias("upper"),
        pl.when(too_many)
        .then(pl.lit(Label.NOT_COMPARABLE.value))
        .otherwise("label")
        .cast(headline["label"].dtype)
        .alias("label"),
        pl.when(too_many).then(pl.lit(REASON)).otherwise("label_reason").alias("label_reason"),
        pl.when(~too_many).then("needed").alias("needed"),
    ).select(headline.columns)
