"""The commands, each a thin call to a step. Heavy libraries are imported when a command runs.

Exit codes: 0 done · 1 something went wrong inside · 2 input or settings are wrong · 3 done, but part of the
input was refused, a check failed or a correction was not declared · 74 disk · 75 another run is busy · 76 an edition is not whole ·
77 disclosure control refused · 78 key file.
"""

from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Group, Parameter

from meos_pipeline.cli.correct_command import Data, correct
from meos_pipeline.cli.fleet_commands import CHECK, fleet
from meos_pipeline.cli.help import Help, refuse_empty
from meos_pipeline.cli.key_commands import CARE, key
from meos_pipeline.cli.rule_commands import confirm, expectations
from meos_pipeline.cli.workbench_command import workbench

app = App(
    suppress_keyboard_interrupt=False,  # main() says that nothing half is left
    name="meos",
    help="""Police check records in, honest team reports out.

    Start with `meos demo`. Then put your own exports in the folder `landing` and say `meos run`.
    Exit codes: 0 done, 2 input or settings wrong, 3 done but part was refused, 74 disk full,
    75 another run is busy, 76 edition not whole, 77 disclosure refused, 78 key file.
    """,
    version_flags=["--version"],
    default_parameter=Parameter(negative=()),
    help_formatter=Help(),
)
_DAILY = Group("Daily", sort_key=1)
_CARE = CARE
app.command(confirm, group=_CARE)
_CHECK = CHECK

Month = Annotated[str | None, Parameter(help="Report month as 2026-10; default is the newest settled month.")]
DrawMonth = Annotated[str | None, Parameter(help="Month to draw for, as 2026-12; default is the coming one.")]


@app.command(group=_DAILY)
def demo(*, data: Data = None, real: bool = False, seed: int = 1, teams: int = 4, months: int = 24) -> int:
    """Make a fictional district (or read real Hartford stops with --real) and publish its reports.

    Args:
        real: Use the real, public stop records of Hartford that lie in tests/data.
        seed: The same seed gives the same bytes.
        teams: Number of fictional teams.
        months: Number of months.
    """
    from meos_pipeline.cli import demo as command

    return command.demo(data, real=real, seed=seed, teams=teams, months=months)


@app.command(group=_DAILY)
def run(*, month: Month = None, data: Data = None, dry_run: bool = False, plan: bool = False) -> int:
    """Everything new in landing: take in, check, count, protect, publish.

    Args:
        dry_run: Do everything except publishing.
        plan: Only say what would be made, and why; change nothing.
    """
    from meos_pipeline.cli import running

    if plan:
        return running.tell_plan(data, month=month)
    return running.run(data, month=month, dry_run=dry_run)


@app.command(group=_DAILY)
def status(*, data: Data = None, json: bool = False) -> int:
    """What arrived, what was refused, what is published, and what to do next.

    Args:
        json: Tell it as one document for another program.
    """
    from meos_pipeline.cli import running

    return running.status(data, as_json=json)


@app.command(group=_DAILY)
def dev(*, data: Data = None, port: int = 3000) -> int:
    """Open Dagster's UI on this computer (only reachable from here).

    Args:
        port: Port on this computer.
    """
    from meos_pipeline.cli import running

    return running.dev(data, port=port)


@app.command(group=_DAILY)
def plan(
    *,
    team: tuple[str, ...] = (),
    within: int = 10,
    month: DrawMonth = None,
    to: Path | None = None,
    data: Data = None,
) -> int:
    """How many shifts to count along, and which: a random draw of the coming month, the same each time.

    Args:
        team: Only these teams, by their codes.
        within: Margin wanted for the coverage of checks without a result: so many points up and down.
        month: Month to draw for, as 2026-12; default is the coming one.
        to: Folder for a list to print and a calendar file per team.
    """
    from meos_pipeline.cli import planning

    return planning.plan(data, teams=team, within=within, month=month, to=to)


@app.command(group=_CARE)
def services(*, data: Data = None, wait: int = 0) -> int:
    """Do data folder, keys, Dagster's database and the queue of runs answer?

    Args:
        wait: Seconds to wait for what does not answer yet.
    """
    from meos_pipeline.cli import running
    from meos_pipeline.cli import services as command

    running.home()
    return command.services(data, wait=wait)


@app.command(group=_CHECK)
def inspect(file: Path, *, profile: str | None = None, data: Data = None, json: bool = False) -> int:
    """What would be read, mapped, accepted and quarantined from FILE; changes nothing.

    Args:
        file: The export to look at: CSV, XLSX or Parquet, also zipped.
        profile: Source profile: a shipped name (meos, opp, police_uk) or the path of your own TOML file.
        json: Tell it as one document for another program.
    """
    from meos_pipeline.cli import looking

    return looking.inspect(file, profile=profile, data=data, as_json=json)


@app.command(group=_CHECK)
def generate(
    target: Path,
    *,
    seed: int = 1,
    teams: int = 4,
    months: int = 24,
    first_month: str = "2024-11",
    rows: int | None = None,
    traps: bool = False,
) -> int:
    """Write fictional exports, companion files and the planted truth to TARGET.

    Args:
        target: Folder to write in; it is made when it is not there.
        seed: The same seed gives the same bytes.
        teams: Number of fictional teams.
        months: Number of months.
        first_month: First month, as 2024-11.
        rows: About how many records in all, 1 thousand to 100 million; default fits the number of teams.
        traps: Plant the mistakes that real exports have (duplicates, wrong dates, Excel errors, …).
    """
    from meos_pipeline.cli import demo as command

    return command.generate(
        target, seed=seed, teams=teams, months=months, first_month=first_month, rows=rows, traps=traps
    )


@app.command(name="map", group=_DAILY)
def map_layout(
    file: Path | None = None,
    *,
    profile: str | None = None,
    to: Path | None = None,
    answers: Path | None = None,
    yes: bool = False,
    explain: bool = False,
    data: Data = None,
) -> int:
    """Make a profile for FILE, an export of a new or changed layout: proposals with evidence, questions, totals.

    Args:
        file: The export to map: CSV, XLSX or Parquet, also zipped.
        profile: Profile to start from; default is the one that fits best.
        to: File to write; default is in the data folder, named after the export.
        answers: Answers as TOML or JSON: [columns], [codes.FIELD] and [constants].
        yes: Take every proposal.
        explain: Only tell every key of a profile and what it means.
    """
    from meos_pipeline.cli import mapping

    return mapping.map_file(file, profile=profile, to=to, answers=answers, yes=yes, explain=explain, data=data)


quarantine = App(name="quarantine", help="Rows that were set aside, and why.", group=_CHECK)
app.command(quarantine)


@quarantine.command(name="list")
def quarantine_list(*, data: Data = None, limit: int = 50) -> int:
    """Reasons with counts, then file, line and column; never a value.

    Args:
        limit: Number of places to show.
    """
    from meos_pipeline.cli import looking

    return looking.quarantine_list(data, limit=limit)


@quarantine.command(name="explain")
def quarantine_explain(code: str, *, language: str | None = None) -> int:
    """What a reason code means and what to do.

    Args:
        code: Code of a message, such as R-DATUM.
        language: Language of the explanation, nl or en; default is that of the run.
    """
    from meos_pipeline.cli import looking

    return looking.explain_code(code, language)


app.command(expectations)


@app.command(group=_CHECK)
def docs(name: str = "") -> int:
    """Read the guide and the reference pages here, without a network.

    Args:
        name: Page to read, such as first-export, troubleshooting or messages; all are listed when left out.
    """
    from meos_pipeline.cli import docs as command

    return command.docs(name)


@app.command(group=_CARE)
def publish(*, month: Month = None, data: Data = None) -> int:
    """Publish a month from what is already counted."""
    from meos_pipeline.cli import running

    return running.publish(data, month=month)


@app.command(group=_CARE)
def dialogue(*, why: str, data: Data = None) -> int:
    """Make the dialogue sheet: one page of the district and a year that may leave the organisation. Off by default.

    Args:
        why: For which conversation; it is kept in the audit log.
    """
    from meos_pipeline.cli import planning

    return planning.dialogue(data, why=why)


@app.command(group=_CARE)
def verify(edition: str | None = None, *, data: Data = None, json: bool = False) -> int:
    """Prove that all is as it was left: editions, seals, pointers, audit log and ledgers; or one edition alone.

    Args:
        edition: Name of an edition, as in published/editions.
        json: Tell it as one document for another program.
    """
    from meos_pipeline.cli import care

    return care.verify(data, edition, as_json=json)


@app.command(group=_CARE)
def withdraw(edition: str, *, why: str, data: Data = None) -> int:
    """Take an edition back; readers see the one before it.

    Args:
        edition: Name of an edition, as in published/editions.
        why: The reason; it is kept in the audit log.
    """
    from meos_pipeline.cli import care

    return care.withdraw(data, edition, why=why)


@app.command(group=_CARE)
def acknowledge(file: str, *, why: str, data: Data = None) -> int:
    """Let a refused FILE go that nobody misses: it asks for attention no more.

    Args:
        file: Name of the refused file.
        why: Why nothing in it is missed; it is kept in the audit log and on the page on the quality of the data.
    """
    from meos_pipeline.cli import running

    return running.acknowledge(data, file, why=why)


@app.command(group=_CARE)
def purge(*, data: Data = None, yes: bool = False) -> int:
    """Erase what is older than its term; a second run does nothing.

    Args:
        yes: Do not ask.
    """
    from meos_pipeline.cli import care

    return care.purge(data, yes=yes)


@app.command(group=_CARE)
def erase(*, why: str, data: Data = None, yes: bool = False) -> int:
    """Erase one record everywhere; its number is asked for, or read from standard input.

    Args:
        why: The reason; it is kept in the audit log.
        yes: Do not ask whether it is sure.
    """
    from meos_pipeline.cli import care

    return care.erase(data, why=why, yes=yes)


@app.command(group=_CHECK)
def attack(folder: Path, *, earlier: tuple[Path, ...] = (), canaries: Path | None = None) -> int:
    """Read a published FOLDER as an outsider and try to learn what it hides.

    Args:
        folder: Published edition, or another folder with pages.
        earlier: Earlier editions to combine it with.
        canaries: A file with planted identifiers, one a line or truth.json.
    """
    from meos_pipeline.cli import care

    return care.attack(folder, earlier, canaries)


app.command(correct, group=_CARE)
app.command(workbench, group=_CHECK)
app.command(key)
app.command(fleet)
app.register_install_completion_command(add_to_startup=False)


def main(words: list[str] | None = None) -> None:
    """Run the command line (``words``, else those of the process); errors to act on come without a traceback."""
    import os
    import sys

    from meos_pipeline.errors import PipelineError, StorageError
    from meos_pipeline.steps.language import choose, translated
    from meos_pipeline.storage.modes import close_to_others

    given = sys.argv[1:] if words is None else words
    close_to_others()
    try:
        choose(given)
        refuse_empty(given)
        code = app(given, result_action="return_value", exit_on_error=False, print_error=False)
    except PipelineError as error:
        print(translated(str(error)), file=sys.stderr)  # noqa: T201 - here messages are printed, and nowhere else
        sys.exit(error.exit_code)
    except CycloptsError as error:
        print(translated(" ".join(str(error).split())), file=sys.stderr)  # noqa: T201 - here messages are printed, and nowhere else
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read along (head, less) has seen enough; what is still in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        where = f"'{Path(str(error.filename)).name}'" if error.filename else "a file"
        said = f"The machine could not read or write {where} ({error.strerror or type(error).__name__}); look at space and rights, then run again"
        print(translated(said), file=sys.stderr)  # noqa: T201 - here messages are printed, and nowhere else
        sys.exit(StorageError.exit_code)
    except KeyboardInterrupt:
        print(translated("Stopped. Nothing half is left; run again when you like."), file=sys.stderr)  # noqa: T201 - here messages are printed, and nowhere else
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)
