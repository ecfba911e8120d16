"""What is still to come of a month, from the time between each check and its registration.

Only months count whose records can no longer come in late by much: of younger ones the late records are not seen yet,
and the month would look more complete than it is (right truncation; Lawless, Canadian Journal of Statistics 22, 1994).
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from meos_pipeline.statistics.methods.proportion import difference_interval, wilson
from meos_pipeline.statistics.windows import last_day

AGES = (0, 3, 7, 14, 21, 28, 35, 42, 49, 56)
"""Days after the end of a month."""
OLD_ENOUGH = timedelta(days=90)
"""Months that ended less long before the newest export are left out."""
FEWEST_MONTHS = 6
LEVEL = 0.95
"""Of every interval that tells how late records come in."""
_NEARLY = 0.999
"""A completeness of 1 would leave nothing to come for certain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Part of a month's records that is in, so many days after its end."""

    age: int
    """Days after the end of the month."""
    share: float
    """Between 0 and 1, over all months together."""
    low: float
    """Lower end of 95 %: Wilson's interval, or the least complete month when that is lower."""
    high: float
    """Upper end, likewise."""
    month_low: float
    """Lower end of where the next month will lie with 95 %, by how months differed."""
    month_high: float
    """Upper end, likewise."""
    records: int
    months: int


def completeness(entered: pl.DataFrame, *, newest: date, ages: Sequence[int] = AGES) -> list[Completeness]:
    """Measure completeness per age; nothing without a month that is old enough, or without delays.

    Args:
        entered: Cells of ``ENTERED``; checks of which the moment of entry is not known are left out.
        newest: Day of the newest export.
        ages: Days after the end of a month.
    """
    counted = old_enough(entered, newest).filter(pl.col("partition") == "proactive", pl.col("days").is_not_null())
    if counted.is_empty():
        return []
    made = []
    for age in ages:
        is_in = pl.col("days") <= age
        found = counted.group_by("month").agg(seen=pl.col("n").filter(is_in).sum(), n=pl.col("n").sum())
        seen, n = int(found["seen"].sum()), int(found["n"].sum())
        low, high = wilson(seen, n, LEVEL)
        shares = (found["seen"] / found["n"]).to_list()
        month_low, month_high = _next_month(shares)
        made.append(
            Completeness(
                age=age,
                share=seen / n,
                low=min(float(low), *shares),
                high=max(float(high), *shares),
                month_low=month_low,
                month_high=month_high,
                records=n,
                months=found.height,
            )
        )
    return made


def _next_month(shares: Sequence[float]) -> tuple[float, float]:
    """Where the share of the next month will lie with 95 %: Student's interval on the scale of arcsines."""
    if len(shares) < 2:
        return 0.0, 1.0
    from scipy.stats import t as student

    angles = [math.asin(math.sqrt(share)) for share in shares]
    middle, count = statistics.fmean(angles), len(angles)
    reach = float(student.ppf((1 + LEVEL) / 2, count - 1)) * statistics.stdev(angles) * math.sqrt(1 + 1 / count)
    ends = (max(middle - reach, 0.0), min(middle + reach, math.pi / 2))
    return math.sin(ends[0]) ** 2, math.sin(ends[1]) ** 2


def old_enough(entered: pl.DataFrame, newest: date) -> pl.DataFrame:
    """Cells of months that hardly a record is added to any more."""
    return entered.filter(pl.col("month").dt.month_end() <= newest - OLD_ENOUGH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowcast:
    """What a count will be when its month is final."""

    estimate: float
    lower: float
    upper: float


def nowcast(n: int, seen: Completeness, *, error: int = 0, confidence_level: float = LEVEL) -> Nowcast:
    """Return what a count becomes, given how complete such a month is at its age.

    Of N checks each is in with chance c; given the n that are in, the number still to come has a negative binomial
    distribution with n and c. Months differ more than that: of each end the further is taken, by chance alone or by how
    complete months of the past were.

    Args:
        n: Checks that are in.
        seen: Completeness at the age of the month.
        error: How far the true count may lie from ``n``, for a count that was rounded.
        confidence_level: Chance that the interval holds the final count, in (0, 1).
    """
    from scipy.stats import nbinom

    share, low, high = (min(max(chance, 0.01), _NEARLY) for chance in (seen.share, seen.month_low, seen.month_high))
    tail = (1 - confidence_level) / 2
    least, most = max(n - error, 1), max(n + error, 1)
    lower = max(float(n), min(least + float(nbinom.ppf(tail, least, share)), least / high))
    upper = max(most + float(nbinom.ppf(1 - tail, most, share)), most / low)
    return Nowcast(estimate=min(max(n / share, lower), upper), lower=lower, upper=upper)


def shift_of_share(
    entered: pl.DataFrame, partition: str, events: Sequence[str], among: Sequence[str], *, age: int
) -> float:
    """Return how far checks that come in after ``age`` can move a share, by 95 %: 0 to 1; 1 when that cannot be told.

    The share of all differs from that of the early ones by (part that is late) times (share of the late minus share of
    the early ones). Of that difference the further end of Newcombe's interval is taken (Statistics in Medicine 17, 1998).

    Args:
        entered: Cells of ``ENTERED`` of months that are old enough.
        partition: Partition of the share.
        events: Its categories in the numerator.
        among: Its categories in the denominator.
        age: Days after the end of the month.
    """
    counted = entered.filter(
        pl.col("partition") == partition, pl.col("category").is_in(list(among)), pl.col("days").is_not_null()
    )
    is_late, is_event = pl.col("days") > age, pl.col("category").is_in(list(events))
    n = pl.col("n")
    late, late_events, early, early_events = (
        int(value)
        for value in counted.select(
            n.filter(is_late).sum(),
            n.filter(is_late & is_event).sum().alias("late_events"),
            n.filter(~is_late).sum().alias("early"),
            n.filter(~is_late & is_event).sum().alias("early_events"),
        ).row(0)
    )
    if not early:
        return 1.0
    if not late:
        return 0.0
    low, high = difference_interval(late_events, late, early_events, early, LEVEL)
    return late / (late + early) * max(abs(float(low)), abs(float(high)))


def advised_days(measured: Sequence[Completeness], *, wanted: float) -> int | None:
    """Return the least age at which even the lower end is at least ``wanted`` (0 to 1); None when none is.

    With fewer than ``FEWEST_MONTHS`` nothing is advised: how months differ cannot be seen then.
    """
    return next((one.age for one in measured if one.low >= wanted and one.months >= FEWEST_MONTHS), None)


def final_on(month: date, settlement_days: int) -> date:
    """Return the day from which a month is final: so many days after its last.

    >>> final_on(date(2026, 9, 1), 42)
    datetime.date(2026, 11, 11)
    """
    return last_day(month) + timedelta(days=settlement_days)
