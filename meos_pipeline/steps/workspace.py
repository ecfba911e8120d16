"""A workspace: data folder, settings and keys, opened together or refused together."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from meos_pipeline.errors import InputError
from meos_pipeline.settings import Settings, read_settings
from meos_pipeline.storage.paths import DataFolder

if TYPE_CHECKING:
    from meos_pipeline.ingest.keys import Keys

SETTINGS_FILE = "meos.toml"
FICTIONAL_KEYS = "fictional-keys.json"


@dataclass(frozen=True)
class Workspace:
    """What every step needs. Keys are read when a step first asks for them."""

    folder: DataFolder
    settings: Settings
    key_path: Path

    @cached_property
    def keys(self) -> "Keys":
        """The key file's keys; refused when it is missing, open to others, or another site's."""
        from meos_pipeline.ingest.keys import read_keys

        return read_keys(self.key_path)


def look_at_workspace(
    data: Path | None = None, *, changes: Mapping[str, Mapping[str, object]] | None = None
) -> Workspace:
    """Open the workspace for those who only look: as ``open_workspace``, and nothing is made that is not there.

    Raises:
        InputError: when there can be no such folder.
        SettingsError: when ``meos.toml`` is wrong.
    """
    folder = DataFolder(data.resolve()) if data else DataFolder.of_environment()
    there = next(path for path in (folder.root, *folder.root.parents) if path.exists())
    if not there.is_dir():
        raise InputError(
            f"Data folder '{folder.root.name}' cannot be used (it lies in a file); name another with --data or MEOS_DATA"
        )
    settings = read_settings(Path(os.environ.get("MEOS_SETTINGS") or folder.root / SETTINGS_FILE), changes)
    return Workspace(folder, settings, key_path_of(folder, settings))


def open_workspace(data: Path | None = None, *, changes: Mapping[str, Mapping[str, object]] | None = None) -> Workspace:
    """Open the workspace that ``data`` (else ``MEOS_DATA``) names.

    ``MEOS_SETTINGS`` names the settings file (default ``meos.toml`` in the data folder) and ``MEOS_KEYS`` the key
    file. A site of fictional or public data keeps its key in ``restricted/``; any other must name one outside the data.
    ``changes`` are settings of this run alone, as section -> key -> value.

    Raises:
        InputError: when the folder cannot be made or written.
        SettingsError: when ``meos.toml`` is wrong.
    """
    folder = DataFolder(data.resolve()) if data else DataFolder.of_environment()
    try:
        folder.make()
    except OSError as error:
        raise InputError(
            f"Data folder '{folder.root.name}' cannot be used ({error.strerror}); name another with --data or MEOS_DATA"
        ) from error
    return look_at_workspace(folder.root, changes=changes)


def key_path_of(folder: DataFolder, settings: Settings) -> Path:
    """Return where the key file is, by ``MEOS_KEYS``, else by the kind of site."""
    named = os.environ.get("MEOS_KEYS")
    if named:
        return Path(named).expanduser()
    if settings.site.holds_no_secret:
        return folder.restricted / FICTIONAL_KEYS
    return Path("~/.meos/keys.json").expanduser()
