"""Does what the runs need answer: data folder, keys, Dagster's database, the queue? Asked before a service starts."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from meos_pipeline.cli.screen import say
from meos_pipeline.errors import PipelineError, StorageError

_PAUSE_SECONDS = 2.0


def services(data: Path | None, *, wait: int) -> int:
    """Ask all of them; wait at most so many seconds for those that are silent.

    Raises:
        StorageError: with one sentence for each that still does not answer.
    """
    until = time.monotonic() + wait
    while mistakes := _mistakes(data):
        if time.monotonic() >= until:
            raise StorageError("\n".join(mistakes))
        time.sleep(_PAUSE_SECONDS)
    say("Data folder, keys, database and queue answer.")
    return 0


def _mistakes(data: Path | None) -> list[str]:
    from meos_pipeline.defs.instance import ask_dagster

    found = [_asked(lambda: _ask_folder(data)), _asked(ask_dagster)]
    return [text for text in found if text]


def _asked(ask: Callable[[], Any]) -> str:
    try:
        ask()
    except PipelineError as error:
        return str(error)
    return ""


def _ask_folder(data: Path | None) -> None:
    from meos_pipeline.steps.workspace import open_workspace
    from meos_pipeline.storage.locks import one_at_a_time

    space = open_workspace(data)
    _ = space.keys
    try:
        with one_at_a_time(space.folder, "services"):
            pass
    except OSError as error:
        raise StorageError(
            f"Data folder '{space.folder.root.name}' cannot be locked ({error.strerror}); use storage that knows locks, and give this account rights on it"
        ) from error
