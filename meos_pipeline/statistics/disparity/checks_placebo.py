"""Placebos of the methods that read released cells: odd against even months, weekdays, and a random split."""

from dataclasses import replace
from datetime import date

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.fine_cells_disparity import PLACEBO_MONTH, PLACEBO_SPLIT, PLACEBO_WEEKDAY
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.disparity.placebo import Placebo

Floats = npt.NDArray[np.float64]
_STRICT = ("H1",)


def rate_placebos(cells: pl.DataFrame, start: date, end: date, policy: Policy) -> list[Placebo]:
    """Check rates per day: Tuesday and Thursday against Monday and Wednesday, odd against even months, and a split.

    Teams and months differ in how busy they are, so the spread is taken between teams or months, not from counts.
    """
    inside = cells.filter(pl.col("period_start").is_between(start, end))
    weekday = pl.col("category").str.slice(0, 1)
    by_weekday = _halves(
        inside.filter(pl.col("partition") == "weekday_block"), weekday.is_in(["2", "4"]), weekday.is_in(["1", "3"])
    )
    months = inside.filter(pl.col("partition") == "proactive", pl.col("category") == "proactive")
    odd = pl.col("period_start").dt.month() % 2 == 1
    found = [_ratio_between_teams(PLACEBO_WEEKDAY, by_weekday, 0.0)]
    days = pl.date_range(start, end, eager=True)
    share = float(np.mean(days.dt.month().to_numpy() % 2 == 1))
    by_month = _ratio_between_teams(PLACEBO_MONTH, _halves(months, odd, ~odd), float(np.log(share / (1 - share))))
    totals = (
        months.group_by("period_start", maintain_order=True)
        .agg(pl.col("n").sum())
        .filter(pl.col("n") > 0)
        .sort("period_start")
        .with_columns(rate=(pl.col("n") / pl.col("period_start").dt.days_in_month()).log())
    )
    is_odd = totals["period_start"].dt.month().to_numpy() % 2 == 1
    error, degrees = _wider(by_month.error, by_month.degrees, totals["rate"].to_numpy(), is_odd)
    found.append(replace(by_month, error=error, degrees=degrees))
    total = float(months["n"].sum())
    if total > 0:
        found.append(_split(total, start, policy))
    return [placebo for placebo in found if np.isfinite(placebo.error)]


def hit_placebos(cells: pl.DataFrame, start: date, end: date, policy: Policy) -> list[Placebo]:
    """Share of checks with a strict result: odd against even months, and a random split of the checks."""
    inside = cells.filter(pl.col("period_start").is_between(start, end), pl.col("partition") == "result")
    odd = pl.col("period_start").dt.month() % 2 == 1
    is_known, is_hit = pl.col("category") != "unknown", pl.col("category").is_in(_STRICT)
    by_team = (
        inside.group_by("team", maintain_order=True)
        .agg(
            a_hits=pl.col("n").filter(is_hit & odd).sum(),
            a=pl.col("n").filter(is_known & odd).sum(),
            b_hits=pl.col("n").filter(is_hit & ~odd).sum(),
            b=pl.col("n").filter(is_known & ~odd).sum(),
        )
        .filter(pl.col("a") > 0, pl.col("b") > 0)
        .sort("team")
    )
    a_hits, a, b_hits, b = (by_team[name].cast(pl.Float64).to_numpy() for name in ("a_hits", "a", "b_hits", "b"))
    if a.size < 2 or a_hits.sum() + b_hits.sum() == 0:
        return []
    gaps, weight = a_hits / a - b_hits / b, a * b / (a + b)
    estimate = float(np.average(gaps, weights=weight))
    monthly = (
        inside.group_by("period_start", maintain_order=True)
        .agg(hits=pl.col("n").filter(is_hit).sum(), known=pl.col("n").filter(is_known).sum())
        .filter(pl.col("known") > 0)
        .sort("period_start")
    )
    error, degrees = _wider(
        _between(gaps - estimate, weight),
        a.size - 1,
        (monthly["hits"] / monthly["known"]).to_numpy(),
        monthly["period_start"].dt.month().to_numpy() % 2 == 1,
    )
    hits, others = a_hits.sum() + b_hits.sum(), (a + b - a_hits - b_hits).sum()
    rng = np.random.default_rng([policy.seed, start.year, 2])
    hits_a, others_a = rng.binomial(int(hits), 0.5), rng.binomial(int(others), 0.5)
    n_a, n_b = hits_a + others_a, hits + others - hits_a - others_a
    share_a, share_b = hits_a / n_a, (hits - hits_a) / n_b
    split_error = float(np.sqrt(share_a * (1 - share_a) / n_a + share_b * (1 - share_b) / n_b))
    return [
        Placebo(kind=PLACEBO_MONTH, estimate=estimate, error=error, degrees=degrees, total=float((a + b).sum())),
        Placebo(kind=PLACEBO_SPLIT, estimate=share_a - share_b, error=split_error, total=float(n_a + n_b)),
    ]


def _wider(error: float, degrees: float, monthly: Floats, is_odd: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The error between teams or, when it is larger, between the months of either half: months have their own luck."""
    halves = [monthly[is_odd], monthly[~is_odd]]
    if min(half.size for half in halves) < 2:
        return error, degrees
    between = float(np.sqrt(sum(half.var(ddof=1) / half.size for half in halves)))
    return (between, float(monthly.size - 2)) if between > error else (error, degrees)


def _halves(cells: pl.DataFrame, in_a: pl.Expr, in_b: pl.Expr) -> tuple[Floats, Floats]:
    by_team = (
        cells.group_by("team", maintain_order=True)
        .agg(a=pl.col("n").filter(in_a).sum(), b=pl.col("n").filter(in_b).sum())
        .filter(pl.col("a") + pl.col("b") > 0)
        .sort("team")
    )
    return by_team["a"].cast(pl.Float64).to_numpy(), by_team["b"].cast(pl.Float64).to_numpy()


def _ratio_between_teams(kind: str, halves: tuple[Floats, Floats], log_exposure: float) -> Placebo:
    """Log ratio of the sums, its error from how teams differ (ratio estimator, teams as clusters)."""
    a, b = halves
    if a.size < 2 or a.sum() == 0 or b.sum() == 0:
        return Placebo(kind=kind, estimate=np.nan, error=np.nan)
    error = _between((a - b * a.sum() / b.sum()) / a.sum(), np.ones(a.size)) * a.size
    return Placebo(
        kind=kind,
        estimate=float(np.log(a.sum() / b.sum()) - log_exposure),
        error=error,
        degrees=a.size - 1,
        events=float(a.sum()),
        total=float((a + b).sum()),
    )


def _between(residual: Floats, weight: Floats) -> float:
    """Standard error of a weighted mean from the residuals of its members."""
    share = weight / weight.sum()
    return float(np.sqrt(residual.size / (residual.size - 1) * ((share * residual) ** 2).sum()))


def _split(total: float, start: date, policy: Policy) -> Placebo:
    rng = np.random.default_rng([policy.seed, start.year, 1])
    a = float(rng.binomial(int(total), 0.5))
    b = total - a
    return Placebo(
        kind=PLACEBO_SPLIT, estimate=float(np.log(a / b)), error=float(np.sqrt(1 / a + 1 / b)), events=a, total=total
    )
