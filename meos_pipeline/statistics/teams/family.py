"""One measure of all teams over the rolling window, as effective counts: what the statistics of this folder share."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from meos_pipeline.contracts.findings import Label
from meos_pipeline.statistics import windows as w
from meos_pipeline.statistics.measures import Measure, measures, missing_file
from meos_pipeline.statistics.methods.proportion import Floats
from meos_pipeline.statistics.shares import share_rows
from meos_pipeline.statistics.statistic import Context
from meos_pipeline.statistics.yields import REASON

COMPARED = ("yield_strict", "yield_broad", "objective_ground", "dossier_complete", "explanation_given")
"""Shares of released checks that teams are compared on."""
OF_A_TEAM = ("team", "period_start", "period_end")
"""Whose figure it is, and of which periods: a column that came halfway leaves a team fewer."""


@dataclass(frozen=True, slots=True)
class Family:
    """Teams with enough checks for a comparison, and the rows of all teams."""

    measure: Measure
    window: w.Window
    rows: pl.DataFrame
    """All teams and '': events, n, effective, label as in a description, and the periods that count."""
    teams: pl.DataFrame
    """Those that can be compared."""

    @property
    def events(self) -> Floats:
        """Effective number of events."""
        share = np.clip(self.teams["events"].to_numpy() / self.teams["n"].to_numpy(), 0, 1)
        return np.asarray(share * self.n, dtype=np.float64)

    @property
    def n(self) -> Floats:
        """Effective number of trials."""
        return np.asarray(self.teams["effective"].to_numpy(), dtype=np.float64)

    @property
    def logit(self) -> Floats:
        """Logit of the share with half an event more on either side."""
        return np.asarray(np.log((self.events + 0.5) / (self.n - self.events + 0.5)), dtype=np.float64)

    @property
    def se(self) -> Floats:
        """Standard error of ``logit``."""
        return np.asarray(np.sqrt(1 / (self.events + 0.5) + 1 / (self.n - self.events + 0.5)), dtype=np.float64)


def families(tables: Mapping[str, pl.DataFrame], context: Context) -> tuple[list[Family], dict[str, str]]:
    """Every compared measure with its family of teams, and the file that is missing for the others."""
    cells, found, missing = tables["cells"], [], {}
    for measure in (measures()[name] for name in COMPARED):
        if reason := missing_file(cells, measure):
            missing[measure.name] = reason
            continue
        window = w.windows_of(measure.partition, context)[1]
        sums = {"events": measure.events, "n": measure.among, "empty": measure.unread}
        rows = _read_enough(
            share_rows(w.per_period(cells, measure.partition, window, sums), context, noise=measure.noise), context
        )
        rows = w.spanning(rows, cells, measure.partition, window)
        teams = rows.filter(pl.col("team") != "", pl.col("label") == "described")
        found.append(Family(measure, window, rows, teams))
    return found, missing


def _read_enough(rows: pl.DataFrame, context: Context) -> pl.DataFrame:
    """Compare no team of which too many results were left empty."""
    too_many = pl.col("empty") > context.policy.result_empty_bounds * (pl.col("empty") + pl.col("n"))
    return rows.with_columns(
        pl.when(too_many).then(pl.lit(Label.NOT_COMPARABLE.value)).otherwise("label").alias("label"),
        pl.when(too_many).then(pl.lit(REASON)).otherwise("label_reason").alias("label_reason"),
        pl.when(~too_many).then("needed").alias("needed"),
    ).drop("empty")
