"""The sun above a place: when it rises and sets, and the light of a moment.

Darkness is decided per check, from its own date, minute and place: one national table would be up to a
quarter of an hour wrong at the borders, and a veil of darkness lives on those minutes.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from meos_pipeline.contracts.values import LIGHT
from meos_pipeline.errors import ContractError

Floats = npt.NDArray[np.float64]

SUNRISE_ALTITUDE = -0.833
"""Degrees: refraction at the horizon (34') and half the sun's disc (16')."""
CIVIL_ALTITUDE = -6.0
"""Degrees: end of civil twilight, when street lighting is needed."""
_EVENTS = {
    "dawn_minute": (CIVIL_ALTITUDE, 1.0),
    "sunrise_minute": (SUNRISE_ALTITUDE, 1.0),
    "sunset_minute": (SUNRISE_ALTITUDE, -1.0),
    "dusk_minute": (CIVIL_ALTITUDE, -1.0),
}
"""Altitude of the sun, and +1 before or -1 after noon."""
_PASSES = 3
"""The sun moves between noon and the event; after three passes a further one changes less than a second."""
_DAY = 1440.0
_UNIX_JULIAN_DAY = 2440587.5


def sun_table(dates: pl.Series, places: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Times of the sun for every date at every place.

    Source: NOAA Solar Calculator equations, after Meeus, Astronomical Algorithms (1998), chapters 25 and 28;
    within 0.1 minute of VSOP87 and of NREL SPA between 1950 and 2050 at latitudes up to 65 degrees.

    Args:
        dates: Local calendar dates; doubles and nulls count once and not at all.
        places: Columns ``place``, ``latitude`` (degrees north) and ``longitude`` (degrees east). A place
            without position gives empty times.
        zone: IANA name of the local clock, such as ``Europe/Amsterdam``.

    Returns:
        One row per date and place: ``date``, ``place``, ``dawn_minute`` and ``dusk_minute`` (civil twilight),
        ``sunrise_minute`` and ``sunset_minute``: minutes after midnight on the local clock, with a fraction.
        Empty where the sun does not cross that altitude on that day. Near the polar circles dusk may lie past
        midnight (above 1440) and dawn before it (below 0).

    Raises:
        ContractError: ``places`` lacks a column, names a place twice, or a position lies outside the globe.
    """
    _require_places(places)
    rows = (
        pl.DataFrame({"date": dates.drop_nulls().unique().sort().cast(pl.Date)})
        .join(places.select("place", pl.col("latitude", "longitude").cast(pl.Float64)), how="cross")
        .with_columns(noon=pl.col("date").cast(pl.Datetime("us")) + pl.duration(hours=12))
    )
    # Noon on the local clock, in UTC, fixes which of the sun's crossings belongs to the local date; sun times
    # computed per UTC day give the neighbour's sunset for places far from Greenwich.
    noon = rows["noon"].dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    clock_noon = noon.dt.epoch("us").cast(pl.Float64).to_numpy() / 60e6
    latitude = rows["latitude"].fill_null(np.nan).to_numpy()
    longitude = rows["longitude"].fill_null(np.nan).to_numpy()
    return rows.select(
        "date",
        "place",
        *(
            _clock_minutes(_event(clock_noon, latitude, longitude, altitude, side), rows["date"], zone).alias(name)
            for name, (altitude, side) in _EVENTS.items()
        ),
    )


def light(minute: pl.Expr) -> pl.Expr:
    """Light at a minute of the local clock: day, civil twilight or dark.

    Day is from sunrise until before sunset; twilight from dawn until before dusk, outside the day.

    Args:
        minute: Minutes after local midnight, 0 to 1440.

    Returns:
        A value of ``LIGHT``, from the four columns of ``sun_table`` in the same row; empty when the minute or
        one of the four is.
    """
    dawn, sunrise, sunset, dusk = (pl.col(name) for name in _EVENTS)
    in_twilight = (minute >= dawn) & (minute < dusk) | (minute + _DAY < dusk) | (minute - _DAY >= dawn)
    is_day = (minute >= sunrise) & (minute < sunset) | (minute + _DAY < sunset) | (minute - _DAY >= sunrise)
    known = pl.all_horizontal(part.is_not_null() for part in (minute, dawn, sunrise, sunset, dusk))
    name = pl.when(is_day).then(pl.lit("day")).when(in_twilight).then(pl.lit("twilight")).otherwise(pl.lit("dark"))
    return pl.when(known).then(name).otherwise(None).cast(LIGHT)


def _require_places(places: pl.DataFrame) -> None:
    missing = [name for name in ("place", "latitude", "longitude") if name not in places.columns]
    if missing:
        raise ContractError(f"Table of places: columns {missing} are missing; supply them")
    if places["place"].is_duplicated().any():
        raise ContractError("Table of places: a place has more than one position; keep one")
    on_globe = pl.col("latitude").is_between(-90, 90) & pl.col("longitude").is_between(-180, 180)
    outside = places.filter(~on_globe).height
    if outside:
        raise ContractError(f"Table of places: {outside} positions lie outside the globe; give degrees north and east")


def _event(clock_noon: Floats, latitude: Floats, longitude: Floats, altitude: float, side: float) -> Floats:
    """Moment (minutes since 1970, UTC) at which the sun crosses ``altitude``; nan where it does not."""
    solar_noon = _DAY * np.floor(clock_noon / _DAY) + _DAY / 2 - 4 * longitude
    solar_noon -= _DAY * np.round((solar_noon - clock_noon) / _DAY)
    moment = solar_noon
    sine = np.sin(np.radians(latitude))
    cosine = np.cos(np.radians(latitude))
    for _ in range(_PASSES):
        declination, equation_of_time = _sun(moment)
        with np.errstate(invalid="ignore", divide="ignore"):
            hour_angle = np.degrees(
                np.arccos((np.sin(np.radians(altitude)) - sine * np.sin(declination)) / (cosine * np.cos(declination)))
            )
        moment = solar_noon - equation_of_time - side * 4 * hour_angle
    return moment


def _sun(moment: Floats) -> tuple[Floats, Floats]:
    """Declination (radians) and equation of time (minutes) of the sun; Meeus (1998), low accuracy."""
    century = (moment / _DAY + _UNIX_JULIAN_DAY - 2451545.0) / 36525.0
    mean_longitude = np.radians((280.46646 + century * (36000.76983 + century * 0.0003032)) % 360)
    anomaly = np.radians(357.52911 + century * (35999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = (
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * century)
    apparent = mean_longitude + np.radians(centre - 0.00569 - 0.00478 * np.sin(node))
    seconds = 21.448 - century * (46.815 + century * (0.00059 - century * 0.001813))
    obliquity = np.radians(23 + (26 + seconds / 60) / 60 + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(obliquity) * np.sin(apparent))
    y = np.tan(obliquity / 2) ** 2
    equation = (
        y * np.sin(2 * mean_longitude)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * y * np.sin(anomaly) * np.cos(2 * mean_longitude)
        - 0.5 * y**2 * np.sin(4 * mean_longitude)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    return declination, 4 * np.degrees(equation)


def _clock_minutes(moment: Floats, dates: pl.Series, zone: str) -> pl.Series:
    """Minutes after midnight of ``dates`` on the clock of ``zone``; empty where ``moment`` is nan."""
    missing = np.isnan(moment)
    microseconds = pl.Series(np.where(missing, 0.0, moment * 60e6).round().astype(np.int64))
    local = microseconds.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    minutes = (local - dates.cast(pl.Datetime("us"))).dt.total_microseconds() / 60e6
    return minutes.set(pl.Series(missing), None)
