"""What each page is made from: the team or the district, its figures, its actions in words from lists, its areas by name."""

import dataclasses
import re

from meos_pipeline.contracts.values import TEAM_SLUG_PATTERN
from meos_pipeline.disclosure.publishable import Publishable
from meos_pipeline.errors import PublicationError
from meos_pipeline.numbered import counted
from meos_pipeline.reporting.agreements import agreements_of
from meos_pipeline.reporting.results import TeamResults
from meos_pipeline.reporting.section import Report
from meos_pipeline.reporting.site import House
from meos_pipeline.reporting.spec import Flag
from meos_pipeline.reporting.words import Words
from meos_pipeline.statistics.windows import last_day


def teams_of(publishable: Publishable) -> list[tuple[str, str]]:
    """Slug and name of every team in the organisation list, in alphabetical order of the name.

    Raises:
        PublicationError: when a slug is no safe folder name.
    """
    rows = publishable.organisation.select("team", "team_name").unique(subset="team", keep="first").rows()
    unsafe = sum(not re.match(TEAM_SLUG_PATTERN, team) or team in {"assets", "district"} for team, _ in rows)
    if unsafe:
        raise PublicationError(
            f"{counted(unsafe, 'team has', 'teams have')} a code that cannot be a folder name; use a-z, 0-9 and '-'"
        )
    return sorted(rows, key=lambda row: (row[1].casefold(), row[0]))


def flags_of(publishable: Publishable, team: str, words: Words) -> tuple[Flag, ...]:
    """Actions of the team and breaks that touch it, numbered by day; named from lists, never by what somebody typed."""
    found = [
        Flag(day=a.starts, number=0, title=words.capital(a.title(words)), kind=a.kind)
        for a in agreements_of(publishable, team)
    ]
    if not publishable.breaks.is_empty():
        own = publishable.breaks.filter(publishable.breaks["scope"].is_in([team, "all"]))
        title = words("charts/course/break")
        found += [Flag(day=day, number=0, title=title, is_break=True) for day in own["break_date"].unique().sort()]
    ordered = sorted((f for f in found if f.day <= last_day(publishable.month)), key=lambda f: (f.day, f.title))
    return tuple(dataclasses.replace(flag, number=number) for number, flag in enumerate(ordered, start=1))


def team_report(
    team: str, name: str, publishable: Publishable, everyone: dict[str, TeamResults], words: Words, house: House
) -> Report:
    """What one team's pages are made from."""
    return Report(
        team=team,
        team_name=name,
        month=publishable.month,
        words=words,
        publishable=publishable,
        results=everyone.get(team, TeamResults(team, {}, {})),
        everyone=everyone,
        flags=flags_of(publishable, team, words),
        areas=_areas(publishable),
        own=house.own,
        shapes=house.shapes,
    )


def _areas(publishable: Publishable) -> dict[str, str]:
    """Names of areas by code, where the organisation list has them."""
    if not {"area", "area_name"} <= set(publishable.organisation.columns):
        return {}
    named = publishable.organisation.select("area", "area_name").drop_nulls().unique(subset="area", keep="first")
    return {code: name for code, name in named.rows() if name}


def district_report(publishable: Publishable, everyone: dict[str, TeamResults], words: Words, house: House) -> Report:
    """What the pages of the district are made from."""
    return Report(
        team="",
        team_name=publishable.site.organisation,
        month=publishable.month,
        words=words,
        publishable=publishable,
        results=everyone[""],
        everyone=everyone,
        areas=_areas(publishable),
        shapes=house.shapes,
    )
