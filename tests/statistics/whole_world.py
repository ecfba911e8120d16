"""Every table that any statistic reads, of one invented district, made in a second: for laws over all statistics."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS
from meos_pipeline.contracts.companions import BREAKS, ORIGIN_TABLE, POPULATION, TEAM_ACTIONS
from meos_pipeline.contracts.fine_cells import CHECK_FREQUENCY, PAIR_SPREAD
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS, PLACEBOS
from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.contracts.table import Table
from meos_pipeline.policy import Policy
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.windows import add_months, quarter_start

TEAMS = tuple(f"team-{number:02d}" for number in range(13))
MONTHS = 30
FIRST = date(2023, 7, 1)
CONTEXT = Context(policy=Policy(), month=add_months(FIRST, MONTHS - 1), teams=TEAMS)
AREAS = tuple(f"{team}-{letter}" for team in TEAMS for letter in "ab")
ORIGINS = ("Nederland", "Turkije", "unknown")
GROUPS = {"sex": ("female", "male"), "age_band": ("35-44", "18-24")} | dict.fromkeys(PLACEBOS, ("b", "a"))


def world() -> dict[str, pl.DataFrame]:
    """All tables, by name."""
    random = np.random.default_rng(20261125)
    months = [add_months(FIRST, step) for step in range(MONTHS)]
    starts = {
        "month": months,
        "quarter": sorted({quarter_start(month) for month in months}),
        "year": sorted({month.replace(month=1) for month in months}),
    }
    return {
        "cells": _cells(random, starts),
        "officer_counts": _officers(random, months),
        "pair_spread": _rows(
            PAIR_SPREAD,
            [
                (team, month, 1_200, int(random.poisson(60)), int(random.poisson(90)), 60_000, 120_000, 400, 900, 60)
                for team in TEAMS
                for month in months
                if month.month == 12
            ],
        ),
        "check_frequency": _rows(
            CHECK_FREQUENCY,
            [
                (team, month, times, int(random.poisson(300 / times**3)))
                for team in TEAMS
                for month in months
                for times in range(1, 6)
            ],
        ),
        "group_cells": _group_cells(random),
        "clock_cells": _clock_cells(random),
        "organisation": ORGANISATION.require(
            pl.DataFrame(
                [
                    {
                        "team": team,
                        "team_name": team,
                        "district": "d",
                        "regional_unit": "e",
                        "area": f"{team}-{letter}",
                        "valid_from": date(2020, 1, 1),
                        "latitude": 52.0,
                        "longitude": 5.0,
                    }
                    for team in TEAMS
                    for letter in "ab"
                ],
                schema=ORGANISATION.schema,
            ).sort(ORGANISATION.key)
        ),
        "population": _rows(
            POPULATION,
            [
                (area, benchmark, kind, group, 2024, int(random.gamma(20, 100)))
                for area in AREAS
                for benchmark in ("residents", "daytime", "suspects")
                for kind in ("sex", "age_band")
                for group in GROUPS[kind]
            ],
        ),
        "origin_table": _rows(
            ORIGIN_TABLE, [(team, 2024, origin, 200, 5_000) for team in TEAMS for origin in ORIGINS[:2]]
        ),
        "team_actions": _rows(
            TEAM_ACTIONS,
            [
                (f"a{place}", team, "training", None, aim, add_months(FIRST, start), None, None, "running", False, 1)
                for place, (team, start, aim) in enumerate(
                    (
                        (TEAMS[0], 13, "dossier"),
                        (TEAMS[1], 16, "dossier"),
                        (TEAMS[2], 14, "registrations"),
                        (TEAMS[3], 20, None),
                    )
                )
            ],
        ),
        "breaks": _rows(BREAKS, [(date(2023, 10, 1), TEAMS[4], "Release")]),
    }


def _rows(table: Table, rows: list[tuple[object, ...]]) -> pl.DataFrame:
    return table.require(pl.DataFrame(rows, schema=table.schema, orient="row").sort(table.key))


def _cells(random: np.random.Generator, starts: dict[str, list[date]]) -> pl.DataFrame:
    frames = []
    for partition in PARTITIONS.values():
        categories = partition.categories
        if partition.name == "origin_hit":
            categories = tuple(f"{origin}|{hit}" for origin in ORIGINS for hit in ("strict", "broad", "none"))
        units = (
            pl.DataFrame({"team": TEAMS})
            .join(pl.DataFrame({"period_start": starts[partition.period]}), how="cross")
            .join(pl.DataFrame({"category": categories or ("a", "b")}), how="cross")
        )
        if partition.name == "area":
            units = units.with_columns(category=pl.concat_str("team", pl.lit("-"), "category"))
        weight = random.gamma(1.5, 1.0, units.height)
        weight = np.where(units["category"].str.contains("unknown").to_numpy(), 0.05, weight)
        size = {"month": 150, "quarter": 450, "year": 1_800}[partition.period] / max(len(categories), 2)
        frames.append(
            units.with_columns(
                pl.Series("n", random.poisson(size * weight) // 5 * 5, dtype=pl.Int64),
                partition=pl.lit(partition.name),
                period=pl.lit(partition.period).cast(CELLS["period"].dtype),
            ).select(CELLS.names)
        )
    return CELLS.require(pl.concat(frames).sort(CELLS.key))


def _officers(random: np.random.Generator, months: list[date]) -> pl.DataFrame:
    rows = []
    for team in TEAMS:
        for month in months:
            for officer in range(8):
                n = int(random.poisson(12))
                proactive = int(random.binomial(n, 0.9))
                complete, known = random.binomial(proactive, [0.7, 0.9])
                strict = int(random.binomial(known, 0.15))
                rows.append(
                    (
                        team,
                        month,
                        f"o{officer}",
                        n,
                        proactive,
                        int(complete),
                        int(known),
                        strict,
                        strict + int(random.binomial(known - strict, 0.2)),
                    )
                )
    return _rows(OFFICER_COUNTS, rows)


def _group_cells(random: np.random.Generator) -> pl.DataFrame:
    """Two years of cells by circumstances; the area's composition says part of who is checked."""
    rows = [
        (team, month, f"{team}-{letter}", block, False, reason, kind, group, hit, n, n // 20)
        for team in TEAMS
        for month in (date(2024, 3, 1), date(2025, 3, 1))
        for letter in "ab"
        for block in ("12-16", "20-24")
        for reason in ("behaviour", "information")
        for kind, groups in GROUPS.items()
        for group in groups
        for hit, mean in (("strict", 4), ("none", 25))
        if (n := int(random.poisson(mean * (1.5 if letter == "a" else 1.0)))) > 0
    ]
    return _rows(GROUP_CELLS, rows)


def _clock_cells(random: np.random.Generator) -> pl.DataFrame:
    """Eight evening bins, light in summer and dark in winter, of the newest two whole years."""
    days = [date(2024, 1, 1) + timedelta(days=step) for step in range(0, 730, 3)]
    light = v.LIGHT
    rows = [
        (team, "", day, clock, "day" if is_light else "dark", kind, group, int(random.integers(1, 4)))
        for team in TEAMS[:4]
        for day in days
        for clock in (72, 76, 80, 84)
        for is_light in [72 + 14 * np.sin((day.timetuple().tm_yday - 100) / 365 * 2 * np.pi) > clock - 6]
        for kind, groups in GROUPS.items()
        for group in groups
        if random.random() < 0.5
    ]
    frame = pl.DataFrame(rows, schema=dict(CLOCK_CELLS.schema) | {"light": pl.String()}, orient="row")
    return CLOCK_CELLS.require(frame.with_columns(pl.col("light").cast(light)).sort(CLOCK_CELLS.key))
