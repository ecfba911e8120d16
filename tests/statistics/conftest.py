"""A small district of checks with known chances, its exact cells, and cells as the disclosure stage would hand them on."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import CELLS, PARTITIONS
from meos_pipeline.contracts.companions import COMPANIONS
from meos_pipeline.contracts.police_checks import POLICE_CHECKS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.cells import month_cells
from meos_pipeline.statistics.cells.fine import FINE_CELLS
from meos_pipeline.statistics.cells.held import hold
from meos_pipeline.statistics.cells.month import OFFICER_COLUMNS, officer_counts
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.windows import add_months, last_day

from .counted import fine_cells


def checks_of(columns: Mapping[str, object], n: int) -> pl.DataFrame:
    """POLICE_CHECKS rows with the given columns; what is left out keeps the contract and says nothing."""
    frame = pl.DataFrame(dict(columns))
    filled = {
        "check_key": [f"check-{i}" for i in range(n)],
        "team": ["north"] * n,
        "export_id": ["0" * 16] * n,
        "line": list(range(1, n + 1)),
    }
    frame = frame.with_columns(pl.Series(name, value) for name, value in filled.items() if name not in frame.columns)
    if "check_date" not in frame.columns:
        frame = frame.with_columns(pl.lit(date(2025, 6, 15)).alias("check_date"))
    frame = frame.with_columns(
        pl.col("check_date").dt.truncate("1mo").alias("month"), pl.col("check_date").alias("duty_date")
    )
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(POLICE_CHECKS[name].dtype).alias(name)
        for name in POLICE_CHECKS.names
    )


def simulated_checks(*, seed: int, teams: int, first: date, months: int, per_month: int = 120) -> pl.DataFrame:
    """Checks of several teams with 8 officers each; about one in nine has a crime result."""
    random = np.random.default_rng(seed)
    frames = []
    for number in range(teams):
        for month in (add_months(first, step) for step in range(months)):
            n = int(random.poisson(per_month))
            days = random.integers(0, last_day(month).day, n)
            hours = random.integers(0, 24, n)
            result = random.choice(
                ["crime_report", "traffic_fine", "warning", "information_only", "nothing_found", None],
                n,
                p=[0.11, 0.2, 0.1, 0.09, 0.4, 0.1],
            ).tolist()
            base = number * 10_000
            frames.append(
                checks_of(
                    {
                        "check_key": [f"{number}-{month}-{i}" for i in range(n)],
                        "team": [f"team-{number:02d}"] * n,
                        "check_date": [month + timedelta(days=int(day)) for day in days],
                        "hour": hours,
                        "time_block": [list(v.TIME_BLOCKS.categories)[hour // 4] for hour in hours],
                        "is_proactive": random.random(n) < 0.9,
                        "result": result,
                        "hit_class": [v.RESULT_HIT_CLASS.get(name) if name else None for name in result],
                        "reason": random.choice(["behaviour_driving", "general_traffic", "circumstance_hotspot"], n),
                        "ground": random.choice(
                            ["behaviour", "whole_group", "circumstances", "none"], n, p=[0.4, 0.3, 0.2, 0.1]
                        ),
                        "legal_basis": random.choice(["WVW160_1", "WID2_PW8"], n),
                        "legal_bases": random.choice(["WVW160_1", "WID2_PW8"], n),
                        "is_explained": random.random(n) < 0.8,
                        "is_debriefed": random.random(n) < 0.1,
                        "is_queried_before": random.random(n) < 0.5,
                        "is_related_hit": random.random(n) < 0.2,
                        "is_repeat_warning": random.random(n) < 0.3,
                        "continued_reason": random.choice(["none", "alert"], n),
                        "reason_text": random.choice(["none", "short", "usable"], n),
                        "entry_delay_minutes": random.integers(0, 300, n),
                        "area": random.choice(["WK034401", "WK034402"], n),
                        "place_team": [f"team-{number:02d}"] * n,
                        "shift_kind": random.choice(["emergency", "community"], n),
                        "age_band": random.choice(["18-24", "25-34"], n),
                        "sex": random.choice(["male", "female"], n),
                        "person_key": [f"{month.year}-p{k}" for k in base + random.integers(0, 2500, n)],
                        "vehicle_key": [f"{month.year}-v{k}" for k in base + random.integers(0, 2500, n)],
                        "officer_key": [f"{month.year}-o{number}-{k}" for k in random.integers(0, 8, n)],
                    },
                    n,
                )
            )
    return pl.concat(frames)


def simulated_companions(*, teams: int, first: date, months: int) -> dict[str, pl.DataFrame]:
    """Companions of the same district: 300 shifts a month; 90% of results and half of the rest registered."""
    names = [f"team-{number:02d}" for number in range(teams)]
    tables = {table.name: table for table in COMPANIONS}
    units = pl.DataFrame({"team": names}).join(
        pl.DataFrame({"month": [add_months(first, step) for step in range(months)]}), how="cross"
    )

    def as_table(name: str, **columns: object) -> pl.DataFrame:
        frame = units.with_columns(**{key: pl.lit(value) for key, value in columns.items()})
        return frame.select(pl.col(c).cast(tables[name][c].dtype) for c in tables[name].names)

    second = pl.concat(
        [
            as_table("second_register", has_result=True, in_second=40, in_both=30),
            as_table("second_register", has_result=False, in_second=60, in_both=24),
        ]
    )
    sample = units.with_columns(sample_date=pl.col("month"), sheet=1, observed=20, registered=12, with_result=5)
    return {
        "deployment": as_table("deployment", shifts=300, officers=10),
        "queries": as_table("queries", subject="person", queries=400, with_history=100),
        "complaints": as_table("complaints", complaints=5, conduct=2, discrimination=1),
        "activities": as_table("activities", activity="briefing", times=3),
        "second_register": second,
        "coverage_sample": sample.with_columns(with_result_registered=4).select(
            (pl.col(c) if c in {*sample.columns, "with_result_registered"} else pl.lit(None).alias(c)).cast(
                tables["coverage_sample"][c].dtype
            )
            for c in tables["coverage_sample"].names
        ),
        "team_actions": pl.DataFrame(
            {
                "action_id": ["a1"],
                "team": ["team-00"],
                "kind": ["training"],
                "way": [None],
                "aim": ["dossier"],
                "starts": [add_months(first, months - 8)],
                "ends": [None],
                "look_back": [None],
                "state": ["running"],
                "help": [False],
                "version": [1],
            }
        ).cast(dict(tables["team_actions"].schema)),
        "breaks": tables["breaks"].empty(),
    }


def released(exact: pl.DataFrame, *, base: int = 5) -> pl.DataFrame:
    """Exact month cells summed to the period of their partition and rounded systematically, offset 2."""
    order = pl.DataFrame(
        [
            {"partition": name, "category": category, "_order": place}
            for name, partition in PARTITIONS.items()
            for place, category in enumerate(partition.categories)
        ]
    )
    length = pl.DataFrame(
        {"partition": list(PARTITIONS), "_period": [partition.period for partition in PARTITIONS.values()]}
    )
    every = {"month": "1mo", "quarter": "1q", "year": "1y"}
    summed = exact.join(length, on="partition")
    return (
        pl.concat(
            [
                summed.filter(pl.col("_period") == name).with_columns(pl.col("period_start").dt.truncate(step))
                for name, step in every.items()
            ]
        )
        .group_by("team", pl.col("_period").alias("period"), "period_start", "partition", "category")
        .agg(pl.col("n").sum())
        .join(order, on=["partition", "category"], how="left")
        .sort("team", "period_start", "partition", "_order", "category")
        .with_columns(
            ((pl.col("n").cum_sum().over("team", "period_start", "partition") + 2) // base * base).alias("_up")
        )
        .with_columns(
            (pl.col("_up") - pl.col("_up").shift(1).over("team", "period_start", "partition").fill_null(0)).alias("n")
        )
        .filter(pl.col("n") > 0)
        .with_columns(pl.col("period").cast(CELLS["period"].dtype))
        .select(CELLS.names)
        .sort(CELLS.key)
    )


def tables_of(checks: pl.DataFrame, companions: Mapping[str, pl.DataFrame], policy: Policy) -> dict[str, pl.DataFrame]:
    """Every table a statistic can read, from rows."""
    exact, officers, fine = [], [], {name: [] for name in FINE_CELLS}
    for month in checks["month"].unique().sort().to_list():
        now = checks.filter(pl.col("month") == month).lazy()
        before = checks.filter(pl.col("month") < month, pl.col("month") >= add_months(month, -12)).lazy()
        exact.append(month_cells(now, before, companions, month=month, policy=policy))
        officers.append(officer_counts(hold(now, OFFICER_COLUMNS)))
        for name, table in fine_cells(pl.concat([before, now]), month, policy).items():
            fine[name].append(table)
    return {
        "cells": released(pl.concat(exact)),
        "officer_counts": pl.concat(officers),
        **{name: pl.concat(parts) for name, parts in fine.items()},
        **companions,
    }


@pytest.fixture(scope="session")
def district() -> tuple[dict[str, pl.DataFrame], Context]:
    """Seven teams over 30 months: tables and context of the last month."""
    first, months, teams = date(2024, 1, 1), 30, 7
    policy = Policy()
    checks = simulated_checks(seed=20251125, teams=teams, first=first, months=months)
    companions = simulated_companions(teams=teams, first=first, months=months)
    context = Context(
        policy=policy, month=add_months(first, months - 1), teams=tuple(f"team-{n:02d}" for n in range(teams))
    )
    return tables_of(checks, companions, policy), context


@pytest.fixture(scope="session")
def make_checks():
    """Constructor of POLICE_CHECKS rows."""
    return checks_of


@pytest.fixture(scope="session")
def make_released():
    """Rounding as in the disclosure stage."""
    return released


@pytest.fixture(scope="session")
def make_tables():
    """Rows to every table."""
    return tables_of
