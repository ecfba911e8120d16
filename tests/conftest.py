"""What holds for every test: which ones are of the whole, that take long, and that nothing waits for a disk."""

import functools
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

ROOT = Path(__file__).parent
WHOLE = (
    "browser",  # Chromium
    "cli",  # exports to an edition, by the command line
    "cluster",  # processes beside each other
    "defs",  # jobs of Dagster
    # whole sites, and what is installed or built
    "docs/test_examples.py",
    "docs/test_first_hour.py",
    "docs/test_site.py",
    "publication/test_accidents.py",
    "publication/test_accidents_erasing.py",
    "storage/test_erasing.py",
    "test_benchmarks.py",
    "test_bundle.py",
    "test_looking.py",
    "test_operations.py",
    "test_pages.py",
    "test_side_by_side.py",
    "test_wheel.py",
    # whole editions
    "reporting/test_own.py",
    "reporting/test_render.py",
    # long tables: each row is files through the whole door, or every statistic on a world of its own
    "attack/test_mutants.py",
    "disclosure/test_gate.py",
    "disclosure/test_insider.py",
    "disclosure/test_release.py",
    "ingest/test_canaries.py",
    "ingest/test_cases.py",
    "ingest/test_catalogue.py",
    "ingest/test_foresight.py",
    "ingest/test_fuzz.py",
    "ingest/test_identity.py",
    "ingest/test_orders.py",
    "ingest/test_rare_messages.py",
    "statistics/effectiveness/test_left_empty.py",
    "statistics/test_degenerate.py",
    "statistics/test_delivered_later.py",
    "statistics/test_run.py",
    "statistics/test_simulations.py",
)
"""Folders and files that take long; `make test` leaves them out, `make test-whole` runs them."""


@functools.cache
def is_whole(path: Path) -> bool:
    """Tell whether a test file is of the whole."""
    name = path.relative_to(ROOT).as_posix()
    return any(name == part or name.startswith(f"{part}/") for part in WHOLE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a file unread of which ``-m`` asks no test: reading all of them takes half a minute of each worker."""
    words = config.option.markexpr.split(" and ")
    if collection_path.suffix != ".py" or not {"whole", "not whole"} & {*words}:
        return None
    if is_whole(collection_path):
        return True if "not whole" in words and "mark.smoke" not in collection_path.read_text("utf-8") else None
    return True if "whole" in words else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is of the whole, by its place: nobody has to think of it. What is marked ``smoke`` stays."""
    for item in items:
        if is_whole(item.path) and not item.get_closest_marker("smoke"):
            item.add_marker("whole")
    # Few files that take long first, so that no worker waits for another at the end.
    items.sort(key=lambda item: not is_whole(item.path))


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_a_disk() -> Iterator[None]:
    """Files of a test need not outlive a power cut: two fifths of a small run were waiting for that.

    That the product does wait is tested by what it asks of the system (``publication/accident.py``).
    """

    def connected(connection: object, _: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        sqlalchemy.event.listen(sqlalchemy.engine.Engine, "connect", connected)
        yield
        sqlalchemy.event.remove(sqlalchemy.engine.Engine, "connect", connected)
