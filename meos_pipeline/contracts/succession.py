"""Teams that ended: which team took their place, and whose history is carried by it.

A team with one successor was renamed or merged: what was counted of it belongs to the history of the successor. A team
with several was split: each of them starts a new series, because nobody can say which checks would have been whose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from meos_pipeline.contracts.table import Column, Sensitivity, Table

_A_DAY = timedelta(days=1)


FORMER_TEAMS = Table(
    name="former_teams",
    meaning="Teams that ended, beside each team that took their place.",
    key=("team", "former"),
    columns=(
        Column(name="team", dtype=pl.String(), meaning="Team that is there now.", sensitivity=Sensitivity.PUBLIC),
        Column(name="former", dtype=pl.String(), meaning="Name of the team before.", sensitivity=Sensitivity.PUBLIC),
        Column(name="last_day", dtype=pl.Date(), meaning="Its last day.", sensitivity=Sensitivity.PUBLIC),
        Column(
            name="is_carried",
            dtype=pl.Boolean(),
            meaning="Whether its figures are in those of the team now: not after a split.",
            sensitivity=Sensitivity.PUBLIC,
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A team that exists no longer."""

    team: str
    last_day: date
    successors: tuple[str, ...] = ()
    """Teams that took its place; none: its work went to nobody in the list."""


def ended_teams(organisation: pl.DataFrame) -> dict[str, Ended]:
    """Return the teams of the organisation list that have an end day, by slug.

    Args:
        organisation: Rows of the contract ``organisation``.
    """
    by_team = organisation.group_by("team", maintain_order=True).agg(
        last=pl.when(pl.col("valid_to").is_not_null().all()).then(pl.col("valid_to").max()),
        named=pl.col("successors").drop_nulls().unique(maintain_order=True),
    )
    return {
        team: Ended(
            team=team, last_day=last, successors=tuple(dict.fromkeys("|".join(named).split("|"))) if named else ()
        )
        for team, last, named in by_team.iter_rows()
        if last is not None
    }


def mistakes_of(organisation: pl.DataFrame) -> list[str]:
    """Return what cannot be so in the successors of an organisation list, in words without the name of the file."""
    ended, teams = ended_teams(organisation), set(organisation["team"])
    spans = organisation.select("team", "valid_from", "valid_to").rows()
    found = [
        f"team '{team}' has successors and no last day; fill in 'geldig_tot' in each of its rows"
        for team in organisation.filter(pl.col("successors").is_not_null())["team"].unique().sort()
        if team not in ended
    ] + [
        f"team '{team}' has a last day before its first; mend 'geldig_van' or 'geldig_tot'"
        for team in organisation.filter(pl.col("valid_to") < pl.col("valid_from"))["team"].unique().sort()
    ]
    for item in ended.values():
        for name in item.successors:
            if name not in teams or name == item.team:
                found.append(f"team '{item.team}' names a successor that is no other team of the list; write its code")
            elif not any(
                team == name and since <= item.last_day + _A_DAY and (until is None or until > item.last_day)
                for team, since, until in spans
            ):
                found.append(
                    f"team '{name}' is a successor of '{item.team}' and does not exist on the day after its last; mend the days"
                )
    return found


def heirs(organisation: pl.DataFrame, month: date) -> dict[str, str]:
    """Return team -> the team that carries its history, for teams that had ended before the month began.

    Args:
        organisation: Rows of the contract ``organisation``.
        month: First day of a month.
    """
    ended = ended_teams(organisation)
    of_splits = {name for item in ended.values() if len(item.successors) > 1 for name in item.successors}
    step = {
        item.team: item.successors[0]
        for item in ended.values()
        if len(item.successors) == 1 and item.last_day < month and item.successors[0] not in of_splits
    }
    return {team: _last(team, step) for team in step}


def _last(team: str, step: Mapping[str, str]) -> str:
    """Follow the successors; days go forward, so there is an end."""
    while team in step:
        team = step[team]
    return team


def present(organisation: pl.DataFrame, month: date) -> pl.DataFrame:
    """Return the organisation list without the teams whose history another team carries."""
    return organisation.filter(~pl.col("team").is_in(list(heirs(organisation, month))))


def there_in(organisation: pl.DataFrame, month: date) -> pl.DataFrame:
    """Return the rows of teams that had not ended before the month began."""
    ended = [team for team, item in ended_teams(organisation).items() if item.last_day < month]
    return organisation.filter(~pl.col("team").is_in(ended))


def renamed(organisation: pl.DataFrame, month: date) -> dict[str, str]:
    """Return team -> the team that it became and that nobody else became: what it agreed on still holds."""
    found = heirs(organisation, month)
    begun = dict(organisation.group_by("team").agg(pl.col("valid_from").min()).iter_rows())
    ended = ended_teams(organisation)
    return {
        team: heir
        for team, heir in found.items()
        if list(found.values()).count(heir) == 1 and begun[heir] > ended[team].last_day
    }


def former_teams(organisation: pl.DataFrame, month: date) -> pl.DataFrame:
    """Return ``FORMER_TEAMS`` of the teams that had ended before the month began."""
    found, names = heirs(organisation, month), dict(organisation.select("team", "team_name").iter_rows())
    rows = [
        (found.get(item.team, found.get(heir, heir)), names[item.team], item.last_day, item.team in found)
        for item in ended_teams(organisation).values()
        for heir in item.successors
        if item.last_day < month
    ]
    frame = pl.DataFrame(rows, orient="row", schema=FORMER_TEAMS.schema)
    return FORMER_TEAMS.require(frame.unique(FORMER_TEAMS.key, keep="first").sort("last_day", *FORMER_TEAMS.key))


def under_heirs(frame: pl.DataFrame, table: Table, found: Mapping[str, str]) -> pl.DataFrame:
    """Count the rows of ended teams under the team that carries their history.

    Args:
        frame: Rows of the table.
        table: A contract as ``as_one`` takes it.
        found: From ``heirs``.
    """
    if not found or not frame["team"].is_in(list(found)).any():
        return frame
    return as_one(frame.with_columns(pl.col("team").replace(found)), table)


def as_one(moved: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Make rows of one team of rows of several: those of one key are added up, sheets of one day are numbered anew.

    Args:
        moved: Rows that bear the name of the one team.
        table: A contract whose key has 'team', and that has sheets, or counts beside its key.
    """
    if "sheet" in table:
        return moved.with_columns(pl.int_range(1, pl.len() + 1).over("sample_date", "team").alias("sheet"))
    counts = [name for name in table.names if name not in table.key]
    return moved.group_by(table.key, maintain_order=True).agg(pl.col(counts).sum()).select(table.names).sort(table.key)
