"""Dagster's history in SQLite on one machine, with connections that stay open.

Dagster opens the file of a run, and the file over all runs, several times for each event. A month has some hundred
outcomes of rules, which are as many events: two fifths of a small run went to that (decision 0012).
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME, SqliteEventLogStorage
from dagster._core.storage.sql import create_engine
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool, QueuePool

_MOST_ENGINES = 4
"""Files whose statements are remembered."""


class SteadyEventLog(SqliteEventLogStorage):
    """Events in SQLite: one connection to the file over all runs, and statements of a run that are made once.

    The connection to the file of a run is closed after each event, as Dagster does: closing brings the event from the
    file's log into the file, and that is what the UI watches to show a run while it goes on.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Make the folder, and the file over all runs, when they are not there."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def has_table(self, table_name: str) -> bool:
        """Tell whether the file over all runs has a table; what is there stays there."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        """Close every connection."""
        while self._engines:
            self._engines.popitem()[1].dispose()
        super().dispose()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        """Engine of a shard; those that were not used for longest are closed."""
        if shard not in self._engines:
            self._engines[shard] = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=QueuePool if shard == INDEX_SHARD_NAME else NullPool,
                connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
            )
        self._engines.move_to_end(shard)
        while len(self._engines) > _MOST_ENGINES:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]


class SteadySqliteStorage(DagsterSqliteStorage):
    """Runs, events and schedules in SQLite below one folder, as Dagster lays them out, with a ``SteadyEventLog``."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Make the folder and its files when they are not there."""
        super().__init__(base_dir, inst_data)
        self._event_log_storage = SteadyEventLog(self._event_log_storage._base_dir)  # noqa: SLF001

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "SteadySqliteStorage":
        """Make it from the settings in ``dagster.yaml``."""
        return cls.from_local(config_value["base_dir"], inst_data)
