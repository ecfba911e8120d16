"""Topic: the veil of darkness from rows, against R's ``glm`` and statsmodels on the same rows and the same terms.

Ours counts rows to cells and fits the cells; R fits one row per check. The estimates must agree to 1e-6.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.case import MILLION, Bench, Case

TOPIC = "Veil of darkness"
SIZES = (MILLION // 10, MILLION, 10 * MILLION)
TEAMS, DAYS, FIRST_DAY = 20, 731, 19_358
_COLUMNS = ("team", "day", "minute", "is_light", "event")
_KNOTS = (1020.0, 1090.0, 1160.0, 1230.0, 1300.0, 1370.0)
_R = """
library(splines)
given <- commandArgs(TRUE); n <- as.integer(given[2]); from <- file(given[1], "rb")
team <- readBin(from, "integer", n); day <- readBin(from, "integer", n); minute <- readBin(from, "integer", n)
light <- readBin(from, "integer", n); event <- readBin(from, "integer", n)
keep <- minute %in% intersect(minute[light == 1], minute[light == 0])
rows <- data.frame(team = factor(team), weekday = factor((day + 3) %% 7), angle = 2 * pi * day / 365.2425,
                   minute = minute, light = light, event = event)[keep, ]
curve <- ns(rows$minute, knots = c(1090, 1160, 1230, 1300), Boundary.knots = c(1020, 1370))
model <- glm(event ~ light + curve + weekday + cos(angle) + sin(angle) + team, family = binomial, data = rows,
             control = glm.control(epsilon = 1e-12))
cat(sprintf("%.12f", coef(model)[["light"]]))
"""


def _make_rows(bench: Bench) -> None:
    import numpy as np
    import polars as pl

    if _path(bench, "parquet").exists():
        return
    rng = np.random.default_rng(4)
    day, team = rng.integers(0, DAYS, bench.rows), rng.integers(0, TEAMS, bench.rows)
    minute = rng.integers(1020 // 15, 1380 // 15, bench.rows) * 15 + 7
    dusk = 1230 + 150 * np.sin(2 * np.pi * (day - 80) / 365.2425)
    is_light = minute < dusk
    chance = 1 / (1 + np.exp(0.9 - 0.2 * is_light - 0.1 * np.cos(2 * np.pi * day / 365.2425) - 0.02 * team))
    event = rng.random(bench.rows) < chance
    columns = dict(zip(_COLUMNS, (team, day + FIRST_DAY, minute, is_light, event), strict=True))
    with _path(bench, "bin").open("wb") as stream:
        for values in columns.values():
            stream.write(values.astype(np.int32).tobytes())
    pl.DataFrame({name: pl.Series(values.astype(np.int32)) for name, values in columns.items()}).write_parquet(
        _path(bench, "parquet")
    )


def _path(bench: Bench, suffix: str) -> Path:
    return bench.inputs / f"veil-{bench.rows}.{suffix}"


def _ours(bench: Bench, _: Any) -> Mapping[str, object]:
    import polars as pl

    from meos_pipeline.statistics.methods.veil import ClockCells, veil

    cells = (
        pl.scan_parquet(_path(bench, "parquet"))
        .group_by("team", "day", "minute", "is_light")
        .agg(events=pl.col("event").sum(), total=pl.len())
        .sort("team", "day", "minute", "is_light")
        .collect(engine="streaming")
    )
    team = cells["team"].cast(pl.Int64).to_numpy()
    found = veil(
        ClockCells(
            events=cells["events"].cast(pl.Float64).to_numpy(),
            total=cells["total"].cast(pl.Float64).to_numpy(),
            minute=cells["minute"].cast(pl.Float64).to_numpy(),
            day=cells["day"].cast(pl.Int64).to_numpy(),
            is_light=(cells["is_light"] == 1).to_numpy(),
            stratum=team,
            team=team,
        ),
        knots=_KNOTS,
    )
    return {"estimate": f"{found.estimate:.9f}", "cells": cells.height}


def _r(bench: Bench, _: Any) -> Mapping[str, object]:
    script = bench.work / "veil.R"
    script.write_text(_R, encoding="utf-8")
    command = ["Rscript", "--vanilla", str(script), str(_path(bench, "bin")), str(bench.rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {"estimate": f"{float(done.stdout):.9f}"}


def _statsmodels(bench: Bench, _: Any) -> Mapping[str, object]:
    import numpy as np
    import pandas as pd
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    rows = pd.read_parquet(_path(bench, "parquet"))
    both = np.intersect1d(rows.minute[rows.is_light == 1], rows.minute[rows.is_light == 0])
    rows = rows[rows.minute.isin(both)].assign(
        weekday=lambda frame: (frame.day + 3) % 7, angle=lambda frame: 2 * np.pi * frame.day / 365.2425
    )
    curve = "cr(minute, knots=(1090, 1160, 1230, 1300), lower_bound=1020, upper_bound=1370) - 1"
    model = smf.glm(
        f"event ~ is_light + {curve} + C(weekday) + np.cos(angle) + np.sin(angle) + C(team)",
        rows,
        family=sm.families.Binomial(),
    ).fit(tol=1e-12)
    return {"estimate": f"{model.params['is_light']:.9f}"}


CASES = (
    Case(
        topic=TOPIC,
        name="ours: rows to cells, profiled strata, clustered errors",
        role="ours",
        run=_ours,
        inputs=_make_rows,
        sizes=SIZES,
    ),
    Case(
        topic=TOPIC, name="R glm on rows", run=_r, inputs=_make_rows, sizes=SIZES, needs=("program:Rscript",), repeats=1
    ),
    Case(
        topic=TOPIC,
        name="statsmodels formula glm on rows",
        run=_statsmodels,
        inputs=_make_rows,
        sizes=SIZES[:2],
        needs=("pandas", "statsmodels"),
        repeats=1,
    ),
)
