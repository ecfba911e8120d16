"""Keys, editions, erasing, and the attack."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from meos_pipeline.cli.language import translated
from meos_pipeline.cli.screen import console, say
from meos_pipeline.errors import InputError
from meos_pipeline.numbered import counted
from meos_pipeline.steps.workspace import key_path_of, open_workspace
from meos_pipeline.storage.run_lock import run_lock

LEAKS_FOUND = 77


def _key_path(path: Path | None) -> Path:
    if path is not None:
        return path
    space = open_workspace(None)
    return key_path_of(space.folder, space.settings)


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
    from meos_pipeline.ingest.keys import rotate

    rotate(_key_path(path), year)
    say(f"There is a key for {year}.")
    return 0


def key_destroy(year: int, path: Path | None, *, yes: bool) -> int:
    """Destroy the key of a year."""
    from meos_pipeline.ingest.keys import destroy

    if not yes and not _agreed(f"Destroy the key of {year}? Its pseudonyms can never be made again."):
        return 0
    destroy(_key_path(path), year)
    say(f"The key of {year} is destroyed.")
    return 0


def verify(data: Path | None, edition: str | None) -> int:
    """Verify an edition."""
    from meos_pipeline.steps import publishing

    say(publishing.verify(open_workspace(data), edition))
    return 0


def withdraw(data: Path | None, edition: str, *, why: str) -> int:
    """Withdraw an edition."""
    from meos_pipeline.steps import publishing

    space = open_workspace(data)
    with run_lock(space.folder, "'meos withdraw'"):
        say(publishing.withdraw(space, edition, why=why, now=datetime.now(UTC)))
    return 0


def purge(data: Path | None, *, yes: bool) -> int:
    """Erase what is too old."""
    from meos_pipeline.steps import care

    space = open_workspace(data)
    wanted = care.purge(space, now=datetime.now(UTC), sure=False)
    say(str(wanted))
    if wanted.is_something and (yes or _agreed("Erase this? It cannot be undone.")):
        with run_lock(space.folder, "'meos purge'"):
            say(str(care.purge(space, now=datetime.now(UTC), sure=True)))
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


def _agreed(question: str) -> bool:
    try:
        return console.input(f"{translated(question)} {translated('Type yes:')} ").strip().lower() in {"yes", "ja"}
    except EOFError:
        say("Nobody answered, so nothing was done; say it with --yes.")
        return False
