"""Which months readers may see: those that have settled, and beside them those that are shown as provisional."""

from collections.abc import Sequence
from datetime import date

from meos_pipeline.errors import InputError, NotSettledError
from meos_pipeline.steps import intake, stale, validation
from meos_pipeline.steps.workspace import Workspace

_MONTHS_NAMED = 6


def newest_month(space: Workspace, newest: date | None = None) -> date:
    """Return the newest settled month, by the newest export time.

    Args:
        space: The workspace.
        newest: Day of the newest export, for who asked it already.

    Raises:
        InputError: when nothing was taken in.
        NotSettledError: when no month has settled.
    """
    month = settled_until(space, newest)
    known = intake.months_known(space)
    if not known:
        raise InputError("No exports were taken in yet; put them in the folder 'landing' and say 'meos run'")
    if month < min(known):
        raise NotSettledError(
            f"No month has settled: a month is shown {space.settings.policy.settlement_days} days after its end, "
            "by the time of the newest export; wait for the next export, or lower 'settlement_days' in meos.toml"
        )
    return min(month, max(known))


def settled_until(space: Workspace, newest: date | None = None) -> date:
    """Return the newest month that readers may see by the newest export time, whether it was made yet or not."""
    from meos_pipeline.disclosure.settlement import newest_settled_month

    return newest_settled_month(newest or intake.newest_export(space).date(), space.settings.policy)


def early_months(space: Workspace, newest: date | None = None) -> tuple[date, ...]:
    """Return the months that are shown as provisional by the newest export time, oldest first; only those with records."""
    from meos_pipeline.disclosure.settlement import provisional_months

    known = set(intake.months_known(space))
    found = provisional_months(newest or intake.newest_export(space).date(), space.settings.policy)
    return tuple(month for month in found if month in known)


def require_months_up_to_date(space: Workspace) -> None:
    """Refuse to publish over months that are not made from what came in: their figures would be wrong.

    Months that have not settled do not count: no reader sees them.

    Raises:
        InputError: when a settled month was taken in and not merged, judged or counted since, or a critical rule failed.
    """
    last = settled_until(space)
    broken = {month: rules for month, rules in validation.broken_months(space).items() if month <= last}
    if broken:
        told = "; ".join(f"{month:%Y-%m}: {', '.join(rules)}" for month, rules in broken.items())
        raise InputError(
            f"Not published: a critical rule failed ({told}). Say 'meos expectations explain RULE', mend the export, "
            "put it in landing, and start the job refresh_months for these months ('meos run' does both)"
        )
    if why := intake.why_read_again(space):
        raise InputError(
            f"Not published: the exports have to be read again ({', '.join(why)}). Start the job ingest_new_exports "
            "('meos run' does it too), then publish again; nothing was changed"
        )
    changed = sorted(month for month in stale.months_to_refresh(space) if month <= last)
    if changed:
        raise InputError(
            f"Not published: what came in changed {_listed(changed)}, and these figures are older. Start the job "
            "refresh_months for these months ('meos run' does it too), then publish again; nothing was changed"
        )


def _listed(months: Sequence[date]) -> str:
    """Name months; of many the first and the last."""
    names = [f"{month:%Y-%m}" for month in months]
    return ", ".join(names) if len(names) <= _MONTHS_NAMED else f"{names[0]} … {names[-1]} ({len(names)})"
