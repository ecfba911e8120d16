"""Teams and areas: spellings in exports become slugs of the organisation list, by date."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

import polars as pl

from meos_pipeline.contracts.companions import ORGANISATION
from meos_pipeline.ingest.profiles import Profile

_PREFIX = re.compile(r"^(basisteam|bt|team)[\s._-]+")
FAR_FUTURE = date(9999, 12, 31)


def slug_of(text: str) -> str:
    """Folder-safe form of a name: small letters, digits and hyphens, at most 40 signs."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")


def spelling(text: str) -> str:
    """Form in which spellings of a team are compared: no case, accents, signs or 'basisteam' before it."""
    return slug_of(_PREFIX.sub("", unicodedata.normalize("NFKC", text).strip().lower()))


def team_spellings(organisation: pl.DataFrame) -> pl.DataFrame:
    """Table ``spelling, team, valid_from, valid_to`` of every way a team may be written."""
    rows = {
        (spelling(text), row["team"], row["valid_from"], row["valid_to"] or FAR_FUTURE)
        for row in organisation.iter_rows(named=True)
        for text in (row["team"], row["team_name"], *(row["aliases"] or "").split("|"))
        if text and spelling(text)
    }
    return pl.DataFrame(
        sorted(rows),
        orient="row",
        schema={"spelling": pl.String, "team": pl.String, "valid_from": pl.Date, "valid_to": pl.Date},
    )


def shared_spellings(organisation: pl.DataFrame) -> list[tuple[str, list[str]]]:
    """Return spellings that belong to more than one team on the same day, each with those teams."""
    rows = team_spellings(organisation)
    pairs = rows.join(rows, on="spelling", suffix="_other").filter(
        pl.col("team") != pl.col("team_other"),
        pl.col("valid_from") <= pl.col("valid_to_other"),
        pl.col("valid_from_other") <= pl.col("valid_to"),
    )
    teams = pairs.group_by("spelling").agg(pl.col("team").unique().sort()).sort("spelling")
    return [(text, names) for text, names in teams.iter_rows()]


def derived_organisation(names: Sequence[str], profile: Profile, since: date) -> pl.DataFrame:
    """Organisation list of an export that brings none: one team per name in its team column."""
    wanted = sorted({name.strip() for name in names if name and slug_of(name)})
    if profile.missing_team:
        wanted.append(profile.missing_team)
    district = profile.district or profile.name
    rows = {
        slug_of(name): {
            "team": slug_of(name),
            "team_name": name.title() if name.isupper() else name,
            "district": district,
            "regional_unit": district,
            "area": slug_of(name),
            "valid_from": since,
            "valid_to": None,
            "aliases": name,
            "latitude": None,
            "longitude": None,
        }
        for name in wanted
    }
    return ORGANISATION.require(pl.DataFrame(list(rows.values()), schema=ORGANISATION.schema))
