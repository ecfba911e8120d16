"""When it is light in the fictional district: the minute at which civil twilight starts and ends, per day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

_ZONE = ZoneInfo("Europe/Amsterdam")


def light_minutes(days: Sequence[date], latitude: float, longitude: float) -> npt.NDArray[np.int64]:
    """Return days by two: local minute of dawn and of dusk (sun six degrees below the horizon), within two minutes.

    Spencer (1971), Fourier series for declination and equation of time. The pipeline's own sun times are exact to
    seconds; here two minutes only blur which checks the simulated officer made in the dark.
    """
    number = np.array([day.timetuple().tm_yday for day in days])
    angle = 2 * np.pi * (number - 0.5) / 365.25
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )
    equation = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    north = np.radians(latitude)
    cosine = (np.sin(np.radians(-6.0)) - np.sin(north) * np.sin(declination)) / (np.cos(north) * np.cos(declination))
    half_day = np.degrees(np.arccos(np.clip(cosine, -1, 1))) * 4
    noon = 720 - 4 * longitude - equation + np.array([_offset(day) for day in days])
    return np.stack([noon - half_day, noon + half_day], axis=1).round().astype(np.int64)


def _offset(day: date) -> float:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=_ZONE).utcoffset() or timedelta(0)
    return noon.total_seconds() / 60


def is_spring_change(day: date) -> bool:
    """Tell whether 02:00-03:00 does not exist on this day."""
    return _clock_change(day) > 0


def is_autumn_change(day: date) -> bool:
    """Tell whether 02:00-03:00 occurs twice on this day."""
    return _clock_change(day) < 0


def _clock_change(day: date) -> float:
    before, after = (datetime(day.year, day.month, day.day, hour, tzinfo=_ZONE).utcoffset() for hour in (0, 6))
    return ((after or timedelta(0)) - (before or timedelta(0))).total_seconds()
