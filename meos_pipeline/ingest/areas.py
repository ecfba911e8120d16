"""Where: coordinates, areas and squares of a kilometre. Coordinates go no further than this module."""

from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.ingest.issues import ISSUES, code, issue_column
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.ingest.places import grid_square
from meos_pipeline.ingest.teams import slug_of
from meos_pipeline.ingest.texts import decimal_number, present

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

_AREA_CODE = r"^(WK|BU)\d{6,8}$"
_NONE = pl.lit(None, dtype=ISSUES)


def area_form(text: str, *, is_free: bool) -> str:
    """Return an area as it is compared: the code in capitals, or of an export whose areas are names, their slug."""
    return (slug_of(text) if is_free else text.upper()) or text


def add_place(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add ``area``: the wijk code, else the 1 km square of the coordinates, which go no further."""
    columns: list[pl.Expr] = []
    square: pl.Expr | None = None
    if {"latitude", "longitude"} <= have:
        latitude, longitude = (
            decimal_number(present(pl.col(name)), is_degrees=True) for name in ("latitude", "longitude")
        )
        south, north, west, east = door.profile.bounds or (-90.0, 90.0, -180.0, 180.0)
        is_inside = latitude.is_between(south, north) & longitude.is_between(west, east) & (latitude != 0)
        given = present(pl.col("latitude")).is_not_null() | present(pl.col("longitude")).is_not_null()
        rows = rows.with_columns(
            pl.when(is_inside).then(latitude).alias("_latitude"),
            pl.when(is_inside).then(longitude).alias("_longitude"),
            pl.when(given & ~is_inside.fill_null(value=False))
            .then(code("R-LOCATIE"))
            .otherwise(_NONE)
            .alias(issue_column("latitude")),
        )
        if door.profile.bounds:
            square = grid_square(pl.col("_latitude"), pl.col("_longitude"))
    if {"x_rd", "y_rd"} <= have:
        x, y = (decimal_number(present(pl.col(name))) for name in ("x_rd", "y_rd"))
        is_inside = x.is_between(0, 300_000) & y.is_between(300_000, 630_000)
        cell = pl.format("km-{}-{}", (x // 1000).cast(pl.Int32), (y // 1000).cast(pl.Int32))
        own = pl.when(is_inside).then(cell)
        square = own if square is None else pl.coalesce(own, square)
        columns.append(
            pl.when(present(pl.col("x_rd")).is_not_null() & ~is_inside.fill_null(value=False))
            .then(code("R-LOCATIE"))
            .otherwise(_NONE)
            .alias(issue_column("x_rd"))
        )
    if "area" in have:
        rules = _AreaRules(door)
        rows = rows.with_columns(
            by_value(
                {"text": pl.col("area")}, rules, {"area": pl.String(), "issue": ISSUES}, memory=door.memory, name="area"
            ).alias("_area")
        ).with_columns(fields_of("_area", {"area": "area", "issue": issue_column("area")}))
        if square is not None:
            columns.append(pl.coalesce("area", square).alias("area"))
    elif square is not None:
        columns.append(square.alias("area"))
    return rows.with_columns(columns) if columns else rows


class _AreaRules:
    def __init__(self, door: "Door") -> None:
        self.known = set(door.organisation["area"].to_list()) - {"-"}
        self.is_free = door.profile.teams == "from_column"

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        text = present(pl.col("text"))
        if self.is_free:
            texts = distinct.select(text).to_series()
            slugs = [None if item is None else slug_of(item) or None for item in texts]
            return pl.DataFrame(
                {"area": pl.Series(slugs, dtype=pl.String), "issue": pl.Series([None] * len(slugs), dtype=ISSUES)}
            )
        upper = text.str.to_uppercase()
        is_known = upper.is_in(self.known) | upper.str.contains(_AREA_CODE)
        return distinct.select(
            pl.when(is_known).then(upper).alias("area"),
            pl.when(upper.is_not_null() & ~is_known).then(code("R-GEBIED")).otherwise(_NONE).alias("issue"),
        )
