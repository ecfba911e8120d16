"""What a run would do now, and why: read from the memory of what was made. Looking changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from meos_pipeline.errors import InputError, NotSettledError
from meos_pipeline.steps import counting, intake, publishable, publishing, results, validation
from meos_pipeline.steps.workspace import Workspace

OF_MONTHS = ("merge", "validate", "count")
"""Steps that make one month at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One thing that a run would make."""

    step: str
    """``take in``, ``read``, ``merge``, ``validate``, ``companions``, ``count``, ``release``, ``find`` or ``publish``."""
    what: str = ""
    """A file, a month or a table; empty when the step makes one thing."""
    why: tuple[str, ...] = ()
    """Sources that differ from those it was made from."""


def plan(space: Workspace, *, now: datetime, month: str = "") -> list[Work]:
    """Return what a run would make, in the order of the flow; empty when there is no news.

    What follows from exports that were not read yet cannot be known: the plan then ends with reading them.

    Args:
        space: The workspace.
        now: The moment of looking.
        month: Report month as 2026-10; empty means the newest settled one.

    Raises:
        InputError: when a companion file is missing or cannot be read, or the month cannot be published.
    """
    landed = [Work(step="take in", what=name, why=("new in landing",)) for name in waiting(space, now=now)]
    # Where nothing came in and nothing waits there is nothing to read: such a site can be looked at without its key.
    if (landed or intake.came_in(space)) and (reading := intake.why_read_again(space)):
        return [*landed, Work(step="read", why=reading)]
    months = [
        *_of_months("merge", intake.why_merge_again(space)),
        *_of_months("validate", validation.why_validate_again(space)),
        *_of_months("count", counting.why_count_again(space)),
    ]
    tables = [
        Work(step="companions", what=table, why=why)
        for table, why in validation.why_validate_companions_again(space).items()
    ]
    return [*landed, *months, *tables, *_publication(space, month)]


def waiting(space: Workspace, *, now: datetime) -> tuple[str, ...]:
    """Return the names of the exports in landing, also of those that may still be growing: a run waits for them."""
    return intake.landing_state(space, now=now, settle=timedelta(0)).names


def _of_months(step: str, found: Mapping[date, tuple[str, tuple[str, ...]]]) -> list[Work]:
    return [Work(step=step, what=f"{month:%Y-%m}", why=why) for month, (_, why) in sorted(found.items())]


def _publication(space: Workspace, month: str) -> list[Work]:
    """Return what a publication would make; nothing as long as no month has settled."""
    if not intake.records_wanted(space):
        return []
    try:
        chosen = publishable.report_month(space, month)
    except NotSettledError:
        return []
    except InputError:
        if month:
            raise
        return []  # nothing was merged yet: the months before this say so
    steps = {
        "release": results.why_release_again(space),
        "find": results.why_find_again(space),
        "publish": publishing.why_publish_again(space, chosen),
    }
    return [
        Work(step=step, what=f"{chosen:%Y-%m}" if step == "publish" else "", why=why)
        for step, why in steps.items()
        if why
    ]
