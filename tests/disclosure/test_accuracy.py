"""P5: what protection costs. Figures in docs/privacy/figures.md."""

from datetime import date

import numpy as np
import polars as pl

from meos_pipeline.contracts.cells import PARTITIONS, PERIODS
from meos_pipeline.disclosure.periods import round_periods, totals_of_months
from meos_pipeline.disclosure.rounding import round_cells
from tests.disclosure.district import KEY, OF_SITE


def frame(counts: np.ndarray, partition: str, period: str, starts: list[date]) -> pl.DataFrame:
    """Cells of teams × periods × categories."""
    teams, periods, size = counts.shape
    return pl.DataFrame(
        {
            "team": np.repeat([f"t{number:03d}" for number in range(teams)], periods * size),
            "family": "checks",
            "period": period,
            "period_start": np.tile(np.repeat(np.array(starts, dtype="datetime64[D]"), size), teams),
            "partition": partition,
            "category": np.tile(np.array(PARTITIONS[partition].categories or OF_SITE[partition]), teams * periods),
            "n_exact": counts.reshape(-1),
        },
        schema_overrides={"period": PERIODS, "n_exact": pl.Int64},
    )


def months_of_twenty_teams() -> pl.DataFrame:
    """20 teams, 12 months, about 126,000 records, as in the design."""
    draw = np.random.default_rng(1)
    shares = np.array([0.04, 0.03, 0.13, 0.2, 0.02, 0.12, 0.4, 0.06])
    counts = draw.poisson(527 * shares, size=(20, 12, 8))
    starts = [date(2025, month, 1) for month in range(1, 13)]
    return round_cells(frame(counts, "result", "month", starts), rounding_key=KEY, base=5)


def as_released(counts: np.ndarray) -> pl.DataFrame:
    """A year by age band and result (teams × 1 × bands × 4), as released beside its twelve months of results."""
    draw = np.random.default_rng(3)
    teams = counts.shape[0]
    results = np.zeros((teams, 12, 8), dtype=np.int64)
    for place, column in ((0, 0), (3, 2)):
        results[..., place] = draw.multinomial(counts[..., column].sum(axis=(1, 2)), np.full(12, 1 / 12))
    starts = [date(2025, month, 1) for month in range(1, 13)]
    months = round_cells(frame(results, "result", "month", starts), rounding_key=KEY, base=5)
    year = frame(counts.reshape(teams, 1, -1), "age_band_hit", "year", [date(2025, 1, 1)])
    cells = round_periods(year, totals_of_months(months), rounding_key=KEY, base=5)
    assert cells["n_released"].sum() == months["n_released"].sum()
    return cells.sort("team", pl.col("category").cast(pl.Enum(OF_SITE["age_band_hit"])))


def error(cells: pl.DataFrame, *by: str) -> pl.Series:
    return cells.group_by(by).agg(error=pl.col("n_released").sum() - pl.col("n_exact").sum())["error"]


def test_a_team_month_is_at_most_four_off_and_a_district_year_five_in_ten_thousand():
    cells = months_of_twenty_teams()
    assert error(cells, "team", "period_start").abs().max() <= 4
    total = cells["n_exact"].sum()
    assert abs(cells["n_released"].sum() - total) / total <= 0.0005
    assert error(cells, "team", "period_start", "category").abs().max() <= 4


def test_intervals_of_ratios_are_at_most_ten_percent_wider_from_twenty_events_up():
    """Yearly blocks by age band: extra variance of the log ratio against its own sampling variance."""
    draw = np.random.default_rng(2)
    bands = np.array([5, 180, 420, 380, 250, 180, 120, 60, 20])
    strict = draw.binomial(draw.poisson(bands, size=(600, 1, 9)), 0.13)
    rest = draw.poisson(bands * 0.87, size=(600, 1, 9))
    counts = np.zeros((600, 1, 9, 4), dtype=np.int64)
    counts[..., 0], counts[..., 2] = strict, rest
    cells = as_released(counts)
    shown = cells["n_released"].to_numpy().reshape(600, 9, 4)
    true = cells["n_exact"].to_numpy().reshape(600, 9, 4)

    def parts(values):
        return values[..., 0].astype(float), values.sum(axis=-1).astype(float)

    (events, total), (events_shown, total_shown) = parts(true), parts(shown)
    enough = (events_shown >= 20) & (events_shown < 50)
    reference = (events_shown[:, 3:4] >= 20) & np.ones_like(enough)
    use = enough & reference
    use[:, 3] = False

    def log_ratio(e, n):
        return np.log(e[..., :] / n) - np.log(e[:, 3:4] / n[:, 3:4])

    with np.errstate(divide="ignore", invalid="ignore"):
        shift = (log_ratio(events_shown, total_shown) - log_ratio(events, total))[use]
        variance = (1 / events - 1 / total + 1 / events[:, 3:4] - 1 / total[:, 3:4])[use]
    assert use.sum() > 300
    widening = np.sqrt(1 + np.mean(shift**2 / variance)) - 1
    assert widening <= 0.10
