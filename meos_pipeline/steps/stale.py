"""Months that have to be made again."""

from datetime import date

from meos_pipeline.steps import counting, intake, validation
from meos_pipeline.steps.workspace import Workspace


def months_to_refresh(space: Workspace) -> dict[date, str]:
    """Return the months that were merged, judged or counted from another input, with a hash of that input; changes nothing."""
    merged = {month: state for month, (state, _) in intake.why_merge_again(space).items()}
    return validation.stale_validations(space) | counting.stale_counts(space) | merged
