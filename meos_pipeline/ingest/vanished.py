"""Exports that would take away most of what is known: by marking it as deleted, or by leaving it out of a complete export."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl

from meos_pipeline.ingest.parsed import NO_MONTH, Parsed
from meos_pipeline.policy import Policy

NUMBER = "controle_id"
"""What the manifest names in ``leeg_bedoeld`` when it is meant."""
_FEWEST = 5
"""Fewer records that go are a correction, whatever their share."""


def vanished(parsed: Sequence[Parsed], accepted: Sequence[int], rank: int, policy: Policy) -> dict[str, Any] | None:
    """Tell how many records of earlier files a file takes away, when they are most of those in its months; else nothing.

    Args:
        parsed: Every file, in the order in which later ones replace earlier ones.
        accepted: Ranks of the earlier files that stand.
        rank: The file.
        policy: ``changed_share``: the share from which on they are too many.
    """
    mine = parsed[rank]
    span = mine.file.covered if mine.file.is_complete else None
    deleted_in = {month for month, counts in mine.months.items() if counts.get("deleted")}
    if mine.file.is_erased or mine.file.may_empty(NUMBER) or not (span or deleted_in):
        return None

    def is_asked(month: date) -> bool:
        within = span is not None and span[0].replace(day=1) <= month <= span[1]
        return month != NO_MONTH and (within or month in deleted_in or NO_MONTH in deleted_in)

    whole = [
        other for other in accepted if any(parsed[other].file.holds_all_of(month) for month in parsed[other].months)
    ]
    parts = [
        parsed[other].rows(month).select("key_tag", "check_date", "category", pl.lit(other).alias("rank"))
        for other in accepted
        for month, counts in parsed[other].months.items()
        # What an earlier complete export left out is gone already.
        if is_asked(month)
        and counts.get("candidate", 0) + counts.get("deleted", 0)
        and not any(later > other and parsed[later].file.holds_all_of(month) for later in whole)
    ]
    if not parts:
        return None
    usable = pl.col("category").is_in(["candidate", "deleted"])
    last = pl.concat(parts).filter(usable).sort("rank").group_by("key_tag", maintain_order=True).agg(pl.all().last())
    known = last.filter(category="candidate")
    own = pl.concat(
        mine.rows(month).filter(usable).select("key_tag", pl.col("category").alias("now"))
        for month in mine.months
        if mine.part(month).exists()
    ).unique("key_tag")
    is_gone = pl.col("now") == "deleted"
    if span:
        is_gone |= pl.col("now").is_null() & pl.col("check_date").is_between(*span)
    told = known.join(own, on="key_tag", how="left").select(
        pl.len().alias("rows"), is_gone.fill_null(value=False).sum().alias("count")
    )
    rows, count = told.collect(engine="streaming").row(0)
    if count < _FEWEST or count <= policy.changed_share * rows:
        return None
    return {"count": count, "rows": rows, "column": NUMBER}
