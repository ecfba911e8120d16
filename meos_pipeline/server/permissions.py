"""Who may read which team, from one TOML file that the server reads again when it changes."""

import tomllib
from pathlib import Path

from meos_pipeline.errors import SettingsError

EVERYTHING = "*"


def read_permissions(path: Path) -> dict[str, frozenset[str]]:
    """Folders per user, from a table ``[readers]``: ``"a.jansen" = ["noord", "district"]``; ``["*"]`` is all.

    User names are compared without case, as Windows does.

    Raises:
        SettingsError: with every mistake at once.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"'{path.name}' cannot be read as TOML; mend the file") from error
    readers = document.get("readers")
    if not isinstance(readers, dict) or set(document) != {"readers"}:
        raise SettingsError(f"'{path.name}' should hold one table [readers] and nothing else")
    mistakes = [
        f"reader {number} should have a list of folder names"
        for number, folders in enumerate(readers.values(), start=1)
        if not isinstance(folders, list) or not all(isinstance(folder, str) and folder for folder in folders)
    ]
    found: dict[str, frozenset[str]] = {}
    for user, folders in readers.items():
        if user.casefold() in found:
            mistakes.append("a reader is there twice, in other letters")
        elif not mistakes:
            found[user.casefold()] = frozenset(folders)
    if mistakes:
        raise SettingsError("\n  - ".join([f"'{path.name}' is not right:", *mistakes]))
    return found
