"""Coverage and yield from one set of draws: what is recorded, what happened, and in which direction the record errs.

Of every quarter the recorded checks N with and without a result are known (rounded), and the chance c that a
check is recorded comes from the sheets. What took place is A = N/c + N(0, N(1-c)/c²), at least N. Over a window:
coverage with a result ΣN₁/ΣA₁, without ΣN₀/ΣA₀, recorded yield o = ΣN₁/ΣN, yield y = ΣA₁/ΣA. In each draw
y < o exactly when coverage with a result is above coverage without, so no two sentences made from the draws
can contradict each other. Missing checks assume nothing in the outer bound [c·o, 1 - c(1-o)] (Manski 1990).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from meos_pipeline.statistics.methods.evidence_grid import Paths, over_sheets
from meos_pipeline.statistics.methods.proportion import Floats

SMALLEST_COVERAGE = 0.01
"""What is left of a coverage at least, when the share that was watched into recording is taken off."""


class Direction(StrEnum):
    """Which way the recorded yield errs."""

    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"
    ALIKE = "alike"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Recorded checks per quarter, as released."""

    with_result: Floats
    without_result: Floats
    noise: Floats
    """Variance that rounding adds to either count, per quarter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Draws of recorded and of all checks, with and without a result."""

    recorded_with: Floats
    recorded_without: Floats
    all_with: Floats
    all_without: Floats

    def __add__(self, other: "Totals") -> "Totals":
        """Add two teams draw by draw."""
        return Totals(
            recorded_with=self.recorded_with + other.recorded_with,
            recorded_without=self.recorded_without + other.recorded_without,
            all_with=self.all_with + other.all_with,
            all_without=self.all_without + other.all_without,
        )

    def over(self, quarters: slice) -> "Totals":
        """Sum of some of the quarters, per draw."""
        return Totals(
            recorded_with=self.recorded_with[:, quarters].sum(1),
            recorded_without=self.recorded_without[:, quarters].sum(1),
            all_with=self.all_with[:, quarters].sum(1),
            all_without=self.all_without[:, quarters].sum(1),
        )

    def filled(self, empty: int, *, with_result: bool) -> "Totals":
        """Take recorded checks whose result was left empty along as checks with a result, or as checks without.

        Of checks with a result as many were recorded as the draws say, and likewise of those without: what took place
        grows with what was recorded.
        """
        more_with, more_without = (empty, 0) if with_result else (0, empty)
        return Totals(
            recorded_with=self.recorded_with + more_with,
            recorded_without=self.recorded_without + more_without,
            all_with=self.all_with + more_with / self.with_result,
            all_without=self.all_without + more_without / self.without_result,
        )

    @property
    def with_result(self) -> Floats:
        """Coverage of checks with a result."""
        return self.recorded_with / self.all_with

    @property
    def without_result(self) -> Floats:
        """Coverage of checks without a result."""
        return self.recorded_without / self.all_without

    @property
    def coverage(self) -> Floats:
        """Coverage of all checks."""
        return (self.recorded_with + self.recorded_without) / (self.all_with + self.all_without)

    @property
    def recorded_yield(self) -> Floats:
        """Share with a result among recorded checks."""
        return self.recorded_with / (self.recorded_with + self.recorded_without)

    @property
    def corrected_yield(self) -> Floats:
        """Share with a result among all checks."""
        return self.all_with / (self.all_with + self.all_without)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Draws of one team under one belief about watching; each array is draws by quarters or by steps."""

    with_result: Floats
    """Coverage of checks with a result, by quarter."""
    without_result: Floats
    """Of those without."""
    without_by_step: Floats
    """The same by step of the walk: a quarter, or the part of one before or after an agreement began."""
    totals: Totals
    """Recorded and all checks of each quarter."""

    def window(self, first: int, last: int) -> Totals:
        """Sums over the quarters from ``first`` up to and with ``last``."""
        return self.totals.over(slice(first, last + 1))


def quantities(
    paths: Paths, recorded: Recorded, *, observer_share: float, seed: int, lengths: Floats | None = None
) -> Watched:
    """Coverage and checks per quarter.

    Args:
        paths: Draws of the model.
        recorded: Released counts of the same quarters; a quarter without any counts for nothing.
        observer_share: Part of the gap to 1 that officers close because they are watched: c becomes (c-g)/(1-g).
        seed: Of the noise of rounding and of what was not recorded; the same for every ``observer_share``.
        lengths: Steps by quarters, the part of each quarter that a step is; without it, steps are quarters.
    """
    m, habit = paths.without_result, paths.habit
    by_step, with_result = (
        _unwatched(over_sheets(logit, habit), observer_share) for logit in (m, m + paths.difference)
    )
    without = by_step
    if lengths is not None:
        without, with_result = by_step @ lengths, with_result @ lengths
    random = np.random.default_rng(seed)
    noise = np.sqrt(recorded.noise)
    is_known = (recorded.with_result + recorded.without_result) > 0

    def happened(counts: Floats, coverage: Floats) -> tuple[Floats, Floats]:
        known = np.maximum(counts[None, :] + noise[None, :] * random.standard_normal(coverage.shape), 0.5)
        spread = np.sqrt(known * (1 - coverage)) / coverage
        everything = np.maximum(known / coverage + spread * random.standard_normal(coverage.shape), known)
        return known * is_known, everything * is_known

    recorded_with, all_with = happened(recorded.with_result, with_result)
    recorded_without, all_without = happened(recorded.without_result, without)
    return Watched(
        with_result=with_result,
        without_result=without,
        without_by_step=by_step,
        totals=Totals(
            recorded_with=recorded_with,
            recorded_without=recorded_without,
            all_with=all_with,
            all_without=all_without,
        ),
    )


def _unwatched(coverage: Floats, share: float) -> Floats:
    if share == 0:
        return coverage
    return np.clip((coverage - share) / (1 - share), SMALLEST_COVERAGE, 1.0)


def interval(draws: Floats, confidence_level: float) -> tuple[float, float, float]:
    """Median and bounds."""
    tail = (1 - confidence_level) / 2
    low, middle, high = np.quantile(draws, [tail, 0.5, 1 - tail])
    return float(middle), float(low), float(high)


def outer_bound(totals: Totals, fewest: Totals, most: Totals, confidence_level: float) -> tuple[float, float]:
    """[c·o, 1 - c(1-o)] at the lowest coverage of the interval: holds whichever checks are missing.

    Args:
        totals: Draws of the window; their coverage is c.
        fewest: The same with every result that was left empty taken for none: o of the lower bound.
        most: The same with every one of them taken for a result: o of the upper bound.
        confidence_level: Of the interval of c.
    """
    lowest = interval(totals.coverage, confidence_level)[1]
    low, high = (float(np.median(one.recorded_yield)) for one in (fewest, most))
    return lowest * low, 1 - lowest * (1 - high)


def direction(totals: Totals, *, certain: float, alike_ratio: float, alike: float) -> Direction:
    """Which way the recorded yield errs, when the draws are sure enough.

    Args:
        totals: Draws of the window.
        certain: Probability above which a side is named.
        alike_ratio: Coverages within this factor of each other are about equal.
        alike: Probability above which that is said.
    """
    ratio = totals.with_result / totals.without_result
    if float(np.mean((ratio > 1 / alike_ratio) & (ratio < alike_ratio))) > alike:
        return Direction.ALIKE
    higher = float(np.mean(ratio > 1))
    return Direction.TOO_HIGH if higher > certain else Direction.TOO_LOW if higher < 1 - certain else Direction.UNKNOWN


def around(lengths: Floats, first: int, *, quarters: int) -> tuple[Floats, Floats]:
    """Weights of the steps before something began and from then on, each with sum 1: no step is on both sides.

    Args:
        lengths: Steps by quarters, the part of each quarter that a step is.
        first: Step in which it began, at least 1.
        quarters: At most this many on either side; the part of one counts as one.
    """
    weight, place, step = lengths.sum(1), lengths.argmax(1), np.arange(len(lengths))
    sides = (
        (step < first) & (place > place[first - 1] - quarters),
        (step >= first) & (place < place[first] + quarters),
    )
    before, after = (np.where(side, weight, 0) / weight[side].sum() for side in sides)
    return before, after
