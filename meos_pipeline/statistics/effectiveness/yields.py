"""Yield of the checks that were recorded: the shared part of strict and broad yield."""

from collections.abc import Mapping, Sequence

import polars as pl

from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.effectiveness.left_empty import with_left_empty
from meos_pipeline.statistics.shares import share_findings
from meos_pipeline.statistics.statistic import Context


def yield_findings(
    tables: Mapping[str, pl.DataFrame], context: Context, *, statistic: str, events: Sequence[str]
) -> pl.DataFrame:
    """Share of recorded proactive checks with a known result that had one of ``events``.

    What it would be with the checks that are not recorded is ``yield_corrected``.
    """
    found = share_findings(
        tables, context, statistic=statistic, partition="result", events=events, caveats=("coverage",)
    )
    cells = tables["cells"]
    return found if w.absent(cells, "result") else with_left_empty(found, cells, context, events=events)
