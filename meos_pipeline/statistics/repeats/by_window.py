"""The share of repeats without a result, one stratum per window of days."""

from collections.abc import Mapping

import polars as pl

from meos_pipeline.statistics.findings import stack
from meos_pipeline.statistics.measures import Measure
from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context


def by_window(tables: Mapping[str, pl.DataFrame], context: Context, measure: Measure) -> pl.DataFrame:
    """Return findings of a measure of repeats in each window of the policy.

    Args:
        tables: Released cells.
        context: Teams, month and policy.
        measure: A share whose partition ends in the days of its window, as ``repeat_person_30`` does.
    """
    stem = measure.partition.rpartition("_")[0]
    return stack(
        [
            share_findings(
                tables,
                context,
                statistic=measure.name,
                partition=f"{stem}_{days}",
                events=measure.events,
                among=measure.among,
                stratum=f"window={days}",
                caveats=("registered_repeats_only",),
            )
            for days in context.policy.repeat_window_days
        ]
    )
