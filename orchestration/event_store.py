"""Dagster's SQLite event store, quick enough for a run of seconds.

Dagster opens and closes a database for each statement, and a refresh stores a few hundred events:
that is a fifth of its time. Here the databases used last stay open, and are not waited for at every
commit: the store is a log, and a log may lose its last lines when the power goes.

Each run has a database of its own, and the servers see every run: those not used last are closed.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

MOST_OPEN = 4
"""The index of all runs, and the runs at work."""


class QuickSqliteEventLogStorage(SqliteEventLogStorage):
    """The same files and tables as Dagster's own store, which can take over at any time."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(*arguments, **named)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "QuickSqliteEventLogStorage":
        """Called by Dagster with what `dagster.yaml` says."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = self._open(shard)
            self._engines.move_to_end(shard)
            while len(self._engines) > MOST_OPEN:
                self._engines.popitem(last=False)[1].dispose()
            with self._engines[shard].connect() as connection, connection.begin():
                yield connection

    def _open(self, shard: str) -> Engine:
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": 10, "check_same_thread": False},
        )
        event.listen(engine, "connect", _do_not_wait_for_the_disk)
        self._initdb(engine)
        return engine


def _do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    connection.execute("pragma synchronous = off")
