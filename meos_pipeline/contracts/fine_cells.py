"""Exact cells for models: finer than what may be released, so they stay in ``restricted/``.

A statistic that reads them (``Gate.MODEL``) passes the second gate of disclosure with its result.
"""

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.table import Column, Sensitivity, Table

LAG_CLASSES = pl.Enum(["near", "middle", "far"])
"""Days between two checks of one person: near 1-30, middle 31-120, far 121-365."""

_N = Column(name="n", dtype=pl.Int64(), meaning="Number of proactive checks.")
_HITS = (
    Column(name="n_known", dtype=pl.Int64(), meaning="Of these, with a known result."),
    Column(name="n_strict", dtype=pl.Int64(), meaning="Of these, with a strict hit."),
    Column(name="n_broad", dtype=pl.Int64(), meaning="Of these, with a strict or broad hit."),
)


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

CONTEXT_CELLS = Table(
    name="context_cells",
    meaning="Checks by circumstances and group: for comparison of like with like.",
    key=("team", "month", "area", "time_block", "is_weekend", "reason", "age_band", "sex", "origin"),
    columns=(
        _team(),
        _month(),
        Column(name="area", dtype=pl.String(), meaning="Area (wijk) code; 'unknown'."),
        Column(name="time_block", dtype=pl.String(), meaning="Four-hour block; 'unknown'."),
        Column(name="is_weekend", dtype=pl.Boolean(), meaning="Saturday or Sunday."),
        Column(name="reason", dtype=pl.String(), meaning="First reason; 'unknown'."),
        Column(name="age_band", dtype=pl.String(), meaning="Age band; 'unknown'.", sensitivity=Sensitivity.INTERNAL),
        Column(name="sex", dtype=pl.String(), meaning="Sex; 'unknown'."),
        Column(name="origin", dtype=pl.String(), meaning="Origin from a lawful source; 'unknown'."),
        _N,
        *_HITS,
    ),
)

LIGHT_CELLS = Table(
    name="light_cells",
    meaning="Checks around dusk and dawn by day and quarter of an hour, in light or dark, by group.",
    key=("team", "check_date", "clock_bin", "light", "age_band", "sex", "origin"),
    columns=(
        _team(),
        _month(),
        Column(name="check_date", dtype=pl.Date(), meaning="Day of the check."),
        Column(name="clock_bin", dtype=pl.Int8(), meaning="15-minute bin of the local clock, 0-95."),
        Column(name="light", dtype=v.LIGHT, meaning="Day or dark; twilight is left out."),
        Column(name="age_band", dtype=pl.String(), meaning="Age band; 'unknown'."),
        Column(name="sex", dtype=pl.String(), meaning="Sex; 'unknown'."),
        Column(name="origin", dtype=pl.String(), meaning="Origin from a lawful source; 'unknown'."),
        _N,
    ),
)
