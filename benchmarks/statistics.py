"""Run the statistics appendix in full, and time all statistics of 200 teams over 120 months.

    python benchmarks/statistics.py [--replications 1000]

Writes ``benchmarks/appendix.json`` (shipped and published) and ``benchmarks/statistics.md``.
"""

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path

# a script's own folder comes first on the path, where this file would hide the standard module 'statistics'
sys.path[:] = [folder for folder in sys.path if Path(folder or ".").resolve() != Path(__file__).parent]
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np  # noqa: E402
import polars as pl  # noqa: E402

from benchmarks.appendix import SHIPPED, appendix, claims, markdown, shipped_appendix  # noqa: E402
from meos_pipeline.contracts.cells import CELLS, PARTITIONS  # noqa: E402
from meos_pipeline.policy import Policy  # noqa: E402
from meos_pipeline.statistics.run import compute_findings  # noqa: E402
from meos_pipeline.statistics.statistic import Context, Gate  # noqa: E402
from meos_pipeline.statistics.windows import add_months  # noqa: E402

TEAMS, MONTHS = 200, 120


def released_cells() -> tuple[pl.DataFrame, Context]:
    """Cells of the largest case: every partition of every team and period, multiples of five."""
    random = np.random.default_rng(20261125)
    first = date(2016, 1, 1)
    teams = [f"team-{number:03d}" for number in range(TEAMS)]
    frames = []
    for partition in PARTITIONS.values():
        step = {"month": 1, "quarter": 3, "year": 12}[partition.period]
        categories = partition.categories or ("area-1", "area-2", "area-3")
        starts = [add_months(first, month) for month in range(0, MONTHS, step)]
        units = (
            pl.DataFrame({"team": teams})
            .join(pl.DataFrame({"period_start": starts}), how="cross")
            .join(pl.DataFrame({"category": categories}), how="cross")
        )
        mean = 100 * step / len(categories)
        frames.append(
            units.with_columns(
                pl.Series("n", random.poisson(mean, units.height) // 5 * 5, dtype=pl.Int64),
                pl.lit(partition.name).alias("partition"),
                pl.lit(partition.period).cast(CELLS["period"].dtype).alias("period"),
            )
            .filter(pl.col("n") > 0)
            .select(CELLS.names)
        )
    context = Context(policy=Policy(), month=add_months(first, MONTHS - 1), teams=tuple(teams))
    return pl.concat(frames), context


def beside(found: pl.DataFrame) -> pl.DataFrame:
    """The rows found, and for claims that were not run those of the last run, in the order of the claims."""
    keys = ("method", "scenario", "quantity")
    rows = {tuple(row[key] for key in keys): row for table in (shipped_appendix(), found) for row in table.to_dicts()}
    return pl.DataFrame(
        [
            rows[claim.method, claim.scenario, claim.quantity]
            for claim in claims()
            if (claim.method, claim.scenario, claim.quantity) in rows
        ]
    )


def spent() -> dict[str, float]:
    """CPU seconds of all statistics on released cells of the largest case."""
    cells, context = released_cells()
    start = time.process_time()
    found = compute_findings({"cells": cells}, context, gate=Gate.RELEASED)
    return {
        "teams": TEAMS,
        "months": MONTHS,
        "cells": cells.height,
        "findings": found.height,
        "cpu_seconds": round(time.process_time() - start, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--only-speed", action="store_true")
    parser.add_argument(
        "--only", nargs="*", default=[], help="methods whose name holds one of these; other rows stay as they were"
    )
    options = parser.parse_args()
    target = Path(__file__).with_suffix(".md")
    speed = (
        spent()
        if not options.only
        else json.loads(target.read_text(encoding="utf-8").split("Speed: ")[1].split("\n")[0])
    )
    print(json.dumps(speed))
    if options.only_speed:
        return
    table = beside(appendix(replications=options.replications, seed=options.seed, only=options.only))
    SHIPPED.write_text(json.dumps(table.to_dicts(), indent=1) + "\n", encoding="utf-8")
    report = f"# Statistics: promises and what was found\n\nSpeed: {json.dumps(speed)}\n\n{markdown(table)}"
    target.write_text(report, encoding="utf-8")
    broken = table.filter(~pl.col("kept"))
    print(markdown(table))
    sys.exit(1 if broken.height else 0)


if __name__ == "__main__":
    main()
