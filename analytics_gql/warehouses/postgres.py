"""PostgreSQL through an asyncpg pool, read-only."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
)
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from analytics_gql.errors import (
    EngineError,
    SettingsError,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    WarehouseUnavailableError,
)
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.sql.dialects.postgres import PostgresDialect
from analytics_gql.sql.statement import Quoted
from analytics_gql.warehouses.allowance import Allowance
from analytics_gql.warehouses.postgres_copy import CopiedRows, copied_query
from analytics_gql.warehouses.postgres_keys import read_table_keys
from analytics_gql.warehouses.table_keys import TableKeys
from analytics_gql.warehouses.warehouse import Batch

_SESSION = {
    "application_name": "analytics-gql",
    "default_transaction_read_only": "on",
    "TimeZone": "UTC",
    # Dates and numbers are cast to text in SQL: their form must not depend on the server.
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    # A generic plan does not know the range: the finance query took a third longer on one.
    "plan_cache_mode": "force_custom_plan",
}


_ROWS_OF_BATCH = 4_096


class PostgresWarehouse:
    """Opened by `open_postgres`."""

    dialect = PostgresDialect()

    def __init__(
        self,
        pool: Any,
        label: str,
        *,
        connections: int,
        statement_timeout_s: float,
        tenant_variable: str | None = None,
    ) -> None:
        """`tenant_variable`: what the database's row-level security reads the tenant from."""
        self._pool = pool
        self._tenant_variable = tenant_variable
        self._streams = asyncio.Semaphore(max(connections // 2, 1))
        self.label = label
        self._timeout_s = statement_timeout_s
        self._limits: set[asyncio.Timeout] = set()
        self._closing = False

    async def generation(self) -> int:
        """See Warehouse.generation: a server's data changes in its place."""
        return 0

    def settle(self, generation: int) -> None:
        """See Warehouse.settle."""

    async def rows(
        self, sql: str, parameters: list[Any], *, tenant: str | None = None
    ) -> list[str]:
        """See Warehouse.rows. asyncpg cancels the statement when the call is cancelled."""
        async with self._connection() as connection:
            if self._tenant_variable is None:
                return [row[0] for row in await connection.fetch(sql, *parameters)]
            async with connection.transaction(readonly=True):
                await self._tell(connection, tenant)
                return [row[0] for row in await connection.fetch(sql, *parameters)]

    async def _tell(self, connection: Any, tenant: str | None) -> None:
        """Tell the tenant to the database's policies, until the transaction ends."""
        if self._tenant_variable is not None:
            # No tenant is the empty text, which no row has: the variable of a connection that had
            # one before is empty as well, where that of a new one does not exist.
            await connection.fetchval(
                "SELECT set_config($1, $2, true)", self._tenant_variable, tenant or ""
            )

    async def stream(
        self,
        sql: str,
        parameters: list[Any],
        quoted: Quoted = None,
        *,
        tenant: str | None = None,
    ) -> AsyncGenerator[Batch, None]:
        """See Warehouse.stream. A cursor on the server, which makes rows as they are fetched.

        Its connection is its own until the reader is done, so streams leave half of the pool to
        other statements. CSV is copied: see `postgres_copy`.
        """
        allowance = Allowance(self._timeout_s)
        try:
            async with AsyncExitStack() as held:
                async with self._waited_for(allowance):
                    await held.enter_async_context(self._streams)
                    connection = await held.enter_async_context(self._pool.acquire())
                    await held.enter_async_context(connection.transaction(readonly=True))
                    await self._tell(connection, tenant)
                    if quoted is None:
                        cursor = await connection.cursor(sql, *parameters)
                    else:
                        query = await copied_query(connection, sql, parameters)
                if quoted is None:
                    coming = _Ahead(lambda: self._fetched(cursor, allowance))
                    held.push_async_callback(coming.leave)
                    while rows := await coming.take():
                        yield Batch(len(rows), "".join([row[0] for row in rows]).encode())
                    return
                copied = CopiedRows(connection, query, quoted)
                held.push_async_callback(copied.leave)
                while (batch := await self._taken(copied, allowance)) is not None:
                    yield batch
        except _DRIVER_ERRORS as error:
            raise self._told(error) from error

    async def _taken(self, copied: CopiedRows, allowance: Allowance) -> Batch | None:
        async with self._waited_for(allowance):
            return await copied.take()

    async def _fetched(self, cursor: Any, allowance: Allowance) -> list[Any]:
        async with self._waited_for(allowance):
            rows: list[Any] = await cursor.fetch(_ROWS_OF_BATCH)
            return rows

    @asynccontextmanager
    async def _waited_for(self, allowance: Allowance) -> AsyncIterator[None]:
        """Count the time of a stream's statement; the time is over when the warehouse closes."""
        if self._closing:
            raise _closed()
        async with allowance.spent() as limit:
            self._limits.add(limit)
            try:
                yield
            except TimeoutError as error:  # its own comes as a cancellation
                raise _unreachable() from error
            finally:
                self._limits.discard(limit)

    async def table_columns(
        self, tables: Iterable[TableName]
    ) -> Mapping[TableName, Mapping[str, ColumnKind]]:
        """See Warehouse.table_columns."""
        found: dict[TableName, dict[str, ColumnKind]] = {}
        for table in tables:
            try:
                async with self._connection() as connection:
                    # Only described, never run; the name is the model's, quoted.
                    prepared = await connection.prepare(
                        f"SELECT * FROM {_quoted(table)}"  # noqa: S608
                    )
                    found[table] = {
                        attribute.name: kind_of(attribute.type.name)
                        for attribute in prepared.get_attributes()
                    }
            except WarehouseError as error:
                if isinstance(
                    error.__cause__,
                    (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError),
                ):
                    continue
                raise
        return found

    async def table_keys(self, table: TableName) -> TableKeys:
        """See Warehouse.table_keys."""
        async with self._connection() as connection:
            tells_tenant = self._tenant_variable is not None
            return await read_table_keys(connection, _quoted(table), tells_tenant=tells_tenant)

    async def identity(self) -> str | None:
        """See Warehouse.identity: None, as only the tables' own `version` tells."""
        return None

    async def kinds(self, sql: str) -> tuple[ColumnKind, ...]:
        """See Warehouse.kinds."""
        async with self._connection() as connection:
            prepared = await connection.prepare(sql)
            return tuple(kind_of(column.type.name) for column in prepared.get_attributes())

    async def first_row(self, sql: str) -> tuple[Any, ...] | None:
        """See Warehouse.first_row."""
        async with self._connection() as connection:
            row = await connection.fetchrow(sql)
            return None if row is None else tuple(row)

    async def ping(self) -> None:
        """See Warehouse.ping."""
        async with self._connection() as connection:
            await connection.fetchval("SELECT 1")

    async def close(self) -> None:
        """See Warehouse.close."""
        self._closing = True
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(5):
                await self._pool.close()
        except TimeoutError:  # the server is gone and does not say so
            self._pool.terminate()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Any]:
        """A pooled connection; its errors become EngineErrors, and the timeout covers both."""
        limit = asyncio.timeout(self._timeout_s)
        try:
            async with limit:
                self._limits.add(limit)
                async with self._pool.acquire() as connection:
                    yield connection
        except _DRIVER_ERRORS as error:
            if isinstance(error, TimeoutError) and not limit.expired():
                # Nobody has answered a new connection in time: no statement was begun.
                raise _unreachable() from error
            raise self._told(error) from error
        finally:
            self._limits.discard(limit)

    def _told(self, error: Exception) -> EngineError:
        return _closed() if self._closing else _translated(error, self._timeout_s)


class _Ahead:
    """Has one batch fetched while the one before it is sent: server and reader work at once."""

    def __init__(self, fetch: Callable[[], Coroutine[Any, Any, list[Any]]]) -> None:
        self._fetch = fetch
        self._coming = asyncio.create_task(fetch())

    async def take(self) -> list[Any]:
        """The next rows, none after the last. Cancelling cancels the fetch."""
        rows = await self._coming
        if rows:
            self._coming = asyncio.create_task(self._fetch())
        return rows

    async def leave(self) -> None:
        """Return when nothing is being fetched any more."""
        self._coming.cancel()
        await asyncio.gather(self._coming, return_exceptions=True)


def _closed() -> WarehouseUnavailableError:
    return WarehouseUnavailableError(
        "the warehouse is closed", hint="the server is stopping; try again soon"
    )


def _unreachable() -> WarehouseUnavailableError:
    return WarehouseUnavailableError(
        "the warehouse cannot be reached", hint="try again soon; the operator's log says more"
    )


def _quoted(table: TableName) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in table.parts)


_DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)


def _translated(error: Exception, timeout_s: float) -> EngineError:
    match error:
        case TimeoutError() | asyncpg.QueryCanceledError():
            return StatementTimeoutError(
                f"the statement ran for {timeout_s:g} s and was cancelled",
                hint="ask for a shorter dateRange, fewer dimensions or a coarser granularity",
            )
        case asyncpg.NumericValueOutOfRangeError():
            return ValueOutOfRangeError(
                "a value does not fit its declared type",
                hint="declare the metric BigInt or Float, or narrow the question",
            )
        case (
            OSError()
            | asyncpg.PostgresConnectionError()
            | asyncpg.OperatorInterventionError()
            | asyncpg.InsufficientResourcesError()
            | asyncpg.PostgresSystemError()
            | asyncpg.InterfaceError()
            # A connection that the server ended while it was being taken.
            | asyncpg.InternalClientError()
            # What a new connection may meet after the server was changed under our feet.
            | asyncpg.InvalidAuthorizationSpecificationError()
            | asyncpg.InvalidCatalogNameError()
        ):
            return _unreachable()
        case _:
            return WarehouseError(
                "the warehouse refused the statement", hint="the operator's log says more"
            )


_KINDS: tuple[tuple[str, ColumnKind], ...] = (
    # Not char(n): it is padded with blanks unless it is cast.
    (r"text|varchar|name|citext|json|jsonb", ColumnKind.TEXT),
    (r"bool", ColumnKind.BOOLEAN),
    (r"int2|int4|int8|oid", ColumnKind.INTEGER),
    (r"numeric", ColumnKind.DECIMAL),
    (r"float4|float8", ColumnKind.FLOAT),
    (r"date", ColumnKind.DATE),
    (r"timestamp", ColumnKind.TIMESTAMP),
    (r"timestamptz", ColumnKind.INSTANT),
    (r"uuid", ColumnKind.UUID),
)


def kind_of(type_name: str) -> ColumnKind:
    """The kind of a PostgreSQL type, named as in pg_type."""
    for pattern, kind in _KINDS:
        if re.fullmatch(pattern, type_name):
            return kind
    return ColumnKind.OTHER


async def open_postgres(
    url: str,
    *,
    connections: int,
    connect_timeout_s: float,
    statement_timeout_s: float,
    tenant_variable: str | None = None,
) -> PostgresWarehouse:
    """Connect. Raises SettingsError for a bad URL, WarehouseUnavailableError if nobody answers."""
    label = label_of(url)
    try:
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=connections,
            timeout=connect_timeout_s,
            server_settings=_SESSION,
            init=_send_times_as_text,
            # Statements are prepared once per connection; the server's own limit on them is memory.
            statement_cache_size=256,
        )
    except (ValueError, OverflowError, asyncpg.InterfaceError):
        # Without its cause, whose text may quote the URL's password.
        raise SettingsError(
            "the warehouse's URL cannot be read",
            hint="write postgresql://user:password@host:5432/database, special characters of the "
            "password percent-encoded",
        ) from None
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        reason = str(error) if isinstance(error, asyncpg.PostgresError) else _strerror(error)
        raise WarehouseUnavailableError(
            f"{label} cannot be reached: {reason}",
            hint="is it up, and are host, port, user, password and database of --warehouse right?",
        ) from error
    return PostgresWarehouse(
        pool,
        label,
        connections=connections,
        statement_timeout_s=statement_timeout_s,
        tenant_variable=tenant_variable,
    )


async def _send_times_as_text(connection: Any) -> None:
    """Send days and instants as they are: asyncpg takes 9999-12-31 and 0001-01-01 for infinity."""
    for name in ("date", "timestamp", "timestamptz"):
        await connection.set_type_codec(
            name,
            schema="pg_catalog",
            encoder=lambda value: value.isoformat(),
            decoder=str,
            format="text",
        )


def _strerror(error: Exception) -> str:
    """The system's words; never those of a library, which may quote the URL."""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if not isinstance(error, OSError):
        return "no connection"
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or "no connection"  # a name that cannot be resolved


def label_of(url: str) -> str:
    """What and where, without the user and the password."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # several hosts, or no URL at all
        return "PostgreSQL"
    # A password with `/`, `?` or `#` in it parts the URL too early: its rest would be shown.
    if "@" in url and "@" not in parts.netloc:
        return "PostgreSQL"
    return f"PostgreSQL, {parts.hostname or 'local socket'}{port}{parts.path}"
