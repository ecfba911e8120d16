"""Checks by how long after the end of their month they were entered."""

import polars as pl

from meos_pipeline.contracts.fine_cells import ENTERED
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells.held import Held
from meos_pipeline.statistics.cells.population import COLUMNS, categories

ENTERED_COLUMNS = (*COLUMNS, "month")
"""What is held of a check."""
OF_PROACTIVE = ("dossier", "explained", "ground")
"""Partitions of proactive checks whose shares may be shown of a month that is not final."""
LONGEST = 92
"""Days are counted up to here: later ones say no more of a month."""
_MINUTES = 24 * 60


def entered_cells(checks: Held) -> pl.DataFrame:
    """Count checks of a month by day of entry (contract ``ENTERED``): all of them, and the proactive ones by category."""
    partitions = categories(Policy(), checks)  # of these none depends on the policy
    rows = checks.rows.with_columns(days=days_after_month())
    proactive = rows.filter(pl.col("is_proactive").fill_null(value=False))
    team = pl.lit(pl.Series(checks.texts["team"], dtype=pl.String)).gather(pl.col("team"))
    parts = []
    for name in ("proactive", *OF_PROACTIVE):
        labels = pl.lit(pl.Series(partitions[name].labels, dtype=pl.String))
        counted = (
            (rows if name == "proactive" else proactive)
            .group_by("team", "month", "days", code=partitions[name].code)
            .agg(n=pl.len().cast(pl.Int64))
        )
        parts.append(
            counted.select(
                team.alias("team"), "month", "days", partition=pl.lit(name), category=labels.gather("code"), n="n"
            )
        )
    return ENTERED.require(pl.concat(parts).sort(ENTERED.key))


def days_after_month() -> pl.Expr:
    """Whole days after the end of its month on which a check was entered: the first day by whose end it was in.

    Of columns ``month``, ``check_date`` and ``entry_delay_minutes``; a check late in the day counts from that day.
    """
    since_check = (pl.col("check_date") - pl.col("month").dt.month_end()).dt.total_days()
    return (since_check + pl.col("entry_delay_minutes") / _MINUTES).ceil().clip(0, LONGEST).cast(pl.Int64)
