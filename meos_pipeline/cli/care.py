"""Keys, editions, erasing, and the attack."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from meos_pipeline.cli.opening import history_of_site, open_site
from meos_pipeline.cli.screen import console, say, say_json
from meos_pipeline.errors import InputError, PublicationError
from meos_pipeline.numbered import counted
from meos_pipeline.steps.language import translated
from meos_pipeline.storage.locks import run_lock

LEAKS_FOUND = 77


def _key_path(path: Path | None) -> Path:
    if path is not None:
        return path
    return open_site(None, look=True).key_path


def key_new(path: Path | None) -> int:
    """Make a key file."""
    from meos_pipeline.ingest.keys import new_key_file

    target = _key_path(path)
    keys = new_key_file(target)
    say(
        f"Made {target} (check value {keys.check_value}). Keep a copy in a safe: without it corrections cannot be linked."
    )
    return 0


def key_check(path: Path | None) -> int:
    """Check the key file."""
    from meos_pipeline.ingest.keys import has_modes, read_keys

    keys = read_keys(_key_path(path))
    say(f"The key file is in order. Check value {keys.check_value}; years {_ranges(sorted(keys.years))}.")
    if not has_modes():
        say(
            "Who may read it was not checked: this system has no modes. Close it with icacls, as the page on installing says."
        )
    return 0


def key_rotate(year: int, path: Path | None) -> int:
    """Make a key for a year."""
    from meos_pipeline.ingest.keys import read_keys, rotate
    from meos_pipeline.steps.logged import log_look

    space = open_site(None, look=True)
    target = path or space.key_path
    had = year in read_keys(target).years
    rotate(target, year)
    if not had and target.resolve() == space.key_path.resolve():
        log_look(space, action="key", facts={"made": year}, now=datetime.now(UTC))
    if had:
        say(f"There was a key for {year} already; nothing has changed.")
    else:
        say(
            f"Made a key for {year}. What was read before stays; 'meos run' reads again only exports with records of {year}. "
            "Renew the copy in the safe."
        )
    return 0


def key_destroy(year: int, path: Path | None, *, yes: bool) -> int:
    """Destroy the key of a year."""
    from meos_pipeline.ingest.keys import destroy
    from meos_pipeline.steps.key_years import destroy_year

    if not yes and not agreed(f"Destroy the key of {year}? Its pseudonyms can never be made again."):
        return 0
    space = open_site(None, look=True)
    if path is not None and path.resolve() != space.key_path.resolve():
        destroy(path, year)
    elif not space.folder.root.exists():
        destroy(space.key_path, year)  # a key without a site: there is no audit log to write in
    else:
        with run_lock(space.folder, "'meos key destroy'"):
            destroy_year(space, year, now=datetime.now(UTC))
    say(f"The key of {year} is destroyed.")
    return 0


def verify(data: Path | None, edition: str | None, *, as_json: bool = False) -> int:
    """Verify one edition, or everything; the exit code is the same for people and for programs."""
    from meos_pipeline.steps import verifying

    if as_json:
        try:
            said, code = verifying.verify(open_site(data, look=True), edition), 0
        except PublicationError as error:
            said, code = str(error), error.exit_code
        say_json({"whole": code == 0, "said": [line.strip().removeprefix("- ") for line in said.split("\n")]})
        return code
    say(verifying.verify(open_site(data, look=True), edition))
    return 0


def withdraw(data: Path | None, edition: str, *, why: str) -> int:
    """Withdraw an edition."""
    from meos_pipeline.steps import withdrawing

    space = open_site(data)
    with run_lock(space.folder, "'meos withdraw'"):
        say(withdrawing.withdraw(space, edition, why=why, now=datetime.now(UTC)))
    return 0


def confirm(data: Path | None, rule: str, *, why: str, month: str) -> int:
    """Confirm what a rule found; the months are judged again by the next run."""
    from meos_pipeline.steps import confirming

    space = open_site(data)
    with run_lock(space.folder, "'meos confirm'"):
        months = confirming.confirm(space, rule, why=why, month=month, now=datetime.now(UTC))
    named = ", ".join(f"{item:%Y-%m}" for item in months if item) or "–"
    say(f"{rule} is confirmed ({named}). Say 'meos run': it judges again and publishes.")
    return 0


def purge(data: Path | None, *, yes: bool) -> int:
    """Erase what is too old."""
    from meos_pipeline.steps import erasing

    space = open_site(data)
    history = history_of_site(space)
    wanted = erasing.purge(space, now=datetime.now(UTC), sure=False, history=history)
    say(str(wanted))
    if wanted.is_something and (yes or agreed("Erase this? It cannot be undone.")):
        with run_lock(space.folder, "'meos purge'"):
            say(str(erasing.purge(space, now=datetime.now(UTC), sure=True, history=history)))
    return 0


def erase(data: Path | None, *, why: str, yes: bool) -> int:
    """Erase one record; its number is asked for, so that it stays out of the history of the shell.

    Raises:
        InputError: when no number is given.
    """
    from meos_pipeline.steps import records

    space = open_site(data)
    number = _asked("Number of the record:")
    if not number:
        raise InputError("No number was given; nothing was changed")
    if yes or agreed("Erase this record everywhere? It cannot be undone."):
        with run_lock(space.folder, "'meos erase'"):
            say(records.erase(space, number, why=why, now=datetime.now(UTC)))
    return 0


def attack(folder: Path, earlier: tuple[Path, ...], canaries: Path | None) -> int:
    """Attack a published folder.

    Raises:
        InputError: when a path is not there.
    """
    from meos_pipeline.attack.canaries import read_canaries
    from meos_pipeline.attack.cells import claimed, width_summary
    from meos_pipeline.attack.files import read_folder
    from meos_pipeline.attack.outsider import attack as outsider

    for path in (folder, *earlier, *([canaries] if canaries else [])):
        if not path.exists():
            raise InputError(f"'{path.name}' is not there; check the path")
    planted = read_canaries(canaries) if canaries else ()
    leaks = outsider(folder, earlier, canaries=planted)
    for leak in leaks:
        say(str(leak))
    cells, _ = claimed(read_folder(folder))
    small, recovered, width = width_summary(cells)
    say(
        f"{counted(len(cells), 'cell')} read, {small} small, {recovered} recovered, smallest width {width}; "
        f"{counted(len(planted), 'canary', 'canaries')} searched; {counted(len(leaks), 'leak')}"
    )
    return LEAKS_FOUND if leaks else 0


def _ranges(years: Sequence[int]) -> str:
    """Write years as 2010-2024, 2026: a year that is missing shows."""
    runs: list[list[int]] = []
    for year in years:
        if runs and runs[-1][-1] == year - 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _asked(question: str) -> str:
    """Read a number that is not shown while it is typed, or the first line of standard input."""
    import getpass
    import sys

    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    return getpass.getpass(f"{translated(question)} ").strip()


def agreed(question: str) -> bool:
    """Ask, and tell whether the answer is yes.

    Raises:
        InputError: when nobody is there to answer.
    """
    try:
        return console.input(f"{translated(question)} {translated('Type yes:')} ").strip().lower() in {"yes", "ja"}
    except EOFError as error:
        console.print()
        raise InputError("Nobody answered, so nothing was done; say it with --yes.") from error
