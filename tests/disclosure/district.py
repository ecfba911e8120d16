"""A small district of exact cells and officers, drawn from a seed, for tests of the door."""

import random
from datetime import date

import polars as pl

from meos_pipeline.contracts.cells import CELLS, OFFICER_COUNTS, PARTITIONS
from meos_pipeline.contracts.values import AGE_BANDS

KEY = b"0123456789abcdef0123456789abcdef"
MONTHS = tuple(date(2025, month, 1) for month in range(1, 13))
UNTIL = MONTHS[-1]
OF_SITE = {
    "age_band_hit": tuple(
        f"{band}|{hit}" for band in (*AGE_BANDS.categories, "unknown") for hit in ("strict", "broad", "none", "unknown")
    )
}
"""Categories that a site with the usual age bands has."""


def district(
    *,
    teams: tuple[str, ...] = ("noord", "oost", "zuid"),
    months: tuple[date, ...] = MONTHS,
    seed: int = 1,
    mean: int = 120,
    populations: tuple[str, ...] = ("checks", "proactive"),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Exact cells of every partition with a fixed list or the usual age bands, and officers that pass the rule."""
    draw = random.Random(seed)
    cells, officers = [], []
    for team in teams:
        for month in months:
            totals = {"checks": draw.randint(mean - 20, mean + 20)}
            totals["proactive"] = draw.randint(totals["checks"] // 2, totals["checks"] - 5)
            for partition in PARTITIONS.values():
                categories = partition.categories or OF_SITE.get(partition.name, ())
                if partition.population not in populations or not categories:
                    continue
                total = totals.setdefault(partition.population, draw.randint(0, 40))
                counts = spread(draw, total, len(categories))
                if partition.name == "proactive":
                    rest = totals["checks"] - totals["proactive"]
                    counts = [totals["proactive"], rest - rest // 4, rest // 4]
                cells += [
                    (team, "month", month, partition.name, category, n)
                    for category, n in zip(categories, counts, strict=True)
                ]
            shares = even(totals["checks"], 8)
            proactive = even(totals["proactive"], 8)
            officers += [
                (team, month, f"{team}-{number}", shares[number], proactive[number], 0, 0, 0, 0) for number in range(8)
            ]
    return table(cells), pl.DataFrame(officers, schema=OFFICER_COUNTS.schema, orient="row")


def table(rows: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=CELLS.schema, orient="row")


def spread(draw: random.Random, total: int, size: int) -> list[int]:
    """Uneven parts of a total: many small cells, a few large ones."""
    weights = [draw.random() ** 3 + 0.01 for _ in range(size)]
    counts = [0] * size
    for place in draw.choices(range(size), weights, k=total):
        counts[place] += 1
    return counts


def even(total: int, parts: int) -> list[int]:
    return [total // parts + (number < total % parts) for number in range(parts)]


def add(cells: pl.DataFrame, team: str, month: date, records: int) -> pl.DataFrame:
    """The same cells with more (or fewer) proactive checks, in the largest category of every partition."""
    within = ["team", "period_start", "partition"]
    largest = pl.int_range(pl.len()).over(within) == pl.col("n").arg_max().over(within)
    is_proactive = pl.col("partition") == "proactive"
    hit = pl.when(is_proactive).then(pl.col("category") == "proactive").otherwise(largest)
    of_checks = pl.col("partition").is_in(
        [p.name for p in PARTITIONS.values() if p.population in {"checks", "proactive"}]
    )
    here = (pl.col("team") == team) & (pl.col("period_start") == month)
    return cells.with_columns(n=pl.when(here & hit & of_checks).then(pl.col("n") + records).otherwise("n"))
