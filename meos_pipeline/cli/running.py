"""Run, publish, status and the UI. A run goes through Dagster in process: the UI shows it afterwards."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meos_pipeline.cli.opening import open_site
from meos_pipeline.cli.screen import progress, say, say_json, table
from meos_pipeline.errors import DisclosureError, InputError, NotSettledError, PipelineError, StorageError
from meos_pipeline.numbered import counted
from meos_pipeline.steps.language import chosen, named
from meos_pipeline.steps.workspace import Workspace
from meos_pipeline.storage.locks import run_lock
from meos_pipeline.storage.paths import shipped

if TYPE_CHECKING:
    from meos_pipeline.steps.arrivals import Arrivals
    from meos_pipeline.steps.publishing import Published

NOTHING_DONE = 2
PART_REFUSED = 3
ARRIVALS = ("kind", "about", "what", "next")


def month_of(text: str) -> date:
    """Turn 2026-10 into the first day of that month.

    Raises:
        InputError: when the text is no month.
    """
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InputError(f"'{text}' is not a month; write it as 2026-10") from error


def run(data: Path | None, *, month: str | None, dry_run: bool) -> int:
    """Take in, merge, check, count, protect, analyse, publish; say what happened and what to do."""
    if month:
        month_of(month)
    from meos_pipeline.steps import intake

    space = open_site(data)
    _ = space.keys
    home()
    with run_lock(space.folder, "'meos run'"):
        # Before anybody asks whether there is news: what was just copied is news.
        intake.wait_until_still(space, clock=lambda: datetime.now(UTC), pause=time.sleep)
        if not dry_run and _is_without_news(space, month or ""):
            return _tell_no_news(space)
        return _run(space, month=month, dry_run=dry_run)


def tell_plan(data: Path | None, *, month: str | None) -> int:
    """Say what a run would make now, and why; make nothing."""
    from meos_pipeline.steps.plan import plan

    if month:
        month_of(month)
    work = plan(open_site(data, look=True), now=datetime.now(UTC), month=month or "")
    if not work:
        say("There is no news: nothing would be made.")
        return 0
    rows = [
        (named("step", item.step), item.what, ", ".join(named("source", name) for name in item.why)) for item in work
    ]
    columns = ("step", "what", "because of")
    table("A run would make", columns, rows, names=columns)
    return 0


def _is_without_news(space: Workspace, month: str) -> bool:
    """Tell whether everything stands as it is. What is wrong with a file is told by the run itself."""
    from meos_pipeline.steps.plan import plan

    try:
        return not plan(space, now=datetime.now(UTC), month=month)
    except InputError:
        return False


def _tell_no_news(space: Workspace) -> int:
    """Say that nothing was made; a refused file that nobody let go still asks for a person."""
    from meos_pipeline.steps import intake, publishing

    say("There is no news since the last run: nothing was made.")
    for mistake in intake.read_taken(space).refused:
        say(mistake)
    told = _tell_arrivals(space)
    if too_early := _too_early(space):
        say(too_early)
    elif current := publishing.current_edition(space):
        say(f"Readers see edition {current}")
    return PART_REFUSED if told.asking else 0


def _run(space: Workspace, *, month: str | None, dry_run: bool) -> int:
    from meos_pipeline.definitions import defs
    from meos_pipeline.defs.in_process import Pipeline
    from meos_pipeline.defs.instance import one_sentence
    from meos_pipeline.steps import publishable

    publishable.require_house(space)
    with progress(), one_sentence():
        pipeline, since = Pipeline(space, defs()), datetime.now(UTC)
        taken = pipeline.take_in()
        for mistake in filter(None, [*taken.refused, taken.companion_mistakes]):
            say(mistake)
        if taken.companion_mistakes or (taken.refused and not pipeline.has_news()):
            say("Nothing was counted or published. Mend what is named above and say 'meos run' again.")
            return NOTHING_DONE
        stopped = pipeline.refresh()
        too_early = _too_early(space)
        if month and not stopped and not too_early:
            publishable.report_month(space, month)  # refused here, before statistics start
        edition = None if stopped or too_early else pipeline.publish(month=month or "", dry_run=dry_run)
    _tell_reconciliation(space, since, taken.came_before)
    told = _tell_arrivals(space)
    if stopped:
        say("Not published: a critical rule failed. The rules and months:")
        for line in stopped:
            say(f"  {line}")
        say("Say 'meos expectations explain RULE', mend the export, and run again.")
        return PART_REFUSED
    if too_early:
        say(f"Taken in, checked and counted; nothing is published yet. {too_early}")
    if edition is not None:
        _tell_edition(edition, space, dry_run=dry_run)
    if told.asking:
        say("Rows or files that nobody misses: say 'meos acknowledge FILE --why REASON'")
    if taken.failed:
        say(
            "This machine had too little memory or time for: "
            + ", ".join(taken.failed)
            + ". Say 'meos run' to try again."
        )
        return StorageError.exit_code
    return PART_REFUSED if told.asking else 0


def publish(data: Path | None, *, month: str | None) -> int:
    """Publish a month from the cells that are there."""
    from meos_pipeline.steps import publishable, settled

    if month:
        month_of(month)
    space = open_site(data)
    home()
    from meos_pipeline.definitions import defs
    from meos_pipeline.defs.in_process import Pipeline
    from meos_pipeline.defs.instance import one_sentence

    publishable.require_house(space)
    with run_lock(space.folder, "'meos publish'"), progress(), one_sentence():
        publishable.report_month(space, month or "")
        settled.require_months_up_to_date(space)
        edition = Pipeline(space, defs()).publish(month=month or "", dry_run=False)
    _tell_edition(edition, space, dry_run=False)
    return 0


def acknowledge(data: Path | None, file: str, *, why: str) -> int:
    """Let a refused file go; Dagster's check of refused files is asked again at once."""
    space = open_site(data)
    home()
    from meos_pipeline.definitions import defs
    from meos_pipeline.defs.in_process import Pipeline
    from meos_pipeline.defs.instance import one_sentence

    with run_lock(space.folder, "'meos acknowledge'"), one_sentence():
        taken = Pipeline(space, defs()).take_in(acknowledge={file: why})
    say(f"{file} asks for attention no more.")
    for mistake in taken.refused:
        say(mistake)
    return PART_REFUSED if taken.refused else 0


def status(data: Path | None, *, as_json: bool = False) -> int:
    """Tell what is where, and what to do next; for another program, 3 when something asks for a person."""
    from meos_pipeline.steps import state
    from meos_pipeline.steps.arrivals import arrivals

    space = open_site(data, look=True)
    if as_json:
        document = state.status_document(space, now=datetime.now(UTC))
        say_json(document)
        return PART_REFUSED if document["asking"] else 0
    standing = state.status(space, now=datetime.now(UTC))
    for line in standing.lines:
        say(line)
    told = arrivals(space, now=datetime.now(UTC))
    table("What every file gave", ARRIVALS, told.rows())
    table("Months", ("month", "records", "rules failed", "counted"), standing.months)
    for line in state.settling_lines(state.settling_of(space), space.settings.policy.settlement_days, chosen()):
        say(line)
    say(f"Next: {state.what_next(standing, len(told.asking))}")
    return 0


def dev(data: Path | None, *, port: int) -> int:
    """Start Dagster's UI on the loopback address, behind a guard that lets in who has the printed link."""
    from meos_pipeline.defs.page import TOKEN
    from meos_pipeline.server.local_pages import LocalPages

    space = open_site(data)
    pages, token = LocalPages(space.folder, port=port + 1), secrets.token_urlsafe(24)
    environment = {
        **os.environ,
        "MEOS_DATA": str(space.folder.root),
        "MEOS_PAGES": pages.url,
        "DAGSTER_HOME": str(home()),
        "DAGSTER_DISABLE_TELEMETRY": "1",
    }
    say(f"Dagster's UI: http://127.0.0.1:{port}/?token={token}  (stop with Ctrl-C)")
    programs: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
        (("meos_pipeline.defs.page", str(port)), {TOKEN: token}),
        (("dagster._daemon", "run", "--log-level", "warning", "-m", "meos_pipeline.definitions"), {}),
    )
    started: list[subprocess.Popen[bytes]] = []
    try:
        started += [subprocess.Popen([sys.executable, "-m", *words], env=environment | own) for words, own in programs]  # noqa: S603 - our own interpreter and constants
        signal.signal(signal.SIGTERM, lambda *_: started[0].terminate())
        return max(started[0].wait(), 0)
    except KeyboardInterrupt:
        return 0  # they were interrupted as well, and put things away
    finally:
        for program in started:
            program.terminate()
        for program in started:
            program.wait()
        pages.close()


def _tell_edition(edition: "Published", space: Workspace, *, dry_run: bool) -> None:
    from meos_pipeline.steps.released_facts import spent_blocks

    if dry_run and not edition.is_safe:
        raise DisclosureError("\n  - ".join(["Not published, this would leak:", *edition.leaks]))
    for line in spent_blocks(space.folder, space.settings.policy):
        say(line)
    if dry_run:
        say(f"Would publish edition {edition.edition}")
        say(f"Open the preview: {edition.index}")
        say(
            f"The attack on these pages found nothing certain, and {counted(len(edition.leaks), 'place')} that can, rarely, tell something."
        )
        return
    say(f"Published edition {edition.edition}")
    say(f"Open the reports: {edition.index}")
    if edition.leaks:
        folder = space.folder.published / "editions" / edition.edition
        say(
            f"The attack on our own pages found nothing certain, and {counted(len(edition.leaks), 'place')} that can, rarely, "
            f"tell something; to see more, say: meos attack {folder}"
        )


def home() -> Path:
    """Set and return DAGSTER_HOME; the default is beside the package, with our own dagster.yaml.

    Raises:
        InputError: when it names no folder.
    """
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    if not os.environ.get("DAGSTER_HOME"):
        home = shipped("dagster_home")
        if not os.access(home, os.W_OK) or home.parent.name == "shipped":
            own = Path("~/.meos/dagster_home").expanduser()
            own.mkdir(parents=True, exist_ok=True)
            if not (own / "dagster.yaml").exists():
                (own / "dagster.yaml").write_bytes((home / "dagster.yaml").read_bytes())
            home = own
        os.environ["DAGSTER_HOME"] = str(home)
    chosen = Path(os.environ["DAGSTER_HOME"])
    if not chosen.is_dir():
        raise InputError(
            f"DAGSTER_HOME names '{chosen.name}', which is no folder; make it with the dagster.yaml that we ship in it, or leave "
            "DAGSTER_HOME out"
        )
    with suppress(OSError):  # of another owner, or without modes: then it is as its owner left it
        (chosen / "history").mkdir(exist_ok=True)
        (chosen / "history").chmod(0o700)
    return chosen.resolve()


def _too_early(space: Workspace) -> str:
    """Return why no month can be shown yet; empty when one can."""
    from meos_pipeline.steps import settled

    try:
        settled.newest_month(space)
    except NotSettledError as error:
        return str(error)
    return ""


def _tell_arrivals(space: Workspace) -> "Arrivals":
    from meos_pipeline.steps.arrivals import arrivals

    told = arrivals(space, now=datetime.now(UTC))
    table("What every file gave", ARRIVALS, told.rows())
    return told


def _tell_reconciliation(space: Workspace, since: datetime, came_before: Sequence[str]) -> None:
    from meos_pipeline.steps import accounts, handed_in

    try:
        total: dict[str, Any] = accounts.reconciliation_total(space)
        sheets = handed_in.in_words(space, since)
    except PipelineError:
        return
    parts = " + ".join(f"{count} {name}" for name, count in total.items() if name != "rows_in")
    say(f"Rows: {total['rows_in']} in = {parts}")
    for line in sheets:
        say(line)
    if came_before:
        say(f"Handed in before, nothing new in it: {', '.join(came_before)}")
