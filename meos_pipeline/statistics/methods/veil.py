"""The veil of darkness: does a group have a larger share of the checks when it can be seen?

At the same clock time it is light in one season and dark in another. Darkness is season, so season terms always
stand in the model; without them a modest seasonal change of who is outside looks like an effect of light.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from meos_pipeline.statistics.methods.profiled_logistic import codes, fit

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Clusters: TypeAlias = Literal["team-day", "day", "month"]

LARGEST_CONDITION = 1e4
"""Above this the clock and the light are one: no estimate (unguarded, standard errors of 750 were seen)."""
FEWEST_BINS = 4
FEWEST_DAYS = 60
FEWEST_CHECKS = 20
"""Of the group in the light and in the dark."""
EVENING_KNOTS = (1020.0, 1090.0, 1160.0, 1230.0, 1300.0, 1370.0)
"""Minutes; fixed, so that a new month does not move them."""
MORNING_KNOTS = (240.0, 320.0, 400.0, 480.0)
_YEAR = 365.2425


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockCells:
    """Counts by day, clock and light, for one group and its reference; arrays of one length."""

    events: Floats
    """Checks of the group."""
    total: Floats
    """Checks of the group and its reference."""
    minute: Floats
    """Middle of the clock bin, minutes after midnight."""
    day: Integers
    """Days since 1970."""
    is_light: Flags
    stratum: Integers
    """Team, or team and area: each has its own share of the group."""
    team: Integers

    team_names: tuple[str, ...] = ()

    def where(self, keep: Flags) -> "ClockCells":
        """The cells for which ``keep`` holds."""
        arrays = {name: getattr(self, name)[keep] for name in _ARRAYS}
        return replace(self, **arrays)

    def with_strata(self, stratum: Integers) -> "ClockCells":
        """The same cells with other strata."""
        return replace(self, stratum=stratum)


_ARRAYS = ("events", "total", "minute", "day", "is_light", "stratum", "team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """Log odds ratio of the group against its reference, in light against dark; nan with a reason."""

    estimate: float
    error: float
    """Clustered by team-day."""
    model_error: float
    checks: int
    events: int
    """Checks of the group."""
    dof: float
    """Team-days (or other clusters) minus coefficients and strata."""
    bins: int
    days: int
    clusters: int
    condition: float
    lacking: float
    """Checks of the rarest side below the minimum; nan where that is not the reason."""
    reason: str
    """'' or why there is no estimate: no_overlap, fewest_bins, fewest_days, fewest_checks, collinear, separation,
    no_variation."""


def overlapping(cells: ClockCells) -> ClockCells:
    """The cells whose clock bin was seen both in the light and in the dark."""
    clock, place = _minutes(cells.minute)
    light, dark = (
        np.bincount(place[(cells.is_light == side) & (cells.total > 0)], minlength=clock.size) > 0
        for side in (True, False)
    )
    return cells.where((light & dark)[place])


def _minutes(minute: Floats) -> tuple[Floats, Integers]:
    """Distinct minutes, and the place of each cell's among them."""
    halves = minute * 2
    if np.all(halves == np.rint(halves)):
        distinct, place = codes(halves.astype(np.int64))
        return np.asarray(distinct, dtype=np.float64) / 2, place
    distinct, place = codes(minute)
    return np.asarray(distinct, dtype=np.float64), place


def veil(
    cells: ClockCells,
    *,
    season: bool = True,
    change_windows: bool = False,
    weekdays: bool = True,
    knots: tuple[float, ...] = EVENING_KNOTS,
    clusters: Clusters = "team-day",
) -> Veil:
    """Fit ``logit P(group) = stratum + clock + weekday + season + light``.

    Source: Grogger & Ridgeway, Journal of the American Statistical Association 101 (2006) 878-887; season terms
    and team-day clusters after our own simulations.

    Args:
        cells: Counts; only clock bins seen in both kinds of light are used.
        season: One yearly wave.
        change_windows: Only the 30 days on either side of a change of the clock, each change with its own level.
        weekdays: A level for every day of the week.
        knots: Of the natural spline of the clock, in minutes.
        clusters: Whose checks may resemble each other; 'day' when teams act together.
    """
    used = cells.where(_near_change(cells.day)) if change_windows else cells
    used = overlapping(used.where(used.total > 0))
    clock, clock_of = _minutes(used.minute)
    day, day_of = codes(used.day)
    bins, days = clock.size, day.size
    reason = _too_little(used, bins, days)
    if reason:
        return _no_veil(reason, used, bins, days)
    # Days, clock bins and light are few, and the covariates are theirs; only the strata make the cells many.
    patterns, pattern = codes((day_of * bins + clock_of) * 2 + used.is_light)
    at, minute, is_light = day[patterns // (2 * bins)], clock[patterns // 2 % bins], patterns % 2
    nuisance = np.column_stack(
        [
            natural_spline(minute, np.asarray(knots)),
            _weekdays(at) if weekdays else np.zeros((at.size, 0)),
            _season(at) if season else np.zeros((at.size, 0)),
            _changes(at) if change_windows else np.zeros((at.size, 0)),
        ]
    )
    weights: Floats = np.bincount(pattern, weights=used.total).astype(np.float64)
    design = np.column_stack([is_light.astype(np.float64), _orthogonal(nuisance, weights)])
    found = fit(used.events, used.total, design, used.stratum, pattern)
    if found.reason:
        return _no_veil(found.reason, used, bins, days)
    if found.condition > LARGEST_CONDITION:
        return _no_veil("collinear", used, bins, days)
    labels = {
        "team-day": used.team * 1_000_000 + used.day,
        "day": used.day,
        "month": used.day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64),
    }[clusters]
    number = codes(labels)[0].size
    return Veil(
        estimate=float(found.coefficients[0]),
        error=float(np.sqrt(found.clustered(labels)[0, 0])),
        model_error=float(np.sqrt(found.covariance[0, 0])),
        checks=int(used.total.sum()),
        events=int(used.events.sum()),
        dof=float(number - design.shape[1] - codes(used.stratum)[0].size),
        bins=bins,
        days=days,
        clusters=number,
        condition=found.condition,
        lacking=np.nan,
        reason="",
    )


def natural_spline(values: Floats, knots: Floats) -> Floats:
    """Basis of the natural cubic splines with these knots, the outer two included, without the constant.

    Spans the same curves as R's ``ns`` with these knots; linear beyond the outer ones (Harrell, Regression
    Modeling Strategies, 2001, equation 2.25).

    Returns:
        One column fewer than knots.
    """
    span = knots[-1] - knots[0]
    t, k = (values - knots[0]) / span, (knots - knots[0]) / span

    def cube(knot: float) -> Floats:
        return np.asarray(np.maximum(t - knot, 0.0) ** 3)

    last, before = k[-1], k[-2]
    curved = [
        cube(knot) - cube(before) * (last - knot) / (last - before) + cube(last) * (before - knot) / (last - before)
        for knot in k[:-2]
    ]
    return np.column_stack([t, *curved])


def _too_little(cells: ClockCells, bins: int, days: int) -> str:
    if bins == 0:
        return "no_overlap"
    if bins < FEWEST_BINS:
        return "fewest_bins"
    if days < FEWEST_DAYS:
        return "fewest_days"
    return "fewest_checks" if _fewest(cells) < FEWEST_CHECKS else ""


def _fewest(cells: ClockCells) -> float:
    """Checks of the rarer of group and reference, in the rarer of light and dark."""
    return float(
        min(
            side[light].sum()
            for side in (cells.events, cells.total - cells.events)
            for light in (cells.is_light, ~cells.is_light)
        )
    )


def _no_veil(reason: str, cells: ClockCells, bins: int, days: int) -> Veil:
    return Veil(
        estimate=np.nan,
        error=np.nan,
        model_error=np.nan,
        checks=int(cells.total.sum()),
        events=int(cells.events.sum()),
        dof=np.nan,
        bins=bins,
        days=days,
        clusters=0,
        condition=np.inf,
        lacking=float(FEWEST_CHECKS - _fewest(cells)) if reason == "fewest_checks" else np.nan,
        reason=reason,
    )


def _orthogonal(nuisance: Floats, weights: Floats) -> Floats:
    """Columns that span the same as these and the constant together, without the constant, each of variance 1.

    A weekday or a change of the clock that does not occur, or a spline through few bins, leaves no column. Apart
    from those, collinearity can only be between the nuisance and the light, which is what the condition then tells.
    """
    share = weights / weights.sum()
    kept: list[Floats] = [np.ones(nuisance.shape[0])]
    for column in nuisance.T:
        rest, length = column, np.sqrt((share * column**2).sum())
        for _ in range(2):
            rest = rest - np.sum([vector * (share * vector * rest).sum() for vector in kept], axis=0)
        left = np.sqrt((share * rest**2).sum())
        if left > 1e-8 * length:
            kept.append(rest / left)
    return np.column_stack(kept[1:]) if len(kept) > 1 else np.zeros((nuisance.shape[0], 0))


def _weekdays(day: Integers) -> Floats:
    weekday = (day + 3) % 7
    return np.asarray(weekday[:, None] == np.arange(1, 7), dtype=np.float64)


def _season(day: Integers) -> Floats:
    angle = 2 * np.pi * day / _YEAR
    return np.column_stack([np.cos(angle), np.sin(angle)])


def changes_of_clock(first: int, last: int) -> Integers:
    """Days since 1970 on which European clocks change: the last Sundays of March and October."""
    from datetime import date, timedelta

    epoch = date(1970, 1, 1)
    years = range((epoch + timedelta(days=first)).year - 1, (epoch + timedelta(days=last)).year + 2)
    ends = [date(year, month, 31) for year in years for month in (3, 10)]
    return np.array([(end - timedelta(days=(end.weekday() + 1) % 7) - epoch).days for end in ends], dtype=np.int64)


def _nearest_change(day: Integers) -> tuple[Integers, Integers]:
    """Which change of the clock is nearest, and how many days from it."""
    if day.size == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    changes = changes_of_clock(int(day.min()), int(day.max()))
    unique, inverse = np.unique(day, return_inverse=True)
    distance = np.abs(unique[:, None] - changes)
    nearest = distance.argmin(axis=1)
    return nearest[inverse], distance.min(axis=1)[inverse]


def _near_change(day: Integers) -> Flags:
    return _nearest_change(day)[1] <= 30


def _changes(day: Integers) -> Floats:
    which = _nearest_change(day)[0]
    return np.asarray(which[:, None] == np.unique(which)[1:], dtype=np.float64)
