"""The revision gate of sheets: a team's published coverage changes only when enough of the checks on sheets changed.

Coverage is a model of exact sheets, so what it rests on is frozen, not what it says: while fewer than
``revision_records`` checks differ from those behind the last edition, the team's sheets stay as they were then.
"""

from datetime import date

import polars as pl

from meos_pipeline.policy import Policy

KEY = ("sample_date", "team", "sheet")
_COUNTS = ("result_recorded", "result_missed", "other_recorded", "other_missed")


def settle_sheets(now: pl.DataFrame, before: pl.DataFrame | None, *, month: date, policy: Policy) -> pl.DataFrame:
    """Return the sheets that findings may read.

    Only sheets of quarters that are complete by the report month and still told of count: a sheet of the running
    quarter must not open the gate for a change of one check in an older one.

    Args:
        now: Sheets as handed in (contract ``COVERAGE_SAMPLE``).
        before: Sheets behind the last edition; ``None`` when there is none.
        month: Report month.
        policy: How many checks open the gate, and how many quarters are told of.
    """
    end = _quarter_after(month)
    years = policy.coverage_window_quarters // 2
    told = pl.col("sample_date").is_between(end.replace(year=end.year - max(1, years)), end, closed="left")
    new = now.filter(told)
    if before is None:
        return new.sort(KEY)
    old = before.filter(told)
    changed = changed_checks(new, old)
    frozen = changed.filter(pl.col("checks") < policy.revision_records).select("team")
    return pl.concat(
        [new.join(frozen, on="team", how="anti"), old.join(frozen, on="team", how="semi")], how="diagonal_relaxed"
    ).sort(KEY)


def changed_checks(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Per team, checks that must have changed: on each sheet the larger of what its four counts gained and lost.

    Returns:
        ``team`` and ``checks``, for teams with a sheet on either side.
    """
    gain = [pl.col(name).fill_null(0) - pl.col(f"{name}_before").fill_null(0) for name in _COUNTS]
    gained = pl.sum_horizontal(one.clip(lower_bound=0) for one in gain)
    lost = pl.sum_horizontal((-one).clip(lower_bound=0) for one in gain)
    return (
        _counts(now)
        .join(_counts(before), on=KEY, how="full", coalesce=True, suffix="_before")
        .select("team", checks=pl.max_horizontal(gained, lost))
        .group_by("team")
        .agg(pl.col("checks").sum())
        .sort("team")
    )


def _counts(sheets: pl.DataFrame) -> pl.DataFrame:
    other = pl.col("observed") - pl.col("with_result")
    other_recorded = pl.col("registered") - pl.col("with_result_registered")
    return sheets.select(
        *KEY,
        result_recorded="with_result_registered",
        result_missed=pl.col("with_result") - pl.col("with_result_registered"),
        other_recorded=other_recorded,
        other_missed=other - other_recorded,
    )


def _quarter_after(month: date) -> date:
    """First day of the first quarter that is not complete by the end of the month."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date(following.year, (following.month - 1) // 3 * 3 + 1, 1)
