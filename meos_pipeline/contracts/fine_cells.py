"""Exact cells for models: finer than what may be released, so they stay in ``restricted/``.

A statistic that reads them (``Gate.MODEL``) passes the second gate of disclosure with its result.
"""

import polars as pl

from meos_pipeline.contracts.table import Column, Table

LAG_CLASSES = pl.Enum(["near", "middle", "far"])
"""Days between two checks of one person: near 1-30, middle 31-120, far 121-365."""


def _team() -> Column:
    return Column(name="team", dtype=pl.String(), meaning="Team (slug).")


def _month() -> Column:
    return Column(name="month", dtype=pl.Date(), meaning="First day of the month.")


PAIR_LAGS = Table(
    name="pair_lags",
    meaning="Pairs of checks of one team by the days between them: of the same person, and all.",
    key=("team", "month", "lag"),
    columns=(
        _team(),
        _month(),
        Column(name="lag", dtype=LAG_CLASSES, meaning="Days between the checks."),
        Column(name="n_same", dtype=pl.Int64(), meaning="Pairs of the same person whose later check is in the month."),
        Column(name="n_all", dtype=pl.Int64(), meaning="All pairs of linked checks, likewise."),
    ),
)

CHECK_FREQUENCY = Table(
    name="check_frequency",
    meaning="How many persons were checked how often by a team, from January up to and including the month.",
    key=("team", "month", "times"),
    columns=(
        _team(),
        _month(),
        Column(name="times", dtype=pl.Int64(), meaning="Number of checks of one person this calendar year."),
        Column(name="persons", dtype=pl.Int64(), meaning="Number of persons checked that often."),
    ),
)
