"""The list of teams: what they are called, which areas they have, and which team took whose place."""

import polars as pl

from meos_pipeline.contracts.table import Column, Sensitivity, Table

_PUBLIC = Sensitivity.PUBLIC

ORGANISATION = Table(
    name="organisation",
    file="organisatie.csv",
    meaning="Teams, where they belong, and since when.",
    meaning_nl="Teams en waar zij bij horen.",
    key=("team", "area", "valid_from"),
    columns=(
        Column(
            name="team",
            dtype=pl.String(),
            meaning="Slug of the team; folder name of its reports.",
            source_name="basisteam_code",
            sensitivity=_PUBLIC,
        ),
        Column(
            name="team_name",
            dtype=pl.String(),
            meaning="Name as readers know it.",
            source_name="basisteam",
            sensitivity=_PUBLIC,
        ),
        Column(name="district", dtype=pl.String(), meaning="District.", source_name="district", sensitivity=_PUBLIC),
        Column(
            name="regional_unit",
            dtype=pl.String(),
            meaning="Regional unit (eenheid).",
            source_name="eenheid",
            sensitivity=_PUBLIC,
        ),
        Column(
            name="area",
            dtype=pl.String(),
            meaning="Area (wijk) code that belongs to the team; '-' when none is given.",
            source_name="wijk_code",
            sensitivity=_PUBLIC,
            when_empty="-",
        ),
        Column(
            name="area_name",
            dtype=pl.String(),
            meaning="Name of the area as readers know it; null: they meet its code.",
            source_name="wijk_naam",
            nullable=True,
            sensitivity=_PUBLIC,
        ),
        Column(name="valid_from", dtype=pl.Date(), meaning="First day.", source_name="geldig_van", sensitivity=_PUBLIC),
        Column(
            name="valid_to",
            dtype=pl.Date(),
            meaning="Last day; null while valid.",
            source_name="geldig_tot",
            nullable=True,
            sensitivity=_PUBLIC,
        ),
        Column(
            name="aliases",
            dtype=pl.String(),
            meaning="Other spellings in exports, joined by '|'.",
            source_name="schrijfwijzen",
            nullable=True,
            sensitivity=_PUBLIC,
        ),
        Column(
            name="successors",
            dtype=pl.String(),
            meaning="Teams that take the place of this one after its last day, joined by '|': one when it was renamed or "
            "merged, several when it was split.",
            source_name="opvolgers",
            nullable=True,
            sensitivity=_PUBLIC,
        ),
        Column(
            name="latitude",
            dtype=pl.Float64(),
            meaning="Centre of the team area, degrees north.",
            source_name="breedtegraad",
            nullable=True,
            sensitivity=_PUBLIC,
        ),
        Column(
            name="longitude",
            dtype=pl.Float64(),
            meaning="Centre of the team area, degrees east.",
            source_name="lengtegraad",
            nullable=True,
            sensitivity=_PUBLIC,
        ),
    ),
)
