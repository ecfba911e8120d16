"""Teams and areas: spellings in exports become slugs of the organisation list, by date."""

import re
import unicodedata
from collections.abc import Container, Sequence
from datetime import date
from hashlib import sha256

import polars as pl

from meos_pipeline.contracts.organisation import ORGANISATION
from meos_pipeline.contracts.succession import ended_teams
from meos_pipeline.ingest.profiles import Profile

_PREFIX = re.compile(r"^(basis[\s._-]?team|b\.?t|team)[\s._-]+")
_NUMBER = re.compile(r"0*(\d+)(?:[.,]0+)?")
_LONGEST = 40
FAR_FUTURE = date(9999, 12, 31)


def slug_of(text: str) -> str:
    """Folder-safe form of a name: small letters, digits and hyphens, at most 40 signs; longer names stay apart."""
    plain = _plain(text)
    if len(plain) <= _LONGEST:
        return plain
    return f"{plain[: _LONGEST - 7].strip('-')}-{sha256(plain.encode()).hexdigest()[:6]}"


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign)).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def spelling(text: str) -> str:
    """Form in which spellings of a team are compared: no case, accents, signs, 'basisteam' or zeros before it."""
    plain = _PREFIX.sub("", unicodedata.normalize("NFKC", text).strip().lower())
    number = _NUMBER.fullmatch(plain)
    return number[1] if number else _plain(plain)


def joined_up(form: str) -> str:
    """Return a spelling without the hyphens and blanks that people leave out; between digits they tell teams apart."""
    return re.sub(r"(?<!\d)-|-(?!\d)", "", form)


def form_among(text: str, known: Container[str]) -> str:
    """Return the form in which a name is known: as it is spelled, or else joined up."""
    form = spelling(text)
    return form if form in known else joined_up(form)


def team_spellings(organisation: pl.DataFrame) -> pl.DataFrame:
    """Table ``spelling, team, valid_from, valid_to, is_listed`` of every way a team may be written.

    'Noord-Kade' may be written 'Noordkade' too, which no list says, unless another team has that name.
    """
    rows = {
        (spelling(text), row["team"], row["valid_from"], row["valid_to"] or FAR_FUTURE)
        for row in organisation.iter_rows(named=True)
        for text in (row["team"], row["team_name"], *(row["aliases"] or "").split("|"))
        if text and spelling(text)
    }
    bearers: dict[str, set[str]] = {}
    for form, team, *_ in rows:
        bearers.setdefault(joined_up(form), set()).add(team)
    more = {(joined_up(form), *rest) for form, *rest in rows if len(bearers[joined_up(form)]) == 1}
    return pl.DataFrame(
        sorted((*row, row in rows) for row in rows | more),
        orient="row",
        schema={
            "spelling": pl.String,
            "team": pl.String,
            "valid_from": pl.Date,
            "valid_to": pl.Date,
            "is_listed": pl.Boolean,
        },
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


def with_newest_names(organisation: pl.DataFrame) -> pl.DataFrame:
    """Give every row of a team its newest name; an earlier one becomes a spelling of the days of its own rows."""
    newest = organisation.sort("valid_from").group_by("team").agg(newest=pl.col("team_name").last())
    earlier = pl.when(pl.col("team_name") != pl.col("newest")).then("team_name")
    return (
        organisation.join(newest, on="team", how="left", maintain_order="left")
        .with_columns(aliases=pl.concat_str("aliases", earlier, separator="|", ignore_nulls=True).replace("", None))
        .with_columns(team_name=pl.col("newest"))
        .drop("newest")
    )


class TeamNames:
    """Which team a name stands for, by day; also on days on which no team bore it."""

    def __init__(self, organisation: pl.DataFrame) -> None:
        """Take the organisation list."""
        self._bearers: dict[str, set[str]] = {}
        self._spans: dict[str, list[tuple[date, date]]] = {}
        self._of: dict[tuple[str, str], list[tuple[date, date]]] = {}
        for form, team, since, until, _ in team_spellings(organisation).iter_rows():
            self._bearers.setdefault(form, set()).add(team)
            self._spans.setdefault(team, []).append((since, until))
            self._of.setdefault((form, team), []).append((since, until))
        self._after = {team: item.successors for team, item in ended_teams(organisation).items()}
        self._before: dict[str, list[str]] = {}
        for team, names in self._after.items():
            if len(names) == 1:
                self._before.setdefault(names[0], []).append(team)

    def bearer(self, text: str) -> str | None:
        """Return the team whose name it is on any day."""
        return min(self._bearers.get(form_among(text, self._bearers), ()), default=None)

    def of(self, text: str, day: date | None) -> str | None:
        """Return the team of a text in a companion file; without a day that of the newest days."""
        form, when = form_among(text, self._bearers), day or FAR_FUTURE
        bearers = self._bearers.get(form, ())
        on_day = [team for team in bearers if any(since <= when <= until for since, until in self._of[form, team])]
        if on_day:
            return min(on_day)
        team, is_counted = self.on_other_day(form, when) or (None, True)
        # After a split nobody knows which of the teams that took its place is meant.
        is_split = team is not None and len(self._after.get(team, ())) > 1 and day is not None
        return (
            None if is_split and not is_counted and all(until < when for _, until in self._spans[str(team)]) else team
        )

    def on_other_day(self, form: str, day: date) -> tuple[str, bool] | None:
        """Return the team and whether the name stands for it on that day; nothing when no team ever bore the name.

        A name stands for the team that was its own before or after, when there is one such team: an old name after a
        renaming or a merger, a new one before a renaming. Else the team is one that bore the name on another day.
        """
        bearers = self._bearers.get(form)
        if not bearers:
            return None
        found = {heir for team in bearers if (heir := self._on(team, day))}
        return (found.pop(), True) if len(found) == 1 else (min(bearers), False)

    def _on(self, team: str, day: date) -> str | None:
        """The team itself, or the one team that took its place by that day or had it on that day."""
        seen: set[str] = set()
        while team not in seen:
            seen.add(team)
            spans = self._spans.get(team, [])
            if any(since <= day <= until for since, until in spans):
                return team
            is_after = all(until < day for _, until in spans)
            step = self._after.get(team, ()) if is_after else self._before.get(team, ())
            if len(step) != 1:
                return None
            team = step[0]
        return None


def derived_organisation(names: Sequence[str], profile: Profile, since: date) -> pl.DataFrame:
    """Organisation list of an export that brings none: one team per name in its team column, however it is spelled.

    Of the spellings of one team the first is its name; rows with another are told (W-TEAM-SPELLING).

    Args:
        names: Names of teams, those that came first before others: a team keeps its name when a spelling comes later.
        profile: Says where teams come from.
        since: First day of every team.
    """
    wanted = dict.fromkeys(name.strip() for name in (*names, profile.missing_team) if name and slug_of(name))
    spelled: dict[str, list[str]] = {}
    for name in wanted:
        spelled.setdefault(joined_up(spelling(name) or slug_of(name)), []).append(name)
    district = profile.district or profile.name
    rows = {
        slug_of(name): {
            "team": slug_of(name),
            "team_name": name.title() if name.isupper() else name,
            "district": district,
            "regional_unit": district,
            "area": slug_of(name),
            "area_name": name,
            "valid_from": since,
            "aliases": "|".join((name, *others)),
        }
        for name, *others in spelled.values()
    }
    return ORGANISATION.require(pl.DataFrame(list(rows.values()), schema=ORGANISATION.schema))
