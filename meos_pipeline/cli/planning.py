"""How many shifts to join and which: the plan of sheets on the screen, and as files to print and to put in a calendar."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meos_pipeline.cli.running import month_of
from meos_pipeline.cli.screen import say, table
from meos_pipeline.errors import InputError
from meos_pipeline.steps.workspace import open_workspace

_LEAST, _MOST = 1, 50
"""Points up and down that one may ask for."""


def plan(data: Path | None, *, teams: Sequence[str], within: int, month: str | None, to: Path | None) -> int:
    """Tell needed sheets and drawn shifts per team.

    Raises:
        InputError: when a team is not known, the month is none, or the margin cannot be asked for.
    """
    from meos_pipeline.steps import draws

    if not _LEAST <= within <= _MOST:
        raise InputError(f"A margin of {within} points cannot be asked for; choose {_LEAST} to {_MOST}")
    space = open_workspace(data)
    now = datetime.now(UTC).date().replace(day=1)
    chosen = month_of(month) if month else (now + timedelta(days=31)).replace(day=1)
    found = draws.needed(space, within=within / 100, teams=teams)
    drawn = draws.drawn(space, chosen)
    names = [one.team for one in found]
    table(
        "Sheets a year",
        ("team", "sheets now", "margin now", "for the wanted margin", "for the direction"),
        [
            (
                one.team,
                one.sheets,
                "–" if one.half_width is None else f"±{one.half_width * 100:.0f}",
                f"{one.width[0]}–{one.width[1]}",
                one.direction,
            )
            for one in found
        ],
        names=("team",),
    )
    table(
        f"Shifts of {chosen:%Y-%m}",
        ("team", "day", "start", "turn"),
        [
            (row["team"], f"{row['day']:%Y-%m-%d}", row["block"], "reserve" if row["is_reserve"] else row["turn"])
            for row in drawn.iter_rows(named=True)
            if row["team"] in names
        ],
        names=("team", "day"),
    )
    say("A shift that cannot be joined: take the next reserve. The draw of a team and month is always the same.")
    if to:
        for path in draws.write_files(space, chosen, teams=names, to=to):
            say(f"Wrote {path}")
    return 0


def dialogue(data: Path | None, *, why: str) -> int:
    """Make the dialogue sheet and say where it is."""
    from meos_pipeline.steps.dialogue import publish_dialogue
    from meos_pipeline.storage.locks import run_lock

    space = open_workspace(data)
    with run_lock(space.folder, "'meos dialogue'"):
        folder = publish_dialogue(space, why=why, now=datetime.now(UTC))
    say(f"The dialogue sheet is in {folder}")
    return 0
