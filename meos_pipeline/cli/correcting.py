"""Correct what readers saw: show what it touches, ask, and put another edition in its place."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meos_pipeline.cli.care import agreed
from meos_pipeline.cli.opening import open_site
from meos_pipeline.cli.running import home
from meos_pipeline.cli.screen import progress, say, table
from meos_pipeline.errors import InputError, PipelineError
from meos_pipeline.storage.locks import run_lock

if TYPE_CHECKING:
    from meos_pipeline.steps.correcting import Proposal
    from meos_pipeline.steps.workspace import Workspace


def correct(data: Path | None, *, reason: str, why: str, yes: bool, dry_run: bool) -> int:
    """Take in what is new, tell what a correction touches, and publish it when the analyst agrees.

    Raises:
        InputError: when the reason is not in the list, nothing was published, or no figure would change.
        PipelineError: when the corrected edition could not be published; readers see what they saw.
    """
    from meos_pipeline.contracts.corrections import Cause
    from meos_pipeline.definitions import defs
    from meos_pipeline.defs.in_process import Pipeline
    from meos_pipeline.defs.instance import one_sentence
    from meos_pipeline.steps import correcting
    from meos_pipeline.steps.publishing import current_edition

    if reason not in set(Cause):
        raise InputError(f"'{reason}' is no reason of the list; choose one of {', '.join(Cause)}")
    space = open_site(data)
    home()
    with run_lock(space.folder, "'meos correct'"):
        with progress(), one_sentence():
            pipeline = Pipeline(space, defs())
            taken = pipeline.take_in()
            stopped = pipeline.refresh()
            proposal = None if stopped else correcting.propose(space)
        for mistake in filter(None, [*taken.refused, taken.companion_mistakes, *stopped]):
            say(mistake)
        if proposal is None:
            say("Not corrected: a critical rule failed. Mend the export, and say it again.")
            return 3
        correcting.require_changed(proposal, reason)
        tell_proposal(proposal, space)
        if dry_run or not (yes or agreed("Put a corrected edition in their place?")):
            say("Nothing was changed; readers see what they saw.")
            return 0
        before = current_edition(space)
        correcting.declare(space, proposal, cause=reason, why=why, now=datetime.now(UTC))
        try:
            with progress(), one_sentence():
                edition = pipeline.publish(month="", dry_run=False)
        except PipelineError:
            if current_edition(space) == before:
                correcting.take_back(space)
                say("The correction was taken back; readers see what they saw.")
            else:
                say("The corrected edition stands; the next command finishes what was left.")
            raise
    say(f"Edition {edition.edition} stands in the place of {', '.join(proposal.editions)}")
    say(f"Open the reports: {edition.index}")
    return 0


def tell_proposal(proposal: "Proposal", space: "Workspace") -> None:
    """Say which months and editions a correction touches, and what stays as it is."""
    from meos_pipeline.steps.correcting import causes_told

    found, policy = proposal.touched, space.settings.policy
    for line in causes_told(proposal.causes):
        say(line)
    rows = [(f"{month:%Y-%m}", changed, stays) for month, changed, stays in found.months.iter_rows()]
    table("What the correction touches", ("month", "teams that change", "teams that stay"), rows, names=("month",))
    say(f"{found.changed} of {found.known} blocks of figures change.")
    if found.months["stays"].sum():
        say(
            f"A team stays as it was in a month when fewer than {policy.revision_records} of its records differ, or when it "
            f"changed {policy.revisions_per_block} times already."
        )
    if proposal.editions:
        say(f"Editions that go: {', '.join(proposal.editions)}")
