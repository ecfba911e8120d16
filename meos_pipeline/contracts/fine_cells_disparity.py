"""Fine cells of the disparity part: counts that models need and no reader sees.

Placebo groups ('placebo_…': weekday, month, a random split) stand in these tables as groups of their own kind, so
that every method runs on them unchanged.
"""

import polars as pl

from meos_pipeline.contracts import values as v
from meos_pipeline.contracts.table import Column, Table

PLACEBO_WEEKDAY = "placebo_weekday"
PLACEBO_MONTH = "placebo_month"
PLACEBO_SPLIT = "placebo_split"
PLACEBOS = (PLACEBO_WEEKDAY, PLACEBO_MONTH, PLACEBO_SPLIT)
"""Kinds of group that cannot matter; each has the groups 'a' and, as reference, 'b'."""

HITS = pl.Enum(["strict", "broad", "none", "unknown"])
"""Result as in the partitions: strict = H1, broad = H2 or H3, none = H0, H4, H5."""

_GROUP = (
    Column(name="group_kind", dtype=pl.String(), meaning="age_band, sex, origin, or a placebo."),
    Column(name="group", dtype=pl.String(), meaning="Value of the group; 'unknown' is not among them."),
)

CLOCK_CELLS = Table(
    name="clock_cells",
    meaning="Proactive checks at hours that are light in one season and dark in another, for the veil of darkness.",
    meaning_nl="Proactieve controles op uren die het ene seizoen licht en het andere donker zijn.",
    key=("team", "area", "date", "clock_bin", "light", "group_kind", "group"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="area", dtype=pl.String(), meaning="Area of the check; '' when unknown."),
        Column(name="date", dtype=pl.Date(), meaning="Local date of the check."),
        Column(name="clock_bin", dtype=pl.Int8(), meaning="15-minute bin of the local clock, 0-95."),
        Column(name="light", dtype=v.LIGHT, meaning="Day or dark; twilight is left out."),
        *_GROUP,
        Column(name="n", dtype=pl.Int64(), meaning="Checks."),
    ),
)

GROUP_CELLS = Table(
    name="group_cells",
    meaning="Proactive checks by circumstances, group and result, for comparisons in the same circumstances.",
    meaning_nl="Proactieve controles naar omstandigheden, groep en resultaat.",
    key=("team", "month", "area", "block", "weekend", "reason", "group_kind", "group", "hit"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team (slug)."),
        Column(name="month", dtype=pl.Date(), meaning="First day of the month."),
        Column(name="area", dtype=pl.String(), meaning="Area of the check; '' when unknown."),
        Column(name="block", dtype=pl.String(), meaning="Four-hour block; 'unknown' without a time."),
        Column(name="weekend", dtype=pl.Boolean(), meaning="Saturday or Sunday."),
        Column(name="reason", dtype=pl.String(), meaning="Class of the ground; 'unknown' when not recorded."),
        *_GROUP,
        Column(name="hit", dtype=HITS, meaning="Result."),
        Column(name="n", dtype=pl.Int64(), meaning="Checks."),
        Column(name="searched", dtype=pl.Int64(), meaning="Of these, with a search or frisk."),
    ),
)
