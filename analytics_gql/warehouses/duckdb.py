"""DuckDB: a read-only database in the process, a cursor and a thread for each statement."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from analytics_gql.errors import (
    EngineError,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseUnavailableError,
)
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.sql.dialects.duckdb import DuckDBDialect
from analytics_gql.sql.statement import Quoted
from analytics_gql.warehouses.allowance import Allowance
from analytics_gql.warehouses.current_database import CurrentDatabase
from analytics_gql.warehouses.duckdb_database import quoted
from analytics_gql.warehouses.duckdb_keys import read_table_keys
from analytics_gql.warehouses.duckdb_stream import DuckDBStream, only_select
from analytics_gql.warehouses.file_identity import identity_of
from analytics_gql.warehouses.table_keys import TableKeys
from analytics_gql.warehouses.warehouse import Batch

T = TypeVar("T")

_OUT_OF_RANGE = (duckdb.ConversionException, duckdb.OutOfRangeException)
_GONE = (duckdb.IOException, duckdb.ConnectionException, duckdb.FatalException)


class DuckDBWarehouse:
    """Opened by `open_duckdb`. Statements run in threads, so the event loop is never blocked."""

    dialect = DuckDBDialect()

    def __init__(self, path: Path, *, connections: int, statement_timeout_s: float) -> None:
        """Open the path. Raises SettingsError."""
        self._path = path
        self._current = CurrentDatabase(path)
        self.label = f"DuckDB, {path}"
        self._timeout_s = statement_timeout_s
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="duckdb")
        self._running: dict[Future[Any], _Interrupter] = {}
        self._settled: int | None = None
        self._closing = False

    async def generation(self) -> int:
        """See Warehouse.generation."""
        return await asyncio.wrap_future(self._threads.submit(self._current.look))

    def settle(self, generation: int) -> None:
        """See Warehouse.settle."""
        self._settled = generation

    async def rows(
        self, sql: str, parameters: list[Any], *, tenant: str | None = None
    ) -> list[str]:
        """See Warehouse.rows. DuckDB hides no rows: the tenant is of no use to it."""
        return await self._run(
            lambda cursor: [row[0] for row in _select(cursor, sql, parameters).fetchall()],
            expected=self._settled,
        )

    async def stream(
        self,
        sql: str,
        parameters: list[Any],
        quoted: Quoted = None,
        *,
        tenant: str | None = None,
    ) -> AsyncGenerator[Batch, None]:
        """See Warehouse.stream. A thread is held while rows are waited for, not between them."""
        assert quoted is None, "the dialect writes lines"
        reading = DuckDBStream(partial(self._current.cursor, self._settled), sql, parameters)
        interrupter, allowance = _Interrupter(), Allowance(self._timeout_s)

        def next_batch() -> Batch | None:
            with interrupter.over(reading.cursor or reading.open()):
                return reading.next()

        is_whole = False
        try:
            while (batch := await self._in_thread(next_batch, interrupter, allowance)) is not None:
                yield batch
            is_whole = True
        finally:
            # In a thread that no statement can hold up: whoever leaves is not to wait for one.
            await asyncio.shield(asyncio.to_thread(reading.close, is_whole=is_whole))

    async def table_columns(
        self, tables: Iterable[TableName]
    ) -> Mapping[TableName, Mapping[str, ColumnKind]]:
        """See Warehouse.table_columns."""
        found: dict[TableName, dict[str, ColumnKind]] = {}
        for table in tables:
            name = ".".join(quoted(part) for part in table.parts)
            try:
                columns = await self._all(f"DESCRIBE {name}")
            except WarehouseError as error:
                if isinstance(error.__cause__, (duckdb.CatalogException, duckdb.BinderException)):
                    continue
                raise
            found[table] = {column[0]: kind_of(column[1]) for column in columns}
        return found

    async def table_keys(self, table: TableName) -> TableKeys:
        """See Warehouse.table_keys."""
        return await self._run(lambda cursor: read_table_keys(cursor, table))

    async def identity(self) -> str | None:
        """See Warehouse.identity: that of the file, or of all files of the folder."""
        return await asyncio.to_thread(identity_of, self._path)

    async def kinds(self, sql: str) -> tuple[ColumnKind, ...]:
        """See Warehouse.kinds."""
        described = await self._all(f"DESCRIBE {sql}")
        return tuple(kind_of(column[1]) for column in described)

    async def first_row(self, sql: str) -> tuple[Any, ...] | None:
        """See Warehouse.first_row. Such a statement has few rows, and is read to its end: on a
        cursor whose result is unfinished no stream can begin.
        """
        rows = await self._all(sql)
        return rows[0] if rows else None

    async def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return await self._run(lambda cursor: _select(cursor, sql).fetchall())

    async def ping(self) -> None:
        """See Warehouse.ping."""
        await self._all("SELECT 1")

    async def close(self) -> None:
        """See Warehouse.close."""
        self._closing = True
        while self._running:
            for interrupter in tuple(self._running.values()):
                interrupter.interrupt()
            await asyncio.sleep(0.01)
        self._threads.shutdown()
        self._current.close()

    async def _run(
        self, work: Callable[[duckdb.DuckDBPyConnection], T], *, expected: int | None = None
    ) -> T:
        """Run work on a cursor of its own in a thread, within the timeout."""
        interrupter = _Interrupter()

        def job() -> T:
            with self._current.cursor(expected) as cursor, interrupter.over(cursor):
                return work(cursor)

        return await self._in_thread(job, interrupter, Allowance(self._timeout_s))

    async def _in_thread(
        self, job: Callable[[], T], interrupter: _Interrupter, allowance: Allowance
    ) -> T:
        """Run a job in a thread, within what is left of its time.

        The statement is interrupted, and waited for, when the time is over or the caller leaves:
        a thread that still works would hold a place in the pool.
        """
        if self._closing:
            raise _closed()

        def unless_closing() -> T:
            if self._closing:
                raise _closed()
            return job()

        future = self._threads.submit(unless_closing)
        self._running[future] = interrupter
        future.add_done_callback(self._running.pop)
        try:
            async with allowance.spent():
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            await asyncio.shield(_stop(interrupter, future))
            raise StatementTimeoutError(
                f"the statement ran for {self._timeout_s:g} s and was cancelled",
                hint="ask for a shorter dateRange, fewer dimensions or a coarser granularity",
            ) from error
        except asyncio.CancelledError:
            await asyncio.shield(_stop(interrupter, future))
            raise
        except duckdb.Error as error:
            raise _translated(error) from error


class _Interrupter:
    """Reaches the statement of one call from other threads, never the next one on its cursor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cursor: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def over(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """While inside, the cursor is this call's."""
        with self._lock:
            self._cursor = cursor
        try:
            yield
        finally:
            with self._lock:
                self._cursor = None

    def interrupt(self) -> None:
        """Interrupt the statement if it runs at the moment."""
        with self._lock:
            if self._cursor is not None:
                self._cursor.interrupt()


async def _stop(interrupter: _Interrupter, future: Future[Any]) -> None:
    """Interrupt a statement until its thread is free."""
    future.cancel()  # it may still wait for a thread, and then never starts
    while not future.done():
        # Again and again: an interrupt that comes before the engine has begun is lost.
        interrupter.interrupt()
        await asyncio.sleep(0.01)


def _select(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Execute a statement that only reads. It is parsed once either way."""
    return cursor.execute(only_select(cursor, sql), parameters)


def _closed() -> WarehouseUnavailableError:
    return WarehouseUnavailableError(
        "the warehouse is closed", hint="the server is stopping; try again soon"
    )


def _translated(error: duckdb.Error) -> EngineError:
    if isinstance(error, _OUT_OF_RANGE):
        return ValueOutOfRangeError(
            "a value does not fit its declared type",
            hint="declare the metric BigInt or Float, or narrow the question",
        )
    if isinstance(error, duckdb.InterruptException):  # by `close`: others are waited for
        return _closed()
    if isinstance(error, _GONE):
        return WarehouseUnavailableError(
            "the warehouse cannot be read", hint="try again soon; the operator's log says more"
        )
    return WarehouseError(
        "the warehouse refused the statement", hint="the operator's log says more"
    )


_KINDS: tuple[tuple[str, ColumnKind], ...] = (
    (r"VARCHAR", ColumnKind.TEXT),
    (r"BOOLEAN", ColumnKind.BOOLEAN),
    (r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", ColumnKind.INTEGER),
    (r"DECIMAL\(.*\)|BIGNUM|VARINT", ColumnKind.DECIMAL),
    (r"FLOAT|DOUBLE", ColumnKind.FLOAT),
    (r"DATE", ColumnKind.DATE),
    (r"TIMESTAMP(_S|_MS|_NS|_US)?", ColumnKind.TIMESTAMP),
    (r"TIMESTAMP( WITH TIME ZONE|TZ).*", ColumnKind.INSTANT),
    (r"UUID", ColumnKind.UUID),
)


def kind_of(type_name: str) -> ColumnKind:
    """The kind of a DuckDB type."""
    for pattern, kind in _KINDS:
        if re.fullmatch(pattern, type_name.upper()):
            return kind
    return ColumnKind.OTHER


def open_duckdb(path: Path, *, connections: int, statement_timeout_s: float) -> DuckDBWarehouse:
    """Open a database file, or a folder of Parquet files as one. Raises SettingsError."""
    return DuckDBWarehouse(path, connections=connections, statement_timeout_s=statement_timeout_s)
