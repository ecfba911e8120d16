"""The commands on the key file, each a thin call."""

from pathlib import Path

from cyclopts import App, Group

CARE = Group("Care", sort_key=2)

key = App(name="key", help="The key file that makes pseudonyms.", group=CARE)


@key.command(name="new")
def key_new(path: Path | None = None) -> int:
    """Make a key file; never overwrites one.

    Args:
        path: Key file; default is $MEOS_KEYS, else ~/.meos/keys.json.
    """
    from meos_pipeline.cli import care

    return care.key_new(path)


@key.command(name="check")
def key_check(path: Path | None = None) -> int:
    """Check rights and content of the key file; shows the check value, never a key.

    Args:
        path: Key file; default is $MEOS_KEYS, else ~/.meos/keys.json.
    """
    from meos_pipeline.cli import care

    return care.key_check(path)


@key.command(name="rotate")
def key_rotate(year: int, path: Path | None = None) -> int:
    """Make a key for YEAR if there is none yet.

    Args:
        year: Calendar year of the checks.
        path: Key file; default is $MEOS_KEYS, else ~/.meos/keys.json.
    """
    from meos_pipeline.cli import care

    return care.key_rotate(year, path)


@key.command(name="destroy")
def key_destroy(year: int, path: Path | None = None, *, yes: bool = False) -> int:
    """Destroy the key of YEAR: its pseudonyms can never be made again.

    Args:
        year: Calendar year whose key goes.
        path: Key file; default is $MEOS_KEYS, else ~/.meos/keys.json.
        yes: Do not ask.
    """
    from meos_pipeline.cli import care

    return care.key_destroy(year, path, yes=yes)
