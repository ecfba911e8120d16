"""Open the data folder for a command, and finish what an earlier one left half erased."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meos_pipeline.cli.screen import say
from meos_pipeline.errors import BusyError
from meos_pipeline.steps.workspace import Workspace, look_at_workspace, open_workspace
from meos_pipeline.storage.intents import is_unfinished
from meos_pipeline.storage.locks import run_lock

if TYPE_CHECKING:
    from meos_pipeline.steps.erasing import History


def open_site(data: Path | None, *, look: bool = False) -> Workspace:
    """Open the workspace that ``--data`` names; what a crash left half erased goes first.

    Args:
        data: The data folder.
        look: For who only looks: nothing is made that is not there.

    Raises:
        InputError: when the folder cannot be made or written.
        SettingsError: when ``meos.toml`` is wrong.
        StorageError: when what was begun cannot be finished.
    """
    space = look_at_workspace(data) if look else open_workspace(data)
    if not is_unfinished(space.folder):
        return space
    from meos_pipeline.steps.unfinished import finish

    try:
        with run_lock(space.folder, "'meos' (finishing)"):
            for said in finish(space, now=datetime.now(UTC), history=lambda: history_of_site(space)):
                say(said)
    except BusyError:
        pass  # whoever is busy finishes it
    return space


def history_of_site(space: Workspace) -> "History":
    """Return what erases runs of Dagster that were about this data folder."""
    from meos_pipeline.cli.running import home
    from meos_pipeline.defs.history import history_of
    from meos_pipeline.defs.instance import open_instance

    home()
    return history_of(open_instance(), space.folder.root)
