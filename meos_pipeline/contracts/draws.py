"""Shifts that were drawn to be joined: made once per team and month, and kept, so that nobody gets another draw."""

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.table import Column, Table

DRAWS = Table(
    name="draws",
    meaning="Shifts drawn for a team to join, and reserves for those that cannot be joined.",
    meaning_nl="Gelote diensten van een team, met reserves.",
    key=("team", "day", "block"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Slug."),
        Column(name="day", dtype=pl.Date(), meaning="Day on which the shift begins."),
        Column(name="block", dtype=v.SHIFT_BLOCKS, meaning="Part of the day in which it begins."),
        Column(name="is_reserve", dtype=pl.Boolean(), meaning="To be joined only in place of another."),
        Column(name="turn", dtype=pl.Int64(), meaning="Order in which to join, and after these to try the reserves."),
        Column(name="weight", dtype=pl.Float64(), meaning="Shifts of the month that this one stands for."),
    ),
)
