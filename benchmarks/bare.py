"""The floor: a connection of the bare driver, one statement, the rows joined to JSON bytes.

The settings that can change how a statement runs are those of the server's own sessions: a better
setting in the server must not pass for less work around the statement, nor a worse one for more.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import asyncpg
import duckdb
import orjson

from analytics_gql.warehouses.warehouse import Warehouse


class BareEngine(Protocol):
    """A driver's connection and nothing around it."""

    async def fetch(self, sql: str, parameters: list[Any]) -> list[Any]:
        """The rows as the driver gives them."""

    async def close(self) -> None:
        """Free the connection."""


async def json_bytes(bare: BareEngine, sql: str, parameters: list[Any]) -> bytes:
    """Rows of one text column as a JSON array: the least that any server has to do."""
    rows = await bare.fetch(sql, parameters)
    return ("[" + ",".join([row[0] for row in rows]) + "]").encode()


class BareDuckDB:
    """One cursor on the measuring thread: no pool, no hand-over between threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, parameters: list[Any]) -> list[Any]:
        """See BareEngine.fetch. Blocks, as nothing else is to be done meanwhile."""
        return self._connection.execute(sql, parameters).fetchall()

    async def close(self) -> None:
        """See BareEngine.close."""
        self._connection.close()


async def open_bare_duckdb(path: Path, server: Warehouse) -> BareDuckDB:
    """Open the file that the server has open in the same process."""
    settings = await server.first_row(
        "SELECT current_setting('threads'), current_setting('TimeZone')"
    )
    assert settings is not None
    # Attached rather than opened: a second opening would share the server's instance, and so have
    # to repeat its configuration word by word. The two measured alike.
    connection = duckdb.connect(config={"threads": settings[0]})
    connection.execute(f"SET TimeZone = '{settings[1]}'")
    name = str(path).replace("'", "''")
    connection.execute(f"ATTACH '{name}' AS warehouse (READ_ONLY)")
    connection.execute("USE warehouse")
    return BareDuckDB(connection)


class BarePostgres:
    """One connection of asyncpg, which prepares a statement once as it does for the server."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, sql: str, parameters: list[Any]) -> list[Any]:
        """See BareEngine.fetch."""
        return await self._connection.fetch(sql, *parameters)  # type: ignore[no-any-return]

    async def close(self) -> None:
        """See BareEngine.close."""
        await self._connection.close()


async def open_bare_postgres(url: str, server: Warehouse) -> BarePostgres:
    """Connect to the database that the server is connected to."""
    settings = await server.first_row(
        "SELECT json_object_agg(name, setting) FROM pg_settings WHERE source = 'client'"
    )
    assert settings is not None
    return BarePostgres(await asyncpg.connect(url, server_settings=orjson.loads(settings[0])))
