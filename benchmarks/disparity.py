"""CPU seconds of the disparity part: its methods for 200 teams from cells, and rows to cells.

python -m benchmarks.disparity methods            # ten methods, 200 teams, two years
python -m benchmarks.disparity cells 10000000     # rows to cells, streaming
"""

import resource
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.cells import CELLS, PARTITIONS
from meos_pipeline.contracts.companions import ORGANISATION, POPULATION
from meos_pipeline.contracts.fine_cells_disparity import CLOCK_CELLS, GROUP_CELLS
from meos_pipeline.policy import Policy
from meos_pipeline.statistics import all_statistics
from meos_pipeline.statistics.cells.disparity import clock_counts, group_counts
from meos_pipeline.statistics.statistic import Context, Theme
from meos_pipeline.sun import light, sun_table

TEAMS, AREAS, DAYS = 200, 5, 731
FIRST = date(2023, 1, 1)
BATCH = 2_000_000
NEEDED = [
    "check_key",
    "month",
    "check_date",
    "team",
    "area",
    "is_proactive",
    "light",
    "clock_bin",
    "time_block",
    "dst_flag",
    "ground",
    "hit_class",
    "is_searched",
    "sex",
    "age_band",
    "origin",
    "status",
    "register",
]


def rows(number: int, seed: int) -> pl.DataFrame:
    """Checks spread over two years, 200 teams and their areas, with the light of their minute."""
    rng = np.random.default_rng(seed)
    days = pl.Series([FIRST + timedelta(days=day) for day in range(DAYS)])
    sun = sun_table(days, pl.DataFrame({"place": ["u"], "latitude": [52.09], "longitude": [5.12]}), "Europe/Amsterdam")
    team, day, minute = rng.integers(0, TEAMS, number), rng.integers(0, DAYS, number), rng.integers(0, 1440, number)

    def coded(values: pl.Enum, chances: list[float] | None = None) -> pl.Series:
        names = values.categories
        return names.gather(rng.choice(len(names), number, p=chances)).cast(values)

    return (
        pl.DataFrame(
            {
                "check_key": pl.Series([f"{one:04x}" for one in range(4096)]).gather(rng.integers(0, 4096, number)),
                "team": pl.Series([f"team-{one:03d}" for one in range(TEAMS)]).gather(team),
                "area": pl.Series([f"wk{one:05d}" for one in range(TEAMS * AREAS)]).gather(
                    team * AREAS + rng.integers(0, AREAS, number)
                ),
                "check_date": days.gather(day),
                "minute": minute,
                "is_proactive": rng.random(number) < 0.8,
                "is_searched": rng.random(number) < 0.04,
                "ground": coded(v.GROUND_CLASSES),
                "hit_class": coded(v.HIT_CLASSES, [0.12, 0.05, 0.13, 0.1, 0.05, 0.55]),
                "sex": coded(v.SEXES, [0.7, 0.29, 0.01]),
                "age_band": coded(v.AGE_BANDS, [0.0, 0.08, 0.3, 0.25, 0.15, 0.12, 0.06, 0.04]),
            }
        )
        .join(sun.drop("place"), left_on="check_date", right_on="date", how="left", maintain_order="left")
        .with_columns(
            month=pl.col("check_date").dt.truncate("1mo"),
            light=light(pl.col("minute")),
            clock_bin=(pl.col("minute") // 15).cast(pl.Int8),
            time_block=v.TIME_BLOCKS.categories.gather(minute // 240).cast(v.TIME_BLOCKS),
            dst_flag=pl.lit(None, dtype=v.DST_FLAGS),
            origin=pl.lit(None, dtype=pl.String),
            status=pl.lit(None, dtype=v.STATUSES),
            register=pl.lit(None, dtype=v.REGISTERS),
        )
        .select(NEEDED)
    )


def released(frame: pl.DataFrame) -> pl.DataFrame:
    """Cells of the partitions that the released statistics read."""
    yearly = frame.filter("is_proactive").with_columns(period_start=pl.col("check_date").dt.truncate("1y"))
    hit = pl.col("hit_class").cast(pl.String).replace({"H1": "strict", "H2": "broad", "H3": "broad"})
    hit = pl.when(hit.is_in(["strict", "broad"])).then(hit).otherwise(pl.lit("none"))
    parts = []
    for kind in ("sex", "age_band"):
        category = pl.concat_str(pl.col(kind).cast(pl.String), hit, separator="|")
        parts.append(
            ("year", f"{kind}_hit", yearly.group_by("team", "period_start", category=category).agg(n=pl.len()))
        )
    monthly = yearly.with_columns(period_start=pl.col("month"))
    proactive = monthly.group_by("team", "period_start", category=pl.lit("proactive")).agg(n=pl.len())
    parts.append(("month", "proactive", proactive))
    result = monthly.group_by("team", "period_start", category=pl.col("hit_class").cast(pl.String)).agg(n=pl.len())
    parts.append(("month", "result", result))
    areas = monthly.with_columns(period_start=pl.col("check_date").dt.truncate("1q"))
    parts.append(("quarter", "area", areas.group_by("team", "period_start", category="area").agg(n=pl.len())))
    assert all(name in PARTITIONS for _, name, _ in parts)
    return pl.concat(
        [
            part.with_columns(period=pl.lit(period), partition=pl.lit(name)).select(CELLS.names).cast(CELLS.schema)
            for period, name, part in parts
        ]
    )


def companions() -> dict[str, pl.DataFrame]:
    rng = np.random.default_rng(5)
    places = [(f"team-{team:03d}", f"wk{team * AREAS + area:05d}") for team in range(TEAMS) for area in range(AREAS)]
    people = [
        (area, benchmark, kind, group, 2023, int(rng.gamma(5, 300)))
        for _, area in places
        for benchmark in ("residents", "daytime", "suspects")
        for kind, groups in (("sex", v.SEXES), ("age_band", v.AGE_BANDS))
        for group in groups.categories
    ]
    organisation = [(team, team, "d", "e", area, date(2020, 1, 1), None, None, 52.0, 5.0) for team, area in places]
    return {
        "organisation": pl.DataFrame(organisation, schema=ORGANISATION.schema, orient="row"),
        "population": pl.DataFrame(people, schema=POPULATION.schema, orient="row"),
    }


def methods() -> None:
    """Time every disparity statistic on a million checks of 200 teams."""
    frame = rows(1_000_000, 1)
    tables = companions() | {
        "cells": released(frame),
        "clock_cells": CLOCK_CELLS.require(clock_counts(frame.lazy())),
        "group_cells": GROUP_CELLS.require(group_counts(frame.lazy())),
    }
    context = Context(policy=Policy(), month=date(2024, 12, 1), teams=())
    total = 0.0
    for name, statistic in all_statistics().items():
        if statistic.theme is Theme.DISPARITY and not statistic.optional:
            before = time.process_time()
            found = statistic.compute(tables, context)
            spent = time.process_time() - before
            total += spent
            print(f"{name:22} {spent:7.2f} CPU s  {found.height:7} rows")
    print(f"{'all':22} {total:7.2f} CPU s")


def cells(number: int) -> None:
    """Time rows to fine cells, from Parquet."""
    with tempfile.TemporaryDirectory() as folder:
        for batch in range(-(-number // BATCH)):
            rows(min(BATCH, number - batch * BATCH), batch).write_parquet(Path(folder) / f"{batch:04d}.parquet")
        for build in (clock_counts, group_counts):
            before, clock = time.process_time(), time.perf_counter()
            # File by file, as months are counted.
            files = sorted(Path(folder).glob("*.parquet"))
            height = sum(build(pl.scan_parquet(file)).height for file in files)
            spent, wall = time.process_time() - before, time.perf_counter() - clock
            print(f"{build.__name__:15} {number:,} rows: {spent:.1f} CPU s, {wall:.1f} s, {height:,} cells")
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.1f} GB")


if __name__ == "__main__":
    methods() if sys.argv[1:] == ["methods"] or len(sys.argv) == 1 else cells(int(sys.argv[2]))
