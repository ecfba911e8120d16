"""Exact cells for models: finer than what may be released, so they stay in ``restricted/``.

A statistic that reads them (``Gate.MODEL``) passes the second gate of disclosure with its result.
"""

import polars as pl

from meos_pipeline.contracts.table import Column, Table


def _team() -> Column:
    return Column(name="team", dtype=pl.String(), meaning="Team (slug).")


def _month() -> Column:
    return Column(name="month", dtype=pl.Date(), meaning="First day of the month.")


def _pairs(name: str, meaning: str) -> Column:
    return Column(name=name, dtype=pl.Int64(), meaning=meaning)


PAIR_SPREAD = Table(
    name="pair_spread",
    meaning="Pairs of days on which a team checked one person, at most 30 and at least 121 days apart, of a calendar year.",
    key=("team", "month"),
    columns=(
        _team(),
        _month(),
        _pairs("checks", "Persons times days on which they were checked, from January to the month."),
        _pairs("near_same", "Pairs of one person, near."),
        _pairs("far_same", "Pairs of one person, far."),
        _pairs("near_all", "All pairs of checks at near distance."),
        _pairs("far_all", "All pairs of checks at far distance."),
        _pairs("near_square", "Sum over persons of the square of their near pairs."),
        _pairs("far_square", "Sum over persons of the square of their far pairs."),
        _pairs("cross", "Sum over persons of near pairs times far pairs."),
    ),
)
"""Only December has rows: a year is looked at when it is over."""

ENTERED = Table(
    name="entered",
    meaning="Checks by how long after the end of their month they were entered: what is still to come of a month.",
    key=("team", "month", "days", "partition", "category"),
    columns=(
        _team(),
        _month(),
        Column(
            name="days",
            dtype=pl.Int64(),
            meaning="Whole days after the last day of the month, 0 to 92; 0 for within the month; null when not known.",
            nullable=True,
        ),
        Column(name="partition", dtype=pl.String(), meaning="Name of the partition, as in cells."),
        Column(name="category", dtype=pl.String(), meaning="Category."),
        Column(name="n", dtype=pl.Int64(), meaning="Number of checks."),
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
