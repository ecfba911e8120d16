"""The whole disparity part on real records: 18,646 stops of Hartford, Connecticut, 2013-2016 (Open Policing)."""

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from meos_pipeline.contracts.findings import FINDINGS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.cells.disparity import clock_counts, group_counts
from meos_pipeline.statistics.methods.stratified import log_odds_ratio
from meos_pipeline.statistics.statistic import Context, Theme
from meos_pipeline.sun import light, sun_table

from .worlds import headline

DATA = Path(__file__).parents[2] / "data" / "hartford_opp" / "hartford_stops.csv"
POLICY = dataclasses.replace(Policy(), reference_origin="white")
CONTEXT = Context(policy=POLICY, month=date(2016, 9, 1), teams=())


@pytest.fixture(scope="module")
def stops() -> pl.DataFrame:
    return pl.read_csv(DATA, infer_schema_length=None).with_columns(
        pl.col("date").str.to_date(strict=False),
        pl.col("arrest_made", "search_conducted").cast(pl.String) == "true",
        neighbourhood=pl.col("neighbourhood").fill_null("unknown"),
    )


@pytest.fixture(scope="module")
def checks(stops) -> pl.LazyFrame:
    """The stops as ``POLICE_CHECKS``: neighbourhoods as teams, race as origin, an arrest as strict hit."""
    sun = sun_table(
        stops["date"],
        pl.DataFrame({"place": ["h"], "latitude": [41.7637], "longitude": [-72.6851]}),
        "America/New_York",
    )
    age = pl.col("subject_age")
    band = (
        pl.when(age < 18)
        .then(pl.lit("12-17"))
        .when(age < 25)
        .then(pl.lit("18-24"))
        .when(age < 35)
        .then(pl.lit("25-34"))
    )
    filled = (
        stops.filter(pl.col("date").is_not_null(), pl.col("time").is_not_null())
        .with_columns(
            minute=pl.col("time").str.slice(0, 2).cast(pl.Int32) * 60 + pl.col("time").str.slice(3, 2).cast(pl.Int32)
        )
        .join(sun, on="date", how="left")
        .select(
            check_key=pl.format("{}", pl.col("row_id")),
            month=pl.col("date").dt.truncate("1mo"),
            check_date="date",
            duty_date="date",
            clock_bin=(pl.col("minute") // 15).cast(pl.Int8),
            light=light(pl.col("minute")),
            team=pl.lit("hartford"),
            area="neighbourhood",
            is_proactive=pl.lit(value=True),
            is_searched="search_conducted",
            hit_class=pl.when("arrest_made")
            .then(pl.lit("H1"))
            .otherwise(pl.lit("H0"))
            .cast(POLICE_CHECKS["hit_class"].dtype),
            sex=pl.col("subject_sex").cast(POLICE_CHECKS["sex"].dtype, strict=False),
            age_band=band.when(age < 45)
            .then(pl.lit("35-44"))
            .otherwise(pl.lit("45-54"))
            .cast(POLICE_CHECKS["age_band"].dtype),
            origin=pl.col("subject_race"),
            export_id=pl.lit("hartford"),
            line=pl.col("row_id").cast(pl.Int64),
        )
    )
    empty = [
        pl.lit(None).cast(column.dtype).alias(column.name)
        for column in POLICE_CHECKS.columns
        if column.name not in filled.columns
    ]
    return filled.with_columns(empty).select(POLICE_CHECKS.names).lazy()


@pytest.fixture(scope="module")
def found(checks) -> pl.DataFrame:
    tables = {"clock_cells": clock_counts(checks), "group_cells": group_counts(checks)}
    parts = [
        one.compute(tables, CONTEXT)
        for one in all_statistics().values()
        if one.theme is Theme.DISPARITY and not one.optional
    ]
    return FINDINGS.require(pl.concat(parts))


def test_search_odds_by_neighbourhood_and_by_officer_are_the_reference_values(stops):
    def ratio(stratum: str) -> float:
        pairs = stops.filter(pl.col("subject_race").is_in(["black", "white"]), pl.col(stratum).is_not_null())
        if stratum == "neighbourhood":
            pairs = pairs.filter(pl.col(stratum) != "unknown")
        black, searched = pl.col("subject_race") == "black", pl.col("search_conducted")
        tables = pairs.group_by(stratum).agg(
            a=(black & searched).sum(),
            b=(black & ~searched).sum(),
            c=(~black & searched).sum(),
            d=(~black & ~searched).sum(),
        )
        counts = tables.select("a", "b", "c", "d").cast(pl.Float64).to_numpy().reshape(-1, 2, 2)
        return float(np.exp(log_odds_ratio(counts).estimate))

    assert ratio("neighbourhood") == pytest.approx(1.086344, abs=2e-6)
    assert ratio("officer_id") == pytest.approx(1.159366, abs=2e-6)


def test_the_veil_runs_on_real_records_and_season_takes_the_apparent_difference_away(found):
    """Specification D3: about -0.33 without season terms, about +0.11 with them, neither beyond chance with them."""
    black = found.filter(
        pl.col("statistic") == "veil_of_darkness", pl.col("team") == "", pl.col("group") == "origin=black"
    )
    main = headline(black).row(0, named=True)
    assert main["label"] in {"undecided", "no_relevant_difference", "too_few"}
    without = black.filter(pl.col("series") == "without_season")["estimate"].log().item()
    assert without < -0.1


def test_one_team_alone_cannot_be_compared_with_others(found):
    alone = headline(found, statistic="internal_benchmark")
    assert alone["estimate"].null_count() == alone.height


def test_no_placebo_fires_on_real_records_more_often_than_chance(found):
    shams = found.filter(pl.col("statistic").str.ends_with("_placebo"), pl.col("estimate").is_not_null())
    fired = shams.filter(pl.col("label_reason") == "placebo").height
    assert shams.height >= 5
    assert fired <= 1


def test_counts_of_cells_are_counts_of_stops(checks):
    groups = group_counts(checks)
    of_sex = groups.filter(pl.col("group_kind") == "origin")["n"].sum()
    assert of_sex == checks.collect()["origin"].is_not_null().sum()
