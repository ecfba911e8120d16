"""The light at the check's own minute and place."""

from typing import TYPE_CHECKING

import polars as pl

from meos_pipeline.ingest.forms import Schema
from meos_pipeline.ingest.lookup import by_value, fields_of
from meos_pipeline.settings import Site

if TYPE_CHECKING:
    from meos_pipeline.ingest.parse import Door

_PLACE_STEP = 0.05
"""Degrees: places are rounded to this for the sun, about 4 km, less than a quarter of a minute."""


def add_light(rows: pl.LazyFrame, have: set[str], door: "Door") -> pl.LazyFrame:
    """Add the light at the check's day, minute and place (its own, else its team's, else the site's).

    The site's place counts only when the site says it, in the zone in which the export tells the time: the sun of one
    country on the clock of another would say 'dark' at noon. Without a place the light is unknown.
    """
    from meos_pipeline import sun

    own = {"latitude", "longitude"} <= have
    centres = door.organisation.filter(pl.col("latitude").is_not_null()).unique(
        "team", keep="first", maintain_order=True
    )
    inputs = {"day": pl.col("check_date"), "team": pl.col("team")}
    if own:
        inputs |= {"latitude": _rounded(pl.col("_latitude")), "longitude": _rounded(pl.col("_longitude"))}
    # Looked up per day and place; the minute is compared row by row, for it makes nearly every row different.
    return (
        rows.with_columns(
            by_value(inputs, _SunTimes(door, centres), SUN_TIMES, memory=door.memory, name=("sun", own)).alias("_sun")
        )
        .with_columns(fields_of("_sun", {name: name for name in SUN_TIMES}))
        .with_columns(sun.light(pl.col("_minute")).alias("light"))
    )


def _rounded(degrees: pl.Expr) -> pl.Expr:
    return (degrees / _PLACE_STEP).round() * _PLACE_STEP


SUN_TIMES: Schema = dict.fromkeys(("sunrise_minute", "sunset_minute", "dawn_minute", "dusk_minute"), pl.Float64())


class _SunTimes:
    """Sun times per day and place, calculated once for each."""

    def __init__(self, door: "Door", centres: pl.DataFrame) -> None:
        self.zone = door.zone
        self.here = place_of_site(door.settings.site, door.zone)
        self.centres = centres.select(
            "team",
            _rounded(pl.col("latitude")).alias("team_latitude"),
            _rounded(pl.col("longitude")).alias("team_longitude"),
        )

    def __call__(self, distinct: pl.DataFrame) -> pl.DataFrame:
        from meos_pipeline import sun

        frame = distinct.with_row_index("_row")
        if "latitude" not in frame.columns:
            frame = frame.with_columns(
                pl.lit(None, dtype=pl.Float64).alias("latitude"), pl.lit(None, dtype=pl.Float64).alias("longitude")
            )
        placed = frame.join(self.centres, on="team", how="left").with_columns(
            pl.coalesce("latitude", "team_latitude", pl.lit(self.here[0], dtype=pl.Float64)).round(4).alias("latitude"),
            pl.coalesce("longitude", "team_longitude", pl.lit(self.here[1], dtype=pl.Float64))
            .round(4)
            .alias("longitude"),
        )
        known = placed.select("latitude", "longitude").drop_nulls().unique(maintain_order=True)
        if known.is_empty():
            return frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in SUN_TIMES).select(
                *SUN_TIMES
            )
        places = known.with_row_index("place")
        times = sun.sun_table(placed["day"], places, self.zone)
        return (
            placed.join(places, on=["latitude", "longitude"], how="left")
            .join(times, left_on=["day", "place"], right_on=["date", "place"], how="left")
            .sort("_row")
            .select(*SUN_TIMES)
        )


def place_of_site(site: Site, zone: str) -> tuple[float | None, float | None]:
    """Latitude and longitude of the site; nothing where it says none for this zone."""
    is_given = (site.latitude, site.longitude) != (Site().latitude, Site().longitude)
    if site.time_zone != zone or not (is_given or zone == Site().time_zone):
        return None, None
    return site.latitude, site.longitude
