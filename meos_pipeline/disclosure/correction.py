"""What a new release changes of what readers saw: which blocks and months, and whether that is broad."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from meos_pipeline.disclosure.ledger import LEDGER, Ledger
from meos_pipeline.disclosure.release import RECORDS
from meos_pipeline.disclosure.revision import changed_records
from meos_pipeline.disclosure.rounding import BLOCK
from meos_pipeline.policy import Policy

_PAGE_BLOCK = ("team", "period", "period_start")
"""A block as pages show it: they name no family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """What changes of the figures that readers saw."""

    known: int
    """Blocks of figures that were published, of months, quarters and years."""
    changed: int
    """Of these, the blocks that change."""
    months: pl.DataFrame
    """``month``, ``changed`` and ``stays``: number of teams whose figures change, and that differ and stay."""
    thin: int
    """Team-months that would change by fewer records than a revision needs: there may be none."""
    is_broad: bool
    """Whether so many blocks change that nobody who sees it takes it for records that came in late."""

    @property
    def span(self) -> tuple[date, date] | None:
        """First and last month that change; None when none does."""
        changed = self.months.filter(pl.col("changed") > 0)["month"]
        return None if changed.is_empty() else (min(changed), max(changed))


def touched(before: Ledger, now: Ledger, policy: Policy) -> Touched:
    """Compare the ledger of the next release with that of the last edition.

    Args:
        before: What readers saw.
        now: What they would see.
        policy: Records that a revision needs, and how many blocks are many.
    """
    moved = pl.col("n_released").ne_missing(pl.col("n_released_now"))
    both = before.table.join(
        now.table.select(*LEDGER.key, n_released_now="n_released"), on=LEDGER.key, how="left"
    ).filter(pl.col("n_released").is_not_null())
    blocks = both.group_by(_PAGE_BLOCK).agg(moves=moved.any())
    monthly = pl.col("period").cast(pl.String) == "month"
    of_checks = both.filter(monthly, pl.col("family") == RECORDS).group_by(BLOCK).agg(moves=moved.any())
    differs = (
        now.table.filter(monthly, pl.col("family") == RECORDS).group_by(BLOCK).agg(waits=pl.col("pending").max() > 0)
    )
    months = (
        of_checks.join(differs, on=BLOCK, how="left")
        .group_by(month="period_start")
        .agg(changed=pl.col("moves").sum(), stays=(~pl.col("moves") & pl.col("waits").fill_null(value=False)).sum())
        .filter((pl.col("changed") > 0) | (pl.col("stays") > 0))
        .sort("month")
    )
    records = changed_records(now.table.filter(monthly), before.table.filter(monthly))
    thin = records.join(of_checks.filter("moves"), on=BLOCK, how="semi").filter(
        pl.col("changed") < policy.revision_records
    )
    changed = int(blocks["moves"].sum())
    return Touched(
        known=blocks.height,
        changed=changed,
        months=months,
        thin=thin.height,
        is_broad=changed > max(policy.broad_change_blocks, policy.broad_change_share * blocks.height),
    )
