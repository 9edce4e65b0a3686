"""DuckDB: one read-only database in the process, a cursor and a thread for each statement."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from analytics_gql.errors import (
    EngineError,
    SettingsError,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseUnavailableError,
)
from analytics_gql.model.dataset import TableName
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.sql.dialects.duckdb import DuckDBDialect

T = TypeVar("T")

_OUT_OF_RANGE = (duckdb.ConversionException, duckdb.OutOfRangeException)
_GONE = (duckdb.IOException, duckdb.ConnectionException, duckdb.FatalException)


class DuckDBWarehouse:
    """Opened by `open_duckdb`. Statements run in threads, so the event loop is never blocked."""

    dialect = DuckDBDialect()

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        label: str,
        *,
        attached: bool,
        connections: int,
        statement_timeout_s: float,
    ) -> None:
        self._connection = connection
        self._attached = attached
        self.label = label
        self._timeout_s = statement_timeout_s
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="duckdb")
        self._running: dict[Future[Any], duckdb.DuckDBPyConnection] = {}
        self._closing = False

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        """See Warehouse.rows."""
        return await self._run(
            lambda cursor: [row[0] for row in _select(cursor, sql, parameters).fetchall()],
        )

    async def table_columns(
        self, tables: Iterable[TableName]
    ) -> Mapping[TableName, Mapping[str, ColumnKind]]:
        """See Warehouse.table_columns."""
        found: dict[TableName, dict[str, ColumnKind]] = {}
        for table in tables:
            name = ".".join('"' + part.replace('"', '""') + '"' for part in table.parts)
            try:
                columns = await self._all(f"DESCRIBE {name}")
            except WarehouseError as error:
                if isinstance(error.__cause__, (duckdb.CatalogException, duckdb.BinderException)):
                    continue
                raise
            found[table] = {column[0]: kind_of(column[1]) for column in columns}
        return found

    async def kinds(self, sql: str) -> tuple[ColumnKind, ...]:
        """See Warehouse.kinds."""
        described = await self._all(f"DESCRIBE {sql}")
        return tuple(kind_of(column[1]) for column in described)

    async def first_row(self, sql: str) -> tuple[Any, ...] | None:
        """See Warehouse.first_row."""
        return await self._run(lambda cursor: _select(cursor, sql).fetchone())

    async def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return await self._run(lambda cursor: _select(cursor, sql).fetchall())

    async def ping(self) -> None:
        """See Warehouse.ping."""
        await self._run(lambda cursor: _select(cursor, "SELECT 1").fetchone())

    async def close(self) -> None:
        """See Warehouse.close."""
        self._closing = True
        while self._running:
            for cursor in tuple(self._running.values()):
                _interrupt(cursor)
            await asyncio.sleep(0.01)
        self._threads.shutdown()
        self._connection.close()

    async def _run(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Run work on a cursor of its own in a thread, within the timeout.

        The statement is interrupted, and waited for, when the time is over or the caller leaves:
        a thread that still works would hold a place in the pool.
        """
        if self._closing:
            raise _closed()
        try:
            cursor = self._connection.cursor()
        except duckdb.Error as error:
            raise _translated(error) from error

        def job() -> T:
            try:
                if self._closing:
                    raise _closed()
                if self._attached:
                    cursor.execute(f"USE {_ATTACHED}")
                return work(cursor)
            finally:
                cursor.close()

        future = self._threads.submit(job)
        self._running[future] = cursor
        future.add_done_callback(self._running.pop)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            await asyncio.shield(_stop(cursor, future))
            raise StatementTimeoutError(
                f"the statement ran for {self._timeout_s:g} s and was cancelled",
                hint="ask for a shorter dateRange, fewer dimensions or a coarser granularity",
            ) from error
        except asyncio.CancelledError:
            await asyncio.shield(_stop(cursor, future))
            raise
        except duckdb.Error as error:
            raise _translated(error) from error


async def _stop(cursor: duckdb.DuckDBPyConnection, future: Future[Any]) -> None:
    """Interrupt a statement until its thread is free."""
    if future.cancel():  # it waited for a thread and never starts
        cursor.close()
    while not future.done():
        # Again and again: an interrupt that comes before the engine has begun is lost.
        _interrupt(cursor)
        await asyncio.sleep(0.01)


def _interrupt(cursor: duckdb.DuckDBPyConnection) -> None:
    with suppress(duckdb.ConnectionException):  # its thread has just closed it
        cursor.interrupt()


def _select(
    cursor: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """Execute a statement that only reads.

    A folder of Parquet files stands in a database of its own in memory, which can be written to,
    as can the folder itself (COPY … TO): DuckDB has no switch for that. Parsed once either way.
    """
    statements = cursor.extract_statements(sql)
    if len(statements) != 1 or statements[0].type is not duckdb.StatementType.SELECT:
        raise duckdb.PermissionException("only a single SELECT is run")
    return cursor.execute(statements[0], parameters)


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
    """Open a database file, or a folder of Parquet files as one, read-only and locked.

    A folder's tables: `orders.parquet` is `orders`, `gold.orders.parquet` is `gold.orders`, and a
    sub-folder `orders/` of Parquet files is `orders` as well. Raises SettingsError.
    """
    attached = False
    if path.is_dir():
        connection = _open_folder(path)
    elif path.is_file():
        connection, attached = _open_file(path)
    else:
        raise SettingsError(
            f"there is no warehouse at {path}",
            hint="name a .duckdb file or a folder of Parquet files: --warehouse duckdb:///path",
        )
    _lock(connection)
    return DuckDBWarehouse(
        connection,
        f"DuckDB, {path}",
        attached=attached,
        connections=connections,
        statement_timeout_s=statement_timeout_s,
    )


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Settle the configuration of the whole database: cursors have none of a session's settings."""
    if connection.execute("SELECT current_setting('lock_configuration')").fetchone() == (True,):
        return  # the same file, opened a second time in this process
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL default_null_order = 'NULLS_LAST'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


_NO_EXTENSIONS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


_ATTACHED = "analytics_gql_warehouse"


def _open_file(path: Path) -> tuple[duckdb.DuckDBPyConnection, bool]:
    """The open file, and whether it is attached and each cursor has to `USE` it.

    DuckDB names a file's catalog after the file: in `gold.duckdb` with a schema `gold` the name
    `gold.orders` is ambiguous. Such a file is attached under a name of ours.
    """
    try:
        connection = duckdb.connect(str(path), read_only=True, config=dict(_NO_EXTENSIONS))
        ambiguous = connection.execute(
            "SELECT count(*) > 0 FROM duckdb_schemas() WHERE database_name = current_database() "
            "AND lower(schema_name) = lower(current_database())"
        ).fetchone()
        if ambiguous != (True,):
            return connection, False
        connection.close()
        connection = duckdb.connect(":memory:", config=dict(_NO_EXTENSIONS))
        connection.execute(f"ATTACH ? AS {_ATTACHED} (READ_ONLY)", [str(path)])
        return connection, True
    except duckdb.Error as error:
        raise SettingsError(
            f"DuckDB cannot open {path}: {str(error).splitlines()[0]}",
            hint="is it a DuckDB file, and does no other process write to it?",
        ) from error


def _open_folder(path: Path) -> duckdb.DuckDBPyConnection:
    tables = _parquet_tables(path)
    connection = duckdb.connect(":memory:", config=dict(_NO_EXTENSIONS))
    # The order matters: allowed folders cannot be set once external access is off.
    folder = str(path.resolve()).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    for table, pattern in tables.items():
        name = ".".join('"' + part.replace('"', '""') + '"' for part in table.parts)
        files = pattern.replace("'", "''")
        if len(table.parts) > 1:
            schema = table.parts[0].replace('"', '""')
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        try:
            connection.execute(
                # DuckDB takes no parameters in DDL; the path is the operator's, quoted above.
                f"CREATE VIEW {name} AS "  # noqa: S608
                f"SELECT * FROM read_parquet('{files}', union_by_name = true)"
            )
        except duckdb.Error as error:
            connection.close()
            raise SettingsError(
                f"DuckDB cannot read {pattern}: {str(error).splitlines()[0]}",
                hint="is each of them a whole Parquet file?",
            ) from error
    return connection


def _parquet_tables(folder: Path) -> dict[TableName, str]:
    """Tables of a folder and the files of each."""
    root = folder.resolve()
    tables: dict[TableName, str] = {}
    for entry in sorted(root.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_file() and entry.suffix == ".parquet":
            table, files = _table_of(entry.stem), str(entry)
        elif entry.is_dir() and any(entry.rglob("*.parquet")):
            table, files = _table_of(entry.name), str(entry / "**" / "*.parquet")
        else:
            continue
        if table in tables:
            raise SettingsError(
                f"the folder {folder} has the table {table} twice: {tables[table]} and {files}",
                hint="rename one of them",
            )
        tables[table] = files
    if not tables:
        raise SettingsError(
            f"the folder {folder} has no Parquet files",
            hint="put `<table>.parquet` files or `<table>/` folders of them into it",
        )
    return tables


def _table_of(stem: str) -> TableName:
    return TableName(tuple(stem.lower().split(".", 1)))
