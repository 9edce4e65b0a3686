"""DuckDB: one read-only database in the process, a cursor and a thread for each statement."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
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
        connections: int,
        statement_timeout_s: float,
    ) -> None:
        self._connection = connection
        self.label = label
        self._timeout_s = statement_timeout_s
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="duckdb")

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        """See Warehouse.rows."""
        return await self._run(
            lambda cursor: [row[0] for row in cursor.execute(sql, parameters).fetchall()],
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
        return await self._run(lambda cursor: cursor.execute(sql).fetchone())

    async def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return await self._run(lambda cursor: cursor.execute(sql).fetchall())

    async def ping(self) -> None:
        """See Warehouse.ping."""
        await self._run(lambda cursor: cursor.execute("SELECT 1").fetchone())

    async def close(self) -> None:
        """See Warehouse.close."""
        self._connection.interrupt()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._connection.close()

    async def _run(self, work: Callable[[duckdb.DuckDBPyConnection], T]) -> T:
        """Run work on a cursor of its own in a thread, within the timeout.

        The statement is interrupted, and waited for, when the time is over or the caller leaves:
        a thread that still works would hold a place in the pool.
        """
        try:
            cursor = self._connection.cursor()
        except duckdb.Error as error:
            raise _translated(error) from error

        def job() -> T:
            try:
                return work(cursor)
            finally:
                cursor.close()

        try:
            future = self._threads.submit(job)
        except RuntimeError as error:  # the pool is shut down
            raise WarehouseUnavailableError(
                "the warehouse is closed", hint="the server is stopping; try again soon"
            ) from error
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.wrap_future(future)
        except TimeoutError as error:
            await _stop(cursor, future)
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
        cursor.interrupt()
        await asyncio.sleep(0.01)


def _translated(error: duckdb.Error) -> EngineError:
    if isinstance(error, _OUT_OF_RANGE):
        return ValueOutOfRangeError(
            "a value does not fit its declared type",
            hint="declare the metric BigInt or Float, or narrow the question",
        )
    if isinstance(error, _GONE):
        return WarehouseUnavailableError(
            "the warehouse cannot be read", hint="try again soon; the operator's log says more"
        )
    return WarehouseError(
        "the warehouse refused the statement", hint="the operator's log says more"
    )


_KINDS: tuple[tuple[str, ColumnKind], ...] = (
    (r"VARCHAR|JSON", ColumnKind.TEXT),
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
    if path.is_dir():
        connection = _open_folder(path)
    elif path.is_file():
        connection = _open_file(path)
    else:
        raise SettingsError(
            f"there is no warehouse at {path}",
            hint="name a .duckdb file or a folder of Parquet files: --warehouse duckdb:///path",
        )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET default_null_order = 'NULLS_LAST'")
    connection.execute("SET lock_configuration = true")
    return DuckDBWarehouse(
        connection,
        f"DuckDB, {path}",
        connections=connections,
        statement_timeout_s=statement_timeout_s,
    )


_NO_EXTENSIONS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


def _open_file(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(str(path), read_only=True, config=dict(_NO_EXTENSIONS))
    except duckdb.Error as error:
        raise SettingsError(
            f"DuckDB cannot open {path}: {str(error).splitlines()[0]}",
            hint="is it a DuckDB file, and does no other process write to it?",
        ) from error
    connection.execute("SET enable_external_access = false")
    return connection


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
        if entry.is_file() and entry.suffix == ".parquet":
            tables[_table_of(entry.stem)] = str(entry)
        elif entry.is_dir() and any(entry.rglob("*.parquet")):
            tables[_table_of(entry.name)] = str(entry / "**" / "*.parquet")
    if not tables:
        raise SettingsError(
            f"the folder {folder} has no Parquet files",
            hint="put `<table>.parquet` files or `<table>/` folders of them into it",
        )
    return tables


def _table_of(stem: str) -> TableName:
    return TableName(tuple(stem.lower().split(".", 1)))
