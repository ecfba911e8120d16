"""Dagster's instance, and its faults in one sentence: a database that is away, settings that name what is not there."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from meos_pipeline.errors import InputError, PipelineError, StorageError

_QUEUE_SECONDS = 5
_UNSET = re.compile(r'environment variable "(\w+)" which is not set')
DATABASE_MODULES = ("sqlalchemy.", "psycopg2.", "sqlite3.", "dagster_postgres.")
NO_DATABASE = (
    "Dagster's database does not answer. Start it, or correct MEOS_PG_HOST, MEOS_PG_PORT, MEOS_PG_DATABASE, "
    "MEOS_PG_USER and MEOS_PG_PASSWORD (on one machine: make DAGSTER_HOME writable), then run again. Nothing half is left."
)
NO_QUEUE = "The queue of runs does not answer. Start Redis, or correct MEOS_BROKER, then run again."


def open_instance() -> dg.DagsterInstance:
    """Return Dagster's instance.

    Raises:
        StorageError: when its database does not answer.
        InputError: when its settings name what is not there.
    """
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


def ask_dagster() -> None:
    """Ask whether Dagster's database, and the queue of runs where there is one, answer.

    Raises:
        StorageError: with one sentence, when one does not.
        InputError: when its settings name what is not there.
    """
    with one_sentence(), open_instance() as instance:
        queue = getattr(instance.run_launcher, "celery", None)
        if queue is None:
            return
        try:
            with queue.connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=_QUEUE_SECONDS)
        except Exception as error:
            raise StorageError(NO_QUEUE) from error
