"""Does what the runs need answer: data folder, keys, Dagster's database, the queue? Asked before a service starts."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meos_pipeline.cli.screen import say
from meos_pipeline.errors import InputError, PipelineError, StorageError

if TYPE_CHECKING:
    from dagster import DagsterInstance

_PAUSE_SECONDS = 2.0
_QUEUE_SECONDS = 5
_UNSET = re.compile(r'environment variable "(\w+)" which is not set')
DATABASE_MODULES = ("sqlalchemy.", "psycopg2.", "sqlite3.", "dagster_postgres.")
NO_DATABASE = (
    "Dagster's database does not answer. Start it, or correct MEOS_PG_HOST, MEOS_PG_PORT, MEOS_PG_DATABASE, "
    "MEOS_PG_USER and MEOS_PG_PASSWORD (on one machine: make DAGSTER_HOME writable), then run again. Nothing half is left."
)
NO_QUEUE = "The queue of runs does not answer. Start Redis, or correct MEOS_BROKER, then run again."


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


def open_instance() -> "DagsterInstance":
    """Return Dagster's instance.

    Raises:
        StorageError: when its database does not answer.
        InputError: when its settings name what is not there.
    """
    import dagster as dg

    # Dagster and its drivers say on the root logger what is said here in one sentence.
    logging.getLogger().addHandler(logging.NullHandler())
    with one_sentence():
        return dg.DagsterInstance.get()


@contextmanager
def one_sentence() -> Iterator[None]:
    """Say a fault of Dagster's database or settings in one sentence; other faults pass."""
    try:
        yield
    except PipelineError:
        raise
    except Exception as error:
        if said := sentence_of(error):
            raise said from error
        raise


def sentence_of(error: BaseException) -> PipelineError | None:
    """Return the fault as a sentence when Dagster's database or settings are its cause."""
    cause: BaseException | None = error
    while cause is not None:
        if unset := _UNSET.search(str(cause)):
            return InputError(f"Dagster's settings in DAGSTER_HOME need {unset[1]}; set it in the environment")
        if is_of_database(cause):
            return StorageError(NO_DATABASE)
        if "dagster_celery" in str(cause) or "dagster_postgres" in str(cause):
            return InputError(
                "Dagster's settings in DAGSTER_HOME need the extra 'cluster'; install meos-pipeline[cluster]"
            )
        cause = cause.__cause__ or cause.__context__
    return None


def is_of_database(error: BaseException) -> bool:
    """Tell whether a database driver raised it."""
    return f"{type(error).__module__}.".startswith(DATABASE_MODULES)


def _mistakes(data: Path | None) -> list[str]:
    found = [_asked(lambda: _ask_folder(data)), _asked(_ask_dagster)]
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


def _ask_dagster() -> None:
    with one_sentence(), open_instance() as instance:
        queue = getattr(instance.run_launcher, "celery", None)
        if queue is None:
            return
        try:
            with queue.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=_QUEUE_SECONDS)
        except Exception as error:
            raise StorageError(NO_QUEUE) from error
