"""Copies the demo warehouse from its DuckDB file into a PostgreSQL database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import duckdb

from analytics_gql.demo.tables import TABLES, Table
from analytics_gql.errors import WarehouseError, WarehouseUnavailableError

# asyncpg waits for a minute, which is long for somebody who mistyped the host.
CONNECT_TIMEOUT_S = 10.0
# The largest table takes seconds; this only ends a wait for a lock or for a server that is gone.
STATEMENT_TIMEOUT_S = 300.0
# What is in memory at once. More is no faster: the time goes into making Python values.
BATCH_ROWS = 5_000
# Any number that is ours: two loads at once wait for each other instead of failing half-way.
LOAD_LOCK = 7_236_001


async def load_into_postgres(demo: Path, url: str) -> dict[str, int]:
    """Replace the demo's tables in schema `gold`, keyed, indexed and analysed; rows by table.

    All or nothing: readers see the old tables until the last one is complete, and other tables of
    the schema stay as they are. Raises WarehouseUnavailableError if the database cannot be
    reached, WarehouseError if it refuses a statement or if `demo` cannot be read.
    """
    connection = await _connect(url)
    try:
        with _driver_errors_as_ours(), duckdb.connect() as source:
            # Attached rather than opened: the same process may have the file open with a
            # configuration of its own, which a second opening would have to share.
            source.execute("ATTACH ? AS demo (READ_ONLY)", [str(demo)])
            async with connection.transaction():
                rows = await _replace_tables(source, connection)
            await connection.close(timeout=CONNECT_TIMEOUT_S)
    finally:
        # Does nothing after close(), and does not wait for a server that may be gone.
        connection.terminate()
    return rows


async def _connect(url: str) -> Any:
    try:
        return await asyncpg.connect(
            url, timeout=CONNECT_TIMEOUT_S, command_timeout=STATEMENT_TIMEOUT_S
        )
    except ValueError:
        # Without its cause, whose text may quote the URL's password.
        raise WarehouseUnavailableError(
            "the PostgreSQL URL cannot be read",
            hint="write it as postgresql://user:password@host:5432/database, special characters "
            "of the password percent-encoded",
        ) from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise WarehouseUnavailableError(
            "the PostgreSQL database cannot be reached",
            hint="check host, port, user, password and database of its URL",
        ) from error


async def _replace_tables(source: duckdb.DuckDBPyConnection, connection: Any) -> dict[str, int]:
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOAD_LOCK)
    await connection.execute("CREATE SCHEMA IF NOT EXISTS gold")
    rows: dict[str, int] = {}
    for table in TABLES:
        await connection.execute(f"DROP TABLE IF EXISTS gold.{table.name}")
        await connection.execute(table.create)
        status = await connection.copy_records_to_table(
            table.name,
            schema_name="gold",
            columns=table.column_names,
            records=_records(source, table),
            timeout=STATEMENT_TIMEOUT_S,
        )
        rows[table.name] = int(status.removeprefix("COPY "))
        required = await asyncio.to_thread(_required, source, table)
        for statement in (*required, *table.create_keys, *table.create_indexes):
            await connection.execute(statement)
        await connection.execute(f"ANALYZE gold.{table.name}")
    return rows


def _required(source: duckdb.DuckDBPyConnection, table: Table) -> list[str]:
    """One statement a column of `required` that the file, too, has a value in every row of."""
    declared = source.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'demo' "
        "AND schema_name = 'gold' AND table_name = ? AND NOT is_nullable",
        [table.name],
    ).fetchall()
    return [
        statement
        for column, statement in zip(table.required, table.require, strict=True)
        if (column,) in declared
    ]


async def _records(
    source: duckdb.DuckDBPyConnection, table: Table
) -> AsyncIterator[tuple[Any, ...]]:
    """A table's rows in the order in which they are stored: by tenant and time."""
    await asyncio.to_thread(source.execute, f"FROM demo.gold.{table.name}")
    while batch := await asyncio.to_thread(source.fetchmany, BATCH_ROWS):
        for row in batch:
            yield row


@contextmanager
def _driver_errors_as_ours() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise WarehouseError(
            "the demo file cannot be read", hint="delete it; it is built again when it is missing"
        ) from error
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
        raise WarehouseUnavailableError(
            "the PostgreSQL database went away or did not answer in time",
            hint="load again when it is back; a load that is not finished leaves nothing behind",
        ) from error
    except asyncpg.PostgresError as error:
        raise WarehouseError(
            f"PostgreSQL refused to load the demo: {error}",
            hint="the user must be allowed to create schema gold and to own its tables",
        ) from error
