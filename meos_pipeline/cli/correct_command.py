"""The command that corrects what readers saw: a thin call."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Data = Annotated[
    Path | None,
    Parameter(
        name=["--data", "-d"],
        help="Data folder; default is $MEOS_DATA, else dagster_home/data (in a checkout) or ~/.meos/data.",
    ),
]


def correct(*, reason: str, why: str = "", data: Data = None, dry_run: bool = False, yes: bool = False) -> int:
    """Correct published figures: says what it touches, asks, and puts a corrected edition in place in one act.

    Args:
        reason: Which readers are told: mapping, source, organisation, settings or software.
        why: In your own words; it is kept in the audit log, and readers do not see it.
        dry_run: Only say what it touches.
        yes: Do not ask.
    """
    from meos_pipeline.cli import correcting

    return correcting.correct(data, reason=reason, why=why, yes=yes, dry_run=dry_run)
