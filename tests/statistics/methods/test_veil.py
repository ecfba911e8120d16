"""The veil of darkness: Hartford's reference values, worlds with a known effect, and input that cannot be fitted."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from meos_pipeline.statistics.methods.profiled_logistic import fit
from meos_pipeline.statistics.methods.veil import ClockCells, changes_of_clock, natural_spline, veil

from ..veil_worlds import evening_checks  # noqa: TID252 - shared by two folders

DATA = Path(__file__).parents[2] / "data" / "hartford_opp"
Z = 1.959963984540054


def _minutes(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 2).cast(pl.Int32) * 60 + pl.col(column).str.slice(3, 2).cast(pl.Int32)


@pytest.fixture(scope="module")
def hartford() -> pl.DataFrame:
    sun = pl.read_csv(DATA / "suncalc_hartford.csv").with_columns(sunset=_minutes("sunset"), dusk=_minutes("dusk"))
    stops = pl.read_csv(DATA / "hartford_stops.csv", infer_schema_length=None).filter(
        pl.col("time").is_not_null(), pl.col("subject_race").is_in(["black", "white"])
    )
    return (
        stops.with_columns(minute=_minutes("time"))
        .join(sun.select("date", "sunset", "dusk"), on="date")
        .filter(
            pl.col("minute").is_between(sun["dusk"].min(), sun["dusk"].max()),
            ~((pl.col("minute") > pl.col("sunset")) & (pl.col("minute") < pl.col("dusk"))),
        )
        .with_columns(dark=pl.col("minute") > pl.col("dusk"), black=pl.col("subject_race") == "black")
    )


def _hartford_fit(rows: pl.DataFrame, strata: np.ndarray):
    minute = rows["minute"].cast(pl.Float64).to_numpy()
    spline = natural_spline(minute, np.quantile(minute, np.linspace(0, 1, 7)))
    spline = np.linalg.qr(spline - spline.mean(axis=0))[0] * np.sqrt(rows.height)
    design = np.column_stack([rows["dark"].cast(pl.Float64).to_numpy(), spline])
    return fit(rows["black"].cast(pl.Float64).to_numpy(), np.ones(rows.height), design, strata)


def test_hartford_has_the_reference_number_of_stops_and_crude_odds_ratio(hartford):
    table = {(black, dark): n for black, dark, n in hartford.group_by("black", "dark").len().iter_rows()}
    assert hartford.height == 2082
    ratio = table[True, True] * table[False, False] / (table[True, False] * table[False, True])
    assert ratio == pytest.approx(1.937868, abs=1e-6)


def test_hartford_with_the_clock_has_the_reference_log_odds_ratio(hartford):
    found = _hartford_fit(hartford, np.zeros(hartford.height, dtype=np.int64))
    assert found.coefficients[0] == pytest.approx(0.31082775, abs=1e-8)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(0.11850306, abs=1e-7)


def test_hartford_with_neighbourhoods_has_the_reference_log_odds_ratio(hartford):
    strata = hartford["neighbourhood"].fill_null("none").rank("dense").cast(pl.Int64).to_numpy() - 1
    found = _hartford_fit(hartford, strata)
    assert found.coefficients[0] == pytest.approx(0.12838368, abs=1e-8)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(0.13585165, abs=1e-7)


def test_the_spline_is_linear_outside_its_outer_knots_and_has_one_column_fewer_than_knots():
    knots = np.array([0.0, 10.0, 20.0, 30.0])
    outside = np.array([-30.0, -20.0, -10.0, 40.0, 50.0, 60.0])
    basis = natural_spline(outside, knots)
    assert basis.shape == (6, 3)
    assert basis[0] - 2 * basis[1] + basis[2] == pytest.approx(np.zeros(3), abs=1e-9)
    assert basis[3] - 2 * basis[4] + basis[5] == pytest.approx(np.zeros(3), abs=1e-9)


def test_the_clock_changes_on_the_last_sundays_of_march_and_october():
    first = (np.datetime64("2024-01-01") - np.datetime64("1970-01-01")).astype(int)
    days = np.datetime64("1970-01-01") + changes_of_clock(int(first), int(first) + 300)
    assert {"2024-03-31", "2024-10-27"} <= set(days.astype(str))


def _worlds(number: int, first: int, **world):
    return [veil(evening_checks(first + one, **world)) for one in range(number)]


def test_covers_nothing_where_there_is_nothing():
    """100 worlds without effect, seeds 1000 and on: 90 to 99 % of the intervals hold 0 (nominal 95)."""
    found = _worlds(100, 1000, checks=2_000)
    covered = np.mean([abs(one.estimate) < Z * one.error for one in found])
    assert 0.90 <= covered <= 0.99


def test_season_alone_does_not_look_like_light_because_season_terms_always_stand_in_the_model():
    with_terms = _worlds(12, 300, checks=6_000, season=0.3)
    assert np.mean([one.estimate for one in with_terms]) == pytest.approx(0.0, abs=0.10)
    without = veil(evening_checks(300, checks=6_000, season=0.3), season=False)
    assert abs(without.estimate) > 3 * without.error


def test_finds_the_effect_that_is_there():
    found = _worlds(12, 500, checks=6_000, effect=0.30)
    assert np.mean([one.estimate for one in found]) == pytest.approx(0.30, abs=0.10)


def test_days_that_resemble_themselves_widen_the_interval():
    one = veil(evening_checks(9, checks=30_000, day_sd=0.6), season=False)
    assert one.error > 1.2 * one.model_error


def test_estimates_do_not_depend_on_how_cells_are_cut():
    cells = evening_checks(4, checks=5_000, team_effects=(0.0, 0.3))
    keys = np.column_stack([cells.team, cells.day, cells.minute, cells.is_light])
    profile, inverse = np.unique(keys, axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    joined = ClockCells(
        events=np.bincount(inverse, weights=cells.events),
        total=np.bincount(inverse).astype(float),
        minute=profile[:, 2],
        day=profile[:, 1].astype(np.int64),
        is_light=profile[:, 3] == 1,
        stratum=profile[:, 0].astype(np.int64),
        team=profile[:, 0].astype(np.int64),
    )
    whole, cut = veil(cells), veil(joined)
    assert cut.estimate == pytest.approx(whole.estimate, abs=1e-8)
    assert cut.error == pytest.approx(whole.error, abs=1e-7)
    assert cut.model_error == pytest.approx(whole.model_error, abs=1e-7)


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (lambda cells: cells.is_light, "no_overlap"),
        (lambda cells: cells.minute == cells.minute.max(), "no_overlap"),
        (lambda cells: np.isin(cells.minute, [1177.5, 1192.5]), "fewest_bins"),
        (lambda cells: (cells.day - cells.day.min()) % 20 == 0, "fewest_days"),
        (lambda cells: (cells.events == 0) | ~cells.is_light, "fewest_checks"),
        (lambda cells: cells.events == 1, "fewest_checks"),
        (lambda cells: cells.total > 1, "no_overlap"),
    ],
)
def test_what_cannot_be_compared_says_why(keep, reason):
    cells = evening_checks(2, checks=8_000)
    found = veil(cells.where(keep(cells)))
    assert found.reason == reason
    assert np.isnan(found.estimate)


def test_light_that_is_its_stratum_is_refused_as_collinear():
    """Light on even days only, and a stratum for even days: nothing is left to compare."""
    cells = evening_checks(2, checks=8_000)
    by_day = ClockCells(
        events=cells.events,
        total=cells.total,
        minute=cells.minute,
        day=cells.day,
        is_light=cells.day % 2 == 0,
        stratum=(cells.day % 2).astype(np.int64),
        team=cells.team,
    )
    assert veil(by_day).reason == "collinear"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("world", "truth", "bias", "cover"),
    [
        ({"checks": 4_083}, 0.0, 0.03, (0.92, 0.98)),
        ({"checks": 4_083, "effect": 0.3}, 0.3, 0.03, (0.92, 0.98)),
        ({"checks": 4_083, "season": 0.3}, 0.0, 0.03, (0.92, 0.98)),
        ({"checks": 8_157, "day_sd": 0.5}, 0.0, 0.02, (0.92, 0.98)),
    ],
)
def test_the_table_of_the_veil_holds(world, truth, bias, cover):
    """400 worlds each; Monte-Carlo error of a coverage is 2.1 points."""
    found = _worlds(400, 10_000, **world)
    estimates, errors = np.array([one.estimate for one in found]), np.array([one.error for one in found])
    covered = np.mean(np.abs(estimates - truth) < Z * errors)
    print(
        world,
        f"bias {estimates.mean() - truth:.3f} sd {estimates.std():.3f} se {errors.mean():.3f} cover {covered:.3f}",
    )
    assert estimates.mean() - truth == pytest.approx(0.0, abs=bias)
    assert cover[0] <= covered <= cover[1]


@pytest.mark.slow
def test_darkness_that_hides_only_part_attenuates_and_never_reverses():
    found = _worlds(200, 20_000, checks=4_083, effect=0.3, hidden=0.6)
    assert np.mean([one.estimate for one in found]) == pytest.approx(0.18, abs=0.03)
