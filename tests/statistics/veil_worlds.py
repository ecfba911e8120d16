"""Cell-level worlds for the veil of darkness: evening checks over two years in Utrecht, with a known effect of light."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl

from meos_pipeline.statistics.methods.veil import ClockCells
from meos_pipeline.sun import sun_table

FIRST = date(2023, 1, 1)
DAYS = 731
EPOCH = date(1970, 1, 1)


@cache
def _sun() -> pl.DataFrame:
    days = pl.Series([FIRST + timedelta(days=day) for day in range(DAYS)])
    place = pl.DataFrame({"place": ["utrecht"], "latitude": [52.0907], "longitude": [5.1214]})
    return sun_table(days, place, "Europe/Amsterdam")


def evening_checks(
    seed: int,
    *,
    checks: int,
    effect: float = 0.0,
    hidden: float = 1.0,
    season: float = 0.0,
    day_sd: float = 0.0,
    team_effects: tuple[float, ...] = (0.0,),
    share: float = 0.3,
) -> ClockCells:
    """Checks between 17:00 and 23:00, twilight left out, about ``checks`` of them.

    Args:
        seed: Of the draws.
        checks: Rows that remain.
        effect: Log odds ratio of light against dark, when darkness hides all.
        hidden: Part of the effect that darkness hides.
        season: Amplitude of the group's share over the year, on the logit scale.
        day_sd: Spread of the group's share between team-days.
        team_effects: Level of each team.
        share: Of the group.
    """
    rng = np.random.default_rng(seed)
    teams = len(team_effects)
    drawn = int(checks * 1.16)
    day, team, minute = rng.integers(0, DAYS, drawn), rng.integers(0, teams, drawn), rng.integers(1020, 1380, drawn)
    sunset, dusk = _sun()["sunset_minute"].to_numpy()[day], _sun()["dusk_minute"].to_numpy()[day]
    keep = (minute < sunset) | (minute >= dusk)
    day, team, minute, is_light = day[keep], team[keep], minute[keep], (minute < sunset)[keep]
    base = np.log(share / (1 - share)) + np.array(team_effects)[team] + season * np.cos(2 * np.pi * day / 365.25)
    base = base + rng.normal(0, day_sd, (teams, DAYS))[team, day] if day_sd else base
    linear = base + effect * np.where(is_light, 1.0, 1.0 - hidden)
    events = (rng.random(linear.size) < 1 / (1 + np.exp(-linear))).astype(float)
    return ClockCells(
        events=events,
        total=np.ones(events.size),
        minute=minute // 15 * 15 + 7.5,
        day=(day + (FIRST - EPOCH).days).astype(np.int64),
        is_light=is_light,
        stratum=team.astype(np.int64),
        team=team.astype(np.int64),
        team_names=tuple(f"team-{number}" for number in range(teams)),
    )
